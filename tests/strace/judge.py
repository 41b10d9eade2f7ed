#!/usr/bin/python3
"""Judge what strace saw of the core's process: does anything but epoll_wait hold up the loop's thread?

    judge.py PREFIX PID [--ready TEXT] [--limit MS] [--late US]

PREFIX.TID are the files of `strace -ff -ttt -T -yy -o PREFIX`; PID is the core, whose main thread (tid = pid) is the loop's. Judged is
what that thread did from the moment it told READY until SIGTERM came. The descriptors' O_NONBLOCK is followed through every thread
of the process (they share one table), so each connect, send and receive can be told to be on a non-blocking descriptor.
Prints one ok/FAIL line a rule; exit status 1 when one failed.
"""
import argparse
import glob
import os
import re
import sys

CALL = re.compile(r"^(?P<at>\d+\.\d+) (?P<name>[a-z0-9_]+)\((?P<args>.*)\) += (?P<ret>-?\d+|0x[0-9a-f]+|\?)(?P<rest>.*)$")
TOOK = re.compile(r"<(\d+\.\d+)>$")
FIRST_FD = re.compile(r"^(-?\d+)(<(.*?)>)?(,|$)")
WAITS = {"poll", "ppoll", "select", "pselect6", "nanosleep", "clock_nanosleep", "pause", "rt_sigtimedwait", "sigsuspend",
         "rt_sigsuspend"}
# The loop lets go of the processor for an instant where it is always busy (core/loop/loop.c).
NAP = re.compile(r"^CLOCK_REALTIME, 0, \{tv_sec=0, tv_nsec=[0-4]?[0-9]{1,4}\}")
SYNCS = {"fsync", "fdatasync", "sync", "syncfs", "msync", "sync_file_range"}
SOCKET_IO = {"connect", "sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg", "recvmmsg", "accept", "accept4"}
PLAIN_IO = {"read", "write", "readv", "writev"}
INSTANT = {"timerfd_settime", "epoll_ctl", "getpid", "gettid", "getuid", "geteuid"}
SENDS = {"sendto", "sendmsg", "sendmmsg", "write", "writev"}
# malloc looks once whether memory that it gives back must be counted.
LIBC = re.compile(r'"/proc/sys/vm/overcommit_memory"')
NAMES = re.compile(r"/etc/(resolv\.conf|hosts|passwd|group|nsswitch\.conf|gai\.conf|services)")


class Call:
    __slots__ = ("tid", "at", "name", "args", "ret", "took", "text")

    def __init__(self, tid, text):
        m = CALL.match(text)
        self.tid, self.text = tid, text
        self.at, self.name, self.args = float(m["at"]), m["name"], m["args"]
        ret = m["ret"]
        self.ret = -1 if ret == "?" else int(ret, 16) if ret.startswith("0x") else int(ret)
        t = TOOK.search(m["rest"])
        self.took = float(t[1]) if t else 0.0

    def fd(self):
        m = FIRST_FD.match(self.args)
        return (int(m[1]), m[3] or "") if m else (-1, "")


def read_threads(prefix, pid):
    """All calls of the core's threads in order of their beginning, and the moment of SIGTERM."""
    calls, term = [], float("inf")
    for path in glob.glob(prefix + ".*[0-9]"):
        tid = int(path.rsplit(".", 1)[1])
        with open(path, encoding="utf-8", errors="replace") as f:
            for text in f:
                text = text.rstrip("\n")
                if tid == pid and "--- SIGTERM" in text:
                    term = min(term, float(text.split()[0]))
                if CALL.match(text):
                    calls.append(Call(tid, text))
    return calls, term


def threads_of(calls, pid):
    """tids that share the core's table: those that one of its threads made with CLONE_THREAD."""
    mine, grown = {pid}, True
    made = [(c.tid, c.ret) for c in calls if c.name in ("clone", "clone3") and "CLONE_THREAD" in c.args and c.ret > 0]
    while grown:
        grown = False
        for parent, child in made:
            if parent in mine and child not in mine:
                mine.add(child)
                grown = True
    return mine


