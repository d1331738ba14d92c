#!/usr/bin/env python3
"""Random encounters (drip.encounter/1, NDJSON) for comparing two implementations of the billing rules.

    gen.py --seed S --count N [--messy] [--admins K] [--drugs] [--papers]

Small drug pools make repeats likely, and durations sit on the boundaries of the rules. The same arguments give the same
bytes: nothing but the seeded generator decides. Without --messy every record is clean (stops charted, one source, in order).
--drugs adds what was given of which drug, as a list or as doses, and leaves the rest of each record as it is. --papers adds
orders, notes and providers to some records, and late or copied entries.
"""
import argparse
import json
import random
from datetime import datetime, timedelta

POOL = {
    "chemotherapy": ["oxaliplatin", "fluorouracil", "paclitaxel", "infliximab"],
    "therapeutic": ["ondansetron", "dexamethasone", "leucovorin", "ceftriaxone", "famotidine"],
    "hydration": ["sodium chloride 0.9%", "lactated ringers"],
    "hormonal": ["leuprolide", "fulvestrant"],
}
DURATIONS = [1, 5, 14, 15, 16, 17, 20, 29, 30, 31, 32, 45, 46, 59, 60, 61, 75, 76, 89, 90, 91, 92, 120, 121, 150, 151, 152,
             180, 210, 211, 240, 300]
LONG = [479, 480, 481, 600, 1440]
GAPS = [0, 0, 1, 2, 15, 29, 30, 31, 32, 45, 60, 61]
SETTINGS = ["office", "infusion_center", "hospital_outpatient", "emergency", "observation", "inpatient", "home"]
START = datetime(2026, 3, 2, 8, 0)


IDENTITY = ("drug", "category", "route", "access", "bag", "device", "purpose")


def identity(e):
    """What the first event in time must carry: copied to every event that may turn out to be the first."""
    return {k: e[k] for k in IDENTITY if k in e}


def stamp(t):
    return t.strftime("%Y-%m-%dT%H:%M:%S" if t.second else "%Y-%m-%dT%H:%M")


