#!/usr/bin/env python3
"""Compare drip with the oracle on random encounters, and with the published answer keys.

    agree.py [--count N] [--fewer N] [--seeds N] [--show N] DRIP

Tidy and messy encounters under the national policy; messy ones under each parameter at each of its values, set by a
layer of one line (--fewer); the answer keys under their own parameters. Ends with `N passed, N failed`.

As many as are needed: of the 89 clauses that random encounters set off, 88 are first seen among the first 415 of one of
the six streams and the last at 785; a parameter's value changes some answer among the first hundred, but for those of
RARE, which one encounter in a hundred or two tells. `make soak` takes more.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from decimal import Decimal
from functools import lru_cache
from multiprocessing import Pool

import keys
from compare import differences
from oracle import CHOICES, DEFAULTS, EncounterError, evaluate, parameters

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
OTHERS = {
    "push_limit": ["10", "16", "31"], "hour_over": ["0", "15", "31"], "hydration_over": ["15", "31", "60"],
    "same_push_gap": ["1", "30", "60"], "second_site_modifier": ["XS", "none"], "second_visit_modifier": ["XE", "none"],
}
RARE = ("hydration_over", "same_push_gap")


def source(settings):
    """A layer that sets them, in the language of policies."""
    lines = ["drip 1", "layer trial over national", ""]
    for name, value in settings.items():
        if name.endswith("_modifier"):
            value = '"%s"' % ("" if value == "none" else value)
        elif name not in CHOICES:
            value += " min"
        lines.append(f"set {name} = {value}")
    return "\n".join(lines) + "\n"


def run_drip(drip, settings, encounters):
    """The results, one an encounter, in order."""
    with tempfile.TemporaryDirectory() as folder:
        policy = "national"
        if settings:
            policy = os.path.join(folder, "trial.drip")
            with open(policy, "w", encoding="utf-8") as f:
                f.write(source(settings))
        done = subprocess.run([drip, "run", "-p", policy, "--json"], input=encounters, capture_output=True,
                              env=dict(os.environ, DRIP_PATH=ROOT), check=False)
    if done.returncode not in (0, 1):
        return None, done.stderr.decode("utf-8", "replace")
    return [json.loads(line) for line in done.stdout.splitlines()], ""


def want_of(enc, params):
    try:
        return evaluate(enc, params)
    except EncounterError as e:
        return {"encounter": enc.get("id"), "error": str(e)}


@lru_cache(maxsize=2)
def generated(seed, messy, count):
    gen = [sys.executable, os.path.join(HERE, "gen.py"), "--seed", str(seed), "--count", str(count), "--drugs", "--papers"]
    return subprocess.run(gen + (["--messy"] if messy else []), capture_output=True, check=True).stdout


def random_job(job):
    drip, seed, messy, count, settings = job
    title = f"seed {seed} {'messy' if messy else 'tidy'} {settings or ''}".rstrip()
    text = generated(seed, messy, count)
    got, message = run_drip(drip, settings, text)
    if got is None:
        return title, 0, count, [message]
    params, failures = parameters(settings), []
    encounters = [json.loads(line, parse_float=Decimal) for line in text.splitlines()]
    if len(got) != len(encounters):
        return title, 0, count, [f"{len(encounters)} encounters went in, {len(got)} results came out"]
    for enc, have in zip(encounters, got):
        diff = differences(want_of(enc, params), have, False)
        if diff:
            failures.append(f"{enc['id']}: " + "; ".join(diff))
    return title, count - len(failures), len(failures), failures


def keys_job(drip):
    with open(os.path.join(HERE, "answer_keys.json"), encoding="utf-8") as f:
        published = json.load(f)
    failures = []
    for key in published:
        got, message = run_drip(drip, key["params"], json.dumps(key["encounter"]).encode())
        lines = [] if got is None else got[0].get("lines", [])
        have = keys.units(("-".join([l["code"]] + l["modifiers"]), l["units"]) for l in lines)
        want = keys.units(key["lines"])
        if got is None or have != want:
            failures.append(f"{key['name']} [{key['source']}]: published {dict(want)}, drip {dict(have)} {message}")
    return "published keys", len(published) - len(failures), len(failures), failures


def one(job):
    return keys_job(job) if isinstance(job, str) else random_job(job)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("drip")
    ap.add_argument("--count", type=int, default=800)
    ap.add_argument("--fewer", type=int, default=200)
    ap.add_argument("--seeds", type=int, default=3)
    ap.add_argument("--show", type=int, default=5)
    args = ap.parse_args()
    drip = os.path.abspath(args.drip)
    jobs = [drip] + [(drip, seed, messy, args.count, {}) for seed in range(1, args.seeds + 1) for messy in (False, True)]
    for name, values in {**CHOICES, **OTHERS}.items():
        count = args.count if name in RARE else args.fewer
        jobs += [(drip, 11, True, count, {name: v}) for v in values if v != DEFAULTS[name]]
    passed = failed = 0
    with Pool() as pool:
        for title, good, bad, failures in pool.imap(one, jobs):
            passed, failed = passed + good, failed + bad
            for text in failures[:args.show]:
                print(f"{title}: {text}")
            if len(failures) > args.show:
                print(f"{title}: … {len(failures) - args.show} more")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
