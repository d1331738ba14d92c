#!/usr/bin/env python3
"""Independent reference implementation of coding-rules §1–§7 (administration codes, E/M, flush, drugs, documentation).

    oracle.py [--set name=value]… [--trace] [FILE|-]     NDJSON drip.encounter/1 in, one JSON object a line out

§1 is record.py, §2 method.py, §3–§5 coding.py, §6 drugs.py, §7 documentation.py. All times are whole seconds, all quantities Fractions: no floats.
Where the text can be read in more than one way, the reading taken is marked `# AMBIGUOUS (xx)` in the code:

A1  every void counts, even one that is itself voided.
A2  an event without `source` is `mar`'s; `ems` events are kept beside either and simply take part in the clock.
A3  `source-times-differ` where, for an action both charted, the sorted lists of times are unequal (any action).
A4  an `inject` wins over start/stop of its administration, as a push does; of several pushes/injects the first inside
    the window is the time; stop-before-start is looked for in deliveries only.
A5  start … pause without stop: the clock is closed, the span counts, no stop is missing; resume after stop reopens; a
    pause/stop of a closed clock and a start of an open one change nothing.
A6  a stopless delivery is placed in or out of the window by its start: outside it has missing-stop and the window's finding.
A7  purpose other than treatment: only `not-treatment`; no finding about its times (source and ems findings can still arise).
A8  what lies outside the encounter is not also inpatient-time; zero-length is found before the window is looked at.
B1  no access charted = first access listed, already when bags are formed. A zero-length member is not in the bag.
B2  only deliveries (iv, ia, sc; of one route) share a bag, never charted pushes or injections; a stopless member also
    counts for class and for the start of the first.
B3  missing_stop nothing/calculate_else_nothing: a stopless delivery by any route is unbilled; `push`/`nothing` never
    calculate, so hydration without stop is unbilled under them.
B4  hydration by ia, and charted hydration pushes, have no code and no finding; an injection of category hydration is 96372.
B5  long-push only for iv/ia. Infusion or push is told from the time left *after* the cut to the window.
C1  only iv infusions, pushes and hydration belong to sites and raise second-site-undocumented; 96416 pumps do not.
C2  the first site is the access of the best service (compared access by access before merging); every other used access,
    even the first listed, needs necessary = true. An unlisted access named while others are listed is a further one.
C3  further sites are coded in the order listed (only decides whose 96368 is billed).
C4  several services named by the reason: the best ranked of them; a repeat's id names its first infusion.
C5  hydration is named by the reason only if that fluid has counted time itself; drug names compare exactly.
C6  reason-undocumented once an encounter, if some service could be initial and the reason names none that could (on any
    site; injections, sc, ia, pumps do not count as named).
D1  hydration_sum = each: stretches over the minimum are added and coded as one time; any dropped stretch is short-hydration.
D2  hydration is dated by its first counted second.
D3  sum_minutes: united before the ranking.
D4  "over 15 min left" after subtraction is push_limit; min16 is overlap >= 16:00.
D5  concurrent_per = drug: once a substance (drug set) over the whole encounter. 96549 is one each.
D6  an initial push chosen by reason makes all pushes of its drug "again"; the gap is to the push really before it, if any.
D7  "infused on the site" = any infusion or hydration there, in one or several bags; 96416 pumps do not count (FOLFOX).
    The same drug of two pushes = equal drug sets, whatever the class.
D8  professional: same-push-professional whatever the gap; chemotherapy: same-push whatever gap or claim.
D9  facility-setting: only where some service exists; §1–§2 findings stay, §3–§5 ones do not arise.
D10 each ia service is billed by itself; 96423 only beside 96422; "pump" is portable_pump or implanted_pump.
D11 all sc infusions are one service with united time.
D12 96371 where sc infusions were given on two different accesses (after B1), dated by the first on the second.
D13 E/M: "any administration" = an administration line is billed; dated by the encounter's start.
D14 96523 only where no line at all (a visit included) is on the encounter; dated by the first flush inside the window.
"""
import argparse
import json
import sys
from collections import Counter
from decimal import Decimal
from fractions import Fraction

from coding import code_evaluation, code_flush, code_services
from documentation import FINDINGS as DOCUMENTATION, check_documentation
from drugs import code_drugs
from method import make_services
from record import Case, EncounterError, read_record

