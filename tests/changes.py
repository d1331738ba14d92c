#!/usr/bin/env python3
"""The worked changes of published policies, and what `drip diff` says of them and of random records.

    changes.py [--accept] DRIP OBJECTS

Each folder tests/changes/P…/ is a golden case as those of cases.py, after a published change of research/payers.md: the report
over a corpus (made by corpora.py) in `expected`, and in `witness` the smallest encounters that show the change, of which each must
move. Besides, for each: the same bytes for any number of
threads, the other way round the same with the sign turned, a policy beside itself moves nothing. Over random records the report
is held against the two policies' own answers, compared here in Python. Last, the command is linked with functions that
blind it in one way each (tests/diff/blind.c); it has to notice. OBJECTS is the build folder with its objects.
"""
import csv
import io
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from decimal import Decimal

import cases

ROOT = cases.ROOT
FOLDER = os.path.join(ROOT, "tests", "changes")
results = []


def check(what, ok, more=""):
    results.append(bool(ok))
    if not ok:
        print(f"{what}: FAILED {more}")


def drip(program, *args, cwd=FOLDER, data=None):
    env = dict(os.environ, DRIP_PATH=ROOT, NO_COLOR="1")
    done = subprocess.run([program, *args], cwd=cwd, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, timeout=300)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def diff(program, old, new, *args, **more):
    status, out, err = drip(program, "diff", "-p", old, "-q", new, "--json", *args, **more)
    return status, json.loads(out) if out else None, err


def amounts(report):
    kinds = sum(Decimal(k.get("amount", "0")) for k in report["kinds"])
    return kinds, Decimal(report["amount"]["before"]), Decimal(report["amount"]["after"]), Decimal(report["amount"]["net"])


def without_counts(text):
    """How many scenarios a search begins with changes with each scenario that somebody adds."""
    return re.sub(r"^\d+ (encounters were tried under both:) \d+ of", r"N \1 N of", text, flags=re.M)


def witnesses(program, folder, words, accept):
    """What `--witness` finds, beginning with the corpus: as it was, and each encounter is answered differently."""
    policies, corpus = words[words.index("-p"):words.index("-q") + 2], words[-1]
    search = ("diff", *policies, "--witness", "--budget", "5000")
    name, path = os.path.basename(folder), os.path.join(folder, "witness")
    status, out, err = drip(program, *search, corpus, cwd=folder)
    out = without_counts(out)
    if accept:
        write(path, out)
    check(f"{name}: says of witnesses what it said", out == cases.read(path), err)
    _, out, _ = drip(program, *search, "--json", corpus, cwd=folder)
    found = [w["encounter"] for w in map(json.loads, out.splitlines()) if "encounter" in w]
    check(f"{name}: exit status of witnesses", status == (1 if found else 0), str(status))
    data = "".join(json.dumps(w) + "\n" for w in found).encode()
    if found:
        _, report, _ = diff(program, *policies[1::2], "-", cwd=folder, data=data)
        check(f"{name}: each witness moves", report["moved"] == len(found), f"{report['moved']} {len(found)}")
    return len(found)


def each_amount(name, report):
    """The first is that of `amount`; kinds add up to each."""
    for a in report["amounts"]:
        kinds = sum(Decimal(k["amounts"].get(a["name"], "0")) for k in report["kinds"])
        check(f"{name}: kinds add up to the net of {a['name']}", kinds == Decimal(a["net"]) == Decimal(a["after"]) - Decimal(a["before"]))
    check(f"{name}: the first of the amounts", report["amounts"][0]["net"] == report["amount"]["net"])


def worked(program, name, accept):
    folder = os.path.join(FOLDER, name)
    words = shlex.split(cases.read(os.path.join(folder, "cmd")))
    old, new, corpus = words[words.index("-p") + 1], words[words.index("-q") + 1], words[-1]
    status, there, err = diff(program, old, new, corpus, cwd=folder)
    check(f"{name}: answers", there is not None, err)
    if there is None:
        return
    kinds, before, after, net = amounts(there)
    check(f"{name}: before and net are after", before + net == after)
    check(f"{name}: kinds add up to the net", kinds == net, f"{kinds} {net}")
    each_amount(name, there)
    check(f"{name}: exit status", status == (1 if there["moved"] else 0), str(status))
    _, back, _ = diff(program, new, old, corpus, cwd=folder)
    check(f"{name}: the other way round as many move", back["moved"] == there["moved"])
    check(f"{name}: the other way round the sign turns", amounts(back)[3] == -net)
    check(f"{name}: what is added is removed", back["findings"]["removed"] == there["findings"]["added"]
          and back["lines"]["removed"] == there["lines"]["added"])
    status, same, _ = diff(program, new, new, corpus, cwd=folder)
    check(f"{name}: beside itself nothing moves", status == 0 and same["moved"] == 0 and not same["kinds"])
    if "--known-on" not in words: # the search does not go by what was known
        found = witnesses(program, folder, words, accept)
        check(f"{name}: what moves has a witness", found > 0 or not there["moved"])
    one = drip(program, *words, cwd=folder)
    check(f"{name}: in three threads", drip(program, *words[:-1], "-j", "3", corpus, cwd=folder) == one)


