"""drip: cost_worst.py, tests. Records made to cost as much as records of their size can: one administration with every
event, from both charts, at times that all differ; events that void each other; one drug over and over on one site.

cost_worst.py [--size N]        prints one encounter a line, for the national rules
cost_worst.py --wards COUNT     records by dice for tests/cases/check-cost/wards.drip: walks, clocks, few and many groups"""
import argparse
import json
import random


def at(minute):
    return "2026-03-%02dT%02d:%02d" % (1 + minute // 1440, minute // 60 % 24, minute % 60)


def encounter(name, mar, minutes):
    return {"format": "drip.encounter/1", "id": name, "claim": "facility", "setting": "hospital_outpatient",
            "start": at(0), "end": at(minutes + 1), "access": [{"id": "L%d" % i, "kind": "peripheral"} for i in range(9)],
            "mar": mar}


def event(minute, action, **more):
    return dict({"at": at(minute), "action": action}, **more)


def records(n):
    drug = {"drug": "ceftriaxone", "category": "therapeutic", "access": "L1", "route": "iv"}
    one = [event(i, "start", administration="A", source="mar" if i % 2 else "nursing", **drug) for i in range(n)]
    yield encounter("W-one", one, n)
    void = [event(i, "void", event_id="E%d" % (i % 3), voids="E%d" % ((i + 1) % 3)) for i in range(n)]
    yield encounter("W-void", void + [event(i, "push", event_id="E0", administration="P%d" % i, **drug) for i in range(n)], n)
    pieces = []
    for i in range(n):
        pieces += [event(20 * i, "start", administration="A%d" % i, **drug),
                   event(20 * i + 17, "stop", administration="A%d" % i)]
    yield encounter("W-again", pieces, 20 * n)
    clock = [event(0, "start", administration="A", **drug)]
    clock += [event(i, "pause" if i % 2 else "resume", administration="A") for i in range(1, n)]
    yield encounter("W-clock", clock + [event(n, "stop", administration="A")], n)
    yield encounter("W-clock-reversed", list(reversed(clock)), n)
    fluid = dict(drug, drug="sodium chloride 0.9%", category="hydration")
    mixed = []
    for i in range(n):
        mixed += [event(40 * i, "start", administration="F%d" % i, **fluid),
                  event(40 * i + 35, "stop", administration="F%d" % i),
                  event(40 * i + 5, "start", administration="D%d" % i, **drug),
                  event(40 * i + 25, "stop", administration="D%d" % i)]
    yield encounter("W-fluid", mixed, 40 * n)
    yield encounter("W-fluid-reversed", list(reversed(mixed)), 40 * n)


def wards(count):
    dice = random.Random(1)
    for k in range(count):
        doses = []
        for i in range(dice.choice([0, 1, 2, 5, 20, 60])):
            start = dice.randrange(0, 3000)
            dose = {"from": at(start), "to": at(start + dice.choice([0, 3, 30, 300]))}
            if dice.random() < .8:
                dose["drug"] = dice.choice("abcdef")
            if dice.random() < .8:
                dose["room"] = dice.choice(["x", "y", "z"] + (["q%d" % i] if k % 3 else []))
            doses.append(dose)
        if k % 2:
            doses.sort(key=lambda dose: dose["from"], reverse=k % 4 == 1)
        alarms = [{"at": at(dice.randrange(3000)), "action": dice.choice(["begin", "halt"]), "room": dice.choice("xyz")}
                  for _ in range(dice.choice([0, 3, 40]))]
        yield {"format": "drip.encounter/1", "id": str(k), "start": at(0), "doses": doses, "alarms": alarms}


parser = argparse.ArgumentParser()
parser.add_argument("--size", type=int, default=40)
parser.add_argument("--wards", type=int, default=0)
args = parser.parse_args()
for record in wards(args.wards) if args.wards else records(args.size):
    print(json.dumps(record))
