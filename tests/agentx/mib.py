"""REGENT-MIB's text, read far enough to compare it with the code: names, OIDs, base types, access, notifications."""
import glob
import os
import re
import shutil
import subprocess
import tempfile

BASE = {  # textual conventions of other modules, by what goes over the wire
    "SnmpAdminString": "OCTETS", "DateAndTime": "OCTETS", "MacAddress": "OCTETS", "InetAddress": "OCTETS", "OCTET STRING": "OCTETS",
    "TruthValue": "INTEGER", "InetAddressType": "INTEGER", "Integer32": "INTEGER", "INTEGER": "INTEGER",
    "InetPortNumber": "Unsigned32", "Unsigned32": "Unsigned32", "Gauge32": "Unsigned32", "Counter32": "Counter32",
    "Counter64": "Counter64",
}


class Mib:
    def __init__(self, path):
        with open(path, encoding="ascii") as f:
            text = re.sub(r"--[^\n]*", "", f.read())
        text = re.sub(r'"[^"]*"', '""', text)
        text = text[text.index(";"):]  # after the imports
        self.oid = {"netSnmpPlaypen": "1.3.6.1.4.1.8072.9999.9999"}
        self.types, self.access, self.traps = dict(BASE), {}, {}
        for name, base in re.findall(r"(\w+) ::= TEXTUAL-CONVENTION.*?SYNTAX\s+(OCTET STRING|\w+)", text, re.S):
            self.types[name] = self.types[base]
        for name, body, parent, number in re.findall(
                r"\n(\w+)\s+(OBJECT-TYPE|OBJECT IDENTIFIER|MODULE-IDENTITY|NOTIFICATION-TYPE)(?:(?!::=).)*::=\s*\{\s*(\w+)\s+(\d+)\s*\}",
                text, re.S):
            self.oid[name] = f"{self.oid[parent]}.{number}"
            whole = re.search(rf"\n{name}\s+{body}(.*?)::=", text, re.S)[1]
            if body == "OBJECT-TYPE":
                self.add_object(name, whole)
            elif body == "NOTIFICATION-TYPE":
                self.traps[name] = re.findall(r"\w+", re.search(r"OBJECTS\s*\{([^}]*)\}", whole)[1])
        self.name = {oid: name for name, oid in self.oid.items()}

    def add_object(self, name, body):
        access = re.search(r"MAX-ACCESS\s+([\w-]+)", body)[1]
        syntax = re.search(r"SYNTAX\s+(SEQUENCE OF|OCTET STRING|\w+)", body)[1]
        self.access[name] = (access, self.types.get(syntax))

    def columns(self):
        """OID -> (type, ro or rw) of all that can be read."""
        short = {"read-only": "ro", "read-write": "rw"}
        return {self.oid[n]: (t, short[a]) for n, (a, t) in self.access.items() if a in short}

    def object_of(self, instance):
        """The name of the object that an instance's OID begins with."""
        oid = instance
        while oid and self.name.get(oid) not in self.access:
            oid = oid.rpartition(".")[0]
        return self.name.get(oid)


def compare(mib, dump):
    """What differs between the text and the lines of dump_oids; empty: nothing."""
    text, code, wrong, seen = mib.columns(), {}, [], set()
    for line in dump.splitlines():
        words = line.split()
        if words[0] == "column":
            code[words[1]] = (words[2], words[3])
        elif words[0] == "trap":
            name = mib.name.get(words[1])
            seen.add(name)
            if name not in mib.traps:
                wrong.append(f"no notification {words[1]} in the text")
            elif [mib.object_of(o) for o in words[2:]] != mib.traps[name]:
                wrong.append(f"{name}: the code sends {[mib.object_of(o) for o in words[2:]]}")
        else:
            wrong.append(line)
    wrong += [f"{mib.name[o]}: the code has {code.get(o)}, the text {text[o]}" for o in text if code.get(o) != text[o]]
    wrong += [f"{o} is in the code alone" for o in code if o not in text]
    wrong += [f"{n} is never sent" for n in mib.traps if n not in seen]
    return wrong


def base_modules(folder):
    """Put the modules that REGENT-MIB imports into folder/mibs, named as smilint wants them; without them there is no such
    folder. Debian ships the IETF's in erlang-snmp alone."""
    found = glob.glob("/usr/lib/erlang/lib/snmp-*/mibs")
    if not found:
        with tempfile.TemporaryDirectory(prefix="mibs.") as tmp:
            os.chmod(tmp, 0o755)
            subprocess.run(["apt-get", "-q", "download", "erlang-snmp"], cwd=tmp, capture_output=True, check=False)
            for deb in glob.glob(f"{tmp}/*.deb"):
                subprocess.run(["dpkg", "-x", deb, f"{folder}/deb"], check=True)
        found = glob.glob(f"{folder}/deb/usr/lib/erlang/lib/snmp-*/mibs")
    if not found:
        return
    os.makedirs(f"{folder}/mibs")
    for path in glob.glob(f"{found[0]}/*.mib"):
        shutil.copy(path, f"{folder}/mibs/{os.path.basename(path)[:-4]}")
    shutil.copy("/usr/share/snmp/mibs/NET-SNMP-MIB.txt", f"{folder}/mibs/NET-SNMP-MIB")
