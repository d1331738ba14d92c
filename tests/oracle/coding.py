"""coding-rules §3–§5: sites, the initial service of each, and the codes."""
from collections import defaultdict

from method import CLASSES, MINUTE
from spans import common, subtract, total, unite

HOUR = 60 * MINUTE
# by class: initial infusion, further, each additional hour, initial push, further push
CODES = {"chemotherapy": ("96413", "96417", "96415", "96409", "96411"),
         "therapeutic": ("96365", "96367", "96366", "96374", "96375")}
FACILITY_SETTINGS = ("hospital_outpatient", "emergency", "observation", "inpatient")


class Hydration:
    """The hydration of one site: all its fluids together, and what of their time counts."""

    def __init__(self, case, fluids, infusions):
        self.fluids = fluids
        own = unite([s for f in fluids for s in f.spans])
        drug = unite([s for i in infusions for s in i.spans])
        self.overlapped = [f for f in fluids if common(f.spans, drug)]
        stretches = subtract(own, drug)
        minimum = case.p["hydration_over"] * MINUTE
        self.raw = total(stretches)
        if case.p["hydration_sum"] == "each":
            # AMBIGUOUS (D1): the stretches over the minimum are added up and coded as one time.
            self.counted = [s for s in stretches if s[1] - s[0] > minimum]
        else:
            self.counted = stretches if self.raw > minimum else []
        self.short = total(self.counted) < self.raw
        self.time = total(self.counted)
        # AMBIGUOUS (D2): the service began with its first *counted* second.
        self.start = self.counted[0][0] if self.counted else None
        self.order = min((f.order for f in fluids), default=0)
        self.admins = sorted(a for f in fluids for a in f.admins)

    def rank(self):
        return (CLASSES.index("hydration"), False, -self.time, self.start, self.order)

    def named(self, reason):
        # AMBIGUOUS (C5): the named fluid must itself have counted time.
        return any((reason in f.drugs or reason in f.admins) and common(f.spans, self.counted) for f in self.fluids)


class Site:
    """The services of one site, with same-instant pushes and repeats settled before the initial is chosen."""

    def __init__(self, case, services):
        self.case, self.services = case, services
        infusions = sorted((s for s in services if s.kind == "infusion"), key=lambda s: (s.start, s.order))
        self.infusions, self.repeats = self.group_repeats(infusions)
        self.pushes, self.dropped = settle_instants([s for s in services if s.kind == "push"])
        self.hydration = Hydration(case, [s for s in services if s.kind == "hydration"], infusions)
        self.infused = {d for s in services if s.kind in ("infusion", "hydration") for d in s.drugs}

    def group_repeats(self, infusions):
        """The first infusion of a substance in time stands for it; later ones are its repeats (or are united with it)."""
        firsts, repeats = {}, defaultdict(list)
        for s in infusions:
            key = (s.drugs, s.klass)
            if key not in firsts:
                firsts[key] = s
            else:
                repeats[firsts[key]].append(s)
        if self.case.p["repeat_infusion"] == "sum_minutes":
            # AMBIGUOUS (D3): united *before* the ranking, so that the united time ranks.
            return [United(f, repeats[f]) if repeats[f] else f for f in firsts.values()], defaultdict(list)
        return list(firsts.values()), repeats

    def candidates(self):
        found = self.infusions + self.pushes
        return found + [self.hydration] if self.hydration.time else found

    def named(self, reason):
        """The candidates the reason names; a billable hydration comes before any mix that contains the fluid."""
        if reason is None:
            return []
        if self.hydration.time and self.hydration.named(reason):
            return [self.hydration]
        # AMBIGUOUS (C4): a reason that names a repeat means the first infusion, which stands for it.
        return [s for s in self.infusions + self.pushes
                if reason in s.drugs or any(reason in r.admins for r in [s] + self.repeats[s])]

    def initial(self, reason):
        """(whether the reason decided, the initial service or None)."""
        named = self.named(reason)
        pool = named or self.candidates()
        return bool(named), min(pool, key=lambda s: s.rank(), default=None)

    def best_key(self, reason):
        """How good its best service is, to compare accesses; unbillable hydration comes last, longest first."""
        by_reason, service = self.initial(reason)
        if service is None:
            return (2, (-self.hydration.raw, self.hydration.order))
        return (0 if by_reason else 1, service.rank())