# ---- random records, compared here

def answers(program, policy, data):
    status, out, err = drip(program, "run", "--json", "-p", policy, "-", data=data)
    return [json.loads(line) for line in out.splitlines()]


def plain(result):
    lines = [{k: v for k, v in line.items() if k != "clauses"} for line in result["lines"]]
    findings = [(f["code"], f["severity"], sorted(f["about"])) for f in result["findings"]]
    return sorted(json.dumps(line, sort_keys=True) for line in lines), sorted(findings)


def random_records(program, old, new, data):
    a, b = answers(program, old, data), answers(program, new, data)
    moved, before, after = set(), Decimal(0), Decimal(0)
    for x, y in zip(a, b):
        if "lines" not in x or "lines" not in y:
            if ("lines" in x) != ("lines" in y):
                moved.add(x.get("encounter"))
            continue
        before += Decimal(x["totals"].get("expected", "0"))
        after += Decimal(y["totals"].get("expected", "0"))
        if plain(x) != plain(y):
            moved.add(x["encounter"])
    status, report, err = diff(program, old, new, "-j", "2", "-", data=data)
    name = f"{os.path.basename(old)} beside {os.path.basename(new)}"
    check(f"{name}: as many move", report["moved"] == len(moved), f"{report['moved']} {len(moved)}")
    check(f"{name}: something moves", len(moved) > 0)
    check(f"{name}: amounts", amounts(report)[1:3] == (before, after))
    check(f"{name}: kinds add up", amounts(report)[0] == after - before)
    each_amount(name, report)
    for share in report["amounts"][1:]:
        of = [sum(Decimal(line.get("expected", {}).get(share["name"], "0")) for one in side for line in one.get("lines", [])) for side in (a, b)]
        check(f"{name}: {share['name']}", [Decimal(share["before"]), Decimal(share["after"])] == of, f"{of}")
    _, out, _ = drip(program, "diff", "-p", old, "-q", new, "--csv", "-j", "2", "-", data=data)
    rows = list(csv.DictReader(io.StringIO(out)))
    check(f"{name}: rows name those that move", {r["encounter"] for r in rows} == moved)
    check(f"{name}: a row a change", len(rows) == sum(k["changes"] for k in report["kinds"]))
    check(f"{name}: rows add up", sum(Decimal(r["amount"] or 0) for r in rows) == after - before)
    for share in report["amounts"][1:]:
        check(f"{name}: rows add up to {share['name']}", sum(Decimal(r[share["name"]] or 0) for r in rows) == Decimal(share["net"]))
    smallest = {k["smallest"]["encounter"] for k in report["kinds"]}
    check(f"{name}: examples move", smallest <= moved)
    sizes = {json.loads(line)["id"]: len(line.strip()) for line in data.decode().splitlines()}
    by_kind = {}
    for r in rows:
        if r["change"] == "line added":
            by_kind.setdefault(f"line added: {r['clause_after']}", set()).add(r["encounter"])
    for k in report["kinds"]:
        if k["kind"] in by_kind:
            least = min(sizes[e] for e in by_kind[k["kind"]])
            check(f"{name}: the smallest of {k['kind']}", sizes[k["smallest"]["encounter"]] == least)
            check(f"{name}: how many of {k['kind']}", k["encounters"] == len(by_kind[k["kind"]]))


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def random_policies(program, scratch):
    data = subprocess.run([sys.executable, os.path.join(ROOT, "tests", "oracle", "gen.py"), "--seed", "77", "--count", "400", "--drugs",
                           "--papers"], stdout=subprocess.PIPE, check=True).stdout
    edits = {"push": "set push_limit = 20 min", "hours": "set each_hour = 45 min", "hydration": "set hydration_over = 40 min",
             "asp": "set asp_percent = 4\nset further_percent = 60\nset push_limit = 25 min",
             "share": "set coinsurance = 30\nset copayment_limit = 40 USD"}
    for name, edit in edits.items():
        base = "invented_contract" if name in ("asp", "share") else "national"
        os.mkdir(os.path.join(scratch, name))
        new = write(os.path.join(scratch, name, f"{name}.drip"), f"drip 1\nlayer {name} over {base}\n{edit}\n")
        random_records(program, base, new, data)


# ---- gating

