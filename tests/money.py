#!/usr/bin/env python3
"""drip: money.py, tests. What lines are expected to be paid, reckoned a second way.

    money.py DRIP

Several hundred random visits are answered by `drip run --json`: under the nation's rules with random parameters (bases,
percentages, roundings, lesser-of, packaging, per diem, reductions, the patient's share, sequestration) and prices in the
record, under Medicare as a hospital and as a professional, in the quarters whose files are loaded and outside of them, and under
the invented contract. Each line's price is then worked out here with fractions, from the record, the CSV files and the
parameters, and must be the same to the cent; so must the sums. This file knows nothing of the policies' text: it is
written from payers/README.md ("What a line is paid").

Ends with `N passed, N failed`. Each visit is one test; and one more sees to it that a cent too many would be noticed."""
import csv
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from fractions import Fraction as F

import tally

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DRIP = os.path.abspath(sys.argv[1])
CENT = F(1, 100)


def table(path, heading):
    """The rows of a published file by their code: those below the row that begins with `heading`."""
    with open(os.path.join(ROOT, path), encoding="utf-8", newline="") as f:
        rows = list(csv.reader(f))
    at = next(i for i, row in enumerate(rows) if row and row[0].strip() == heading)
    return {row[0]: dict(zip(rows[at], row)) for row in rows[at + 1:] if row}


def number(text):
    text = text.strip().lstrip("$").replace(",", "")
    return F(text) if text not in ("", ".", "N/A") else None


def to_step(value, how, step=CENT):
    whole, rest = divmod(abs(value) / step, 1)
    if how == "up":
        whole += rest > 0
    elif how == "half_up":
        whole += rest >= F(1, 2)
    elif how == "half_even":
        whole += rest > F(1, 2) or (rest == F(1, 2) and whole % 2)
    return whole * step if value >= 0 else -whole * step


CATALOGUE = table("rulesets/hcpcs_units.csv", "hcpcs")
LIMITS = table("payers/medicare/part_b_limits.csv", "HCPCS Code")
ADDENDUM = table("payers/medicare/addendum_b.csv", "HCPCS Code")
STANDARD = {
    "drug_basis": "asp", "service_basis": "fee_schedule", "lesser_of": "nothing_else", "asp_percent": F(6), "limit_holds": F(6),
    "reference_percent": F(6), "charge_percent": F(100), "rounds": "per_line", "rounding": "half_up",
    "packaged_up_to": F(0), "further_percent": F(100), "per_diem_rate": F(0), "per_diem_covers": "services",
    "coinsurance": F(0), "copayment_limit": F(0), "sequestration": F(0)}


class Line:
    """One line of the answer, with what the record knows of its prices; what a payer has in tables comes before that."""

    def __init__(self, line, visit):
        self.code, self.units, self.day = line["code"], line["units"], line["date"]
        self.modifiers = line["modifiers"]
        self.drug = self.code in CATALOGUE or any(d.get("hcpcs") == self.code for d in visit.get("drugs", []))
        row = next((p for p in visit.get("prices", []) if p["code"] == self.code), {})
        of = {k: F(str(v["value"])) for k, v in row.items() if isinstance(v, dict)}
        self.fee, self.limit, self.asp, self.wac = (of.get(k) for k in ("fee", "limit", "asp", "wac"))
        self.charge, self.reference, self.copayment = of.get("charge"), of.get("reference_asp"), of.get("copayment")
        inside = visit.get("setting") in ("hospital_outpatient", "emergency", "observation", "inpatient")
        if visit["claim"] == "professional" and inside and "facility_fee" in of:
            self.fee = of["facility_fee"]
        self.qualifies = row.get("qualifying_until", "1900-01-01") >= self.day
        self.percent, self.packaged, self.coinsurance, self.most = F(100), False, None, None
        self.basis = self.amount = None


def asp_price(line, p):
    if line.asp is None:
        return None if line.limit is None else line.limit * (100 + p["asp_percent"]) / (100 + p["limit_holds"])
    if line.reference is None:
        return line.asp * (100 + p["asp_percent"]) / 100
    if line.asp <= line.reference and line.qualifies:
        return line.asp + line.reference * (8 if line.day >= "2022-10-01" else 6) / 100
    return line.asp + line.reference * p["reference_percent"] / 100


