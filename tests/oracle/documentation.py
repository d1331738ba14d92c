"""coding-rules §7, documentation: orders, signatures, entries, notes and necessity.

Which entry carries what is read from the record anew; which administrations count, and what is billed, from the other
parts. Left out: concurrent drugs without a line, and where the patient was. Readings taken where the text is silent:

E1  a record is audited where it lists any order or note, or where the parameter `documentation` is full; late, copied
    and minutes-without-times are told in every record.
E2  asked about is what is billable: administrations that count, unless the claim bills none.
E3  an administration that names an order has that one (of several with this id the first of its drug); one that names
    none has the order of its drug that fits best: by route, by dose, signed in time, as listed.
E4  a dose differs where both are known in one measure and unequal; by weight or surface within a tenth. It does not
    where all doses given under the order together are what was ordered.
E5  an order counts as used, and is looked at, where an administration that counts has it.
"""
from fractions import Fraction

from record import gather

SIZES = {"mg": ("mass", 1), "g": ("mass", 1000), "mcg": ("mass", Fraction(1, 1000)), "ml": ("volume", 1),
         "units": ("activity", 1), "unit": ("activity", 1), "iu": ("activity", 1)}
BRANDS = {"zofran": "ondansetron", "remicade": "infliximab"}
INITIAL = ("96413", "96409", "96365", "96374", "96360")
FINDINGS = frozenset("""late-entry copied-entry minutes-without-times missing-order unsigned-order order-mismatch incomplete-order
    missing-dose missing-route missing-drug unsigned-note missing-provider missing-necessity missing-indication""".split())
TWO_DAYS = 2 * 24 * 3600


def check_documentation(case, admins):
    counted = {a.id: a for a in admins}
    given = gather(case)
    for adm in given:
        entries(case, adm, adm.id in counted)
        minutes(case, adm)
    enc = case.enc
    billable = not (case.claim == "professional"
                    and enc.get("setting") in ("hospital_outpatient", "emergency", "observation", "inpatient"))
    for note in enc.get("notes") or []:
        signature(case, note, "unsigned-note")
        if (note.get("signed") or note.get("signed_by")) and not (note.get("at") and note.get("signed")):
            case.find("unsigned-note")
    asked = [Given(case, a, counted[a.id]) for a in given if a.id in counted] if billable else []
    orders = [Order(case, n, o) for n, o in enumerate(enc.get("orders") or [])]
    for g in asked:
        g.order = order_of(g, orders)
        if g.order:
            g.order.uses.append(g)
    for g in asked:
        mismatch(case, g)
    for o in orders:
        if o.uses:
            used_order(case, o)
    if enc.get("orders") or enc.get("notes") or case.p["documentation"] == "full":
        presence(case, asked, orders)


# ---- what an entry says of itself

def entries(case, adm, counts):
    for e in adm.events:
        flush = e["action"] == "flush" and not outside(case, e["_t"])
        if not (flush or (counts and e["action"] not in ("held", "missed"))):
            continue
        if e.get("copied"):
            case.find("copied-entry", [adm.id])
        if e.get("addendum"):
            continue
        if e.get("late") or (e.get("entered") and case.clock.read(e["entered"]) > e["_t"] + TWO_DAYS):
            case.find("late-entry", [adm.id])


def outside(case, t):
    return (case.start is not None and t < case.start) or (case.end is not None and t > case.end) or (
        case.inpatient is not None and t >= case.inpatient)


def minutes(case, adm):
    """Noted, with a start whose stop is missing and cannot be calculated, or with a stop and no start."""
    # A payer's way with missing stops (never to calculate, say) makes a stop missing, too: that finding is asked.
    noted = any(e.get("minutes") is not None for e in adm.events if e["action"] not in ("held", "missed"))
    if not noted or adm.purpose != "treatment":
        return
    begun = adm.actions("start", "push", "inject")
    if adm.id in case.findings.get("missing-stop", ()) or (not begun and adm.actions("stop", "pause", "resume")):
        case.find("minutes-without-times", [adm.id])


# ---- orders and what was given under them

def name_of(drug):
    return None if drug is None else BRANDS.get(drug.lower(), drug.lower())


def measured(case, q, strength=None):
    """(measure, amount) of a dose; an unknown measure or amount is None."""
    unit, value = str((q or {}).get("unit") or "").lower(), (q or {}).get("value")
    over = unit.split("/")[1] if "/" in unit else None
    measure, size = SIZES.get(unit.split("/")[0], (None, None))
    if over not in (None, "kg", "m2"):
        return None, None
    if over:
        body = (case.enc.get("patient") or {}).get({"kg": "weight", "m2": "body_surface"}[over])
        size = size * Fraction(body["value"]) if size is not None and body else None
    parts = str((strength or {}).get("unit") or "").lower().split("/")
    if measure == "volume" and not over and len(parts) == 2 and parts[1] == "ml":
        measure, each = SIZES[parts[0]]
        size *= each * Fraction(strength["value"])
    return measure, None if value is None or size is None else Fraction(value) * size


