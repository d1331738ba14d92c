#!/usr/bin/env python3
"""Hand-derived cases that pin the oracle's reading of coding-rules §1–§7. Plain asserts; run it."""
import sys
import traceback

from oracle import evaluate, parameters

C, T, H = "chemotherapy", "therapeutic", "hydration"
DAY = "2026-03-02T"


def t(text):
    """"9:30" on the day, "+1:00" on the next."""
    day = "2026-03-03T" if text[0] == "+" else DAY
    hours, rest = text.lstrip("+").split(":", 1)
    return f"{day}{int(hours):02d}:{rest}"


def ev(at, action, adm, **fields):
    return {"at": t(at), "action": action, "administration": adm, **fields}


def run_(adm, drug, cat, start, stop=None, **fields):
    """A delivery."""
    out = [ev(start, "start", adm, drug=drug, category=cat, **fields)]
    return out + [ev(stop, "stop", adm)] if stop else out


def push(adm, drug, at, cat=T, **fields):
    return [ev(at, "push", adm, drug=drug, category=cat, **fields)]


def bill(*groups, set=None, **enc):
    """(lines as "code x units" text, finding codes) of an encounter made of event lists."""
    base = {"id": "T", "start": t("6:00"), "end": t("+20:00"), "mar": [e for g in groups for e in g]}
    got = evaluate({**base, **enc}, parameters(set))
    lines = {}
    for l in got["lines"]:
        key = "-".join([l["code"]] + l["modifiers"])
        lines[key] = lines.get(key, 0) + l["units"]
    return " ".join(f"{k}x{v}" if v > 1 else k for k, v in sorted(lines.items())), {f[0] for f in got["findings"]}


def lines(*a, **k):
    return bill(*a, **k)[0]


def findings(*a, **k):
    return bill(*a, **k)[1]


SITES = [{"id": "L1", "necessary": True}, {"id": "L2", "necessary": True}]
VOL = dict(volume={"value": 100, "unit": "mL"}, rate={"value": 100, "unit": "mL/h"})


# ---- §7

ORDER = {"id": "O1", "drug": "Zofran", "dose": {"value": 4, "unit": "mg"}, "route": "iv", "frequency": "once", "indication": "R11.2",
         "signed": t("9:00"), "signed_by": "Dr A", "credentials": "MD"}
NOTE = {"kind": "necessity", "at": t("9:00"), "signed": t("9:00"), "signed_by": "RN B", "credentials": "RN"}


def papers(changed=None, at="9:00", note=None, **given):
    dose = {"value": 4, "unit": "mg"}
    return findings(push("P1", "ondansetron", at, **{"route": "iv", "dose": dose, **given}),
                    orders=[{**ORDER, **(changed or {})}], notes=[{**NOTE, **(note or {})}])


def test_documentation_in_order():
    assert papers() == papers({"id": None}) == papers({"dose": {"value": 4000, "unit": "mcg"}}) == set()
    assert findings(push("P1", "ondansetron", "9:00")) == set()          # not audited


def test_documentation_of_orders():
    assert papers({"drug": "aspirin"}) == {"missing-order", "missing-provider"}
    assert papers({"drug": "aspirin"}, order="O1") == {"order-mismatch"}
    assert papers({"dose": {"value": 8, "unit": "mg"}}) == {"order-mismatch"}
    assert papers({"route": "im"}) == {"order-mismatch"}
    assert papers({"signed": t("9:01")}) == papers({"signed": None}) == papers({"credentials": None}) == {"unsigned-order"}
    assert papers(note={"credentials": None}) == papers(note={"at": None}) == {"unsigned-note"}
    two = push("P1", "ondansetron", "9:00", dose={"value": 4, "unit": "mg"}, route="iv"), push("P2", "ondansetron", "13:00", dose={"value": 4, "unit": "mg"}, route="iv")
    assert findings(*two, orders=[ORDER], notes=[NOTE]) == {"order-mismatch"}
    assert findings(*two, orders=[{**ORDER, "frequency": "prn"}], notes=[NOTE]) == set()


def test_documentation_of_entries():
    assert findings(push("P1", "ondansetron", "9:00", late=True)) == {"late-entry"}
    assert findings(push("P1", "ondansetron", "9:00", late=True, addendum=True)) == set()
    assert findings(push("P1", "ondansetron", "9:00", copied=True)) == {"copied-entry"}
    assert findings(run_("A1", "ceftriaxone", T, "9:00", minutes=90)) == {"minutes-without-times", "missing-stop"}
    assert findings(run_("A1", "ceftriaxone", T, "9:00", "10:30", minutes=90)) == set()


