"""coding-rules §2: administrations become services — infusions, pushes, injections … — and one bag becomes one service."""
from spans import total, unite

MINUTE = 60
CLASSES = ["chemotherapy", "therapeutic", "hydration"]     # ranked; hormonal stands with therapeutic
PUMPS = ("portable_pump", "implanted_pump")
PUMP_OVER = 8 * 60 * MINUTE


class Service:
    """One billable thing. `kind` is infusion push hydration pump | injection sc | ia_push ia_infusion ia_pump."""

    def __init__(self, members):
        first = min(members, key=lambda a: (a.start, a.order))
        self.start, self.order = first.start, first.order
        self.admins = sorted(a.id for a in members)
        self.drugs = frozenset(a.drug for a in members)
        self.category = min((a.category for a in members), key=class_rank)
        self.klass = CLASSES[class_rank(self.category)]
        self.spans = unite([s for a in members for s in a.spans])
        self.access = first.access
        self.device = next((a.device for a in members if a.device), None)
        self.route = first.route
        self.kind = None
        self.stopless = all(a.stopless for a in members)

    @property
    def time(self):
        return total(self.spans)

    def rank(self):
        """§4: class, infusion before push, longest, earliest, as charted (every push has time 0)."""
        push = self.kind == "push"
        return (CLASSES.index(self.klass), push, 0 if push else -self.time, self.start, self.order)

    def __repr__(self):
        return f"<{self.kind} {self.klass} {'+'.join(map(str, sorted(self.drugs, key=str)))} {self.time // MINUTE}min {self.admins}>"


def class_rank(category):
    return CLASSES.index(category) if category in CLASSES else 1


def make_services(case, admins):
    services = []
    for group in bags(case, admins):
        s = Service(group)
        s.kind = kind_of(case, s, group)
        case.trace(f"service {s} access={s.access}")
        if s.kind:
            services.append(s)
    return services


def bags(case, admins):
    """Deliveries of one bag on one charted access belong together; everything else stands alone."""
    groups = {}
    for a in admins:
        # AMBIGUOUS (B1): an administration that names no access is already on the first one listed when bags are formed.
        if a.access is None and case.access:
            a.access = case.access[0]
        # AMBIGUOUS (B2): only deliveries by iv, ia or sc share a bag (of one route); charted pushes and injections do not.
        mixes = (a.kind == "delivery" and a.bag is not None and a.route in ("iv", "ia", "sc")
                 and case.p["mix_is_concurrent"] == "no")
        groups.setdefault(("bag", a.bag, a.access, a.route) if mixes else ("alone", a.id), []).append(a)
    return list(groups.values())


def kind_of(case, s, group):
    """The kind of a service, or None where it is not billed."""
    given = group[0].kind
    if given == "delivery" and s.stopless and case.p["missing_stop"] in ("nothing", "calculate_else_nothing"):
        # AMBIGUOUS (B3): also a stopless delivery by im, id or sc, which would otherwise be an injection.
        return None
    limit = case.p["push_limit"] * MINUTE
    timed_over = given == "delivery" and not s.stopless and s.time > limit
    if s.route in ("im", "id"):
        return "injection"
    if s.route == "sc":
        return "sc" if timed_over else "injection"
    if s.route not in ("iv", "ia"):
        return None                                # it, ip, po: no code in the table
    if s.klass == "hydration":
        # Never a push; AMBIGUOUS (B4): by ia it has no code.
        return "hydration" if given == "delivery" and not s.stopless and s.route == "iv" else None
    if given == "push":
        if group[0].minutes is not None and group[0].minutes * MINUTE > limit:
            case.find("long-push", s.admins)       # AMBIGUOUS (B5): only of iv and ia pushes; by im/sc/id it is an injection
    if not timed_over:
        return "push" if s.route == "iv" else "ia_push"
    if s.klass == "chemotherapy" and s.device in PUMPS and s.time > PUMP_OVER:
        return "pump" if s.route == "iv" else "ia_pump"
    return "infusion" if s.route == "iv" else "ia_infusion"