def price(line, p):
    """What one unit is paid, and by which method."""
    asp = asp_price(line, p)
    wac = None if line.wac is None else line.wac * (103 if line.day >= "2019-01-01" else 106) / 100
    basis = line.basis or (p["drug_basis"] if line.drug else p["service_basis"])
    if basis == "asp" and asp is None and wac is not None:
        basis = "wac"
    found = {"fee_schedule": line.fee, "asp": asp, "wac": wac,
             "percent_of_charge": None if line.charge is None else line.charge * p["charge_percent"] / 100}[basis]
    if found is None:
        return None, basis
    others = {"nothing_else": [], "charge": [line.charge], "all_known": [line.fee, asp, wac, line.charge]}[p["lesser_of"]]
    least = min([found] + [o for o in others if o is not None])
    return least * line.percent / 100, "lesser_of" if least < found else basis


def reckon(lines, p):
    """Fills amount, method, patient and payer of each line."""
    days = {}
    for line in lines:
        line.unit, line.method = price(line, p)
        if line.unit is not None and p["rounds"] == "per_unit":
            line.whole = to_step(line.unit, p["rounding"]) * line.units
        else:
            line.whole = None if line.unit is None else line.unit * line.units
        days.setdefault(line.day, []).append(line)
    for day in days.values():
        reckon_day(day, p)
    for line in lines:
        share(line, p)


