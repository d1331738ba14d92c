"""coding-rules §6: drug lines, independent of the rules in .drip.

Only what gen.py charts is known here: the codes of CODES, each with its unit and whether that is a mass or a count of units.

E1  an entry belongs to the administrations of its code or of its drug; where all of those are outside the visit (or no
    treatment), it is not billed; where there are none, it is, on the day of the visit.
E2  the doses of administrations count only where no drug is listed at all, and only those that chart a code.
E3  entries of one code, day and container are added up before rounding; one that cannot be converted stops the line.
E4  a delivery's dose is the first charted; another amount later in it is dose-changed, and no line.
E5  nothing given is no line and no waste; a single-dose entry without `discarded` is JZ with waste-missing.
"""
from collections import defaultdict
from fractions import Fraction
from math import ceil, floor

from record import gather, inside

CODES = {"J9263": ("mass", "0.5"), "J9190": ("mass", "500"), "J9267": ("mass", "1"), "J1745": ("mass", "10"),
         "J2405": ("mass", "1"), "J1100": ("mass", "1"), "J0640": ("mass", "50"), "J0696": ("mass", "250"),
         "J1644": ("count", "1000")}
UNITS = {"mg": ("mass", 1), "g": ("mass", 1000), "mcg": ("mass", Fraction(1, 1000)), "units": ("count", 1), "iu": ("count", 1),
         "ml": ("volume", 1), "l": ("volume", 1000)}
NOT_PROFESSIONAL = ("hospital_outpatient", "emergency", "observation", "inpatient")


def amount(q):
    return None if not q or q.get("value") is None else Fraction(q["value"])


def to_base(case, q, kind, strength):
    """How much of `kind` (in mg or units) the charted amount is; None where that cannot be told."""
    value, unit = amount(q), str((q or {}).get("unit") or "").lower()
    if value is None or value < 0:
        return None
    top, _, per = unit.partition("/")
    if per:
        body = {"kg": ("weight", "kg"), "m2": ("body_surface", "m2")}.get(per)
        size = (case.enc.get("patient") or {}).get(body[0]) if body else None
        if size is None or size.get("unit") != body[1]:
            return None
        value *= Fraction(size["value"])
    have, size = UNITS.get(top, (None, 0))
    if have == kind:
        return value * size
    if have == "volume" and not per and strength:
        held, _, of = str(strength.get("unit")).lower().partition("/")
        if of == "ml" and UNITS.get(held, (None,))[0] == kind:
            return value * size * Fraction(strength["value"]) * UNITS[held][1]
    return None


def billing_unit(code, entry):
    """(kind, size in mg or units) of one unit of the code."""
    if code in CODES:
        return CODES[code][0], Fraction(CODES[code][1])
    own = entry.get("billing_unit") or {}
    kind, size = UNITS.get(str(own.get("unit")).lower(), (None, 0))
    return (kind, Fraction(own["value"]) * size) if code and kind and own["value"] > 0 else (None, None)


def code_drugs(case, admins):
    if case.claim == "professional" and case.enc.get("setting") in NOT_PROFESSIONAL:
        return
    if case.enc.get("drugs"):
        code_list(case, admins)
    else:
        code_doses(case, admins)


# ---- the list

def of_entry(entry, adms):
    return [a for a in adms if (a.field("hcpcs") or "-") == entry.get("hcpcs") or (a.drug or "-") == entry.get("drug")]


def code_list(case, admins):
    given = [a for a in gather(case) if a.actions("start", "push", "inject")]
    groups = defaultdict(list)
    for entry in case.enc["drugs"]:
        mine = of_entry(entry, admins)
        if not mine and of_entry(entry, given):
            continue                                        # (E1)
        code = entry.get("hcpcs")
        kind, size = billing_unit(code, entry)
        if amount(entry.get("given")) is None:
            case.find("missing-dose", [code])
        if size is None:
            case.find("unknown-hcpcs", [code])
            continue
        units = to_base(case, entry.get("given"), kind, entry.get("concentration"))
        if units is None and amount(entry.get("given")) is not None:
            case.find("dose-unit", [code])
        day = case.clock.date(min(a.start for a in mine) if mine else case.start)
        left, asked = Fraction(0), amount(entry.get("discarded"))
        if asked:
            left = to_base(case, entry["discarded"], kind, entry.get("concentration"))
            if left is None:
                case.find("dose-unit", [code])
        groups[code, day, entry.get("container")].append(
            (None if units is None else units / size, None if left is None else left / size, asked))
    for (code, day, container), entries in groups.items():
        bill(case, code, day, container, entries)


def bill(case, code, day, container, entries):
    waste = case.p["waste"]
    if container is None and waste != "none":
        case.find("container-missing", [code])
    if container == "single_dose" and waste != "none" and any(asked is None for _, _, asked in entries):
        case.find("waste-missing", [code])
    if container == "multi_dose" and any(asked for _, _, asked in entries):
        case.find("multi-dose-waste", [code])
    if any(given is None for given, _, _ in entries):
        return                                              # (E3)
    total = sum(given for given, _, _ in entries)
    if total <= 0:
        return
    units, modifiers = ceil(total), ()
    if container == "single_dose" and all(left is not None for _, left, _ in entries):
        thrown = floor(total + sum(left for _, left, _ in entries)) - units
        if thrown > 0 and waste != "none":
            case.lines.append((code, day, ("JW",), None, thrown))
        elif thrown <= 0 and waste == "jw_jz":
            modifiers = ("JZ",)
    case.lines.append((code, day, modifiers, None, units))


# ---- the doses

def doses_of(case, adm):
    """The amounts that count, and whether the dose of a delivery was charted again with another amount."""
    if adm.kind != "delivery":
        return [e for e in adm.actions(adm.kind, "push", "inject") if e.get("dose") and inside(case, e["_t"])], []
    charted = [e for e in adm.events if e.get("dose") and e["action"] not in ("held", "missed")]
    return charted[:1], charted[1:]


def code_doses(case, admins):
    groups = defaultdict(list)
    for adm in admins:
        if adm.field("hcpcs"):
            groups[adm.field("hcpcs"), case.clock.date(adm.start)].append(adm)
    for (code, day), members in groups.items():
        (kind, size), total, clear = billing_unit(code, {}), Fraction(0), True
        if not any(doses_of(case, a)[0] for a in members):
            continue
        for adm in members:
            first, later = doses_of(case, adm)
            units = [None if size is None else to_base(case, e["dose"], kind, e.get("concentration")) for e in first]
            if not first:
                case.find("missing-dose", [adm.id])
            elif size is None:
                case.find("unknown-hcpcs", [adm.id])
            elif None in units:
                case.find("dose-unit", [adm.id])
            elif any(to_base(case, e["dose"], kind, e.get("concentration")) not in (None, units[0]) for e in later):
                case.find("dose-changed", [adm.id])
            else:
                total += sum(units)
                continue
            clear = False
        if clear:
            if case.p["waste"] != "none":
                case.find("container-missing", [code])
            if total > 0:
                case.lines.append((code, day, (), None, ceil(total / size)))