DEFAULTS = {
    "missing_stop": "calculate_else_push", "push_limit": "15", "mix_is_concurrent": "no", "initial_by": "by_claim",
    "second_site_modifier": "59", "second_visit_modifier": "59", "hour_over": "30", "hydration_over": "30",
    "hydration_sum": "sum", "repeat_infusion": "separate_intervals", "overlap_rule": "subtract",
    "concurrent_per": "encounter", "concurrent_chemo": "unlisted", "same_push_gap": "31",
    "waste": "jw_jz", "documentation": "as_charted",
}
CHOICES = {
    "missing_stop": ("calculate_else_push", "calculate_else_nothing", "push", "nothing"),
    "mix_is_concurrent": ("no", "yes"), "initial_by": ("by_claim", "hierarchy", "reason"),
    "hydration_sum": ("sum", "each"), "repeat_infusion": ("separate_intervals", "sum_minutes"),
    "overlap_rule": ("subtract", "majority", "min16"), "concurrent_per": ("encounter", "drug"),
    "concurrent_chemo": ("unlisted", "nothing"), "waste": ("jw_jz", "jw", "none"),
    "documentation": ("as_charted", "full"),
}
MINUTES = ("push_limit", "hour_over", "hydration_over", "same_push_gap")
FINDINGS = frozenset("""source-times-differ ems-start zero-length stop-before-start time-outside-encounter inpatient-time
    calculated-stop missing-stop not-treatment long-push second-site-undocumented reason-undocumented same-push
    concurrent-hydration short-hydration concurrent-once same-instant-push push-too-soon same-push-professional
    facility-setting em-99211 em-not-separate unknown-hcpcs missing-dose dose-unit dose-changed container-missing
    waste-missing multi-dose-waste""".split()) | DOCUMENTATION


def parameters(settings=None):
    """The defaults with `settings` over them; minutes as Fractions."""
    p = dict(DEFAULTS)
    for name, value in (settings or {}).items():
        if name not in p:
            raise ValueError(f"no parameter {name}")
        if name in CHOICES and str(value) not in CHOICES[name]:
            raise ValueError(f"{name} is one of {' '.join(CHOICES[name])}")
        p[name] = str(value)
    for name in ("second_site_modifier", "second_visit_modifier"):
        p[name] = "" if p[name] == "none" else p[name]
    for name in MINUTES:
        p[name] = Fraction(p[name])
    return p


def evaluate(enc, params, trace=None):
    """The result object of one encounter."""
    case = Case(enc, params, trace)
    admins, flushes = read_record(case)
    code_services(case, make_services(case, admins))
    code_evaluation(case)
    code_flush(case, flushes)
    code_drugs(case, admins)
    check_documentation(case, admins)
    return result(case)


def result(case):
    merged = Counter()
    for code, date, modifiers, access, units in case.lines:
        merged[code, date, modifiers, access or ""] += units
    lines = []
    for (code, date, modifiers, access), units in sorted(merged.items()):
        line = {"code": code, "units": units, "modifiers": list(modifiers), "date": date}
        lines.append(dict(line, access=access) if access else line)
    assert set(case.findings) <= FINDINGS
    return {"encounter": case.enc.get("id"), "lines": lines,
            "findings": [[code, sorted(ids)] for code, ids in sorted(case.findings.items())]}


def read_encounters(stream):
    for text in stream:
        if text.strip():
            yield json.loads(text, parse_float=Decimal)


def main():
    ap = argparse.ArgumentParser(description="reference implementation of coding-rules 1-7")
    ap.add_argument("file", nargs="?", default="-")
    ap.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    ap.add_argument("--trace", action="store_true", help="every step on standard error")
    args = ap.parse_args()
    try:
        params = parameters(dict(s.split("=", 1) for s in args.set))
    except ValueError as e:
        sys.exit(f"oracle.py: {e}")
    trace = (lambda text: print(text, file=sys.stderr)) if args.trace else None
    with sys.stdin if args.file == "-" else open(args.file, encoding="utf-8") as stream:
        for enc in read_encounters(stream):
            try:
                print(json.dumps(evaluate(enc, params, trace)))
            except EncounterError as e:
                print(json.dumps({"encounter": enc.get("id"), "error": str(e)}))


if __name__ == "__main__":
    main()