# ---- §6

def drug(given, left=0, kind="single_dose", code="J1745", **fields):
    entry = {"hcpcs": code, "given": {"value": given, "unit": "mg"}, "discarded": {"value": left, "unit": "mg"}, "container": kind}
    return {**entry, **fields}


def test_drug_units_and_waste():
    assert lines(drugs=[drug(350, 50)]) == "J1745x35 J1745-JWx5"
    assert lines(drugs=[drug(400)]) == "J1745-JZx40"
    assert lines(drugs=[drug(92, 8)]) == "J1745-JZx10"
    assert lines(drugs=[drug(350, 50)], set={"waste": "none"}) == "J1745x35"
    assert bill(drugs=[drug(95, 5, "multi_dose", "J9267")]) == ("J9267x95", {"multi-dose-waste"})


def test_doses_are_added_up_without_a_list():
    one = run_("A", "x", T, "9:00", "10:00", hcpcs="J0696", dose={"value": 375, "unit": "mg"})
    two = run_("B", "x", T, "11:00", "12:00", hcpcs="J0696", dose={"value": 375, "unit": "mg"})
    assert lines(one, two) == "96365 96366 J0696x3"


# ---- §1

def test_void_removes_the_named_event():
    mar = run_("A", "x", T, "9:00", "10:00") + [ev("11:00", "stop", "A", id="V")]
    assert lines(mar + [ev("11:05", "void", "A", voids="V")]) == "96365"


def test_void_of_the_start_leaves_a_stray_stop():
    mar = [dict(run_("A", "x", T, "9:00")[0], id="V"), ev("10:00", "stop", "A"), ev("10:01", "void", "A", voids="V")]
    assert bill(mar) == ("", {"stop-before-start"})


def test_mar_wins_over_nursing_action_by_action():
    mar = [ev("9:00", "start", "A", drug="x", category=T, source="mar"),
           ev("8:30", "start", "A", drug="x", category=T, source="nursing"), ev("10:31", "stop", "A", source="nursing")]
    assert bill(mar) == ("96365 96366", {"source-times-differ"})


def test_same_times_do_not_differ():
    mar = run_("A", "x", T, "9:00", "10:00")
    assert findings(mar + [dict(e, source="nursing") for e in mar]) == set()


def test_ems_start_is_a_finding():
    assert findings([dict(run_("A", "x", T, "9:00")[0], source="ems"), ev("10:00", "stop", "A")]) == {"ems-start"}


def test_push_whatever_else_it_has():
    assert bill(run_("A", "x", T, "9:00", "11:00") + push("A", "x", "9:00")) == ("96374", set())


def test_zero_length():
    assert bill(run_("A", "x", T, "9:00", "9:00")) == ("", {"zero-length"})


def test_stop_charted_before_start_at_one_instant():
    mar = [ev("9:00", "stop", "A", drug="x", category=T)] + run_("A", "x", T, "9:00")
    assert bill(mar) == ("96374", {"stop-before-start", "missing-stop"})


def test_pause_cuts_time_out():
    mar = run_("A", "x", T, "9:00", "10:40") + [ev("9:10", "pause", "A"), ev("9:20", "resume", "A")]
    assert lines(mar) == "96365"                                 # 90, not 100


def test_pause_without_stop_is_closed():
    assert bill(run_("A", "x", T, "9:00") + [ev("10:00", "pause", "A")]) == ("96365", set())


def test_resume_without_stop_keeps_the_closed_part():
    mar = run_("A", "x", T, "9:00", **VOL) + [ev("9:20", "pause", "A"), ev("9:30", "resume", "A")]
    assert bill(mar) == ("96365", {"missing-stop"})


def test_missing_stop_settings():
    mar = run_("A", "x", T, "9:00", volume={"value": 151, "unit": "mL"}, rate={"value": 60, "unit": "mL/h"})
    assert bill(mar) == ("96365 96366x2", {"calculated-stop"})
    assert bill(mar, set={"missing_stop": "push"}) == ("96374", {"missing-stop"})
    assert bill(mar, set={"missing_stop": "nothing"}) == ("", {"missing-stop"})
    assert lines(run_("A", "x", T, "9:00")) == "96374"
    assert lines(run_("A", "x", T, "9:00"), set={"missing_stop": "calculate_else_nothing"}) == ""
    assert lines(run_("A", "x", H, "9:00")) == ""


