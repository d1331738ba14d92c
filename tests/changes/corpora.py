#!/usr/bin/env python3
"""Writes the corpora of the worked changes, tests/changes/P…/corpus.ndjson: visits on the days on which a change matters,
and beside it. Everything is invented but the days. `corpora.py` rewrites them all; they are kept so that a case can be read."""
import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))


def mg(n):
    return {"value": n, "unit": "mg"}


def visit(id, day, drug="infliximab", code="J1745", given=400, discarded=0, unit=10, container="single_dose", prices=(), **more):
    """An infusion from 09:00 to 11:00 of one drug, from containers that are `given` and `discarded` mg."""
    drugs = {"hcpcs": code, "drug": drug, "given": mg(given), "discarded": mg(discarded), "billing_unit": mg(unit)}
    if container is not None:
        drugs["container"] = container
    for name in ("ndc", "stock_340b"):
        if name in more:
            drugs[name] = more.pop(name)
    record = {
        "format": "drip.encounter/1", "id": id, "claim": more.pop("claim", "facility"),
        "setting": more.pop("setting", "hospital_outpatient"), "start": day + "T08:30", "end": day + "T11:30",
        "access": [{"id": "L1", "kind": "peripheral"}],
        "mar": [{"at": day + "T09:00", "action": "start", "administration": "A1", "drug": drug, "route": "iv", "access": "L1",
                 "hcpcs": code, "category": more.pop("category", "chemotherapy")},
                {"at": day + "T11:00", "action": "stop", "administration": "A1"}],
        "drugs": [drugs]}
    if prices:
        record["prices"] = [dict(p) for p in prices]
    record.update(more)
    return record


def usd(text):
    return {"value": float(text), "unit": "USD"}


ASP = [{"code": "J1745", "asp": usd("40.00")}, {"code": "96413", "fee": usd("142.55")}, {"code": "96415", "fee": usd("30.25")}]


def days(name, dates, **more):
    return [visit(f"{name}-{d}", d, **more) for d in dates]


def approved(code, *since):
    """An approval of the product for a year from each of these days on."""
    return {"authorizations": [{"id": f"PA{n}", "hcpcs": code, "from": d, "to": f"{int(d[:4]) + 1}{d[4:]}"} for n, d in enumerate(since, 1)]}


def dose_before(code, day):
    return {"history": [{"hcpcs": code, "date": day, "units": 30}]}