def reckon_day(day, p):
    given = Counter()
    for line in day:
        given[line.code] += line.units
    for line in day:
        if line.drug and line.unit is not None and p["packaged_up_to"] > 0 and line.unit * given[line.code] <= p["packaged_up_to"]:
            line.packaged = True
    services = [x for x in day if x.whole is not None and not x.drug and not x.packaged]
    dearest = max(services, key=lambda x: x.whole // CENT, default=None)  # the first of equals
    per_diem = p["per_diem_rate"]
    for line in day:
        if line.whole is not None:
            reduced = not line.drug and line is not dearest
            line.amount = to_step(line.whole * p["further_percent"] / 100 if reduced else line.whole, p["rounding"])
        if line.packaged:
            line.amount, line.method = F(0), "packaged"
        if p["per_diem_rate"] > 0 and (p["per_diem_covers"] == "all" or not line.drug):
            line.amount, line.method, per_diem = per_diem, "per_diem", F(0)


def share(line, p):
    line.patient = line.payer = None
    if line.amount is None:
        return
    percent = p["coinsurance"] if line.coinsurance is None else line.coinsurance
    if line.copayment is not None:
        line.patient = min(line.amount, to_step(line.copayment * line.units, "half_up"))
    elif percent > 0:
        line.patient = to_step(line.amount * percent / 100, "half_up")
    else:
        return
    most = line.most or p["copayment_limit"]
    if most > 0:
        line.patient = min(line.patient, most)
    rest = line.amount - line.patient
    line.payer = rest - to_step(rest * p["sequestration"] / 100, "half_up")


# ---- payers


def medicare(lines, visit, p):
    hospital = visit["claim"] == "facility" and visit["setting"] in ("hospital_outpatient", "emergency", "observation")
    factor = F(str(visit.get("wage_index", 1))) * F(6, 10) + F(4, 10)
    status = {}
    for line in lines:
        row = ADDENDUM.get(line.code)
        off_campus = "PN" in line.modifiers and line.day >= "2018-01-01"
        if not line.drug and (off_campus or ("PO" in line.modifiers and line.day >= "2026-01-01")):
            line.percent = F(40)
        if hospital and line.day >= "2025-01-01":
            line.most = F(1676 if line.day < "2026-01-01" else 1736)
        if visit["claim"] == "professional" and "2026-01-01" <= line.day <= "2026-03-31" and line.code in LIMITS:
            row = LIMITS[line.code]
            line.limit = number(row["Payment Limit"])
            line.coinsurance = number(row["Co-insurance Percentage"])
        elif hospital and "2025-10-01" <= line.day <= "2025-12-31" and row is not None:
            status[line] = {"K": "drug", "G": "drug", "K1": "drug", "N": "none", "Q1": "Q1"}.get(
                row["SI"], "service" if row["SI"] in ("S", "T", "V") else "unpaid")
            rate = number(row["Payment Rate"])
            if status[line] == "drug":
                line.limit = rate
                line.copayment = number(row["Adjusted Beneficiary Copayment"])
            elif status[line] in ("service", "Q1"):
                line.fee = rate * factor
                line.rate = rate
                line.copayment = number(row["Minimum Unadjusted Copayment"]) * factor * line.percent / 100
            line.packaged = status[line] == "none"
    conditional = [x for x in lines if status.get(x) == "Q1"]
    if conditional:
        paid = None if "service" in status.values() else max(conditional, key=lambda x: x.rate)
        for line in conditional:
            line.packaged = line is not paid
    reckon(lines, dict(STANDARD, coinsurance=F(20), sequestration=sequestration(visit["start"][:10])))


def sequestration(day):
    for first, percent in (("2022-07-01", 2), ("2022-04-01", 1), ("2020-05-01", 0), ("2013-04-01", 2)):
        if day >= first:
            return F(percent)
    return F(0)


def national(lines, visit, p):
    reckon(lines, dict(STANDARD, **p))


CONTRACT = {name: table("payers/invented_contract/" + name + ".csv", "Code") for name in ("fees", "drugs", "chargemaster")}


def invented(lines, visit, p):
    p = dict(STANDARD, asp_percent=F(8), reference_percent=F(8), charge_percent=F(62), lesser_of="charge", rounds="per_unit",
             packaged_up_to=F(25), further_percent=F(50), coinsurance=F(20), copayment_limit=F(75))
    if visit["setting"] == "home":
        p["per_diem_rate"] = F(165)
    for line in lines:
        fees, drug = CONTRACT["fees"].get(line.code, {}), CONTRACT["drugs"].get(line.code)
        line.fee = number(fees.get("Office" if visit["claim"] == "professional" else "Hospital", ""))
        if line.code in CONTRACT["chargemaster"]:
            line.charge = number(CONTRACT["chargemaster"][line.code]["Charge"])
        if drug is not None:
            line.basis, line.asp, line.reference, line.wac = (
                drug["Basis"], number(drug["ASP"]), number(drug["Reference ASP"]), number(drug["WAC"]))
    reckon(lines, p)


# ---- random visits

DRUGS = [("infliximab", "J1745", 10), ("ceftriaxone", "J0696", 250), ("nivolumab", "J9299", 1), ("ondansetron", "J2405", 1),
         ("vedolizumab", "J3380", 1), ("palonosetron", "J2469", None), ("infliximab-dyyb", "Q5103", 10), ("carboplatin", "J9045", 50),
         ("denosumab", "J0897", 1), ("something new", "C9999", None)]
SERVICES = ("96413 96415 96417 96365 96366 96367 96374 96375 96360 96361 96372 96409 96411 96401").split()


def quantity(value, unit):
    return {"value": float(value), "unit": unit}


def amount(dice):
    """With three decimals, half of them on the edge between two cents."""
    return quantity(F(dice.choice([dice.randrange(1, 40000), dice.randrange(1, 4000) * 10 + 5]), 1000) * dice.choice([1, 1, 10]), "USD")


def prices(dice, codes):
    rows = []
    for code in codes:
        if dice.random() < 0.25:
            continue
        row = {"code": code}
        for name in ("fee", "facility_fee", "limit", "asp", "wac", "charge", "reference_asp", "copayment"):
            if dice.random() < (0.1 if name == "copayment" else 0.55):
                row[name] = amount(dice)
        if dice.random() < 0.5:
            row["qualifying_until"] = dice.choice(["2027-09-30", "2025-11-30", "2022-12-31"])
        rows.append(row)
    return rows


def at(day, minutes):
    return "%sT%02d:%02d" % (day, minutes // 60, minutes % 60)


def visit(dice, name, day, claim, setting):
    mar, drugs, clock = [], [], 8 * 60
    for i in range(dice.randrange(1, 5)):
        drug, code, unit = dice.choice(DRUGS)
        event = {"administration": "A%d" % i, "drug": drug, "hcpcs": code, "route": "iv"}
        how = dice.choice(["infuse", "infuse", "push", "inject"])
        if how == "infuse":
            length = dice.choice([16, 45, 60, 91, 155])
            mar += [dict(event, at=at(day, clock), action="start"),
                    {"at": at(day, clock + length), "action": "stop", "administration": "A%d" % i}]
        else:
            mar.append(dict(event, at=at(day, clock), action=how, route="iv" if how == "push" else "im"))
        clock += 100 + dice.randrange(80)
        if unit is not None and not any(d["hcpcs"] == code for d in drugs):
            drugs.append({"hcpcs": code, "drug": drug, "given": quantity(unit * dice.randrange(1, 60), "mg"),
                          "discarded": quantity(unit * dice.choice([0, 0, 3]), "mg"), "container": "single_dose"})
    made = {"id": name, "claim": claim, "setting": setting, "start": at(day, 420), "mar": mar, "drugs": drugs}
    return made


def params(dice):
    """Some of the parameters, at random."""
    choices = {
        "drug_basis": ["asp", "wac", "fee_schedule", "percent_of_charge"], "service_basis": ["fee_schedule", "percent_of_charge"],
        "lesser_of": ["nothing_else", "charge", "all_known"], "asp_percent": [F(6), F(8), F("4.5"), F(22)], "limit_holds": [F(6)],
        "reference_percent": [F(6), F(3)], "charge_percent": [F(62), F("33.3"), F(100)], "rounds": ["per_line", "per_unit"],
        "rounding": ["half_up", "half_even", "down"], "packaged_up_to": [F(0), F(0), F(140), F("50.05")],
        "further_percent": [F(100), F(50), F("33.3")], "per_diem_rate": [F(0), F(0), F(0), F("412.37")],
        "per_diem_covers": ["services", "all"], "coinsurance": [F(0), F(20), F("17.5")], "copayment_limit": [F(0), F(40)],
        "sequestration": [F(0), F(2)]}
    return {k: dice.choice(v) for k, v in choices.items() if dice.random() < 0.7}


def written(name, value):
    if not isinstance(value, F):
        return value
    text = "%.6f" % float(value)
    return text.rstrip("0").rstrip(".") + (" USD" if name in ("packaged_up_to", "per_diem_rate", "copayment_limit") else "")


def layer(folder, name, p):
    path = os.path.join(folder, name + ".drip")
    with open(path, "w", encoding="utf-8") as f:
        f.write("drip 1\nlayer %s over national\n" % name)
        for k, v in p.items():
            f.write("set %s = %s\n" % (k, written(k, v)))
    return path


# ---- comparing


def shown(value):
    return None if value is None else "%d.%02d" % divmod(int(value / CENT), 100)


def problem(answer, record, p, payer):
    lines = [Line(line, record) for line in answer["lines"]]
    payer(lines, record, p)
    for line, got in zip(lines, answer["lines"]):
        want = {}
        if line.amount is not None:
            want = {"amount": shown(line.amount), "currency": "USD", "method": line.method}
            want.update({k: shown(v) for k, v in (("patient", line.patient), ("payer", line.payer)) if v is not None})
        if got.get("expected", {}) != want:
            return "%s %s x%d: expected %s, reckoned %s\n%s" % (answer["encounter"], line.code, line.units,
                                                              got.get("expected"), want, json.dumps(record))
    known = [line.amount for line in lines if line.amount is not None]
    total = shown(sum(known, F(0))) if known else None
    if answer["totals"].get("expected") != total:
        return "%s: in all %s, reckoned %s" % (answer["encounter"], answer["totals"].get("expected"), total)
    return ""


def run(policy, records):
    text = "".join(json.dumps(r) + "\n" for r in records)
    done = subprocess.run([DRIP, "run", "--json", "-p", policy], input=text, capture_output=True, text=True, cwd=ROOT,
                          env=dict(os.environ, DRIP_PATH=ROOT), check=False, timeout=600)
    answers = [json.loads(line) for line in done.stdout.split("\n") if line]
    if done.returncode != 0 or len(answers) != len(records):
        raise SystemExit("money.py: %s: %s" % (policy, done.stderr[:2000]))
    return answers


def codes_of(answers):
    return sorted({line["code"] for a in answers for line in a["lines"]})


def group(dice, policy, p, payer, records, share_priced):
    """Prices come with some of the records: their codes are known once they were answered without."""
    for record, answer in zip(records, run(policy, records)):
        if dice.random() < share_priced:
            record["prices"] = prices(dice, codes_of([answer]))
    answers = run(policy, records)
    for record, answer in zip(records, answers):
        tally.report("%s, %s" % (os.path.basename(policy), record["id"]), problem(answer, record, p, payer))
    return [(a, r, p, payer) for a, r in zip(answers, records)]


def a_cent_is_noticed(compared):
    """Each member of each line that has an amount, made a cent more: all must be found."""
    tried = missed = 0
    for answer, record, p, payer in compared:
        for line in answer["lines"]:
            for member in ("amount", "patient", "payer"):
                if member in line.get("expected", {}):
                    kept = line["expected"][member]
                    line["expected"][member] = shown(F(kept) + CENT)
                    tried += 1
                    missed += not problem(answer, record, p, payer)
                    line["expected"][member] = kept
    tally.report("a cent too many is noticed", "" if tried > 500 and not missed else "%d of %d not noticed" % (missed, tried))


REAL = os.path.join(ROOT, "..", "shared", "realdata", "cms-partb")


def whole_files(dice, records):
    """The files of CMS as they were published stand in the place of the few rows that are shipped: those are rows of them, and
    the visits are priced by them."""
    files = {"part_b_limits.csv": "2026-01-partb-payment-limit.csv", "addendum_b.csv": "2025-10-opps-addendum-b.csv"}
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(os.path.join(ROOT, "payers", "medicare"), os.path.join(folder, "payers", "medicare"))
        shutil.copytree(os.path.join(ROOT, "rulesets"), os.path.join(folder, "rulesets"))
        for shipped, real in files.items():
            shutil.copy(os.path.join(REAL, real), os.path.join(folder, "payers", "medicare", shipped))
            rows = table(os.path.join(REAL, real), "HCPCS Code")
            few = LIMITS if shipped == "part_b_limits.csv" else ADDENDUM
            tally.report(shipped + " has rows of the published file", "" if all(rows.get(k) == v for k, v in few.items()) else "others")
            few.update(rows)
        group(dice, os.path.join(folder, "payers", "medicare", "medicare.drip"), {}, medicare, records, 0)


def main():
    dice = random.Random(20261122)
    compared, methods = [], Counter()
    with tempfile.TemporaryDirectory() as folder:
        for n in range(16):
            p = params(dice)
            records = [visit(dice, "N%d-%d" % (n, i), dice.choice(["2026-03-02", "2022-09-30", "2022-10-01", "2018-12-31"]),
                             *dice.choice([("facility", "hospital_outpatient"), ("professional", "office"),
                                           ("professional", "hospital_outpatient")])) for i in range(16)]
            compared += group(dice, layer(folder, "random%d" % n, p), p, national, records, 1)
    records = []
    for i in range(160):
        hospital = dice.random() < 0.6
        day = dice.choice(["2025-11-03", "2025-10-01", "2025-12-31", "2025-09-30", "2026-01-01", "2022-05-03"]) if hospital \
            else dice.choice(["2026-01-01", "2026-03-31", "2026-04-01", "2025-12-31", "2026-02-02"])
        record = visit(dice, "M%d" % i, day, "facility" if hospital else "professional",
                       dice.choice(["hospital_outpatient", "emergency"]) if hospital else "office")
        if hospital and dice.random() < 0.5:
            record["wage_index"] = dice.choice([0.8765, 1.1043, 1])
        if hospital and dice.random() < 0.5:
            record["department"] = dice.choice(["on_campus", "excepted", "non_excepted"])
        records.append(record)
    compared += group(dice, "medicare", {}, medicare, records, 0.3)
    records = [visit(dice, "C%d" % i, dice.choice(["2026-03-02", "2026-11-30"]), *dice.choice(
        [("facility", "hospital_outpatient"), ("professional", "office"), ("professional", "home")])) for i in range(120)]
    compared += group(dice, "invented_contract", {}, invented, records, 0.5)
    for answer, *_ in compared:
        methods.update(line["expected"]["method"] for line in answer["lines"] if "expected" in line)
    print("%d visits; lines by method: %s" % (len(compared), ", ".join("%s %d" % m for m in sorted(methods.items()))))
    tally.report("all methods occur", "" if len(methods) == 7 else str(methods))
    a_cent_is_noticed(compared)
    if os.path.isdir(REAL):
        whole_files(dice, [r for _, r, _, payer in compared if payer is medicare])
    print("%d passed, %d failed" % (tally.passed, tally.failed))
    return tally.failed > 0


if __name__ == "__main__":
    sys.exit(main())