class Encounter:
    def __init__(self, rng, name, messy, admins):
        self.r, self.messy = rng, messy
        self.enc = {"format": "drip.encounter/1", "id": name}
        self.mar = []
        self.spans = []                # (start, stop) of what is already there, to overlap with
        self.given = []                # (category, drug) so far
        self.count = 0
        self.lines = [f"L{n + 1}" for n in range(rng.choice([0, 1, 1, 1, 2, 2, 3]))]
        self.base = START + timedelta(days=rng.randrange(300), hours=rng.choice([0, 0, 0, 3, 12, 14, 15]))
        self.build(admins)

    def maybe(self, p):
        return self.r.random() < p

    def build(self, admins):
        r, e = self.r, self.enc
        if self.maybe(0.85):
            e["claim"] = r.choice(["facility", "facility", "professional"])
        if self.maybe(0.9):
            # Physicians' claims in a facility bill nothing: mostly generate the settings where something happens.
            physician = e.get("claim") == "professional" and self.maybe(0.85)
            e["setting"] = r.choice(["office", "infusion_center", "home"] if physician else SETTINGS)
        e["start"] = stamp(self.base)
        n = admins if admins is not None else r.choice([0, 1, 2, 3, 3, 4, 4, 4, 5, 5, 6, 8])
        for _ in range(n):
            self.administration()
        if self.maybe(0.12):
            self.event(self.later(0, 300), "flush", self.name())
        self.frame()
        if self.messy:
            self.mess()
        else:
            self.mar.sort(key=lambda x: x["at"])
        e["mar"] = self.mar

    def frame(self):
        """The encounter around the administrations: end, access, reason, visit, status."""
        r, e = self.r, self.enc
        last = max([b for _, b in self.spans], default=self.base) + timedelta(minutes=r.choice([0, 0, 30, 120]))
        e["end"] = stamp(last)
        if self.messy and self.maybe(0.3):         # something sticks out at either end
            e["end"] = stamp(last - timedelta(minutes=r.choice([1, 15, 31, 60, 95])))
            if self.maybe(0.5):
                e["start"] = stamp(self.base + timedelta(minutes=r.choice([1, 16, 45])))
        if e["end"] < e["start"] or (self.messy and self.maybe(0.05)):
            del e["end"]
        if self.lines:
            e["access"] = []
            for n, line in enumerate(self.lines):
                a = {"id": line, "kind": r.choice(["peripheral", "port", "picc", "central"])}
                need = r.choice([True, True, False, None]) if n else r.choice([True, True, True, None, False])
                if need is not None:
                    a["necessary"] = need
                e["access"].append(a)
        if self.maybe(0.25):
            e["visit_of_day"] = r.choice([1, 2, 2, 3])
        given = [x for x in self.mar if x.get("drug")]
        if given and self.maybe(0.6):
            x = r.choice(given)
            e["reason"] = r.choice([x["drug"], x["drug"], x["administration"], "aspirin"])
        if self.maybe(0.3):
            e["evaluation"] = {"code": r.choice(["99211", "99213", "99214"])}
            if self.maybe(0.7):
                e["evaluation"]["separate"] = self.maybe(0.6)
        if self.messy and self.maybe(0.25):
            at = self.base + timedelta(minutes=r.choice([30, 60, 120, 240]))
            e["status"] = [{"at": stamp(self.base), "is": r.choice(["outpatient", "observation"])},
                           {"at": stamp(at), "is": "inpatient"}]
        elif self.maybe(0.2):
            e["status"] = [{"at": stamp(self.base), "is": "outpatient"}]

    # ---- one administration

    def name(self):
        self.count += 1
        return f"A{self.count}"

    def event(self, t, action, administration, **fields):
        e = {"at": stamp(t), "action": action, "administration": administration, **fields}
        self.mar.append(e)
        return e

    def later(self, low, high):
        return self.base + timedelta(minutes=self.r.randrange(low, high + 1, 5 if self.maybe(0.5) else 1))

    def when(self):
        """A start that touches, equals, is inside, or just follows something that is there."""
        if not self.spans or self.maybe(0.2):
            return self.later(0, 120)
        a, b = self.r.choice(self.spans)
        kind = self.r.choice(["same", "touch", "inside", "near", "gap", "gap"])
        if kind == "same":
            return a
        if kind == "touch":
            return b
        if kind == "inside":
            return a + (b - a) // 2 // timedelta(minutes=1) * timedelta(minutes=1)
        if kind == "near":
            return a + timedelta(minutes=self.r.choice(GAPS))
        return b + timedelta(minutes=self.r.choice(GAPS))

    def drug(self):
        category = self.r.choices(list(POOL), [28, 45, 20, 4 if self.messy else 0])[0]
        if self.given and self.maybe(0.25):        # the same drug again: repeats are where the rules are hardest
            return self.r.choice(self.given)
        self.given.append((category, self.r.choice(POOL[category])))
        return self.given[-1]

    def administration(self):
        r = self.r
        category, drug = self.drug()
        fields = {"drug": drug, "category": category}
        if self.lines and self.maybe(0.85):
            fields["access"] = r.choice(self.lines[:1] * 3 + self.lines)
        t, name = self.when(), self.name()
        kind = "infusion" if category == "hydration" else r.choices(
            ["infusion", "push", "injection", "sc", "ia", "pump"], [50, 28, 9, 6, 3, 4])[0]
        if kind == "injection" or (category == "hormonal" and self.maybe(0.8)):
            return self.injection(t, name, fields)
        if kind == "push":
            return self.push(t, name, dict(fields, route="iv") if self.maybe(0.8) else fields)
        minutes = r.choice(DURATIONS)
        fields["route"] = {"sc": "sc", "ia": "ia"}.get(kind, "iv")
        if kind == "ia" and self.maybe(0.3):
            return self.event(t, "push", name, **fields)
        if kind == "pump":
            fields["category"], fields["drug"] = "chemotherapy", "fluorouracil"
        if kind == "pump" or (kind == "ia" and self.maybe(0.3)):
            fields["device"] = r.choice(["portable_pump", "implanted_pump", "pump"])
            minutes = r.choice(LONG)
        self.delivery(t, name, fields, minutes)

    def injection(self, t, name, fields):
        fields["route"] = self.r.choice(["im", "sc", "id"])
        if self.maybe(0.15):
            fields["device"] = "on_body"
        self.event(t, self.r.choice(["inject", "inject", "push"]), name, **fields)
        if self.maybe(0.15):                       # one dose in two syringes
            self.event(t + timedelta(minutes=self.r.choice([0, 2])), "inject", name, **identity(fields))

    def push(self, t, name, fields):
        if self.maybe(0.3):
            fields["minutes"] = self.r.choice([1, 2, 5, 15] + ([16, 20, 40] if self.messy else []))
        self.event(t, self.r.choice(["push"] * 6 + ["inject"]), name, **fields)
        self.spans.append((t, t))

    def delivery(self, t, name, fields, minutes):
        r = self.r
        stop = t + timedelta(minutes=minutes)
        if self.messy and self.maybe(0.12):
            stop += timedelta(seconds=r.choice([1, 29, 30, 59]))
        if self.messy and self.maybe(0.03):
            stop = t                               # no length
        if self.messy and self.maybe(0.08):
            fields["purpose"] = r.choice(["keep_open", "carrier", "protocol", "treatment"])
        bag = self.messy and fields["route"] == "iv" and "device" not in fields and self.maybe(0.2)
        if bag:
            fields["bag"] = r.choice(["B1", "B2"])
        if not (self.messy and self.maybe(0.12)):
            self.spans.append((t, stop))
            self.event(t, "start", name, **fields)
            self.event(stop, "stop", name, **(identity(fields) if stop == t else {}))
        else:                                      # the stop was never charted
            self.spans.append((t, t))
            if self.maybe(0.6):
                fields["volume"] = {"value": r.choice([50, 100, 250, 500, 1000]), "unit": "mL"}
            if self.maybe(0.7):
                fields["rate"] = {"value": r.choice([0, 50, 100, 125, 150, 166.7, 500, 999]), "unit": "mL/h"}
            self.event(t, "start", name, **fields)
        if self.messy and minutes > 10 and self.maybe(0.2):
            self.pause(t, name, minutes)
        if bag and self.maybe(0.6):                # a second drug in the same bag, mostly at the same time
            category, drug = self.drug()
            twin = dict(fields, drug=drug, category=category)
            twin.pop("volume", None)
            other = self.name()
            shift = timedelta(minutes=r.choice([0, 0, 0, 1, 20]))
            self.event(t + shift, "start", other, **twin)
            if not self.maybe(0.15):
                self.event(stop + shift, "stop", other, **(identity(twin) if stop == t else {}))

    def pause(self, t, name, minutes):
        a = self.r.randrange(1, minutes - 1)
        self.event(t + timedelta(minutes=a), "pause", name)
        if self.maybe(0.9):
            self.event(t + timedelta(minutes=self.r.randrange(a, minutes)), "resume", name)

    # ---- what charting does to a record

    def mess(self):
        r = self.r
        for e in list(self.mar):
            t = datetime.fromisoformat(e["at"])
            if self.maybe(0.05):                   # nothing of this changes anything
                extra = r.choice(["new_bag", "rate_change", "dose_change", "verify", "handoff", "flush"])
                self.event(t + timedelta(minutes=r.choice([0, 3])), extra, e["administration"], **identity(e))
            if self.maybe(0.03):
                self.void(e, t)
        if self.maybe(0.15):
            self.event(self.later(0, 200), r.choice(["held", "missed"]), self.name(), drug="ceftriaxone",
                       category="therapeutic", route="iv")
        if self.maybe(0.08):                       # a stop, pause or resume nobody started
            name = f"A{r.randrange(self.count + 1) + 1}"
            first = next((e for e in self.mar if e["administration"] == name and "drug" in e), {})
            self.event(self.base, r.choice(["stop", "pause", "resume"]), name, **identity(first))
        if self.maybe(0.25):
            self.second_source()
        if self.maybe(0.05) and self.mar:
            r.choice([e for e in self.mar])["source"] = "ems"
        if self.maybe(0.6):
            r.shuffle(self.mar)
        else:
            self.mar.sort(key=lambda x: x["at"])

    def void(self, e, t):
        """Usually a duplicate was charted and taken back; now and then the entry itself was wrong."""
        victim = e if self.maybe(0.3) else dict(e, at=stamp(t + timedelta(minutes=7)))
        if victim is not e:
            self.mar.append(victim)
        victim["id"] = f"V{len(self.mar)}"
        self.event(t + timedelta(minutes=9), "void", e["administration"], voids=victim["id"])

    def second_source(self):
        """Nursing charted some administration too, exactly or a little off, completely or not; fields on both records."""
        names = sorted({e["administration"] for e in self.mar})
        if not names:
            return
        name = self.r.choice(names)
        own = [e for e in self.mar if e["administration"] == name and e["action"] in ("start", "stop", "push", "inject", "pause", "resume")]
        off = timedelta(minutes=self.r.choice([0, 0, 2, -1, 30]))
        carried = next((identity(e) for e in own if "drug" in e), {})
        for e in own:
            if self.maybe(0.8):
                twin = dict(carried, **e)      # it may come first in time
                twin.update(at=stamp(datetime.fromisoformat(e["at"]) + off), source="nursing")
                twin.pop("id", None)
                self.mar.append(twin)
                if self.maybe(0.2) and e["action"] == "stop":
                    self.mar.remove(e)             # only nursing has the stop
                elif self.maybe(0.7):
                    e["source"] = "mar"