class Order:
    def __init__(self, case, place, row):
        self.place, self.row, self.uses = place, row, []
        self.name, self.route = name_of(row.get("drug")), row.get("route")
        self.measure, self.amount = measured(case, row.get("dose"))
        self.leeway = Fraction(1, 10) if "/" in ((row.get("dose") or {}).get("unit") or "") else 0
        self.signed = case.clock.read(row["signed"]) if row.get("signed") else None

    def alike(self, amount):
        return abs(amount - self.amount) <= self.amount * self.leeway

    def compared(self, g):
        return self.amount is not None and g.dose is not None and g.measure == self.measure

    def in_parts(self):
        return all(self.compared(u) for u in self.uses) and self.alike(sum(u.dose for u in self.uses))


class Given:
    """An administration as an auditor reads it: `adm` has all of its entries, `counted` what is billed of it."""

    def __init__(self, case, adm, counted):
        charted = adm.charted
        self.adm, self.order = adm, None
        self.name = name_of(first(charted, "drug"))
        self.route, self.order_id = first(charted, "route"), first(charted, "order")
        self.dosed = any((e.get("dose") or {}).get("value") is not None for e in charted)
        self.volume = first(charted, "volume")
        self.hydration = counted.category == "hydration"
        self.begun = counted.start
        starts = [e["_t"] for e in adm.actions("start")]
        self.since = min(starts) if counted.kind == "delivery" and not counted.stopless else counted.start
        doses = [e for e in adm.events if e["action"] not in ("held", "missed") and (e.get("dose") or {}).get("value") is not None]
        gives = doses[:1] if counted.kind == "delivery" else [e for e in doses if e["action"] in ("push", "inject")]
        amounts = [measured(case, e["dose"], e.get("concentration")) for e in gives]
        self.measure = amounts[0][0] if amounts else None
        clear = self.measure is not None and all(m == self.measure and a is not None for m, a in amounts)
        self.dose = sum(a for _, a in amounts) if clear else None


def first(events, field):
    return next((e[field] for e in events if e.get(field) is not None), None)


def order_of(g, orders):
    if g.order_id is not None:
        named = [o for o in orders if o.row.get("id") == g.order_id]
        return min(named, key=lambda o: ((o.name or "") != (g.name or ""), o.place), default=None)
    return min((o for o in orders if g.name is not None and o.name == g.name), default=None, key=lambda o: (
        not (o.route is None or g.route is None or o.route == g.route),
        not (o.compared(g) and o.amount == g.dose),
        not (o.signed is not None and o.signed <= g.begun), o.place))


def mismatch(case, g):
    o = g.order
    if o is None:
        return
    if None not in (o.name, g.name) and o.name != g.name:
        case.find("order-mismatch", [g.adm.id])
    if None not in (o.route, g.route) and o.route != g.route:
        case.find("order-mismatch", [g.adm.id])
    if o.compared(g) and not o.alike(g.dose) and not o.in_parts():
        case.find("order-mismatch", [g.adm.id])
    if o.signed is not None and o.signed > g.since:
        case.find("unsigned-order", [g.adm.id])


def used_order(case, o):
    row = o.row
    if row.get("frequency") == "once" and len(o.uses) > 1 and not o.in_parts():
        case.find("order-mismatch")
    if not row.get("signed") and row.get("signed_by"):
        case.find("unsigned-order")                # signed, and no date
    signature(case, row, "unsigned-order")
    if not row.get("drug") or (row.get("dose") or {}).get("value") is None or not row.get("route") or not row.get("frequency"):
        case.find("incomplete-order")
    known = any(d.get("code") for d in case.enc.get("diagnoses") or [])
    if not row.get("indication") and (not known or row.get("frequency") == "prn"):
        case.find("missing-indication")


def signature(case, row, code):
    """By nobody, or by somebody without credentials."""
    if not row.get("signed_by") or not row.get("credentials"):
        case.find(code)


def presence(case, asked, orders):
    """What an audited record must have."""
    enc, providers = case.enc, case.enc.get("providers") or {}
    for g in asked:
        if g.order is None and (g.order_id is not None or g.name is not None):
            case.find("missing-order", [g.adm.id])
        if g.name is None:
            case.find("missing-drug", [g.adm.id])
        if not g.dosed and not (g.hydration and g.volume):
            case.find("missing-dose", [g.adm.id])
        if g.route is None:
            case.find("missing-route", [g.adm.id])
    if asked:
        if not enc.get("notes"):
            case.find("unsigned-note")
        if not providers.get("ordering") and not any(o.uses and o.row.get("signed_by") for o in orders):
            case.find("missing-provider")
        if case.claim == "professional" and not providers.get("supervising") and not providers.get("rendering"):
            case.find("missing-provider")
    noted = any((n.get("kind") or "").lower() == "necessity" for n in enc.get("notes") or [])
    fluids = any(code in ("96360", "96361") for code, *_ in case.lines)
    sites = sum(line[4] for line in case.lines if line[0] in INITIAL)
    if not noted and (fluids or sites > 1):
        case.find("missing-necessity")
