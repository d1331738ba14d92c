#!/usr/bin/env python3
"""Data files as they are published, and large ones.

    published.py DRIP

- The files of ../shared/realdata/cms-partb, where that folder is there: read in place, under policies written here, which
  look up rows whose cells are counted on below. Nothing of them is copied.
- A file of 100,000 dated rows of 25,000 keys, made here: read within the limits of time and memory below, and each
  boundary day of a key answered by its row.

Ends with `N passed, N failed`.
"""
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
REAL = os.path.join(ROOT, "..", "shared", "realdata", "cms-partb")
DRIP = os.path.abspath(sys.argv[1])
SANITIZED = "/san/" in DRIP
SECONDS, MEGABYTES = 3, 100  # for 100,000 rows; 0.15 s and 45 MB where this was written

HEAD = """drip 1
policy published version "1" effective 2025-01-01 onward by date of visit.start
entity Visit
  id    : text     key
  start : instant
  code  : text
  other : text?
result Line as "lines"
  code  : text     name
  units : int      count
  price : number?
"""
TABLES = {
    "2026-01-partb-payment-limit.csv": """
table limits (code: text key as "HCPCS Code", price: number? as "Payment Limit", share: number as "Co-insurance Percentage", notes: text? as "Notes")
  from "{file}" heading "HCPCS Code" missing "N/A"
line found for v in Visit when limits[v.code] is known
  code  = v.code
  units = 1
  price = limits[v.code].price
""",
    "2026-01-asp-ndc-hcpcs-crosswalk.csv": """
table crosswalk (ndc: text key as "NDC2", code: text key as "_2026_CODE", units: number? as "BILLUNITSPKG")
  from "{file}" heading "_2026_CODE"
line found for v in Visit when v.other is known and crosswalk[v.other, v.code] is known
  code  = v.code
  units = 1
  price = crosswalk[v.other, v.code].units
""",
    "2025-10-opps-addendum-b.csv": """
table rates (code: text key as "HCPCS Code", status: text? as "SI", price: number? as "Payment Rate", changed: text? as "* Indicates a Change")
  from "{file}" heading "HCPCS Code" number "$1,234.56"
line found for v in Visit when rates[v.code] is known
  code  = v.code
  units = 1
  price = rates[v.code].price
""",
}
KEYS = {"2026-01-asp-ndc-hcpcs-crosswalk.csv": ("_2026_CODE", "NDC2", "BILLUNITSPKG"),
        "2026-01-partb-payment-limit.csv": ("HCPCS Code", None, "Payment Limit"),
        "2025-10-opps-addendum-b.csv": ("HCPCS Code", None, "Payment Rate")}

passed = failed = 0


def report(name, problem):
    global passed, failed
    if problem:
        failed += 1
        print(f"FAILED {name}\n    " + str(problem).rstrip().replace("\n", "\n    ")[:3000])
    else:
        passed += 1


def run(folder, records):
    text = "".join(json.dumps(r) + "\n" for r in records)
    done = subprocess.run([DRIP, "run", "--quiet", "--json", "-p", "policy.drip", "-"], cwd=folder, input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    if done.returncode != 0:
        return None, done.stdout
    return [json.loads(line)["lines"] for line in done.stdout.splitlines()], ""


def number(text):
    text = text.strip().replace("$", "").replace(",", "")
    return None if text in ("", "N/A") else float(text)


def real_file(name):
    """Each row of the file, found by a record of its own, against Python's own reading of it."""
    path = os.path.join(REAL, name)
    with open(path, encoding="utf-8", newline="") as f:
        rows = list(csv.reader(f))
    code, other, value = KEYS[name]
    head = next(i for i, row in enumerate(rows) if row and row[0] == rows_first(name))
    names, body = rows[head], [row for row in rows[head + 1:] if any(cell.strip() for cell in row)]
    records = [{"id": str(i), "start": "2026-01-15T08:00", "code": row[names.index(code)].strip(),
                **({"other": row[names.index(other)].strip()} if other else {})} for i, row in enumerate(body)]
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(os.path.abspath(path), os.path.join(folder, name))
        with open(os.path.join(folder, "policy.drip"), "w", encoding="utf-8") as f:
            f.write(HEAD + TABLES[name].format(file=name))
        lines, problem = run(folder, records)
    report(f"{name}: is read", problem)
    if lines is None:
        return
    report(f"{name}: some rows", len(body) < 500 and f"{len(body)} rows")
    for row, found in zip(body, lines):
        want = number(row[names.index(value)])
        got = found[0].get("price") if found else "no row"
        report(f"{name}: {row[:4]}", (got if got is None else float(got) if found else got) != want and f"{got}, not {want}")


def rows_first(name):
    return "_2026_CODE" if "crosswalk" in name else "HCPCS Code"


def large_file():
    quarters = (("01/01/2025", "03/31/2025"), ("04/01/2025", "06/30/2025"), ("07/01/2025", "09/30/2025"), ("10/01/2025", ""))
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "big.csv"), "w", encoding="utf-8") as f:
            f.write("Invented limits\ncode,first,last,limit,what\n")
            for i in range(25000):
                for q, (first, last) in enumerate(quarters):
                    f.write(f'K{i:05},{first},{last},"${i * 4 + q:,}.25",Thing {i}\n')
        with open(os.path.join(folder, "policy.drip"), "w", encoding="utf-8") as f:
            f.write(HEAD + """
table limits (code: text key, first_day: date starts as "first", last_day: date? ends as "last", price: number as "limit", what: text)
  from "big.csv" heading "code" date "MM/DD/YYYY" number "$1,234.56"
line found for v in Visit when limits[v.code] is known
  code  = v.code
  units = 1
  price = limits[v.code].price
  says limits[v.code].what
""")
        began = time.monotonic()
        lines, problem = run(folder, [{"id": f"{i}-{day}", "start": day + "T08:00", "code": f"K{i:05}"}
                                      for i in (0, 12345, 24999)
                                      for day in ("2025-01-01", "2025-03-31", "2025-04-01", "2025-06-30", "2025-07-01",
                                                  "2025-09-30", "2025-10-01", "2029-12-31")])
        seconds = time.monotonic() - began
        report("100,000 rows: read", problem)
        if lines is None:
            return
        want = [[i * 4 + q + 0.25] for i in (0, 12345, 24999) for q in (0, 0, 1, 1, 2, 2, 3, 3)]
        got = [[float(line["price"]) for line in found] for found in lines]
        report("100,000 rows: each boundary day", got != want and f"{got}\nnot\n{want}")
        report("100,000 rows: an unknown key", run(folder, [{"id": "x", "start": "2025-01-01T08:00", "code": "K25000"}])[0] != [[]]
               and "a row was found")
        megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        if not SANITIZED:
            report("100,000 rows: time", seconds > SECONDS and f"{seconds:.2f} s")
            report("100,000 rows: memory", megabytes > MEGABYTES and f"{megabytes:.0f} MB")


large_file()
if os.path.isdir(REAL):
    for file in sorted(TABLES):
        real_file(file)
else:
    print("the published files are not here: ../shared/realdata/cms-partb")
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
