#!/usr/bin/env python3
"""Every function of drip.h has a comment of its own: before it, or behind it on its last line."""
import re
import sys


def main():
    text = open("runtime/drip.h", encoding="utf-8").read()
    found, bare = 0, []
    for match in re.finditer(r"DRIP_API[^;]*?(drip_\w+)\([^;]*;[ \t]*(/\*)?", text):
        found += 1
        before = text[: match.start()].rstrip(" \t")
        if not match.group(2) and not re.search(r"\*/\n$", before):
            bare.append(match.group(1))
    for name in bare:
        print(f"{name}: nothing says what it does")
    print(f"{found - len(bare)} passed, {len(bare)} failed")
    return 1 if bare or found < 100 else 0


sys.exit(main())
