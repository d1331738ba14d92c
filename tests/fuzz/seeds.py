#!/usr/bin/env python3
"""Makes what a fuzzer begins with, out of the tree: FOLDER/TARGET/NAME for each target, and FOLDER/words, a dictionary.

    tests/fuzz/seeds.py FOLDER

Policies come from the examples of the language's description, the pages about diagnostics and the golden cases;
encounters from the scenarios' notation are too many to be of use, so the bundled visit and each sort of event.
"""
import hashlib
import json
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.M | re.S)
TYPES = (".drip", ".csv", ".lua")


# One for each way of fuzz_table.c.
TABLES = (
    b"code,from,price,n,kind,good\nceftriaxone,2026-01-01,1.25,3,one,yes\n\"a \"\"b\"\"\",,0,-4,two,no\n",
    b"a note\ncode,from,price,n,kind,good\nmesna,2026-01-01,,,,\n",
    b"Title\n\"two\nlines\",x\ncode,from,price,n,kind,good\nmesna,2026-01-01,2,1,one,true\n",
    b"code,from,price,n,kind,good\nmesna,3/2/2026,2,1,one,false\nNote: the end,,,,,\n",
    b"code,from,price,n,kind,good\nmesna,20260302,*,NA,two,yes\nmesna,20250302,7,8,two,yes\n",
    b"code\tfrom\tprice\tn\tkind\tgood\nmesna\t2026-01-01\t$1,234.56\t1\tone\tyes\n",
    b"code;from;price;n;kind;good\nm\xe9sna;2026-01-01;1;1;one;yes\n",
    b"code,from,price,n,kind,good\nm\xb5,02.03.2026,1,1,one,yes\n",
)


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8", errors="surrogateescape") as f:
        return f.read()


def keep(folder, target, text):
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    if len(data) > 60000:
        return
    os.makedirs(os.path.join(folder, target), exist_ok=True)
    name = hashlib.sha256(data).hexdigest()[:16]
    with open(os.path.join(folder, target, name), "wb") as f:
        f.write(data)


def joined(files):
    return "".join(f"==== {name}\n{text}\n" for name, text in files)


def examples():
    """Whole policies of LANGUAGE.md: a world and what is appended to it."""
    worlds = {}
    for kind, words, text in FENCE.findall(read("dsl", "LANGUAGE.md")):
        if kind != "drip":
            continue
        named = dict(w.split("=", 1) for w in words.split() if "=" in w)
        if "define" in named:
            worlds[named["define"]] = text
        yield worlds.get(named.get("world"), "") + text
    for page in sorted(os.listdir(os.path.join(ROOT, "docs/errors"))):
        for kind, _, text in FENCE.findall(read("docs/errors", page)):
            if kind == "drip":
                yield text
    # The world of the pages' examples is the head of the table of codes.
    yield re.split(r"^[EWN]\d{4}", read("dsl/codes.txt"), maxsplit=1, flags=re.M)[0].split("@world\n", 1)[-1]


def cases():
    home = os.path.join(ROOT, "tests/cases")
    for case in sorted(os.listdir(home)):
        files = []
        for folder, _, names in sorted(os.walk(os.path.join(home, case))):
            files += [(n, read(folder, n)) for n in sorted(names) if n.endswith(TYPES)]
        if files:
            yield files[:7]


def events():
    visit = json.loads(read("examples", "visit.json"))
    yield json.dumps(visit)
    for action in ("start stop pause resume rate_change dose_change new_bag handoff verify push inject flush held "
                   "missed void").split():
        yield json.dumps({"id": action, "start": "2026-03-02T08:00", "mar": [
            {"at": "2026-03-02T09:00:30", "action": "start", "administration": "A", "drug": "heparin", "route": "iv",
             "volume": {"value": 1.5e2, "unit": "mL"}, "rate": {"value": 100, "unit": "mL/h"}, "bag": "B"},
            {"at": "2026-03-03T00:00", "action": action, "administration": "A", "voids": "x", "minutes": 12,
             "source": "nursing", "late": True}]})
    yield json.dumps({"id": "z", "start": "2026-03-08T01:30-05:00", "end": "2026-03-08T03:30-04:00", "claim": "professional",
                      "mar": [], "history": [{"date": "2026-01-05", "hcpcs": "J1745", "units": 40}],
                      "drugs": [{"hcpcs": "J1745", "given": {"value": "400.50", "unit": "mg"}, "container": "single_dose"}]})
    yield '{"id":"a","start":"2026-03-02T08:00","mar":[]}\n{"id":"\\u0041","id":"b"}\n[]\n{"mar":null}'


