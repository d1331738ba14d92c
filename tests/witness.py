#!/usr/bin/env python3
"""Is what `drip diff --witness` says true? Single edits made at random to the national rules, and both policies run.

    witness.py [--edits N] [--encounters M] [--seed S] [--budget B] [--keep FOLDER] DRIP

Each edit changes one threshold, comparison, word of an enum, exception, condition or table cell in a copy of rulesets/;
one that does not compile is thrown away and another made. For each edit the witness is looked for, and
  - where one is found, `drip run` under both policies must answer it differently (and a scenario shown must pass under the
    edited policy and fail under the old one);
  - where none is found, M random encounters of tests/oracle's generator must be answered alike by both.
Ends with `N passed, N failed`.
"""
import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RULES = os.path.join(ROOT, "rulesets")
SWAPS = {"over": "at least", "under": "at most", "at least": "over", "at most": "under", "is": "is not", "is not": "is",
         "and": "or", "or": "and", "known": "missing", "missing": "known", "any": "no", "no": "any", "first": "last",
         "earliest": "latest", "latest": "earliest", "yes": "no", "in": "not in", "not in": "in", "deny": "hold",
         "hold": "warn", "warn": "deny", "least": "most", "most": "least", "before": "after", "after": "before"}
# Places that no edit changes: what a person reads, where it is from, which day something begins.
QUIET = re.compile(r"^\s*(#|drip|part of|source|topic|scenario|shorthand|untested|message|cite|says|format|cure)|^\s*mar at")


def code_of(line):
    """The part of the line that says something: no comment, citation or message."""
    cut = re.split(r"#|\bcite\b|\bmessage\b|\bcure\b|\bwas\b", line, maxsplit=1)[0]
    return cut if not QUIET.match(line) else ""


def enums_of(texts):
    words = {}
    for text in texts.values():
        for name, body in re.findall(r"^enum (\w+)\s*\{([^}]*)\}", text, re.M):
            values = [v for v in re.split(r"[\s,>]+", body) if v]
            for v in values:
                words.setdefault(v, values)
    return words


def candidates(line, words):
    """(start, end, new text, kind) of each edit that this line allows."""
    said = code_of(line)
    out = []
    for m in re.finditer(r"\b(\d+)( min| h|)\b(?!-)", said):
        if '"' not in said[:m.start()] or said[:m.start()].count('"') % 2 == 0:
            for by in (-1, 1, 5):
                if int(m[1]) + by >= 0 and not re.match(r"^\s*(param\s+)?\w*\d*-", said[m.start():]):
                    out.append((m.start(), m.end(), f"{int(m[1]) + by}{m[2]}", "threshold"))
    for m in re.finditer(r"\b(at least|at most|is not|not in|[a-z]+)\b", said):
        if said[:m.start()].count('"') % 2 == 0:
            if m[1] in SWAPS:
                out.append((m.start(), m.end(), SWAPS[m[1]], "comparison"))
            elif m[1] in words:
                out += [(m.start(), m.end(), v, "enum") for v in words[m[1]] if v != m[1]]
    for m in re.finditer(r" except [\w, ]+?(?= when| =|\s*$)", said):
        out.append((m.start(), m.end(), "", "exception"))
    for m in re.finditer(r" and [^,()]*?(?= and |$)| when [^=]*?(?= =|$)", said):
        out.append((m.start(), m.end(), "", "condition"))
    if said.lstrip().startswith("|"):
        for m in re.finditer(r'"([^"]+)"', said):
            out.append((m.start(), m.end(), f'"{m[1]}x"', "cell"))
    return out


def make_edit(rng, texts, words):
    while True:
        kind = rng.choice(["threshold", "threshold", "comparison", "comparison", "enum", "exception", "condition", "cell"])
        name = rng.choice(sorted(texts))
        lines = texts[name].split("\n")
        at = rng.randrange(len(lines))
        if name.endswith(".csv"):
            cells = lines[at].split(",")
            k = rng.randrange(len(cells))
            if kind == "cell" and at > 0 and re.fullmatch(r"\d+", cells[k]):
                old, cells[k] = lines[at], str(int(cells[k]) + 1)
                lines[at] = ",".join(cells)
                return name, at, old, lines[at], kind, "\n".join(lines)
            continue
        fits = [c for c in candidates(lines[at], words) if c[3] == kind]
        if fits:
            a, b, new, kind = rng.choice(fits)
            old = lines[at]
            lines[at] = old[:a] + new + old[b:]
            return name, at, old, lines[at], kind, "\n".join(lines)