CODES = {"oxaliplatin": "J9263", "fluorouracil": "J9190", "paclitaxel": "J9267", "infliximab": "J1745", "ondansetron": "J2405",
         "dexamethasone": "J1100", "leucovorin": "J0640", "ceftriaxone": "J0696"}


class Drugs:
    """Adds the drugs to a record that is made already, from a generator of its own."""

    def __init__(self, rng, enc, messy):
        self.r, self.messy = rng, messy
        enc["patient"] = {"weight": {"value": rng.choice([50, 72.5, 80]), "unit": "kg"}}
        if rng.random() < 0.5:
            enc["patient"]["body_surface"] = {"value": rng.choice([1.5, 1.73, 2]), "unit": "m2"}
        if rng.random() < 0.6:
            self.listed(enc)
        else:
            self.doses(enc)

    def amount(self):
        r = self.r
        value, unit = r.choice([(5, "mg/kg"), (85, "mg/m2"), (100, "mg"), (62.5, "mg"), (1, "g"), (250000, "mcg"), (10, "mL"), (0.5, "mg")])
        if self.messy and r.random() < 0.15:
            value, unit = r.choice([(4, "vials"), (100, "units"), (0, "mg"), (5, "units/kg"), (-100, "mg")])
        return {"value": value, "unit": unit}

    def charted(self, entry, field):
        entry[field] = self.amount()
        if self.r.random() < (0.6 if entry[field]["unit"] == "mL" else 0.05):
            entry["concentration"] = {"value": self.r.choice([5, 12.5]), "unit": self.r.choice(["mg/mL", "mg/mL", "units/mL"])}

    def listed(self, enc):
        r = self.r
        names = sorted({e["drug"] for e in enc["mar"] if e.get("drug") in CODES}) + ["heparin"]
        enc["drugs"] = []
        for drug in r.sample(names, r.randrange(len(names)) + 1):
            for _ in range(r.choice([1, 1, 2])):
                entry = {"hcpcs": CODES.get(drug, "J1644"), "drug": drug, "container": r.choice(["single_dose", "single_dose", "multi_dose"])}
                self.charted(entry, "given")
                if drug == "heparin":
                    entry["given"] = {"value": r.choice([999, 1000, 5001]), "unit": r.choice(["units", "IU"])}
                entry["discarded"] = {"value": r.choice([0, 0, 0.4, 5, 9.5, 50, 240]), "unit": r.choice(["mg", "mg", "mL"])}
                if self.messy:
                    self.spoil(entry)
                enc["drugs"].append(entry)

    def spoil(self, entry):
        r = self.r
        if r.random() < 0.2:
            del entry[r.choice(["container", "discarded", "given"])]
        if r.random() < 0.1:
            entry["hcpcs"] = r.choice(["J3590", "J9999"])
            if r.random() < 0.5:
                entry["billing_unit"] = {"value": r.choice([0, 100]), "unit": r.choice(["mg", "vial"])}

    def doses(self, enc):
        """On whatever event of an administration carries the drug, as that may come to be the first."""
        r, made = self.r, {}
        for e in enc["mar"]:
            if e.get("drug") not in CODES:
                continue
            name = e["administration"]
            if name not in made:
                made[name] = {"hcpcs": CODES[e["drug"]] if r.random() < 0.9 else "J3590"}
                if r.random() < 0.85:
                    self.charted(made[name], "dose")
            e.update(made[name])
            if self.messy and "dose" in e and r.random() < 0.1:
                e["dose"] = self.amount()