def claims():
    """What a claim looks like in each form, behind the byte that chooses the policy and the form."""
    small = [
        "code,units,modifiers,date,doses,place,good,share\nA1,2,XE,2026-03-02,A1,office,yes,0.5\nB2,1,XE,20260302,\"B2, C3\",,no,\n",
        "encounter id;HCPCS;Qty;modifier1;modifier2;dos\nE1;A1;2;XE;59;2026-03-02\nE2;\"A \"\"1\"\"\";1;;;\n",
        "code\tunits\r\nA1\t1\r\n\r\nA1\t3",
        '[{"code":"A1","units":2,"modifiers":["XE"],"date":"2026-03-02","doses":["A1"],"share":0.5,"good":true}]',
        '{"format":"drip.result/1","encounter":"E1","lines":[{"hcpcs":"A1","qty":2,"place":"office","fee":{"value":1,"unit":"USD"}}]}\n'
        '{"format":"drip.error/1","line":2,"message":"x"}\n{"encounter":7,"lines":[]}\n',
        'code,units\nA1,2\n==== encounter.json\n{"id":"E7","start":"2026-03-04T00:00","given":[{"code":"A1","units":1}]}\n',
    ]
    for text in small:
        for first in (0, 1, 2, 4):
            yield bytes([first]) + text.encode()
    home = os.path.join(ROOT, "tests/cases")
    for case in sorted(os.listdir(home)):
        if case.startswith("audit-"):
            for name in sorted(os.listdir(os.path.join(home, case))):
                if name.startswith("claim"):
                    yield b"\1" + read(home, case, name).encode("utf-8", "surrogateescape")
    yield b"\1code,units,modifiers,date\n96365,1,59,2026-03-02\nJ0696,4,JZ,2026-03-02\n"


def main(folder):
    for text in examples():
        keep(folder, "policy", text)
        if "scenario" in text:
            keep(folder, "tests", text)
    for files in cases():
        keep(folder, "policy", joined(files))
        if any("scenario" in text for _, text in files):
            keep(folder, "tests", joined(files))
        for name, text in files:
            if name.endswith(".lua"):
                keep(folder, "hook", text)
            if name.endswith(".csv"):
                for way in range(8):
                    keep(folder, "table", bytes([way]) + text.encode("utf-8", "surrogateescape"))
    for way, text in enumerate(TABLES):
        keep(folder, "table", bytes([way]) + text)
    for payer, _, names in sorted(os.walk(os.path.join(ROOT, "payers"))):
        for name in sorted(names):
            if name.endswith(".lua"):
                keep(folder, "hook", read(payer, name))
    keep(folder, "hook", "function f(drug, n, x)\n  return num.int(num.of(\"3\"))\nend\n")
    keep(folder, "hook", "local t = {}\nfunction f(drug, n, x)\n  for i = 1, n do t[i] = drug .. i end\n  return #t\nend\n")
    for text in events():
        keep(folder, "encounter", text)
        keep(folder, "stream", text + "\n" + text)
    for text in claims():
        keep(folder, "claim", text)
    for text in ("{}\n{}\n", "{\n}\n{\n}\n", "\ufeff{\"a\":[1,\n2]}\r\n \r\n{\"b\":\"}\\\"{\"}", "[\n{}\n]", "{\"a\":\n{}\n{}\n", "{\n\"a\":1}}\n{\"b\":2}\n\n"):
        keep(folder, "stream", text)
    words = sorted(set(re.findall(r'\{"([a-z_ ]+)"', read("dsl", "scan.l"))) | set(
        re.findall(r"`([a-z_]+)`", read("dsl", "LANGUAGE.md").split("## List of keywords")[1].split("##")[0])))
    with open(os.path.join(folder, "words"), "w", encoding="ascii") as f:
        f.writelines(f'"{w}"\n' for w in words)
        f.writelines(f'"{w}"\n' for w in ["drip 1", "==== a.drip", "==== t.csv", "==== x.lua", "==== encounter.json", "2026-03-02",
                                          "09:00", "is known", "at least", "mg", "mL/h", "min"])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
