#!/usr/bin/python3
"""Include direction (the table of rooms in HACKING): each room may include itself and the rooms that its line names.

Also: who alone may include ev.h, libnl and net-snmp. Prints one ok/FAIL line a rule; exit status 1 when one failed.
"""
import os
import re
import subprocess
import sys

TOP = sys.argv[1]
ALLOWED = {
    "core/base": [],
    "conf": ["core/base"],
    "core/loop": ["core/base"],
    "core/nl": ["core/base", "core/loop"],
    "core/net": ["core/base", "core/loop", "core/nl"],
    "core/vrrp": ["core/base", "core/loop", "core/net"],
    "core/ipvs": ["core/base", "core/loop", "core/nl", "core/net/netmon.h"],
    "core/probe": ["core/base", "core/loop"],
    "core/notify": ["core/base", "core/loop"],
    "core/helper": [],
    "core": ["core/base", "conf", "core/loop", "core/nl", "core/net", "core/vrrp", "core/ipvs", "core/probe", "core/notify",
             "core/helper"],
    "agent": ["core/base", "core/loop", "core/view.h", "core/view_wire.h"],
}
# A library's headers and the only places that may include them.
LIBRARIES = {
    "libev": (r"ev\.h|ev\+\+\.h", r"core/loop/"),
    "libnl": (r"netlink/", r"core/nl/|core/(ipvs|net)/[a-z0-9_]*_nl\.c$"),
    "net-snmp": (r"net-snmp/", r"agent/"),
    "epoll": (r"sys/epoll\.h", r"core/loop/"),
    "timerfd": (r"sys/timerfd\.h", r"core/(loop|helper)/"),
}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def sources():
    out = subprocess.run(["find", "core", "conf", "agent", "-name", "*.[ch]"], cwd=TOP, capture_output=True, text=True, check=True)
    return sorted(out.stdout.split())


def permitted(room, target):
    if target == "config.h":
        return True
    folder = os.path.dirname(target)
    return folder == room or any(target == a or folder == a for a in ALLOWED[room])


def main():
    direction, unknown, library = [], [], []
    files = sources()
    for path in files:
        room = os.path.dirname(path)
        if room not in ALLOWED:
            unknown.append(f"{path}: a folder that is no room")
            continue
        with open(os.path.join(TOP, path), encoding="utf-8") as f:
            for number, line in enumerate(f, 1):
                m = INCLUDE.match(line)
                if not m:
                    continue
                if m[1] == '"' and not permitted(room, m[2]):
                    direction.append(f"{path}:{number}: {room} may not include {m[2]}")
                for name, (header, where) in LIBRARIES.items():
                    if re.match(header, m[2]) and not re.match(where, path):
                        library.append(f"{path}:{number}: {name}'s {m[2]} does not belong here")
    bad = 0
    for name, found in (("each room includes only what its line allows", direction), ("every folder is a room", unknown),
                        ("libev, libnl, net-snmp and epoll are included by their owners alone", library)):
        if found or not files:
            bad = 1
            print(f"FAIL lint/includes: {name}: {'; '.join(found[:5]) or 'no sources'}" + (f" and {len(found) - 5} more" if len(found) > 5 else ""))
        else:
            print(f"ok  lint/includes: {name}")
    return bad


sys.exit(main())
