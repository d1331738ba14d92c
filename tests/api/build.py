#!/usr/bin/env python3
"""Encounters (JSON, one a line) as the ops of tests/api/build.c: `build.py [--columns] [--spoil SEED] < ndjson > ops`.

--columns gives each list column by column. --spoil makes most of the encounters wrong in one place: their refusals
must then be the same."""
import argparse
import json
import random
import sys


class Number(str):
    """A number as its text stands."""


def blob(text):
    data = text.encode("utf-8", "surrogatepass")
    return b"%d:%s" % (len(data), data)


def dump(value):
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(k) + ":" + dump(v) for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dump, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def flat(row, before=""):
    """(path, kind, what) of every value in an object, in its order."""
    for key, value in row.items():
        path = before + key
        if value is None:
            continue
        if isinstance(value, dict):
            if set(value) == {"value", "unit"} and isinstance(value["value"], Number) and isinstance(value["unit"], str):
                yield path, "A", (value["value"], value["unit"])
            yield from flat(value, path + ".")
        elif isinstance(value, Number):
            yield path, "N", value
        elif isinstance(value, bool):
            yield path, "B", value
        elif isinstance(value, str):
            yield path, "T", value
        elif all(isinstance(v, (str, type(None))) for v in value):
            yield path, "S", [v for v in value if v is not None]


def parts(kind, what):
    if kind == "A":
        return [blob(what[0]), blob(what[1])]
    if kind == "B":
        return [b"1" if what else b"0"]
    return [blob(what)]


def by_rows(name, rows, out):
    for i, row in enumerate(rows):
        for path, kind, what in flat(row):
            head = [blob(name), blob(path), b"%d" % i]
            if kind == "S":
                out.append(b" ".join([b"Q", *head]))
                out.extend(b" ".join([b"S", *head, blob(v)]) for v in what)
            else:
                out.append(b" ".join([kind.encode(), *head, *parts(kind, what)]))


def by_columns(name, rows, out):
    columns = {}
    for i, row in enumerate(rows):
        for path, kind, what in flat(row):
            columns.setdefault((path, kind), {})[i] = what
    for (path, kind), values in columns.items():
        out.append(b" ".join([b"K", blob(name), blob(path), kind.encode(), b"0", b"%d" % len(rows)]))
        for i in range(len(rows)):
            if i not in values:
                out.append(b"-")
            elif kind == "S":
                out.append(b" ".join([b"+", b"%d" % len(values[i]), *map(blob, values[i])]))
            else:
                out.append(b" ".join([b"+", *parts(kind, values[i])]))


def lists_of(encounter):
    return {k: v for k, v in encounter.items() if isinstance(v, list) and all(isinstance(r, dict) for r in v)}


def ops(encounter, columns):
    lists = lists_of(encounter)
    out = [b"E " + blob(dump(encounter))]
    give = by_columns if columns else by_rows
    give("", [{k: v for k, v in encounter.items() if k not in lists}], out)
    for name, rows in lists.items():
        out.append(b" ".join([b"R", blob(name), b"%d" % len(rows)]))
        give(name, rows, out)
    out.append(b"X")
    return b"\n".join(out) + b"\n"


WRONG = [True, Number("7"), Number("-0.5"), Number("1e400"), Number("0.12345678901234567891"), "", "x", "ü€", "2026-02-30",
         "2026-03-01T25:00", "2026-03-01T10:00Z", "2026-03-01T10:00-05:00", "12.50", "a\tb\"c\\", Number("9007199254740993")]


def spoil(encounter, dice):
    """One value becomes another, or goes."""
    rows = [encounter] + [row for rows in lists_of(encounter).values() for row in rows]
    row = dice.choice(rows)
    while True:
        keys = [k for k, v in row.items() if k != "format" and not (isinstance(v, list) and v and isinstance(v[0], dict))]
        if not keys:
            return
        key = dice.choice(keys)
        if isinstance(row[key], dict) and row[key] and dice.random() < 0.7:
            row = row[key]
            continue
        break
    if dice.random() < 0.3:
        row[key] = None
    elif not isinstance(row[key], (list, dict)):
        amount = set(row) == {"value", "unit"}  # given as a number and a text: no others can be
        row[key] = dice.choice([w for w in WRONG if not amount or type(w) is type(row[key])])


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--columns", action="store_true")
    options.add_argument("--spoil", type=int)
    given = options.parse_args()
    dice = random.Random(given.spoil)
    for line in sys.stdin:
        encounter = json.loads(line, parse_float=Number, parse_int=Number)
        if given.spoil is not None:
            spoil(encounter, dice)
        sys.stdout.buffer.write(ops(encounter, given.columns))


main()
