#!/usr/bin/env python3
"""`drip explain --why-not` tells the truth: each change of the record that it suggests is made, and the code appears.

    why_not.py DRIP

First the worked examples of the national rules, by hand: the clause that came closest must be the one named here,
and some suggestion must touch the field named here. Then random records, for every code that any clause can bill:
whatever is suggested must work. Ends with `N passed, N failed`.
"""
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DAY = "2026-03-02T"


def ev(at, action, administration, **more):
    return dict({"at": DAY + at, "action": action, "administration": administration}, **more)


def infuse(a, drug, start, stop, **more):
    return [ev(start, "start", a, drug=drug, route="iv", **more), ev(stop, "stop", a)]


def hydrate(a, start, stop, **more):
    return infuse(a, "sodium chloride 0.9%", start, stop, category="hydration", **more)


def push(a, drug, at, **more):
    return [ev(at, "push", a, drug=drug, route="iv", **more)]


def visit(*events, **more):
    record = {"format": "drip.encounter/1", "id": "W", "claim": "facility", "setting": "hospital_outpatient",
              "start": DAY + "07:00", "mar": [e for group in events for e in group]}
    record.update(more)
    return record


TWO_LINES = {"access": [{"id": "L1"}, {"id": "L2"}]}

# what, the record, the code, the clause that came closest, a field or word that a suggestion touches, settings
EXAMPLES = [
    ("90 minutes are one hour", visit(infuse("A", "ceftriaxone", "09:00", "10:30")), "96366", "additional.hours", "10:31"),
    ("91 minutes are the second", visit(infuse("A", "ceftriaxone", "09:00", "10:29")), "96366", "additional.hours", "10:31"),
    ("chemotherapy: the further hour", visit(infuse("A", "paclitaxel", "09:00", "10:30", category="chemotherapy")),
     "96415", "additional.hours", "10:31"),
    ("15 minutes are a push", visit(infuse("A", "ceftriaxone", "09:00", "09:15")), "96365", "initial.infusion", "09:16"),
    ("16 minutes are an infusion", visit(infuse("A", "ceftriaxone", "09:00", "09:16")), "96374", "initial.push", "09:15"),
    ("hydration of 30 minutes", visit(hydrate("H", "09:00", "09:30")), "96360", "initial.hydration", "09:31"),
    ("the second hour of hydration", visit(hydrate("H", "09:00", "10:30")), "96361", "hydration.hours", "10:31"),
    ("hydration beside a drug", visit(hydrate("H", "09:00", "10:00"), infuse("A", "ceftriaxone", "09:00", "10:00")),
     "96361", "hydration.hours", "mar["),
    ("a second site without its reason", visit(infuse("A", "ceftriaxone", "09:00", "10:00", access="L1"),
                                               infuse("B", "vancomycin", "09:00", "09:40", access="L2"), **TWO_LINES),
     "96365-59", "initial.infusion", "access[1].necessary"),
    ("the same drug pushed too soon", visit(push("P", "ondansetron", "09:00"), push("Q", "ondansetron", "09:30")),
     "96376", "same.push", "09:31"),
    ("another drug pushed at the same instant", visit(push("P", "ondansetron", "09:00"), push("Q", "famotidine", "09:00")),
     "96375", "further.push", "mar[1].at"),
    ("no stop was charted", visit([ev("09:00", "start", "A", drug="ceftriaxone", route="iv")]), "96365",
     "initial.infusion", "action stop"),
    ("a sequential infusion, 15 minutes of it alone",
     visit(infuse("A", "ceftriaxone", "09:00", "10:00"), infuse("B", "vancomycin", "09:45", "10:15")),
     "96367", "sequential.infusion", "10:16"),
    ("it did not run beside the first", visit(infuse("A", "ceftriaxone", "09:00", "10:00"),
                                             infuse("B", "vancomycin", "10:00", "10:45")),
     "96368", "concurrent.infusion", "mar["),
    ("the visit is not charted as separate", visit(infuse("A", "ceftriaxone", "09:00", "10:00"),
                                                   evaluation={"code": "99213"}),
     "99213", "visit.separate", "evaluation.separate"),
    ("a hospital's professional claim", visit(infuse("A", "ceftriaxone", "09:00", "10:00"), claim="professional"),
     "96365", "initial.infusion", "claim"),
    ("the same push on a professional claim",
     visit(push("P", "ondansetron", "09:00"), push("Q", "ondansetron", "10:00"), claim="professional", setting="office",
           reason="P"), "96376", "same.push", "claim"),
    ("a flush beside something that is billed", visit([ev("09:00", "flush", "F", route="iv")], push("P", "ondansetron", "10:00")),
     "96523", "flush.alone", "mar[1]"),
    ("a keep-open rate is not treatment",
     visit(infuse("A", "ceftriaxone", "09:00", "10:00", purpose="keep_open")), "96365", "initial.infusion", "purpose"),
    ("a pause cuts the hour", visit([ev("09:00", "start", "A", drug="ceftriaxone", route="iv"), ev("09:30", "pause", "A"),
                                     ev("09:35", "resume", "A"), ev("10:35", "stop", "A")]),
     "96366", "additional.hours", "mar["),
    ("an injection and not a push", visit([ev("09:00", "inject", "S", drug="cyanocobalamin", route="im")]),
     "96374", "initial.push", "route"),
    ("an infusion under the skin of 15 minutes",
     visit([ev("09:00", "start", "S", drug="immune globulin", route="sc"), ev("09:15", "stop", "S")]),
     "96369", "subcutaneous.infusion", "09:16"),
    ("a pump of eight hours", visit([ev("08:00", "start", "A", drug="fluorouracil", route="iv", category="chemotherapy",
                                        device="portable_pump"), ev("16:00", "stop", "A")]),
     "96416", "pump.infusion", "16:01"),
    ("the hospital admitted the patient before",
     visit(infuse("A", "ceftriaxone", "09:00", "10:00"), status=[{"at": DAY + "08:30", "is": "inpatient"}]),
     "96365", "initial.infusion", "status[0]"),
    ("a dose that was held", visit([ev("09:00", "held", "P", drug="ondansetron", route="iv")]), "96374", "initial.push",
     "push"),
    ("a repeat is another hour", visit(infuse("A", "ceftriaxone", "09:00", "10:00"), infuse("B", "vancomycin", "12:00", "13:00")),
     "96366", "additional.hours", "mar["),
]


