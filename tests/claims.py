#!/usr/bin/env python3
"""Claims beside what their encounters support (drip audit).

    claims.py [--count N] DRIP

- The hand-made claims of tests/claims/wrong.txt, each wrong in one way: the audit names that way and nothing else.
- What `drip run --json` answers to random encounters, tidy and messy, audits clean as their claim: whole, with the
  lines in another order, and as CSV with the few columns that a bill has.
- One random change of such a claim is one item of the right kind. Under a policy with prices, the items' amounts add up
  to the totals, and the net is the difference of the two sides, in exact arithmetic.
- Claims that cannot be read are refused with the words in BAD, which say where, and nothing of what stands there.

Ends with `N passed, N failed`.
"""
import argparse
import csv
import io
import json
import os
import random
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from fractions import Fraction

import tally
from tally import report

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
CLAIMS = os.path.join(HERE, "claims")
VISIT = os.path.join(ROOT, "examples", "visit.json")
PRICES = os.path.join(CLAIMS, "prices.drip")
LIMIT = ["--fuel", "3000000"]  # the nearest misses of thousands of claims are not what is tested here


def drip(arguments, stdin=None):
    done = subprocess.run([DRIP] + arguments, input=stdin, capture_output=True, timeout=1200, check=False,
                          env=dict(os.environ, DRIP_PATH=ROOT, NO_COLOR="1"))
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