class United:
    """Infusions of one substance as one (repeat_infusion = sum_minutes)."""
    kind = "infusion"

    def __init__(self, first, later):
        self.start, self.order, self.klass, self.drugs = first.start, first.order, first.klass, first.drugs
        self.spans = unite([s for i in [first] + later for s in i.spans])
        self.admins = sorted(a for i in [first] + later for a in i.admins)
        self.time, self.access = total(self.spans), first.access

    def rank(self):
        return (CLASSES.index(self.klass), False, -self.time, self.start, self.order)


def settle_instants(pushes):
    """Of different drugs pushed at one instant only one is kept; further pushes of the kept drug are not dropped here."""
    at = defaultdict(list)
    for s in pushes:
        at[s.start].append(s)
    kept, dropped = [], []
    for group in at.values():
        best = min(group, key=lambda s: (CLASSES.index(s.klass), s.order))
        for s in group:
            (kept if s.drugs == best.drugs else dropped).append(s)
    return kept, dropped


# ---- §3

def make_sites(case, services, reason):
    """[(access, Site)], the first site first."""
    # AMBIGUOUS (C1): only services of the hierarchy (iv infusion, push, hydration) belong to sites; pumps, ia, sc, injections do not.
    groups = {}
    for s in services:
        if s.kind in ("infusion", "push", "hydration"):
            groups.setdefault(s.access if case.access else "", []).append(s)
    if not groups:
        return []
    # AMBIGUOUS (C2): the first site is the access of the best service of all, even where another is listed first;
    # every other access is "further" and needs its own necessary = true. Accesses are compared before merging.
    first = min(groups, key=lambda a: Site(case, groups[a]).best_key(reason))
    merged, alone = list(groups[first]), []
    # AMBIGUOUS (C3): further sites follow as listed (this only decides whose 96368 is "the" one).
    listed = {a: n for n, a in enumerate(case.access)}
    for a in sorted((a for a in groups if a != first), key=lambda a: (listed.get(a, len(listed)), a)):
        if case.necessary.get(a):
            alone.append((a, Site(case, groups[a])))
        else:
            case.find("second-site-undocumented", [x for s in groups[a] for x in s.admins])
            merged += groups[a]
    return [(first, Site(case, merged))] + alone


# ---- §4, §5

def code_services(case, services):
    if case.claim == "professional" and case.enc.get("setting") in FACILITY_SETTINGS:
        # AMBIGUOUS (D9): the findings of §1 and §2 stay, those of §3–§5 do not arise.
        if services:
            case.find("facility-setting", [a for s in services for a in s.admins])
        return
    by = case.p["initial_by"]
    by_reason = by == "reason" or (by == "by_claim" and case.claim == "professional")
    reason = case.enc.get("reason") if by_reason else None
    concurrent = Concurrent(case)
    found, matched = False, False
    for n, (access, site) in enumerate(make_sites(case, services, reason)):
        named, initial = site.initial(reason)
        found, matched = found or initial is not None, matched or named
        case.trace(f"site {access!r} initial {initial} by {'reason' if named else 'hierarchy'}")
        code_site(case, access, site, initial, further=n > 0, concurrent=concurrent)
    if by_reason and found and not matched:
        # AMBIGUOUS (C6): once an encounter, where the reason names no service that could be initial on any site.
        case.find("reason-undocumented")
    code_outside_hierarchy(case, services)


