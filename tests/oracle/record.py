"""coding-rules §1: from the raw record to administrations with a set of spans or an instant.

The result of `read_record` is a list of Administration, those of them that gave something billable at all, and the
flush instants; every finding goes to `case.find`.
"""
from collections import defaultdict
from datetime import date, datetime, timedelta
from fractions import Fraction

from spans import subtract, total, unite

EPOCH = datetime(1970, 1, 1)
MINUTE = 60


class EncounterError(Exception):
    pass


class Clock:
    """Turns times into whole seconds (UTC where an offset is given) and back into the *local* date they were charted on."""

    def __init__(self):
        self.aware = None        # unknown until the first time: an encounter may not mix the two kinds
        self.offset = 0
        self.dates = {}

    def read(self, text):
        t = datetime.fromisoformat(text.replace("Z", "+00:00"))
        aware = t.tzinfo is not None
        if self.aware is None:
            self.aware = aware
            self.offset = int(t.utcoffset().total_seconds()) if aware else 0
        elif self.aware != aware:
            raise EncounterError("times with and without offset")
        off = t.utcoffset() if aware else timedelta(0)
        local = t.replace(tzinfo=None)
        delta = local - off - EPOCH
        secs = delta.days * 86400 + delta.seconds
        self.dates.setdefault(secs, local.date().isoformat())
        return secs

    def date(self, secs):
        # An instant nobody charted (a calculated stop) takes the offset of the encounter's own start.
        if secs in self.dates:
            return self.dates[secs]
        return (date(1970, 1, 1) + timedelta(days=(secs + self.offset) // 86400)).isoformat()


class Case:
    """One encounter under evaluation: its window, parameters, findings and lines."""

    def __init__(self, enc, params, trace=None):
        self.enc, self.p, self._trace = enc, params, trace
        self.clock = Clock()
        self.findings = defaultdict(set)
        self.lines = []
        self.start = self.clock.read(enc["start"]) if enc.get("start") else None
        self.end = self.clock.read(enc["end"]) if enc.get("end") else None
        self.claim = enc.get("claim") or "facility"
        inpatient = [self.clock.read(s["at"]) for s in enc.get("status") or [] if s.get("is") == "inpatient"]
        # Only a facility claim stops at the admission (§1.3).
        self.inpatient = min(inpatient) if inpatient and self.claim == "facility" else None
        self.access = [a["id"] for a in enc.get("access") or []]
        self.necessary = {a["id"]: a.get("necessary") is True for a in enc.get("access") or []}

    def find(self, code, admins=()):
        self.trace(f"finding {code} {sorted(admins)}")
        self.findings[code].update(admins)

    def trace(self, text):
        if self._trace is not None:
            self._trace(f"{self.enc.get('id')}: {text}")


class Administration:
    """All surviving events of one administration; fields come from the first event in time that carries them."""

    def __init__(self, key, events):
        self.id, self.events = key, events
        self.drug = self.field("drug")
        self.route = self.field("route") or "iv"
        self.category = self.field("category") or "therapeutic"
        self.purpose = self.field("purpose") or "treatment"
        self.access, self.bag, self.device = self.field("access"), self.field("bag"), self.field("device")
        self.kind = None         # push | inject | delivery
        self.spans = []          # of a delivery, cut to the window
        self.stopless = False    # a delivery whose only span never closed and cannot be calculated
        self.start = None        # first instant inside the window
        self.order = None        # place of its first giving event in the record, for "as charted"
        self.minutes = None

    def field(self, name):
        return next((e[name] for e in self.events if e.get(name) is not None), None)

    def actions(self, *names):
        return [e for e in self.events if e["action"] in names]


def read_record(case):
    """§1 whole: returns (administrations that gave something inside the window, flush instants inside it)."""
    admins, flushes = [], []
    for adm in gather(case):
        flushes += [e["_t"] for e in adm.actions("flush") if inside(case, e["_t"])]
        if not adm.actions("start", "push", "inject", "pause", "resume", "stop"):
            continue             # held, missed, flush, verify …: gave nothing
        if adm.purpose != "treatment":
            # AMBIGUOUS (A7): such an entry raises nothing but this, however badly its times are charted.
            if adm.actions("start", "push", "inject"):
                case.find("not-treatment", [adm.id])
            continue
        if time_of(case, adm):
            case.trace(f"administration {adm.id} {adm.drug} {adm.category} {adm.route} {adm.kind} start={adm.start} "
                       f"spans={adm.spans} stopless={adm.stopless}")
            admins.append(adm)
    return admins, sorted(flushes)


# ---- §1.1 voids, order, sources

def gather(case):
    events = []
    for n, e in enumerate(case.enc.get("mar") or []):
        events.append(dict(e, _n=n, _t=case.clock.read(e["at"])))
    # AMBIGUOUS (A1): every void counts, even one that is itself voided; a void is never a service.
    voided = {e.get("voids") for e in events if e["action"] == "void"} - {None}
    events = [e for e in events if e["action"] != "void" and e.get("id") not in voided]
    events.sort(key=lambda e: e["_t"])           # stable: one instant stays as charted
    by = {}
    for e in events:
        by.setdefault(e.get("administration") or f"#{e['_n']}", []).append(e)
    admins = []
    for k, v in by.items():
        admins.append(Administration(k, one_source(case, k, v)))
        admins[-1].charted = v                   # with what nursing charted besides
    return admins


def one_source(case, key, events):
    """Where mar and nursing both charted: each action from mar, from nursing only what mar lacks."""
    # AMBIGUOUS (A2): no source = mar; ems events stay beside either.
    times = {"mar": defaultdict(list), "nursing": defaultdict(list), "ems": defaultdict(list)}
    for e in events:
        times[e.get("source") or "mar"][e["action"]].append(e["_t"])
    if times["ems"]["start"]:
        case.find("ems-start", [key])
    mar, nursing = times["mar"], times["nursing"]
    # AMBIGUOUS (A3): times differ where the sets of one action's times are unequal, whichever action it is.
    if any(a in mar and set(mar[a]) != set(nursing[a]) for a in nursing):
        case.find("source-times-differ", [key])
    return [e for e in events if e.get("source") != "nursing" or e["action"] not in mar]


# ---- §1.2 – 1.4 the clock

def time_of(case, adm):
    """Fill in kind, spans/instant, start and order; False where nothing of it can be billed."""
    for kind in ("push", "inject"):              # AMBIGUOUS (A4): after push, inject too wins over a start
        given = adm.actions(kind)
        if given:
            return instant_of(case, adm, kind, given)
    adm.kind = "delivery"
    closed, opened, paused = run_clock(case, adm)
    starts = adm.actions("start")
    if not starts:
        return False
    adm.order = starts[0]["_n"]
    if opened is not None:
        if closed:
            case.find("missing-stop", [adm.id])  # what closed counts, the open span does not
        else:
            stop = calculated_stop(case, adm, opened) if not paused else None
            if stop is None:
                case.find("missing-stop", [adm.id])
                adm.stopless, adm.start = True, opened
                # AMBIGUOUS (A6): a stopless delivery is placed in or out of the window by its start.
                return check_instant(case, adm, opened)
            case.find("calculated-stop", [adm.id])
            closed = unite([(opened, stop)])
    if not closed:
        case.find("zero-length", [adm.id])
        return False
    return cut(case, adm, closed)


def run_clock(case, adm):
    """The closed spans, the instant of a span still open at the end, and whether the clock was ever paused."""
    spans, opened, started, paused = [], None, False, False
    for e in adm.events:
        act, t = e["action"], e["_t"]
        if act in ("pause", "resume", "stop") and not started:
            case.find("stop-before-start", [adm.id])
        elif act == "start" or act == "resume":
            started = True
            opened = t if opened is None else opened     # opening an open clock changes nothing
        elif act in ("pause", "stop"):
            paused = paused or act == "pause"
            if opened is not None:
                spans.append((opened, t))
                opened = None
    # AMBIGUOUS (A5): start … pause with no stop left the clock closed, so its span counts and no stop is missing.
    return unite(spans), opened, paused


def calculated_stop(case, adm, start):
    if not case.p["missing_stop"].startswith("calculate"):
        return None
    volume, rate = millilitres(adm.field("volume")), ml_per_second(adm.field("rate"))
    if volume is None or rate is None or rate <= 0 or volume < 0:
        return None
    return start + (volume / rate).__floor__()


def millilitres(q):
    factor = {"ml": 1, "l": 1000}.get(str((q or {}).get("unit", "")).lower())
    return None if not q or factor is None or q.get("value") is None else Fraction(q["value"]) * factor


def ml_per_second(q):
    unit = str((q or {}).get("unit", "")).lower().split("/")
    per = {"h": 3600, "hr": 3600, "hour": 3600, "min": 60, "minute": 60}.get(unit[1] if len(unit) == 2 else "")
    volume = millilitres({"value": q.get("value"), "unit": unit[0]}) if q and per else None
    return None if volume is None else volume / per


# ---- §1.3 the window

def inside(case, t):
    """The very end is inside, the very inpatient time is outside."""
    return not (outside_encounter(case, t) or (case.inpatient is not None and t >= case.inpatient))


def outside_encounter(case, t):
    return (case.start is not None and t < case.start) or (case.end is not None and t > case.end)


def check_instant(case, adm, t):
    # AMBIGUOUS (A8): what lies outside the encounter is not also reported as inpatient time.
    if outside_encounter(case, t):
        case.find("time-outside-encounter", [adm.id])
        return False
    if case.inpatient is not None and t >= case.inpatient:
        case.find("inpatient-time", [adm.id])
        return False
    return True


def instant_of(case, adm, kind, events):
    """A push or injection is complete in one event; of several the first inside the window is its time."""
    adm.kind = kind
    adm.minutes = next((Fraction(e["minutes"]) for e in events if e.get("minutes") is not None), None)
    for e in events:
        if check_instant(case, adm, e["_t"]) and adm.start is None:
            adm.start, adm.order = e["_t"], e["_n"]
    return adm.start is not None


def cut(case, adm, spans):
    limits = []
    if case.start is not None:
        limits.append((min(spans[0][0], case.start), case.start))
    if case.end is not None:
        limits.append((case.end, max(spans[-1][1], case.end)))
    kept = subtract(spans, unite(limits))
    if total(kept) < total(spans):
        case.find("time-outside-encounter", [adm.id])
    if kept and case.inpatient is not None:
        before = subtract(kept, unite([(case.inpatient, max(kept[-1][1], case.inpatient))]))
        if total(before) < total(kept):
            case.find("inpatient-time", [adm.id])
        kept = before
    adm.spans = kept
    adm.start = kept[0][0] if kept else None
    return bool(kept)