def test_calculated_stop_is_cut_down_to_the_second():
    # 100 mL at 66.65 mL/h = 5401.35 s -> 5401 s: one second over 90 min
    q = dict(volume={"value": 100, "unit": "mL"}, rate={"value": 66.65, "unit": "mL/h"})
    assert lines(run_("A", "x", T, "9:00", **q)) == "96365 96366"


def test_cut_to_encounter_and_inpatient():
    mar = run_("A", "x", T, "9:00", "12:00")
    assert bill(mar, end=t("10:00")) == ("96365", {"time-outside-encounter"})
    st = [{"at": t("9:10"), "is": "inpatient"}]
    assert bill(mar, status=st) == ("96374", {"inpatient-time"})
    assert bill(mar, status=st, claim="professional", reason="x", setting="office")[1] == set()


def test_instants_at_the_borders():
    assert lines(push("A", "x", "9:00"), end=t("9:00")) == "96374"
    assert bill(push("A", "x", "9:00"), status=[{"at": t("9:00"), "is": "inpatient"}]) == ("", {"inpatient-time"})


def test_not_treatment():
    assert bill(run_("A", "ns", H, "9:00", purpose="carrier")) == ("", {"not-treatment"})


# ---- §2

def test_push_limit_to_the_second():
    assert lines(run_("A", "x", T, "9:00", "9:15")) == "96374"
    assert lines(run_("A", "x", T, "9:00", "9:15:01")) == "96365"
    assert lines(run_("A", "x", T, "9:00", "9:20"), set={"push_limit": 20}) == "96374"


def test_routes():
    assert lines(push("A", "x", "9:00", route="im")) == "96372"
    assert lines([ev("9:00", "inject", "A", drug="x", category=T, route="iv")]) == "96374"
    assert lines(run_("A", "x", T, "9:00", "10:00", route="id")) == "96372"
    assert lines(run_("A", "x", T, "9:00", route="sc")) == "96372"
    assert lines(run_("A", "x", T, "9:00", "9:15", route="sc")) == "96372"
    assert lines(run_("A", "x", T, "9:00", "10:31", route="sc")) == "96369 96370"
    assert lines(run_("A", "x", T, "9:00", "10:31", route="po")) == ""


def test_long_push_stays_a_push():
    assert bill(push("A", "x", "9:00", minutes=16)) == ("96374", {"long-push"})


def test_bag_is_one_service_of_the_highest_class():
    mar = run_("A", "kcl", T, "9:00", "10:00", bag="B") + run_("B", "ns", H, "9:30", "11:00", bag="B")
    assert lines(mar) == "96365 96366"
    assert bill(mar, set={"mix_is_concurrent": "yes"}) == ("96361 96365", {"concurrent-hydration"})


def test_stopless_member_counts_in_the_substance():
    mar = run_("A", "x", T, "9:00", "10:00", bag="B") + run_("B", "y", T, "9:00", bag="B")
    again = run_("C", "x", T, "12:00", "13:00")
    assert lines(mar, again) == "96365 96367"                    # x+y is not x
    assert "missing-stop" in findings(mar)


# ---- §3

def test_second_site():
    a = run_("A", "x", T, "9:00", "11:00", access="L1")
    b = run_("B", "y", T, "9:00", "10:00", access="L2")
    assert lines(a, b, access=SITES) == "96365 96365-59 96366"
    doubt = [SITES[0], {"id": "L2"}]
    assert bill(a, b, access=doubt) == ("96365 96366 96368", {"second-site-undocumented"})


def test_first_site_is_that_of_the_best_service():
    a = run_("A", "x", T, "9:00", "10:00", access="L1")
    b = run_("B", "y", C, "9:00", "10:00", access="L2")
    assert lines(a, b, access=SITES) == "96365-59 96413"


def test_second_visit_marks_the_first_site_only():
    assert lines(push("A", "x", "9:00"), visit_of_day=2) == "96374-59"


# ---- §4

