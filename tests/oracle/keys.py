#!/usr/bin/env python3
"""Run the oracle over the published answer keys (answer_keys.json); prints each disagreement and `N passed, N failed`.

`kind` worked: the source gives the case and its answer. `kind` rule: the source gives the rule, the facts of the case are ours.
"""
import json
import os
import sys
from collections import Counter
from decimal import Decimal

from oracle import evaluate, parameters

HERE = os.path.dirname(os.path.abspath(__file__))


def units(pairs):
    """A code may carry its modifiers after a dash: "96365-59"."""
    out = Counter()
    for code, n in pairs:
        out[code] += n
    return +out


def main():
    with open(os.path.join(HERE, "answer_keys.json"), encoding="utf-8") as f:
        keys = json.load(f, parse_float=Decimal)
    failed = 0
    for key in keys:
        got = evaluate(key["encounter"], parameters(key["params"]))
        have = units(("-".join([l["code"]] + l["modifiers"]), l["units"]) for l in got["lines"])
        if have != units(key["lines"]):
            failed += 1
            print(f"{key['name']} [{key['source']}]\n    published {dict(units(key['lines']))}\n    oracle    {dict(have)}")
    print(f"{len(keys) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
