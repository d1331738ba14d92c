#!/usr/bin/env python3
"""The binary interface of libdrip, as text: exported symbols, and the sizes, offsets and values of drip.h.

    dump.py LIBRARY            prints it
    dump.py LIBRARY RECORDED   compares: what was recorded must still hold; additions must be recorded (make abi)

Structs that begin with struct_size, and views that the library fills, may grow at their end; nothing else may change."""
import re
import subprocess
import sys
import tempfile

HEADER = "runtime/drip.h"


def without_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


def layout(text):
    lines = ['#include "drip.h"', "#include <stdio.h>", "int main(void)", "{"]
    for body, name in re.findall(r"typedef struct \w+ \{(.*?)\} (\w+);", text, flags=re.S):
        lines.append(f'    printf("struct {name} size %zu\\n", sizeof({name}));')
        for member in body.split(";"):
            member = member.strip()
            if not member:
                continue
            for part in member.split(","):
                field = re.search(r"(\w+)\s*(\[\w*\])?$", part.strip()).group(1)
                lines.append(f'    printf("struct {name} %s at %zu of %zu\\n", "{field}", offsetof({name}, {field}), sizeof((({name} *)0)->{field}));')
    for body, name in re.findall(r"typedef enum \w+ \{(.*?)\} (\w+);", text, flags=re.S):
        for value in re.findall(r"(\w+)\s*(?:=\s*\d+)?\s*(?:,|$)", body.strip()):
            lines.append(f'    printf("enum {name} {value} %d\\n", (int){value});')
    return "\n".join(lines + ["    return 0;", "}", ""])


def dump(library):
    symbols = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True).stdout
    out = sorted("symbol " + line.split()[2] for line in symbols.splitlines() if line.split()[1] != "A")
    soname = subprocess.run(["readelf", "-d", library], check=True, capture_output=True, text=True).stdout
    out.insert(0, "soname " + re.search(r"soname: \[(.*?)\]", soname).group(1))
    text = without_comments(open(HEADER, encoding="utf-8").read())
    with tempfile.TemporaryDirectory() as to:
        open(to + "/layout.c", "w", encoding="utf-8").write(layout(text))
        subprocess.run(["gcc", "-std=c11", "-Iruntime", "-include", "stddef.h", "-o", to + "/layout", to + "/layout.c"], check=True)
        out += subprocess.run([to + "/layout"], check=True, capture_output=True, text=True).stdout.splitlines()
    return out


def main():
    now = dump(sys.argv[1])
    if len(sys.argv) == 2:
        print("\n".join(now))
        return 0
    recorded = open(sys.argv[2], encoding="utf-8").read().splitlines()
    gone = [line for line in recorded if line not in set(now)]
    new = [line for line in now if line not in set(recorded)]
    for line in gone:
        print("was recorded, and is no more: " + line)
    for line in new:
        print("is not recorded (make abi): " + line)
    return 1 if gone or new else 0


sys.exit(main())
