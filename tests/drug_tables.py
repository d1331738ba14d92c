#!/usr/bin/env python3
"""The tables behind the drug lines, from the published CMS files.

    drug_tables.py [--check] FOLDER     FOLDER has the payment limit file and the NDC crosswalk of one quarter

Writes rulesets/hcpcs_units.csv (what one unit of a code is), rulesets/vials.csv and rulesets/vial_sums.csv (which totals
whole vials of a code add up to); with --check only compares them. Only numbers and units are taken, no descriptors.

Sizes of vials are those of the crosswalk, in billing units, of the catalogue's chemotherapy codes whose sizes are all
whole units. Every total that vials of sizes a, b, … add up to is a multiple of their greatest common divisor, the step;
from some total on every multiple is one. vials.csv has that total, vial_sums.csv lists the sums below it.
"""
import argparse
import csv
import glob
import math
import os
import re
import sys
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

RULES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "rulesets")
UNITS = {"MG": "mg", "GM": "g", "MCG": "mcg", "ML": "mL", "CC": "mL", "IU": "unit", "UNITS": "unit", "UNIT": "unit",
         "USP UNIT": "unit", "MEQ": "mEq"}
CODE = re.compile(r"[A-Z0-9]\d{4}$")
ROW = re.compile(r'\s*\|\s*"[^"]+"\s*\|\s*"(\w{5})"\s*\|\s*"([\d.]+) (\w+)"\s*\|\s*(\w+)')


def dosage(text):
    """("10", "mg") of "UP TO 10 MG"; None where it is no amount of one thing."""
    m = re.fullmatch(r"([\d.,]+)\s*([A-Z ]+)", re.sub(r"^UP TO ", "", text.upper().strip()))
    return (format(Decimal(m[1].replace(",", "")).normalize(), "f"), UNITS[m[2].strip()]) if m and m[2].strip() in UNITS else None


def rows(folder, name):
    (path,) = glob.glob(os.path.join(folder, name))
    with open(path, encoding="latin-1", newline="") as f:
        return [r for r in csv.reader(f) if len(r) > 9 and CODE.match(r[0])]


def catalogue():
    """{code: (amount, unit, class)} of rulesets/drugs.drip."""
    with open(os.path.join(RULES, "drugs.drip"), encoding="utf-8") as f:
        return {m[1]: (m[2], m[3], m[4]) for m in map(ROW.match, f) if m}


def units(folder, listed):
    found = {}
    for place, name in ((5, "*crosswalk.csv"), (2, "*payment-limit.csv")):  # the payment limit file has the last word
        found.update((r[0], dosage(r[place])) for r in rows(folder, name) if dosage(r[place]))
    for code, (amount, unit, _) in listed.items():
        have = found.setdefault(code, (amount, unit))
        if (Fraction(have[0]), have[1]) != (Fraction(amount), unit):
            sys.exit(f"{code}: {amount} {unit} in the catalogue, {have[0]} {have[1]} at CMS")
    return found


def sums(sizes):
    """The step, the number of steps from which on all are sums, and the sums below, in steps."""
    step = math.gcd(*sizes)
    parts = [s // step for s in sizes]
    top = 2 * max(parts) * max(parts)
    reached = [True] + [False] * top
    for n in range(1, top + 1):
        reached[n] = any(p <= n and reached[n - p] for p in parts)
    first = 1 + max((n for n in range(1, top + 1) if not reached[n]), default=0)
    return step, first, [n for n in range(1, first) if reached[n]]


def tables(folder):
    listed, sizes = catalogue(), defaultdict(set)
    for r in rows(folder, "*crosswalk.csv"):
        sizes[r[0]].add(Fraction(r[8]))
    whole = {c: sorted(map(int, sizes[c])) for c, (_, _, kind) in sorted(listed.items())
             if kind == "chemotherapy" and sizes[c] and all(s.denominator == 1 and s > 0 for s in sizes[c])}
    vials, below = [], []
    for code, found in whole.items():
        step, first, some = sums(found)
        vials.append((code, found[0], step, first))
        below += [(code, n) for n in some]
    return {
        "hcpcs_units.csv": [("hcpcs", "amount", "unit")] + [(c, *u) for c, u in sorted(units(folder, listed).items())],
        "vials.csv": [("hcpcs", "smallest", "step", "all_from")] + vials,
        "vial_sums.csv": [("hcpcs", "multiple")] + below,
    }


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    ap.add_argument("--check", action="store_true")
    ap.add_argument("folder")
    args = ap.parse_args()
    differ = 0
    for name, content in tables(args.folder).items():
        path = os.path.join(RULES, name)
        text = "".join(",".join(map(str, r)) + "\n" for r in content)
        if not args.check:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        elif open(path, encoding="utf-8").read() != text:
            differ += 1
            print(f"{path}: not what {args.folder} says")
    print(f"{3 - differ} passed, {differ} failed")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