def written(folder, name, content):
    path = os.path.join(folder, name)
    with open(path, "wb") as f:
        f.write(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


# ---- hand-made claims

def hand_made():
    """(name, visit, CSV, item) of wrong.txt; the right claims have no item."""
    with open(os.path.join(CLAIMS, "wrong.txt"), encoding="utf-8") as f:
        lines = [line.rstrip("\n") for line in f if line.strip() and not line.startswith("#")]
    visit, right, cases, now = None, [], [], None
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "claim":
            visit, right, now = os.path.join(CLAIMS, rest), [], None
            cases.append(("the right claim of " + rest, visit, right, None))
        elif word == "case":
            now = list(right)
            name = rest
        elif word == "-":
            now.remove(rest)
        elif word == "+":
            now.append(rest)
        elif word == "item":
            cases.append((name, visit, now, rest.split()))
        else:
            right.append(line)
    return cases


def item_problem(items, want):
    if [item["kind"] for item in items] != want[:1]:
        return f"items {[item['kind'] for item in items]}, expected {want[:1]}"
    item = items[0]
    line = item.get("supported") or item["billed"]
    if line["code"] != want[1]:
        return f"it is about {line['code']}, expected {want[1]}"
    for said in want[2:]:
        key, _, value = said.partition("=")
        have = item["billed"]["code"] if key == "billed" else item.get(key)
        have = " ".join(have) if isinstance(have, list) else str(have)
        if have != value:
            return f"{key} is {have}, expected {value}"
    wanted = {w.partition("=")[0] for w in want[2:]}
    if item["kind"] == "modifier" and any(item[key] and key not in wanted for key in ("missing", "extra")):
        return f"more differs: {item}"
    if not item.get("why") and not item.get("cite"):
        return "it gives no reason"
    return None


def check_hand_made(folder):
    cases = hand_made()
    report("more than twenty hand-made claims", None if len(cases) > 25 else str(len(cases)))
    for name, visit, rows, want in cases:
        claim = written(folder, "claim.csv", "\n".join(rows) + "\n")
        code, out, err = drip(["audit", "-p", "national", "--json", "--claim", claim, visit])
        if code != (1 if want else 0) or err:
            report(name, f"exit {code} {err}")
            continue
        audit = json.loads(out)
        report(name, item_problem(audit["items"], want) if want else ("items" if audit["items"] else None))


# ---- random encounters

def encounters(count):
    gen = os.path.join(HERE, "oracle", "gen.py")
    text = b""
    for seed, messy in ((71, True), (72, False)):
        text += subprocess.run([sys.executable, gen, "--seed", str(seed), "--count", str(count), "--drugs"] +
                               (["--messy"] if messy else []), capture_output=True, check=True).stdout
    return text


def audits(policy, folder, claim, text, name="claims"):
    path = written(folder, name, claim)
    code, out, err = drip(["audit", "-p", policy, "--json", "--claim", path, "-"] + LIMIT, text)
    found = [json.loads(line) for line in out.splitlines()]
    return code, [a for a in found if a["format"] == "drip.claim_audit/1"], err


def as_csv(results):
    """The columns that a bill has."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["Encounter", "HCPCS", "Units", "Modifier 1", "modifier_2", "MODIFIER 3", "Service Date", "Charge"])
    for result in results:
        for line in result["lines"]:
            marks = (line["modifiers"] + ["", "", ""])[:3]
            rows.writerow([result["encounter"], line["code"], line["units"]] + marks +
                          [line["date"].replace("-", ""), "$1,000.00"])
    return out.getvalue()


def check_clean(folder, text, answer, results):
    code, found, err = audits("national", folder, answer, text)
    differing = [a["encounter"] for a in found if a["items"] or a["edits"]]
    report("the answer audits clean against itself", f"{differing[:5]} {err[:300]}" if differing else None)
    report("every encounter is audited", None if len(found) == len(results) else f"{len(found)} of {len(results)}")
    rng = random.Random(5)
    shuffled = [dict(r, lines=rng.sample(r["lines"], len(r["lines"]))) for r in results]
    _, found, _ = audits("national", folder, "\n".join(map(json.dumps, shuffled)), text)
    differing = [a["encounter"] for a in found if a["items"]]
    report("whatever the order of its lines", f"{differing[:5]}" if differing or len(found) != len(results) else None)
    billed = [r for r in results if r["lines"]]
    _, found, err = audits("national", folder, as_csv(results), text, "claims.csv")
    differing = [(a["encounter"], a["items"]) for a in found if a["items"]]
    report("and as CSV with a bill's columns", f"{differing[:2]} {err[:300]}"
           if differing or len(found) != len(billed) else None)


# ---- one random change

FAMILY = ["96360", "96361", "96365", "96366", "96367", "96368", "96372", "96374", "96375", "96376", "96401", "96409",
          "96411", "96413", "96415", "96417"]


def later(day, days):
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def changed(lines, rng):
    """The lines with one change, and the kind of the one item that says so."""
    lines = [dict(line, modifiers=list(line["modifiers"])) for line in lines]
    i = rng.randrange(len(lines))
    line, codes = lines[i], {other["code"] for other in lines}
    kind = rng.choice(["missed", "unsupported", "units", "units", "modifier", "modifier", "date", "duplicate", "code",
                       "field"])
    if kind == "missed":
        del lines[i]
    elif kind == "unsupported":
        lines.append({"code": rng.choice(["G0498", "J9999", "96379"]), "units": rng.randint(1, 9), "modifiers": [],
                      "date": line["date"]})
        kind = None if lines[-1]["code"] in codes else kind
    elif kind == "units":
        line["units"] = rng.choice([line["units"] + 1, line["units"] * 10, max(1, line["units"] - 1)])
    elif kind == "modifier":
        if line["modifiers"] and rng.random() < 0.6:
            line["modifiers"].pop(rng.randrange(len(line["modifiers"])))
        if rng.random() < 0.6:
            line["modifiers"].append("ZZ")
    elif kind == "date":
        line["date"] = later(line["date"], rng.choice([-1, 1, 365]))
    elif kind == "duplicate":
        lines.insert(rng.randrange(len(lines) + 1), dict(line))
    elif kind == "code":
        line["code"] = rng.choice([c for c in FAMILY if c not in codes])
        kind = kind if line["administrations"] else None
    else:
        kind = kind if "access" in line else None
        line["access"] = "elsewhere"
    return kind, lines


def check_one(audit, kind, full):
    kinds = [item["kind"] for item in audit["items"]]
    if kinds != [kind]:
        return f"{kinds}, expected {[kind]}"
    item = audit["items"][0]
    if kind not in ("unsupported",) and "clause" not in item:
        return "no clause"
    money = [Fraction(i["amount"]) for i in audit["items"] if "amount" in i]
    totals = audit["totals"]
    if "net" not in totals:
        return "an amount without totals" if money else None
    under, over = sum(m for m in money if m > 0), -sum(m for m in money if m < 0)
    have = [Fraction(totals[name]) for name in ("under", "over", "net")]
    # A line that an edit denies for want of the missing one is in the net alone: it is no difference of its own.
    net_adds_up = have[2] == under - over or audit["edits"]
    if full and (have[:2] != [under, over] or not net_adds_up) and len(money) == len(audit["items"]):
        return f"money: {have}, the items have {money}"
    return None


def check_changes(folder, text, results, seed):
    rng = random.Random(seed)
    claims, kinds = [], {}
    for result in results:
        if not result["lines"]:
            continue
        kind, lines = changed(result["lines"], rng)
        if kind is None or sorted(map(json.dumps, lines)) == sorted(map(json.dumps, result["lines"])):
            continue
        claims.append({"encounter": result["encounter"], "lines": lines})
        kinds[result["encounter"]] = kind
    code, found, err = audits(PRICES, folder, "\n".join(map(json.dumps, claims)), text)
    problems = {a["encounter"]: check_one(a, kinds[a["encounter"]], True) for a in found}
    wrong = {e: p for e, p in problems.items() if p}
    for kind in sorted(set(kinds.values())):
        mine = [e for e in kinds if kinds[e] == kind]
        bad = [f"{e}: {wrong[e]}" for e in mine if e in wrong] + [f"{e}: not audited" for e in mine if e not in problems]
        report(f"seed {seed}: one change, one item: {kind} ({len(mine)})", "\n".join(bad[:5]))
    rng.shuffle(claims)
    again = [dict(c, lines=rng.sample(c["lines"], len(c["lines"]))) for c in claims]
    _, same, _ = audits(PRICES, folder, "\n".join(map(json.dumps, again)), text)
    report(f"seed {seed}: the same audits whatever the order", None if same == found else "they differ")


# ---- claims that cannot be read: name, bytes, what is said of them

SECRET = "SECRET"
BAD = [
    ("c.csv", b"", "1:1: error: there is no claim in it"),
    ("c.csv", b"\n ,\n", "1:1: error: there is no claim in it"),
    ("c.csv", b"units,date\n1,2026-03-02\n",
     '1:1: error: no column is called "code": the first row of a claim in CSV names its columns'),
    ("c.csv", b"code,date\n96413,2026-03-02\n",
     '1:1: error: no column is called "units": the first row of a claim in CSV names its columns'),
    ("c.csv", b"code,units,quantity\n96413,1,1\n", '1:12: error: two columns give "units"'),
    ("c.csv", b"code,units\n96413,SECRET\n", '2:7: error: "units": expected a number of at most 18 digits'),
    ("c.csv", b"code,units\n96413,1.5\n", '2:7: error: "units": expected a whole number'),
    ("c.csv", b"code,units\n96413,-1\n", '2:1: error: "units" is negative'),
    ("c.csv", b"code,units\n96413,\n", '2:1: error: a line gives no "units"'),
    ("c.csv", b"code,units\n ,1\n", '2:1: error: a line gives no "code"'),
    ("c.csv", b"code,units,date\n96413,1,03/02/2026 SECRET\n",
     '2:9: error: "date": expected a date, YYYY-MM-DD or YYYYMMDD'),
    ("c.csv", b"code,units,date\n96413,1,20260231\n", '2:9: error: "date": expected a date, YYYY-MM-DD or YYYYMMDD'),
    ("c.csv", b"code,units\n96413,1,SECRET\n",
     "2:1: error: this row has 3 cells, and the first row names 2 columns"),
    ("c.csv", b'code,units\n"96413,1\nSECRET\n', "2:1: error: this quoted cell has no closing quote"),
    ("c.csv", b"code,units\n\xff96413,1\n", "2:1: error: this byte is not valid UTF-8"),
    ("c.csv", b"code,units,encounter\n96413,1,VISIT-2026-0302\n96415,1,\n",
     "3:9: error: this row does not name its encounter"),
    ("c.json", b"{", "1:2: error: the text ends too early"),
    ("c.json", b"[1]", "1:2: error: line[0]: expected an object, found a number"),
    ("c.json", b'{"codes": []}', '1:14: error: "lines" is required'),
    ("c.json", b'{"lines": {}}', "1:11: error: lines: expected an array of objects, found an object"),
    ("c.json", b'{"lines": [\n {"code": 96413, "units": 1}]}',
     "2:11: error: lines[0].code: expected text, found a number"),
    ("c.json", b'{"lines": [{"code": "96413", "units": "SECRET"}]}',
     "1:39: error: lines[0].units: expected a whole number, found text"),
    ("c.json", b'[{"code": "96413", "units": 1}, {"code": "96413"}]', '1:33: error: a line gives no "units"'),
    ("c.json", b'[{"code": "96413", "units": 1, "modifiers": "SECRET"}]',
     "1:45: error: line[0].modifiers: expected an array of texts, found text"),
    ("c.json", b'[{"code": "96413", "units": 1, "date": "2026-02-30"}]',
     "1:52: error: line[0].date: expected a date YYYY-MM-DD, found text of 10 bytes"),
    ("c.json", b'[{"code": "96413", "cpt": "SECRET", "units": 1}]',
     "1:35: error: line[0].cpt: the same field is given under another name, too"),
    ("c.json", b'[{"code": "96413", "units": 1, "units": 2}]', "1:41: error: line[0]: a key stands twice in one object"),
    ("c.json", b'{"encounter": "A", "lines": []}\n{"lines": []}\n',
     "2:1: error: this claim does not name its encounter, and there are several claims"),
    ("c.json", b'{"encounter": "A", "lines": []}\n\n{"encounter": "A", "lines": []}\n',
     "3:1: error: a second claim of the same encounter: the first stands on line 1"),
    ("c.json", b'{"encounter": ["SECRET"], "lines": []}', "1:15: error: encounter: expected text, found an array"),
    ("c.json", b'{"lines": []} SECRET', "1:15: error: this is not JSON"),
]


def check_bad(folder):
    for name, content, want in BAD:
        path = written(folder, name, content)
        code, out, err = drip(["audit", "-p", "national", "--claim", path, VISIT])
        problem = None
        if err != f"{path}:{want}\n":
            problem = f"said {err!r}\nwant {want!r}"
        elif code != 2 or out:
            problem = f"exit {code}, output {out!r}"
        elif SECRET in err + out:
            problem = "it tells what stands there"
        report(f"{content[:50]!r}", problem)
    many = "code,units\n" + "96413,1\n" * 10001
    code, _, err = drip(["audit", "-p", "national", "--claim", written(folder, "many.csv", many), VISIT])
    report("a claim of too many lines", None if code == 2 and ":10002:1: error: a claim has at most 10000 lines" in err
           else err[:200])


def main():
    global DRIP
    options = argparse.ArgumentParser()
    options.add_argument("--count", type=int, default=150)
    options.add_argument("drip")
    args = options.parse_args()
    DRIP = os.path.abspath(args.drip)
    with tempfile.TemporaryDirectory() as folder:
        check_hand_made(folder)
        check_bad(folder)
        text = encounters(args.count)
        _, answer, _ = drip(["run", "-p", "national", "--json", "-"], text)
        results = [r for r in map(json.loads, answer.splitlines()) if r["format"] == "drip.result/1"]
        check_clean(folder, text, answer, results)
        for seed in range(2):
            check_changes(folder, text, results, seed)
    print(f"{tally.passed} passed, {tally.failed} failed")
    sys.exit(1 if tally.failed else 0)


if __name__ == "__main__":
    main()