class Papers:
    """Orders and notes, complete or with something missing, and what entries say of themselves."""

    def __init__(self, rng, enc):
        self.r, self.enc = rng, enc
        self.start = datetime.fromisoformat(enc["start"])
        for e in enc["mar"]:
            self.entry(e)
        if rng.random() < 0.6:
            return
        if rng.random() < 0.85:
            self.orders()
        if rng.random() < 0.8:
            enc["notes"] = [self.note() for _ in range(rng.choice([1, 1, 2]))]
        if rng.random() < 0.6:
            enc["providers"] = {rng.choice(["ordering", "supervising", "rendering"]): "1234567893"}
        if rng.random() < 0.5:
            enc["diagnoses"] = [{"code": "N10", "rank": 1}]

    def maybe(self, p):
        return self.r.random() < p

    def entry(self, e):
        if self.maybe(0.02):
            e["late"] = self.maybe(0.8)
            if self.maybe(0.5):
                e["addendum"] = self.maybe(0.7)
        if self.maybe(0.02):
            e["copied"] = self.maybe(0.7)
        if self.maybe(0.03):
            e["entered"] = stamp(datetime.fromisoformat(e["at"]) + timedelta(hours=self.r.choice([0, 47, 48, 49, 72])))
        if self.maybe(0.02) and e["action"] not in ("push", "inject"):
            e["minutes"] = self.r.choice([5, 30, 90])

    def orders(self):
        """One for most administrations; entries name it, or leave it to the drug."""
        r, first = self.r, {}
        for e in self.enc["mar"]:
            if e.get("drug"):
                first.setdefault(e["administration"], e)
        self.enc["orders"] = []
        for n, (name, e) in enumerate(sorted(first.items())):
            if self.maybe(0.85):
                self.enc["orders"].append(self.order(f"O{n + 1}", e))
            if self.maybe(0.6):
                named = f"O{n + 1}" if self.maybe(0.9) else "O1"
                for other in self.enc["mar"]:
                    if other["administration"] == name:
                        other["order"] = named

    def order(self, name, e):
        r = self.r
        drug = {"ondansetron": "Zofran", "infliximab": "Remicade"}.get(e["drug"], e["drug"]) if self.maybe(0.3) else e["drug"]
        row = {"id": name, "drug": drug if self.maybe(0.95) else "aspirin", "route": e.get("route", "iv") if self.maybe(0.95) else "po",
               "dose": dict(e["dose"]) if "dose" in e and self.maybe(0.7) else r.choice(
                   [{"value": 100, "unit": "mg"}, {"value": 0.2, "unit": "g"}, {"value": 5, "unit": "mg/kg"}, {"value": 85, "unit": "mg/m2"}, {"value": 10, "unit": "mL"}]),
               "frequency": r.choice(["once", "once", "every 4 hours", "prn"]), "indication": "N10",
               "signed": stamp(self.start + timedelta(minutes=r.choice([-1500, -10, -10, 0, 0, 30, 240]))), "signed_by": "Dr A", "credentials": "MD"}
        return self.thinned(row)

    def note(self):
        row = {"kind": self.r.choice(["necessity", "Necessity", "treatment"]), "at": stamp(self.start), "signed": stamp(self.start),
               "signed_by": "RN B", "credentials": "RN"}
        return self.thinned(row)

    def thinned(self, row):
        """Something is missing in one of five."""
        if self.maybe(0.2):
            for field in self.r.sample(sorted(row), self.r.choice([1, 1, 2, 3])):
                del row[field]
        return row


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--count", type=int, default=100)
    ap.add_argument("--messy", action="store_true")
    ap.add_argument("--admins", type=int, metavar="K", help="exactly K administrations an encounter")
    ap.add_argument("--drugs", action="store_true")
    ap.add_argument("--papers", action="store_true")
    args = ap.parse_args()
    for n in range(args.count):
        # One generator an encounter, so that encounter n is the same whatever --count is.
        rng = random.Random(f"{args.seed}/{n}/{args.messy}/{args.admins}")
        enc = Encounter(rng, f"G{args.seed}-{n}", args.messy, args.admins).enc
        if args.drugs:
            Drugs(random.Random(f"{args.seed}/{n}/drugs"), enc, args.messy)
        if args.papers:
            Papers(random.Random(f"{args.seed}/{n}/papers"), enc)
        print(json.dumps(enc))


if __name__ == "__main__":
    main()