def gates(program, scratch):
    folder = os.path.join(FOLDER, "P01")
    path = os.path.join(scratch, "approved.txt")
    base = ("diff", "-p", "old.drip", "-q", "new.drip", "corpus.ndjson")
    check("approve", drip(program, *base, "--approve", path, cwd=folder)[0] == 0)
    text = cases.read(path)
    check("approved as written", drip(program, *base, "--approved", path, cwd=folder)[0] == 0)
    lines = text.splitlines()
    write(path, "\n".join(lines[:-1]) + "\n")
    status, _, err = drip(program, *base, "--approved", path, cwd=folder)
    check("a further change is named", status == 1 and "not approved: finding added deny: modifier-missing.returned" in err, err)
    write(path, text + "3  line added: drug.waste\n")
    status, _, err = drip(program, *base, "--approved", path, cwd=folder)
    check("one that is missing is named", status == 1 and "approved for 3 encounters, and 0 move: line added: drug.waste" in err, err)
    write(path, "*  line modifiers: *\n*  finding added *: modifier-missing.*\n")
    check("patterns", drip(program, *base, "--approved", path, cwd=folder)[0] == 0)
    write(path, "many  line modifiers\n")
    check("what is no such file", drip(program, *base, "--approved", path, cwd=folder)[0] == 2)
    check("enough encounters", drip(program, *base, "--expect", "14", cwd=folder)[0] == 1)
    status, _, err = drip(program, *base, "--expect", "15", cwd=folder)
    check("too few", status == 2 and "14 encounters were compared, and 15 were expected" in err, err)
    check("none", drip(program, *base[:-1], "-", cwd=folder, data=b"")[0] == 2)
    status, _, err = drip(program, *base[:-1], "-", cwd=folder, data=b"{}\n{}\n")
    check("all refused", status == 2 and "the first that both policies refuse" in err, err)


# ---- blind

def blind(program, objects, scratch):
    wraps = ["drip_diff_add", "drip_result_findings", "drip_layers_plant", "drip_diff_kind_at"]
    cli = [os.path.join(objects, "obj/runtime/cli", f) for f in sorted(os.listdir(os.path.join(objects, "obj/runtime/cli")))
           if f.endswith(".o")]
    api = [os.path.join(objects, "obj/runtime", f) for f in ("api_diff.o", "api_diff_sum.o", "api_diff_view.o")]
    folder = os.path.join(FOLDER, "P01")
    for number, wrap in enumerate(wraps, 1):
        made = os.path.join(scratch, f"blind{number}")
        built = subprocess.run(["gcc", "-std=gnu11", f"-DBLIND={number}", "-I" + os.path.join(ROOT, "runtime"), "-o", made,
                                os.path.join(ROOT, "tests/diff/blind.c"), *cli, *api, os.path.join(objects, "libdrip.a"),
                                f"-Wl,--wrap={wrap}", "-pthread"], stderr=subprocess.PIPE)
        check(f"blind to {wrap}: built", built.returncode == 0, built.stderr.decode()[-500:])
        if built.returncode == 0:
            status, _, err = drip(made, "diff", "-p", "old.drip", "-q", "new.drip", "corpus.ndjson", cwd=folder)
            check(f"blind to {wrap}: noticed", status == 2, f"{status} {err}")


def rollout(program, accept):
    """examples/rollout/rollout.sh, as a person would run it."""
    folder = os.path.join(ROOT, "examples", "rollout")
    with tempfile.TemporaryDirectory() as reports:
        done = subprocess.run(["sh", os.path.join(folder, "rollout.sh")], env=dict(os.environ, DRIP=program, REPORTS=reports),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        page = cases.read(os.path.join(reports, "report.html"))
        check("rollout: approved is what --approve wrote",
              cases.read(os.path.join(reports, "approved.txt")) == cases.read(os.path.join(folder, "approved.txt")))
    said = without_counts(done.stdout.decode())
    if accept:
        write(os.path.join(folder, "expected.txt"), said)
    check("rollout: ends well", done.returncode == 0, said[-500:])
    check("rollout: says what it said", said == cases.read(os.path.join(folder, "expected.txt")))
    check("rollout: a page with nothing to fetch", "<svg" in page and "http" not in page and "<script" not in page)


def main():
    args = [a for a in sys.argv[1:] if a != "--accept"]
    program, objects = os.path.abspath(args[0]), os.path.abspath(args[1])
    names = sorted(n for n in os.listdir(FOLDER) if os.path.exists(os.path.join(FOLDER, n, "cmd")))
    cases.CASES = FOLDER
    for name in names:
        check(name, cases.check(name, program, "--accept" in sys.argv))
        worked(program, name, "--accept" in sys.argv)
    check("at least ten worked changes", len(names) >= 10)
    with tempfile.TemporaryDirectory() as scratch:
        random_policies(program, scratch)
        gates(program, scratch)
        blind(program, objects, scratch)
    rollout(program, "--accept" in sys.argv)
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
