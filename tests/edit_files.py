#!/usr/bin/env python3
"""The edits of a quarter, loaded as payers/medicare/README.md says: files in the layouts that CMS publishes take the place of the
invented ones, in a copy of the rules named by DRIP_PATH.

    edit_files.py DRIP

The rows are made here and are no edits of CMS; what is tested is that notes above the heading, headings over several lines,
quoted cells, days without dashes, "*" for no date, and thousands of rows are read, and that pairs go by the day of the line.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAIRS = ('"CPT only copyright 2025 American Medical Association. All rights reserved.",,,,,,\n'
         'Column 1,Column 2,"*=in\nexistence\nprior to\n1996","Effective\nDate","Deletion\nDate\n*=no data",'
         '"Modifier\n0=not allowed\n1=allowed\n9=not applicable",PTP Edit Rationale\n')
NOTE = '"CPT codes, descriptions, and other data only are copyright 2025 American Medical Association.",,,\n'


def pairs(rows):
    filler = "".join(f"0{n // 10000}{n % 10000:04},1{n % 10000:04}T,,20200101,*,1,Filler\n" for n in range(20000))
    return PAIRS + filler + "".join(",".join(row) + "\n" for row in rows)


def limits(setting, rows):
    head = f'HCPCS/CPT Code,{setting} Services MUE Values,MUE Adjudication Indicator,MUE Rationale\n'
    filler = "".join(f"X{n:04},{n % 9},3 Date of Service Edit: Clinical,Clinical: Data\n" for n in range(9000))
    return NOTE + head + filler + "".join(",".join(row) + "\n" for row in rows)


FILES = {
    "ptp_hospital.csv": pairs([("96413", "96375", "*", "19980401", "*", "0", '"Standards of practice, quoted"'),
                               ("96365", "96372", "", "20260101", "20260331", "1", "Misuse of column two code")]),
    "ptp_practitioner.csv": pairs([("96365", "96372", "", "20260401", "*", "1", "Misuse of column two code")]),
    "mue_hospital.csv": limits("Outpatient Hospital", [("96366", "2", "3 Date of Service Edit: Clinical", "Clinical: Data"),
                                                       ("96375", "1", "2 Date of Service Edit: Policy", "Nature of Service")]),
    "mue_practitioner.csv": limits("Practitioner", [("96366", "1", "1 Line Edit", "Clinical: Data")]),
}


def given(drug, route, at, until=None, name="A1"):
    action = "push" if route == "iv" and until is None else "inject" if until is None else "start"
    rows = [{"at": at, "action": action, "administration": name, "drug": drug, "route": route}]
    return rows + ([{"at": until, "action": "stop", "administration": name}] if until else [])


def visit(day, *administrations, claim="facility"):
    mar = [row for n, a in enumerate(administrations)
           for row in given(a[0], a[1], f"{day}T{a[2]}", f"{day}T{a[3]}" if len(a) > 3 else None, f"A{n}")]
    setting = "hospital_outpatient" if claim == "facility" else "office"
    return {"id": "E", "claim": claim, "setting": setting, "start": f"{day}T06:00", "reason": administrations[0][0], "mar": mar}


CHEMO = ("paclitaxel", "iv", "09:00", "10:00"), ("ondansetron", "iv", "10:30")
SHOT = ("ceftriaxone", "iv", "09:00", "10:00"), ("cyanocobalamin", "im", "10:30")
LONG = (("ceftriaxone", "iv", "08:00", "11:31"),)
SHORTER = (("ceftriaxone", "iv", "08:00", "10:31"),)
SHORT = (("ceftriaxone", "iv", "08:00", "09:31"),)
CASES = [
    ("a pair from before 1996 until today", visit("2026-03-02", *CHEMO), ["pair-edit-modifier"], False),
    ("a pair that nothing separates", visit("2026-03-02", *CHEMO), ["pair-edit"], True),
    ("the last day of a pair", visit("2026-03-31", *SHOT), ["pair-edit-modifier"], True),
    ("and the day after", visit("2026-04-01", *SHOT), ["pair-edit-modifier"], False),
    ("practitioners have a file of their own", visit("2026-04-01", *SHOT, claim="professional"), ["pair-edit-modifier"], True),
    ("which begins on its day", visit("2026-03-31", *SHOT, claim="professional"), ["pair-edit-modifier"], False),
    ("as many units as a day may have", visit("2026-03-02", *SHORTER), ["units-limit-review"], False),
    ("more units than a day may have", visit("2026-03-02", *LONG), ["units-limit-review"], True),
    ("as many as a practitioner's line may have", visit("2026-03-02", *SHORT, claim="professional"), ["units-limit-line"], False),
    ("more than a practitioner's line may have", visit("2026-03-02", *SHORTER, claim="professional"), ["units-limit-line"], True),
]


def main():
    drip = os.path.abspath(sys.argv[1])
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for part in ("rulesets", "payers"):
            shutil.copytree(os.path.join(ROOT, part), os.path.join(folder, part))
        for name, text in FILES.items():
            with open(os.path.join(folder, "rulesets", name), "w", encoding="utf-8") as out:
                out.write(text)
        lines = "".join(json.dumps(record) + "\n" for _, record, _, _ in CASES)
        done = subprocess.run([drip, "run", "-p", "medicare", "--json", "-"], input=lines, text=True, capture_output=True,
                              env={**os.environ, "DRIP_PATH": folder}, check=False)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        for n, (name, _, clauses, there) in enumerate(CASES):
            found = {f["clause"] for f in answers[n].get("findings", [])} if n < len(answers) else {"nothing"}
            good = n < len(answers) and "lines" in answers[n] and all((c in found) == there for c in clauses)
            passed, failed = passed + good, failed + (not good)
            if not good:
                print(f"FAILED {name}: {sorted(found)}\n{done.stderr}")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