def test_reason_on_a_professional_claim():
    a, b = run_("A", "x", T, "9:00", "10:00"), run_("B", "y", C, "10:00", "11:00")
    kw = dict(claim="professional", setting="office")
    assert bill(a, b, reason="x", **kw) == ("96365 96417", set())
    assert bill(a, b, reason="A", **kw) == ("96365 96417", set())
    assert bill(a, b, reason="zzz", **kw) == ("96367 96413", {"reason-undocumented"})
    assert bill(a, b, reason="x", set={"initial_by": "hierarchy"}, **kw)[0] == "96367 96413"
    assert bill(a, b, set={"initial_by": "reason"}) == ("96367 96413", {"reason-undocumented"})


def test_reason_names_hydration_before_a_mix_with_the_fluid():
    mix = run_("A", "ns", H, "9:00", "10:00", bag="B") + run_("B", "kcl", T, "9:00", "10:00", bag="B")
    fluid = run_("C", "ns", H, "10:00", "11:00")
    assert lines(mix, fluid, claim="professional", setting="office", reason="ns") == "96360 96367"


def test_longest_then_earliest_then_charted():
    a, b = run_("A", "x", T, "9:00", "9:30"), run_("B", "y", T, "10:00", "11:31")
    assert lines(a, b) == "96365 96366 96367"


# ---- §5

def test_hour_steps():
    for stop, want in [("10:30", "96365"), ("10:31", "96365 96366"), ("11:30", "96365 96366"), ("11:31", "96365 96366x2")]:
        assert lines(run_("A", "x", T, "9:00", stop)) == want
    assert lines(run_("A", "x", T, "9:00", "10:30"), set={"hour_over": 29}) == "96365 96366"


def test_hydration_outside_drug_time():
    mar = run_("A", "x", T, "9:00", "10:00"), run_("H", "ns", H, "9:30", "10:30")
    assert bill(*mar) == ("96365", {"concurrent-hydration", "short-hydration"})
    assert bill(run_("H", "ns", H, "9:30", "10:01")) == ("96360", set())


def test_hydration_each():
    mar = run_("H", "ns", H, "9:00", "9:30"), run_("I", "lr", H, "11:00", "11:31")
    assert bill(*mar) == ("96360", set())                        # 61 min together
    assert bill(*mar, set={"hydration_sum": "each"}) == ("96360", {"short-hydration"})


def test_repeat_separate_and_summed():
    a, b = run_("A", "x", T, "9:00", "10:00"), run_("B", "x", T, "11:00", "12:31")
    assert lines(a, b) == "96365 96366x2"
    assert lines(a, b, set={"repeat_infusion": "sum_minutes"}) == "96365 96366x2"    # 151
    assert lines(run_("A", "x", T, "9:00", "9:16"), run_("B", "x", T, "11:00", "11:16"),
                 set={"repeat_infusion": "sum_minutes"}) == "96365"


def test_longer_repeat_cannot_be_initial():
    x1, y, x2 = run_("A", "x", T, "9:00", "9:20"), run_("B", "y", T, "9:30", "10:00"), run_("C", "x", T, "10:00", "12:00")
    assert lines(x1, y, x2) == "96365 96366x2 96367"             # y initial, x1 further, x2 (120 min) two hours


def test_overlap_rules():
    a, b = run_("A", "x", T, "9:00", "11:00"), run_("B", "y", T, "10:44", "11:15")
    assert lines(a, b) == "96365 96366 96368"                    # 15 left
    assert lines(a, b, set={"overlap_rule": "majority"}) == "96365 96366 96368"
    c = run_("B", "y", T, "10:45", "11:16")
    assert lines(a, c) == "96365 96366 96367"                    # 16 left
    assert lines(a, c, set={"overlap_rule": "majority"}) == "96365 96366 96367"
    assert lines(a, c, set={"overlap_rule": "min16"}) == "96365 96366 96367"
    assert lines(a, b, set={"overlap_rule": "min16"}) == "96365 96366 96368"


def test_concurrent_takes_nothing_from_a_later_one():
    a, b = run_("A", "x", T, "9:00", "10:00"), run_("B", "y", T, "9:10", "10:10")
    c = run_("C", "z", T, "10:00", "10:20")                      # overlaps only y, which is concurrent
    assert lines(a, b, c) == "96365 96367 96368"


