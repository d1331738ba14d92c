#!/usr/bin/env python3
"""Compare the oracle's output with `drip run --json`.

    compare.py [--lines-only] [--show N] ORACLE.ndjson DRIP.ndjson

Lines compare as total units by (code, modifiers, date).
Findings compare as sets of codes, of those the oracle knows. Ends with `N passed, N failed`; exit 1 if any failed.
"""
import argparse
import json
import sys
from collections import Counter

from oracle import FINDINGS


def load(path):
    """{encounter id: result}; a repeated id keeps its place by a running number."""
    found, seen = {}, Counter()
    with open(path, encoding="utf-8") as stream:
        for n, text in enumerate(stream, 1):
            if text.strip():
                obj = json.loads(text)
                key = obj.get("encounter") or f"(line {obj.get('line', n)})"
                seen[key] += 1
                found[key, seen[key]] = obj
    return found


def lines_of(obj):
    units = Counter()
    for l in obj.get("lines", []):
        units[l["code"], tuple(sorted(l.get("modifiers") or [])), l.get("date")] += l["units"]
    return units


def findings_of(obj):
    """The oracle's findings are pairs, drip's are objects."""
    codes = {f["code"] if isinstance(f, dict) else f[0] for f in obj.get("findings", [])}
    return codes & FINDINGS


def is_error(obj):
    return "error" in obj or obj.get("format") == "drip.error/1"


def differences(oracle, drip, lines_only):
    if drip is None:
        return ["no result"]
    if is_error(oracle) or is_error(drip):
        return [] if is_error(oracle) and is_error(drip) else [
            f"error: oracle {oracle.get('error')!r}, drip {drip.get('message')!r}"]
    out, a, b = [], lines_of(oracle), lines_of(drip)
    for key in sorted(set(a) | set(b)):
        if a[key] != b[key]:
            code, modifiers, date = key
            out.append(f"{' '.join((code,) + modifiers)} on {date}: oracle {a[key]}, drip {b[key]}")
    if not lines_only:
        a, b = findings_of(oracle), findings_of(drip)
        out += [f"finding {c}: oracle only" for c in sorted(a - b)] + [f"finding {c}: drip only" for c in sorted(b - a)]
    return out


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("oracle")
    ap.add_argument("drip")
    ap.add_argument("--lines-only", action="store_true")
    ap.add_argument("--show", type=int, default=10, metavar="N", help="failed encounters to print")
    args = ap.parse_args()
    want, got = load(args.oracle), load(args.drip)
    passed = failed = 0
    kinds = Counter()
    for key in list(want) + [k for k in got if k not in want]:
        diff = differences(want[key], got.get(key), args.lines_only) if key in want else ["not in the oracle's output"]
        if not diff:
            passed += 1
            continue
        failed += 1
        kinds.update(d.split(" on ")[0].split(": ")[0] for d in diff)
        if failed <= args.show:
            print(f"{key[0]}:", *diff, sep="\n    ")
    if kinds:
        print("by kind:", ", ".join(f"{k} {n}" for k, n in kinds.most_common(12)))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