class Descriptors:
    """Which descriptors are non-blocking, call by call."""

    def __init__(self):
        self.nonblock = {}

    def follow(self, c):
        flag = "NONBLOCK" in c.args
        fd, _ = c.fd()
        if c.ret < 0:
            return
        if c.name in ("socket", "accept4", "timerfd_create", "eventfd2", "signalfd4", "open", "openat", "epoll_create1", "accept"):
            self.nonblock[c.ret] = flag
        elif c.name in ("socketpair", "pipe2", "pipe"):
            for n in re.findall(r"\[(\d+)(?:<.*?>)?, (\d+)", c.args)[:1]:
                for x in n:
                    self.nonblock[int(x)] = flag
        elif c.name == "fcntl" and "F_SETFL" in c.args:
            self.nonblock[fd] = flag
        elif c.name == "fcntl" and "F_GETFL" in c.args:
            self.nonblock[fd] = "O_NONBLOCK" in c.text
        elif c.name in ("dup", "dup2", "dup3") or c.name == "fcntl" and "F_DUPFD" in c.args:
            self.nonblock[c.ret] = self.nonblock.get(fd)
        elif c.name == "ioctl" and "FIONBIO" in c.args:
            self.nonblock[fd] = "[1]" in c.args
        elif c.name == "recvmsg" and "SCM_RIGHTS" in c.args:
            for n in re.findall(r"cmsg_type=SCM_RIGHTS, cmsg_data=\[([^\]]*)\]", c.args):
                for x in re.findall(r"(?:^|, )(\d+)", n):
                    self.nonblock.pop(int(x), None)
        elif c.name == "close":
            self.nonblock.pop(fd, None)

    def blocks(self, c):
        """May this call on a socket wait?"""
        if "MSG_DONTWAIT" in c.args:
            return False
        return not self.nonblock.get(c.fd()[0])


def is_socket(note):
    return bool(re.match(r"(TCP|UDP|UNIX|NETLINK|RAW|PACKET|socket:|TCPv6|UDPv6|RAWv6)", note))


def tracer_lateness(calls, pid, ready, term):
    """The longest of the calls that cannot wait for anything: what the tracer and the machine add to any call."""
    return max((c.took for c in calls if c.tid == pid and ready <= c.at < term and c.name in INSTANT), default=0.0)


def judge(calls, pid, ready, term, limit, late):
    """rule -> list of offending lines; a call may last `late` longer, which a bare timer beside it was."""
    found = {}
    limit += max(tracer_lateness(calls, pid, ready, term), late)
    table = Descriptors()
    judged = 0
    for c in calls:
        if c.tid == pid and ready <= c.at < term:
            judged += 1
            fd, note = c.fd()

            def hit(rule, call=c):
                found.setdefault(rule, []).append(call.text[:220])
            if c.name in WAITS and not NAP.match(c.args):
                hit("wait")
            if c.name in SYNCS:
                hit("sync")
            if c.name in ("wait4", "waitid", "waitpid") and "WNOHANG" not in c.args:
                hit("child")
            if c.name in ("fork", "vfork") or c.name in ("clone", "clone3") and "CLONE_THREAD" not in c.args:
                hit("fork")
            if c.name.startswith("exec"):
                hit("fork")
            if c.name in SENDS and note.startswith("NETLINK"):
                hit("netlink")
            if c.name in ("open", "openat", "openat2", "creat") and not LIBC.search(c.args):
                hit("names" if NAMES.search(c.args) else "open")
            if (c.name in SOCKET_IO or c.name in PLAIN_IO and is_socket(note)) and table.blocks(c):
                hit("block")
            if c.took > limit and c.name not in ("epoll_wait", "epoll_pwait", "epoll_pwait2"):
                hit("long")
        table.follow(c)
    return found, judged


RULES = {
    "wait": "no poll, select or nanosleep", "sync": "no fsync", "child": "no waiting wait4", "fork": "no fork, no exec",
    "netlink": "no netlink write", "names": "no open of resolv.conf, hosts or passwd", "open": "no open of any file",
    "block": "each connect, send and receive is on a non-blocking descriptor", "long": "only epoll_wait lasts over {limit} ms",
}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("prefix")
    p.add_argument("pid", type=int)
    p.add_argument("--name", default="strace")
    p.add_argument("--ready", default="is running")
    p.add_argument("--limit", type=float, default=5.0)
    p.add_argument("--late", type=float, default=0.0)
    a = p.parse_args()
    calls, term = read_threads(a.prefix, a.pid)
    mine = threads_of(calls, a.pid)
    calls = sorted((c for c in calls if c.tid in mine), key=lambda c: c.at)
    told = [c.at for c in calls if c.name in ("write", "writev", "sendto", "sendmsg") and a.ready in c.text]
    if not told:
        print(f"FAIL {a.name}: the core told \"{a.ready}\": not in {os.path.basename(a.prefix)}.*")
        return 1
    found, judged = judge(calls, a.pid, told[0], term, a.limit / 1000, a.late / 1e6)
    for rule, text in RULES.items():
        text = text.format(limit=f"{a.limit:g}")
        if rule in found:
            print(f"FAIL {a.name}: {text}: {len(found[rule])} times: {' ;; '.join(found[rule][:3])}")
        elif judged < 200:
            print(f"FAIL {a.name}: {text}: only {judged} calls were seen")
        else:
            print(f"ok  {a.name}: {text} ({judged} calls)")
    return 1 if found or judged < 200 else 0


sys.exit(main())
