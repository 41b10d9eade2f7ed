#!/usr/bin/python3
"""Sizes and manners of the sources: functions on a screen, files with one owner, no promise of work, no call that blocks or is unsafe.

Prints one ok/FAIL line a rule; exit status 1 when one failed.
"""
import json
import os
import re
import subprocess
import sys

TOP = sys.argv[1]
FUNCTION_MAX, FILE_MAX, LINE_MAX = 80, 600, 140
PROMISES = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|not (yet )?implemented|\bfor now\b|\bplaceholder\b")
UNSAFE = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|gets|system|popen|strtok|alloca)\s*\(")
BLOCKING = re.compile(r"\b(sleep|usleep|getaddrinfo|gethostbyname|gethostbyaddr|getnameinfo|getpwnam|res_query|fsync|fdatasync)\s*\(")
# What does the work of a worker, of another process, or of the time before the loop runs.
MAY_BLOCK = re.compile(r"core/helper/|agent/|core/(main|privilege|privs|start|startup|daemon|daemonize|state_file|overrides)[a-z_]*\.c$")
EXTERN = re.compile(r"^extern\s+[^(]*;")
CLOCK = re.compile(r"\b(clock_gettime|gettimeofday|time)\s*\(")
CLOCK_OWNERS = re.compile(r"core/loop/|core/helper/|core/base/log\.c$")


def sources():
    out = subprocess.run(["find", "core", "conf", "agent", "tests/bench", "tests/unit", "tests/sim", "tests/fuzz", "-name", "*.[ch]"],
                         cwd=TOP, capture_output=True, text=True, check=False)
    return sorted(out.stdout.split())


def functions(files):
    """(path, name, first line, last line) of every function, as ctags sees them."""
    out = subprocess.run(["ctags", "--output-format=json", "--fields=+ne", "--kinds-C=f", "--languages=C", "--langmap=C:.c.h", "-f", "-",
                          *files], cwd=TOP, capture_output=True, text=True, check=True)
    for line in out.stdout.splitlines():
        tag = json.loads(line)
        if "end" in tag:
            yield tag["path"], tag["name"], tag["line"], tag["end"]


def code_lines(text):
    """The lines with comments and strings blanked."""
    text = re.sub(r'/\*.*?\*/|"(\\.|[^"\\\n])*"', lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.S)
    return [line.split("//")[0] for line in text.split("\n")]


def main():
    files = sources()
    product = [f for f in files if not f.startswith("tests/")]
    found = {}

    def hit(rule, what):
        found.setdefault(rule, []).append(what)

    rules = {
        "size": f"no function over {FUNCTION_MAX} lines", "file": f"no file over {FILE_MAX} lines",
        "line": f"no line over {LINE_MAX} columns", "promise": "no promise of work to come", "unsafe": "no unsafe call",
        "block": "no blocking call in core outside workers and start", "extern": "no extern variable", "if": "no #if inside a function",
        "clock": "the clock is read by core/loop alone", "head": "every source begins with a comment",
    }
    inside = {}
    for path, name, first, last in functions(files):
        if last - first + 1 > FUNCTION_MAX:
            hit("size", f"{path}:{first}: {name} has {last - first + 1}")
        inside.setdefault(path, []).append((first, last))
    for path in files:
        with open(os.path.join(TOP, path), encoding="utf-8") as f:
            text = f.read()
        raw, code = text.split("\n"), code_lines(text)
        if len(raw) - 1 > FILE_MAX:
            hit("file", f"{path} has {len(raw) - 1}")
        if not text.startswith("/*"):
            hit("head", path)
        for n, line in enumerate(raw, 1):
            if len(line.expandtabs(4)) > LINE_MAX:
                hit("line", f"{path}:{n}")
            if path in product and PROMISES.search(line):
                hit("promise", f"{path}:{n}: {line.strip()}")
            if line.startswith("#if") and any(a < n < b for a, b in inside.get(path, [])):
                hit("if", f"{path}:{n}")
        for n, line in enumerate(code, 1):
            if UNSAFE.search(line):
                hit("unsafe", f"{path}:{n}: {line.strip()}")
            if path not in product:
                continue
            if path.startswith("core/") and BLOCKING.search(line) and not MAY_BLOCK.match(path) and "no-block-ok" not in raw[n - 1]:
                hit("block", f"{path}:{n}: {line.strip()}")
            if EXTERN.match(line):
                hit("extern", f"{path}:{n}: {line.strip()}")
            if path.startswith("core/") and CLOCK.search(line) and not CLOCK_OWNERS.match(path):
                hit("clock", f"{path}:{n}: {line.strip()}")
    for rule, name in rules.items():
        if rule in found:
            more = len(found[rule]) - 5
            print(f"FAIL lint/sizes: {name}: {'; '.join(found[rule][:5])}" + (f" and {more} more" if more > 0 else ""))
        else:
            print(f"ok  lint/sizes: {name}")
    return 1 if found else 0


sys.exit(main())