class Line:
    """What every line of a site shares, so that the coding below stays readable."""

    def __init__(self, case, access, initial, modifiers):
        self.case, self.access, self.initial, self.modifiers = case, access or None, initial, modifiers

    def bill(self, code, service, units=1, initial=False):
        emit(self.case, code, units, service.start, self.modifiers if initial else [], self.access)


def emit(case, code, units, start, modifiers=(), access=None):
    if units > 0:
        case.lines.append((code, case.clock.date(start), tuple(sorted(modifiers)), access, units))
        case.trace(f"line {code} x{units} {list(modifiers)}")


def additional_hours(case, time):
    """One for each 60 minutes past the first hour, the last part counting when over hour_over."""
    past = time - HOUR
    if past <= 0:
        return 0
    return past // HOUR + (1 if past % HOUR > case.p["hour_over"] * MINUTE else 0)


def code_site(case, access, site, initial, further, concurrent):
    visit = case.enc.get("visit_of_day")
    modifier = case.p["second_site_modifier"] if further else (
        case.p["second_visit_modifier"] if visit is not None and visit > 1 else "")
    line = Line(case, access, initial, [modifier] if modifier else [])
    code_infusions(case, site, line, concurrent)
    code_pushes(case, site, line)
    code_hydration(case, site, line)


def code_infusions(case, site, line, concurrent):
    billed = []                                   # the clock time already billed to higher-ranked infusions
    for s in sorted(site.infusions, key=lambda s: (s is not line.initial, s.rank())):
        first, further, hour = CODES[s.klass][:3]
        if s is line.initial:
            left = s.spans
            line.bill(first, s, initial=True)
        else:
            left = after_overlap(case, s, billed)
            if left is None:
                concurrent.bill(line, s)
            else:
                line.bill(further, s)
        if left is not None:
            line.bill(hour, s, additional_hours(case, total(left)))
            billed = unite(billed + left)
        for r in site.repeats[s]:                 # right after its first: whole own time, never concurrent
            line.bill(hour, r, 1 + additional_hours(case, r.time))
            if left is not None:
                billed = unite(billed + r.spans)


def after_overlap(case, s, billed):
    """The time a further infusion is billed for, or None where it is concurrent."""
    over = total(common(s.spans, billed))
    rule = case.p["overlap_rule"]
    if rule == "subtract":
        left = subtract(s.spans, billed)
        # AMBIGUOUS (D4): "over 15 min left" is push_limit.
        return left if total(left) > case.p["push_limit"] * MINUTE else None
    if rule == "majority":
        return None if 2 * over > s.time else s.spans
    return None if over >= 16 * MINUTE else s.spans    # min16


class Concurrent:
    """96368 once an encounter, or once a drug; concurrent chemotherapy has no code of its own."""

    def __init__(self, case):
        self.case, self.seen = case, set()

    def bill(self, line, s):
        if s.klass == "chemotherapy":
            if self.case.p["concurrent_chemo"] == "unlisted":
                line.bill("96549", s)
            return
        # AMBIGUOUS (D5): "a drug" is a substance (set of drugs), over all sites of the encounter.
        key = s.drugs if self.case.p["concurrent_per"] == "drug" else None
        if key in self.seen:
            self.case.find("concurrent-once", s.admins)
        else:
            line.bill("96368", s)
        self.seen.add(key)