class Testing:
    def __init__(self, args):
        self.a, self.passed, self.failed, self.kinds = args, 0, 0, {}
        self.work = tempfile.mkdtemp()
        self.old = self.run_all(os.path.join(ROOT, "rulesets"))

    def drip(self, *args, text=None):
        env = dict(os.environ, DRIP_PATH=ROOT, NO_COLOR="1")
        return subprocess.run([self.a.drip, *args], input=text, capture_output=True, text=True, env=env, timeout=3600)

    def check(self, good, what):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print("FAILED " + what)

    def answers(self, policy, encounters):
        out = self.drip("run", "--json", "-p", policy, encounters)
        return [told(line) for line in out.stdout.splitlines()]

    def run_all(self, policy):
        path = os.path.join(self.work, "encounters.ndjson")
        if not os.path.exists(path):
            gen = os.path.join(ROOT, "tests", "oracle", "gen.py")
            with open(path, "w", encoding="utf-8") as f:
                for n, more in enumerate([["--messy", "--drugs"], ["--messy", "--papers"], ["--drugs"], ["--papers", "--drugs"]]):
                    subprocess.run([sys.executable, gen, "--seed", str(self.a.seed * 10 + n), "--count",
                                    str(self.a.encounters // 4), *more], stdout=f, check=True)
        self.encounters = path
        return self.answers(policy, path)

    def edit(self, rng, texts, words):
        folder = os.path.join(self.work, "edited")
        while True:
            name, at, old, new, kind, text = make_edit(rng, texts, words)
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(RULES, os.path.join(folder, "rulesets"))
            with open(os.path.join(folder, "rulesets", name), "w", encoding="utf-8") as f:
                f.write(text)
            policy = os.path.join(folder, "rulesets")
            if self.drip("check", policy).returncode == 0:
                return policy, f"{name}:{at + 1} {kind}: {old.strip()}  =>  {new.strip()}", kind

    def one(self, rng, texts, words):
        policy, what, kind = self.edit(rng, texts, words)
        out = self.drip("diff", "-p", os.path.join(ROOT, "rulesets"), "-q", policy, "--witness", "--json", "--budget",
                        str(self.a.budget))
        if out.returncode not in (0, 1):
            self.check(False, what + ": " + out.stderr)
            return
        items = [json.loads(line) for line in out.stdout.splitlines()]
        found = [i for i in items if "encounter" in i]
        random_differs = None
        if found:
            for item in found:
                self.verify(what, policy, item)
        else:
            ours = self.run_all(policy)
            random_differs = sum(a != b for a, b in zip(self.old, ours)) + abs(len(self.old) - len(ours))
            self.check(random_differs == 0, f"{what}: no witness, and {random_differs} random encounters differ")
        state = "found" if found else "none"
        self.kinds[kind, state] = self.kinds.get((kind, state), 0) + 1
        print(f"{state:6} {items[-1]['tried']:7} tried  {what[:150]}", flush=True)

    def verify(self, what, policy, item):
        path = os.path.join(self.work, "one.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(item["encounter"], f)
        self.check(self.answers(os.path.join(ROOT, "rulesets"), path) != self.answers(policy, path),
                   what + ": the witness is answered alike: " + json.dumps(item["encounter"]))
        if "scenario" not in item:
            return
        tests = os.path.join(self.work, "pasted.drip")
        for which, good in ((RULES, False), (policy, True)):
            with open(tests, "w", encoding="utf-8") as f:
                f.write("drip 1\ntests for national\n\n" + item["scenario"])
            env = dict(os.environ, DRIP_PATH=os.path.dirname(which), NO_COLOR="1")
            run = subprocess.run([self.a.drip, "test", tests], capture_output=True, text=True, env=env, timeout=600)
            self.check((run.returncode == 0) == good, f"{what}: the scenario {'fails' if good else 'passes'} under "
                       f"{'the edited' if good else 'the old'} policy\n{item['scenario']}{run.stdout}{run.stderr}")


def told(line):
    """What counts as the answer: no message, citation or clause."""
    r = json.loads(line)
    lines = [{k: v for k, v in x.items() if k not in ("clauses", "clause", "cite", "because")} for x in r.get("lines", [])]
    findings = [[f.get("severity"), f.get("code"), f.get("about")] for f in r.get("findings", [])]
    return json.dumps([lines, findings, r.get("totals"), "error" in r])


def main():
    p = argparse.ArgumentParser()
    p.add_argument("drip")
    p.add_argument("--edits", type=int, default=3)
    p.add_argument("--encounters", type=int, default=2000)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--budget", type=int, default=100000)
    a = p.parse_args()
    a.drip = os.path.abspath(a.drip)
    rng = random.Random(a.seed)
    texts = {}
    for name in sorted(os.listdir(RULES)):
        if name.endswith((".drip", ".csv")) and name not in ("topics.drip", "encounter.drip"):
            with open(os.path.join(RULES, name), encoding="utf-8") as f:
                texts[name] = f.read()
    with open(os.path.join(RULES, "encounter.drip"), encoding="utf-8") as f:
        words = enums_of({**texts, "encounter.drip": f.read()})
    t = Testing(a)
    for _ in range(a.edits):
        t.one(rng, texts, words)
    for (kind, state), n in sorted(t.kinds.items()):
        print(f"{kind}: {state} {n}")
    shutil.rmtree(t.work, ignore_errors=True)
    print(f"{t.passed} passed, {t.failed} failed")
    return t.failed != 0


if __name__ == "__main__":
    sys.exit(main())