def test_concurrent_once():
    mar = [run_(n, n, T, "9:00", "10:00") for n in "xyz"]
    assert bill(*mar) == ("96365 96368", {"concurrent-once"})
    assert bill(*mar, set={"concurrent_per": "drug"}) == ("96365 96368x2", set())


def test_concurrent_chemo():
    mar = [run_(n, n, C, "9:00", "10:00") for n in "xy"]
    assert lines(*mar) == "96413 96549"
    assert lines(*mar, set={"concurrent_chemo": "nothing"}) == "96413"


def test_pushes():
    assert bill(push("A", "x", "9:00"), push("B", "y", "9:00")) == ("96374", {"same-instant-push"})
    assert lines(push("A", "x", "9:00"), push("B", "y", "9:00", C)) == "96409"
    assert bill(push("A", "x", "9:00"), push("B", "x", "9:30")) == ("96374", {"push-too-soon"})
    # the gap looks back to the push before, even if that one was too soon
    assert lines(push("A", "x", "9:00"), push("B", "x", "9:30"), push("C", "x", "10:00")) == "96374"
    assert lines(push("A", "x", "9:00"), push("B", "x", "9:31")) == "96374 96376"
    assert bill(push("A", "x", "9:00", C), push("B", "x", "10:00", C)) == ("96409", {"same-push"})
    assert bill(push("A", "x", "9:00"), push("B", "x", "10:00"), claim="professional", reason="x") == (
        "96374", {"same-push-professional"})


def test_push_of_an_infused_drug_is_a_repeat():
    assert lines(push("A", "x", "8:00"), run_("B", "x", T, "9:00", "10:00")) == "96365 96376"
    mix = run_("B", "x", T, "9:00", "10:00", bag="B") + run_("C", "y", T, "9:00", "10:00", bag="B")
    assert lines(push("A", "x", "8:00"), mix) == "96365 96376"


def test_initial_push_by_reason_comes_first():
    kw = dict(set={"initial_by": "reason"}, reason="B")
    assert lines(push("A", "x", "9:00"), push("B", "x", "9:10"), **kw) == "96374 96376"


def test_pump_takes_nothing():
    pump = run_("P", "fu", C, "9:00", "17:01", device="portable_pump")
    assert lines(pump, run_("A", "x", C, "9:00", "10:00"), push("B", "fu", "10:00", C)) == "96411 96413 96416"
    assert lines(run_("P", "fu", C, "9:00", "17:00", device="portable_pump")) == "96413 96415x7"


def test_intra_arterial():
    assert lines(run_("A", "x", C, "9:00", "10:31", route="ia")) == "96422 96423"
    assert lines(push("A", "x", "9:00", C, route="ia")) == "96420"
    assert lines(run_("A", "x", C, "9:00", "17:01", route="ia", device="implanted_pump")) == "96425"
    assert lines(push("A", "x", "9:00", route="ia"), run_("B", "y", T, "9:00", "12:00", route="ia")) == "96373 96379"


def test_facility_setting():
    assert bill(push("A", "x", "9:00"), claim="professional", setting="emergency", evaluation={"code": "99213"}) == (
        "99213", {"facility-setting"})


def test_evaluation():
    p = push("A", "x", "9:00")
    assert bill(p, evaluation={"code": "99211", "separate": True}) == ("96374", {"em-99211"})
    assert bill(p, evaluation={"code": "99213", "separate": True}) == ("96374 99213-25", set())
    assert bill(p, evaluation={"code": "99213"}) == ("96374", {"em-not-separate"})
    assert bill(evaluation={"code": "99211"}) == ("99211", set())


def test_flush():
    f = [ev("9:00", "flush", "F")]
    assert lines(f) == "96523"
    assert lines(f, push("A", "x", "9:00")) == "96374"


def test_date_is_where_it_began():
    enc = {"id": "T", "start": "2026-03-02T22:00-05:00", "mar": [
        {"at": "2026-03-02T23:30-05:00", "action": "start", "administration": "A", "drug": "x", "category": T},
        {"at": "2026-03-03T02:00-05:00", "action": "stop", "administration": "A"}]}
    assert {l["date"] for l in evaluate(enc, parameters())["lines"]} == {"2026-03-02"}


def main():
    passed = failed = 0
    for name, test in sorted(globals().items()):
        if name.startswith("test_"):
            try:
                test()
                passed += 1
            except AssertionError:
                failed += 1
                traceback.print_exc()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