def code_pushes(case, site, line):
    for s in site.dropped:
        case.find("same-instant-push", s.admins)
    given = defaultdict(list)                     # instants of the pushes of a drug already gone through
    started = set()
    if line.initial in site.pushes:
        s = line.initial
        line.bill(CODES[s.klass][3], s, initial=True)
        # AMBIGUOUS (D6): it makes every other push of its drug a further one, but the gap looks back in real time only.
        started.add(s.drugs)
    # At one instant the initial push comes first, so that its twin is too soon.
    for s in sorted(site.pushes, key=lambda s: (s.start, s is not line.initial, s.order)):
        before = given[s.drugs][-1] if given[s.drugs] else None
        given[s.drugs].append(s.start)
        if s is line.initial:
            continue
        # AMBIGUOUS (D7): a push of several drugs may find them in several infusions; 96416 pumps do not count as infused.
        again = s.drugs in started or s.drugs <= site.infused
        started.add(s.drugs)
        if not again:
            line.bill(CODES[s.klass][4], s)
        elif s.klass == "chemotherapy":
            case.find("same-push", s.admins)
        elif case.claim == "professional":
            # AMBIGUOUS (D8): whatever the gap.
            case.find("same-push-professional", s.admins)
        elif before is not None and s.start - before < case.p["same_push_gap"] * MINUTE:
            case.find("push-too-soon", s.admins)
        else:
            line.bill("96376", s)


def code_hydration(case, site, line):
    h = site.hydration
    if h.overlapped:
        case.find("concurrent-hydration", [a for f in h.overlapped for a in f.admins])
    if h.short:
        case.find("short-hydration", h.admins)
    if not h.time:
        return
    more = additional_hours(case, h.time)
    if h is line.initial:
        line.bill("96360", h, initial=True)
        line.bill("96361", h, more)
    else:
        line.bill("96361", h, 1 + more)


# ---- §5 outside the hierarchy

def code_outside_hierarchy(case, services):
    def of(kind):
        return sorted((s for s in services if s.kind == kind), key=lambda s: (s.start, s.order))

    for s in of("injection"):
        emit(case, injection_code(s), 1, s.start)
    for s in of("pump")[:1]:
        emit(case, "96416", 1, s.start)           # once
    # AMBIGUOUS (D10): every intra-arterial service is billed by itself; only 96422 has additional hours.
    for s in of("ia_push"):
        emit(case, "96420" if s.klass == "chemotherapy" else "96373", 1, s.start)
    for s in of("ia_infusion"):
        chemo = s.klass == "chemotherapy"
        emit(case, "96422" if chemo else "96379", 1, s.start)
        emit(case, "96423", additional_hours(case, s.time) if chemo else 0, s.start)
    for s in of("ia_pump"):
        emit(case, "96425", 1, s.start)
    code_subcutaneous(case, of("sc"))


def injection_code(s):
    if s.device == "on_body":
        return "96377"
    return {"chemotherapy": "96401", "hormonal": "96402"}.get(s.category, "96372")


def code_subcutaneous(case, infusions):
    if not infusions:
        return
    # AMBIGUOUS (D11): all subcutaneous infusions are one service, their times united, begun with the first.
    emit(case, "96369", 1, infusions[0].start)
    emit(case, "96370", additional_hours(case, total(unite([x for s in infusions for x in s.spans]))), infusions[0].start)
    # AMBIGUOUS (D12): a further site was set up where subcutaneous infusions were given on two accesses (an absent one
    # is the first listed, as everywhere); necessary is not asked.
    other = [s for s in infusions if s.access != infusions[0].access]
    if other:
        emit(case, "96371", 1, other[0].start)


# ---- E/M and flush

def code_evaluation(case):
    code = (case.enc.get("evaluation") or {}).get("code")
    if not code:
        return
    # AMBIGUOUS (D13): "with any administration" = an administration line is billed; the visit is dated by the encounter's start.
    if not case.lines:
        emit(case, code, 1, case.start)
    elif code == "99211":
        case.find("em-99211")
    elif case.enc["evaluation"].get("separate") is True:
        emit(case, code, 1, case.start, ["25"])
    else:
        case.find("em-not-separate")


def code_flush(case, flushes):
    # AMBIGUOUS (D14): nothing else in the whole encounter, a visit line included; not for a physician in a facility.
    physician_there = case.claim == "professional" and case.enc.get("setting") in FACILITY_SETTINGS
    if flushes and not case.lines and not physician_there:
        emit(case, "96523", 1, flushes[0])
