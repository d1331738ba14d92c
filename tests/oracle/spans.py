"""Sets of half-open spans [a, b) of whole seconds, as sorted lists of disjoint, non-touching, non-empty pairs."""


def unite(spans):
    """The canonical form of any list of pairs: touching spans are one stretch."""
    out = []
    for a, b in sorted(s for s in spans if s[1] > s[0]):
        if out and a <= out[-1][1]:
            out[-1][1] = max(out[-1][1], b)
        else:
            out.append([a, b])
    return [tuple(s) for s in out]


def subtract(spans, cut):
    """What of `spans` lies outside `cut` (both canonical)."""
    out, i = [], 0
    for a, b in spans:
        while i < len(cut) and cut[i][1] <= a:
            i += 1
        j = i
        while j < len(cut) and cut[j][0] < b:
            if cut[j][0] > a:
                out.append((a, cut[j][0]))
            a = max(a, cut[j][1])
            j += 1
        if a < b:
            out.append((a, b))
    return out


def common(spans, other):
    """What of `spans` lies inside `other`."""
    return subtract(spans, subtract(spans, other))


def total(spans):
    return sum(b - a for a, b in spans)