CASES = {
    "P01": days("whole", ["2022-12-31", "2023-01-01", "2023-06-30", "2023-07-01", "2023-09-30", "2023-10-01", "2024-01-02"], prices=ASP)
           + days("wasted", ["2023-06-30", "2023-07-01", "2023-10-01"], given=380, discarded=20, prices=ASP)
           + days("unsaid", ["2023-06-30", "2023-07-01", "2023-09-30", "2023-10-01"], container=None, prices=ASP),
    "P02": days("commercial", ["2024-10-31", "2024-11-01", "2024-12-20"], container=None, prices=ASP)
           + days("home-plan", ["2024-11-01", "2024-12-20"], container=None, prices=ASP, plan="home")
           + days("state", ["2024-11-01"], container=None, prices=ASP, plan="state_health_plan"),
    "P03": days("two-vials-wasted", ["2021-08-09", "2021-08-10", "2022-01-05"], given=50, discarded=150, prices=ASP)
           + days("part-of-a-vial", ["2021-08-09", "2021-08-10"], given=350, discarded=50, prices=ASP)
           + days("nothing-wasted", ["2021-08-10"], given=400, prices=ASP),
    "P04": [visit(f"{drug}-{d}", d, drug=drug, code=code, prices=[{"code": code, "asp": usd("40.00")}], **more)
            for d in ("2022-09-30", "2022-12-31", "2023-01-01")
            for drug, code, more in (("inflectra", "Q5103", {}), ("avsola", "Q5121", {}), ("renflexis", "Q5104", {}),
                                     ("infliximab", "J1745", {}), ("remicade", "J1745", {"ndc": "57894003001"}))],
    "P05": [visit(f"{plan}-{drug}-{d}", d, drug=drug, code=code, prices=[{"code": code, "asp": usd("40.00")}],
                  coverage={"program": plan})
            for d in ("2022-02-28", "2022-03-01", "2022-12-31", "2023-01-01") for plan in ("commercial", "medicare_advantage")
            for drug, code in (("inflectra", "Q5103"), ("avsola", "Q5121"))]
           + [visit(f"medicare_advantage-avsola-in-use-{d}", d, drug="avsola", code="Q5121", prices=[{"code": "Q5121", "asp": usd("40.00")}],
                    coverage={"program": "medicare_advantage"}, history=[{"hcpcs": "Q5121", "date": before, "units": 40}])
              for d, before in (("2022-03-01", "2021-12-06"), ("2023-01-01", "2022-11-06"))],
    "P06": [visit(f"{name}-{d}", d, drug="infliximab", code="J1745", prices=ASP, **more)
            for d in ("2022-12-31", "2023-01-01")
            for name, more in (("nothing-tried", {}), ("avsola-tried", {"tried_avsola": True}),
                               ("inflectra-tried", {"tried_inflectra": True}),
                               ("both-tried", {"tried_avsola": True, "tried_inflectra": True}))],
    "P07": [visit(f"{name}-{drug}-{d}", d, drug=drug, code=code, prices=[{"code": code, "asp": usd("40.00")}], **more)
            for d in ("2022-02-14", "2022-02-15", "2022-07-01")
            for drug, code in (("inflectra", "Q5103"), ("avsola", "Q5121"))
            for name, more in (("first-visit", {}), ("approved-before", approved(code, "2022-02-14")),
                               ("approved-since", approved(code, "2022-02-15")))
            if d >= (more.get("authorizations") or [{"from": d}])[0]["from"]]
           + [visit(f"renewed-avsola-{d}", d, drug="avsola", code="Q5121", prices=[{"code": "Q5121", "asp": usd("40.00")}],
                    **approved("Q5121", "2021-06-01", "2022-06-01")) for d in ("2022-02-15", "2022-07-01")]
           + [visit("changed-from-renflexis-2022-07-01", "2022-07-01", drug="avsola", code="Q5121",
                    prices=[{"code": "Q5121", "asp": usd("40.00")}], **approved("Q5104", "2021-06-01"))],
    "P08": [visit(f"{cost}-a-day-{d}", d, drug="ondansetron", code="J2405", given=cost, unit=1, category="therapeutic",
                  prices=[{"code": "J2405", "asp": usd("0.9433962264")}, {"code": "96365", "fee": usd("210.69")},
                          {"code": "96366", "fee": usd("46.14")}])
            for d in ("2024-12-31", "2025-01-01") for cost in (134, 135, 136, 137, 140, 141)],
    "P09": [visit(f"{where}-{d}", d, prices=[{"code": "J1745", "limit": usd("40.00")}, {"code": "96413", "fee": usd("345.00")},
                                              {"code": "96415", "fee": usd("68.00")}], **more)
            for d in ("2025-12-31", "2026-01-01")
            for where, more in (("on-campus", {"department": "on_campus"}), ("excepted", {"department": "excepted"}),
                                ("rural", {"department": "excepted", "rural_sole_community": True}),
                                ("not-excepted", {"department": "non_excepted"}))],
    "P10": [visit(f"{name}-{d}", d, stock_340b=bought, prices=[{"code": "J1745", "limit": usd("42.40")}])
            for d in ("2017-12-31", "2018-01-01", "2022-12-31", "2023-01-01")
            for name, bought in (("bought-340b", True), ("bought-plain", False))],
    "P11": days("office", ["2022-03-31", "2022-04-01", "2022-06-30", "2022-07-01"], claim="professional", setting="office",
                prices=[{"code": "J1745", "limit": usd("25.00")}, {"code": "96413", "fee": usd("142.55")},
                        {"code": "96415", "fee": usd("30.25")}]),
    "P12": [visit(f"{name}-{d}", d, drug="infliximab-dyyb", code="Q5103", claim="professional", setting="office",
                  prices=[{"code": "Q5103", "asp": usd(own), "reference_asp": usd("40.00"), "qualifying_until": until}])
            for d in ("2022-09-30", "2022-10-01", "2027-12-31", "2028-01-01")
            for name, own, until in (("cheaper", "30.00", "2027-12-31"), ("as-dear", "40.00", "2027-12-31"),
                                     ("dearer", "41.00", "2027-12-31"))],
    "P13": [visit(f"{place}-{d}", d, drug="drug-of-the-articles", code="J9998", contractor=place, category="therapeutic")
            for d in ("2023-12-20", "2023-12-21", "2024-06-03", "2024-06-04") for place in ("contractor_a", "contractor_b")],
    "P14": [visit(f"{name}-{d}", d, **more)
            for d in ("2019-12-31", "2020-01-01", "2020-02-29", "2020-03-01")
            for name, more in (("nobody-named", {}), ("named", {"providers": {"supervising": "1234567893"}}))]
           + [visit(f"extended-{d}", d, drug="ceftriaxone", code="J0696", given=1000, unit=250, category="therapeutic")
              for d in ("2019-12-31", "2020-01-01", "2020-02-29", "2020-03-01")],
    "P15": [visit(f"{drug}-{d}", d, drug=drug, code=code, given=300, prices=[{"code": code, "asp": usd("40.00")}],
                  **dose_before(code, "2020-01-06"))
            for drug, code, dates in (("adakveo", "J0791", ("2020-01-31", "2020-02-01", "2020-02-05", "2020-02-12", "2020-02-13")),
                                      ("givlaari", "J0223", ("2020-02-05", "2020-02-13")),
                                      ("cinqair", "J2786", ("2020-08-31", "2020-09-01")))
            for d in dates]
           + [visit(f"keytruda-renewed-{renewed}-{d}", d, drug="keytruda", code="J9271", given=200, unit=1, prices=[{"code": "J9271", "asp": usd("40.00")}],
                    authorizations=[{"id": "PA2", "hcpcs": "J9271", "kind": "renewal", "from": renewed, "to": "2021-06-30"}])
              for d, renewed in (("2020-06-30", "2020-06-30"), ("2020-07-01", "2020-06-30"), ("2020-07-01", "2020-07-01"))]
           + [visit(f"entyvio-{'first' if n == 0 else 'second' if n == 1 else 'third'}-dose-{d}", d, drug="entyvio", code="J3380", given=300, unit=1,
                    prices=[{"code": "J3380", "asp": usd("15.00")}],
                    history=[{"hcpcs": "J3380", "date": b, "units": 300} for b in ("2020-10-05", "2020-11-16")[:n]])
              for d in ("2020-12-31", "2021-01-01") for n in (0, 1, 2)],
    "P16": [visit(f"born-{born}-{d}", d, drug="invented", code="Z9050", prices=[{"code": "Z9050", "fee": usd("12.00"), "asp": usd("12.00")}],
                  patient={"birth_date": born, "weight": {"value": kg, "unit": "kg"}})
            for d in ("2021-02-28", "2021-03-01", "2021-08-31", "2021-09-01")
            for born, kg in (("1980-05-01", 80), ("2010-05-01", 45), ("2016-05-01", 20))],
    "P17": [visit(f"{name}-{d}", d, drug=drug, code=code, given=6, unit=0.5, category="therapeutic", setting=setting)
            for d in ("2021-05-31", "2021-06-01", "2021-07-31", "2021-08-01", "2022-01-10")
            for name, drug, code, setting in (("hospital", "pegfilgrastim", "J2506", "hospital_outpatient"),
                                              ("office", "pegfilgrastim", "J2506", "office"))],
    "P18": [visit(f"{plan}-{'home-' if home else ''}{'office-' if office else ''}{d}", d, prices=ASP,
                  site={"flagged": plan == "flagged", "home_unfit": home, "office_unfit": office})
            for d in ("2026-02-14", "2026-02-15") for plan in ("flagged", "unflagged")
            for home in (False, True) for office in (False, True)],
}

for name, visits in CASES.items():
    os.makedirs(os.path.join(HERE, name), exist_ok=True)
    with open(os.path.join(HERE, name, "corpus.ndjson"), "w", encoding="utf-8") as f:
        for v in visits:
            f.write(json.dumps(v, separators=(",", ":")) + "\n")