def run(drip, words, record):
    done = subprocess.run([drip] + words + ["-"], input=json.dumps(record), capture_output=True, text=True,
                          env=dict(os.environ, DRIP_PATH=ROOT, NO_COLOR="1"), timeout=120)
    if done.returncode != 0 or done.stderr:
        raise SystemExit(f"drip {' '.join(words)}: exit {done.returncode}\n{done.stderr[:2000]}\n{json.dumps(record)}")
    return json.loads(done.stdout)


def codes(result):
    return {line["code"] for line in result["lines"]} | {"-".join([line["code"]] + line["modifiers"]) for line in result["lines"]}


def place(record, path):
    """The object and the key that a path as "mar[3].dose.unit" names; objects on the way are made."""
    at = record
    keys = [int(k) if k.isdigit() else k for k in re.findall(r"[^.\[\]]+", path)]
    for key in keys[:-1]:
        if not isinstance(key, int) and at.get(key) is None:
            at[key] = {}
        at = at[key]
    return at, keys[-1]


def apply(record, changes):
    record = json.loads(json.dumps(record))
    for change in changes:
        if "add" in change:
            record.setdefault(change["add"], []).append(change["value"])
        elif "remove" in change:
            at, key = place(record, change["remove"])
            del at[key]
        else:
            at, key = place(record, change["path"])
            now = at[key] if isinstance(at, list) else at.get(key)
            if (now if now != "" else None) != change["from"]:
                raise SystemExit(f"{change['path']} is {now!r}, and not {change['from']!r}")
            at[key] = change["to"]
    return record


def nearest(drip, record, code):
    answer = run(drip, ["explain", "--json", "--why-not", code], record)
    return answer.get("whyNot")


def brings(drip, record, found, code):
    """Does each suggestion do what it says?"""
    for miss in found.get("nearest", []):
        result = run(drip, ["run", "--json"], apply(record, miss["changes"]))
        lines = ", ".join("-".join([l["code"]] + l["modifiers"]) + f" x{l['units']}" for l in result["lines"])
        if code not in codes(result) or lines != miss["lines"]:
            return f"{miss['text']}: the lines are {lines}, and were said to be {miss['lines']}"
    return None


def example(drip, what, record, wanted, clause, touches):
    if wanted in codes(run(drip, ["run", "--json"], record)):
        return f"{wanted} is there"
    found = nearest(drip, record, wanted)
    if found is None or not found.get("nearest"):
        return "no change was found"
    wrong = brings(drip, record, found, wanted)
    if wrong is not None:
        return wrong
    first = found["nearest"][0]
    if first["clause"] != clause:
        return f"the clause is {first['clause']}, and not {clause}: {first['text']}"
    if not any(c.get("nearest") and c["clause"] == clause and c.get("stopped") for c in found["clauses"]):
        return "what stopped the clause is not said"
    if touches not in first["text"]:
        return f"the change is {first['text']}; {touches} was expected"
    return None


def random_records(drip):
    made = subprocess.run([sys.executable, os.path.join(ROOT, "tests", "oracle", "gen.py"), "--seed", "77", "--count", "25",
                           "--messy"], capture_output=True, text=True, check=True)
    wanted = ["96360", "96361", "96365", "96366", "96367", "96368", "96372", "96374", "96375", "96376", "96409", "96413",
              "96415", "96416", "96523"]
    for index, line in enumerate(made.stdout.splitlines()):
        record = json.loads(line)
        code = wanted[index % len(wanted)]
        found = nearest(drip, record, code)
        if found is not None:
            yield f"{record['id']} {code}", brings(drip, record, found, code)


def main():
    drip = os.path.abspath(sys.argv[1])
    passed = failed = 0
    answers = [(e[0], example(drip, *e)) for e in EXAMPLES] + list(random_records(drip))
    for what, wrong in answers:
        passed += wrong is None
        failed += wrong is not None
        if wrong is not None:
            print(f"{what}: {wrong}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
