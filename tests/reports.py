#!/usr/bin/env python3
"""What `drip test` reports, read by other programs: JUnit's XML, TAP, coverage as JSON and HTML; and the coverage
of the national rules and of each payer, which is complete or says why not.

    reports.py DRIP

Runs in the project's folder. Ends with `N passed, N failed`.
"""
import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DRIP = os.path.abspath(sys.argv[1])
FAILING = os.path.join(ROOT, "tests", "cases", "scenario-junit", "policy.drip")
GAPS = os.path.join(ROOT, "tests", "cases", "coverage-json", "policy.drip")
passed = failed = 0


def check(what, truth):
    global passed, failed
    passed, failed = passed + bool(truth), failed + (not truth)
    if not truth:
        print(f"{what}: FAILED")


def drip(*arguments):
    done = subprocess.run([DRIP, "test", *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, timeout=300,
                          env=dict(os.environ, DRIP_PATH=ROOT, NO_COLOR="1"))
    return done.returncode, done.stdout.decode("utf-8")


def junit(folder):
    path = os.path.join(folder, "junit.xml")
    code, text = drip("--junit", path, FAILING)
    tree = ElementTree.parse(path).getroot()
    cases = tree.findall("testsuite/testcase")
    check("JUnit: a failing run exits with 1", code == 1)
    check("JUnit: the counts are those of the cases", int(tree.get("tests")) == len(cases) == 3)
    check("JUnit: and of the failures", int(tree.get("failures")) == len(tree.findall("testsuite/testcase/failure")) == 2)
    check("JUnit: names come back as they were", cases[0].get("name") == 'under <20 min> & "quoted" \\ #1 – ünï')
    check("JUnit: the details are those of the text",
          "".join("    " + line + "\n" for line in cases[1].find("failure").text.splitlines()) in text)
    check("JUnit: a file that cannot be written is said", drip("--junit", os.path.join(folder, "no", "file"), FAILING)[0] == 2)


def tap():
    code, text = drip("--tap", FAILING)
    lines = text.splitlines()
    points = [re.fullmatch(r"(ok|not ok) (\d+) - (.*)", line) for line in lines]
    points = [p for p in points if p]
    check("TAP: version and plan", lines[:2] == ["TAP version 14", f"1..{len(points)}"])
    check("TAP: numbered in order", [int(p[2]) for p in points] == list(range(1, len(points) + 1)))
    check("TAP: as many failures as blocks", sum(p[1] == "not ok" for p in points) == lines.count("  ---") == lines.count("  ...") == 2)
    check("TAP: nothing else stands at the margin", all(line.startswith(("TAP ", "1..", "ok ", "not ok ", "  ")) for line in lines))
    check("TAP: exit 1", code == 1)


def threads(folder):
    """Of each format, in one run and in five threads; one topic is enough to have more scenarios than threads."""
    printed = []
    for jobs in ("1", "5"):
        files = [os.path.join(folder, jobs + kind) for kind in ("html", "junit")]
        both = ["-j", jobs, "--only", "hydration", "rulesets"]
        printed.append([drip("-v", "--coverage", "--coverage-html", files[0], "--junit", files[1], *both), drip("--tap", *both),
                        drip("--coverage=json", *both)])
        for path in files:
            with open(path, encoding="utf-8") as f:
                printed[-1].append(re.sub(r'time="[^"]*"', "", f.read()))
    for what, one, five in zip(("-v --coverage", "--tap", "--coverage=json", "--coverage-html", "--junit"), *printed):
        check(f"{what} with -j 5 prints the same", one == five and len(str(one)) > 1000)


class Page(html.parser.HTMLParser):
    """Elements that are open, and what the page would fetch."""
    def __init__(self, text):
        super().__init__()
        self.open, self.broken, self.fetched, self.text = [], False, [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.fetched += [v for k, v in attributes if k in ("src", "href") and not v.startswith("#")]
        if tag not in ("meta", "link", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        self.broken = self.broken or not self.open or self.open.pop() != tag

    def handle_data(self, data):
        self.text += data


def coverage(folder):
    data = json.loads(drip("--coverage=json", GAPS)[1])
    check("JSON: what it is", data["format"] == "drip.coverage/1" and (data["passed"], data["failed"]) == (4, 1))
    kinds = {"clauses": "clause", "rows": "row", "conditions": "condition", "tests": "test", "values": "value"}
    for key, kind in kinds.items():
        items = [i for i in data["items"] if i["kind"] == kind]
        ways = [n for i in items for n in ([i["true"], i["false"]] if "true" in i else [i["times"]])]
        total = data["totals"][key]
        check(f"JSON: the totals of {key}", (total["of"], total["covered"]) == (len(ways), sum(n > 0 for n in ways)))
    check("JSON: missing exactly where a count is 0",
          all(("missing" in i) == (0 in (i.get("true", 1), i.get("false", 1), i.get("times", 1))) for i in data["items"]))
    path = os.path.join(folder, "coverage.html")
    check("HTML: written", drip("--coverage-html", path, GAPS)[0] == 1)
    with open(path, encoding="utf-8") as f:
        text = f.read()
    page = Page(text)
    check("HTML: every element is closed in its place", not page.open and not page.broken)
    check("HTML: nothing is fetched", not page.fetched and "url(" not in text and "<script" not in text)
    check("HTML: each gap is there", all(i["missing"] in page.text and i.get("text", "") in page.text
                                        for i in data["items"] if "missing" in i and "reason" not in i))
    with open(GAPS, encoding="utf-8") as f:
        check("HTML: each line of the source is there", all(line in page.text for line in f.read().splitlines()))
    check("HTML: each link leads to a place", set(re.findall(r'href="#(\w+)"', text)) <= set(re.findall(r'id="(\w+)"', text)))


def national(folder):
    """One run by one thread and one by five, of all of them."""
    code, text = drip("--coverage=json", "--coverage-min", "100", "rulesets")
    check("the national rules are exercised in full, or a reason is given", code == 0)
    data = json.loads(text)
    if code != 0:
        print("\n".join(str(i) for i in data["items"] if "missing" in i and "reason" not in i))
    check("in five threads it is the same", drip("--coverage=json", "--coverage-min", "100", "-j", "5", "rulesets") == (code, text))
    for key in ("clauses", "rows", "conditions", "values"):
        total = data["totals"][key]
        check(f"every one of the {key}, without exception", total["covered"] == total["of"])
    check("no reason is out of date", data["totals"]["stale"]["of"] == 0)
    rules = shutil.copytree(os.path.join(ROOT, "rulesets"), os.path.join(folder, "rulesets"))
    os.remove(os.path.join(rules, "scenarios", "corners.drip"))
    check("less is noticed", drip("--coverage-min", "100", rules)[0] == 1)


def payers():
    for name in sorted(os.listdir(os.path.join(ROOT, "payers"))):
        if os.path.isdir(os.path.join(ROOT, "payers", name)):
            code, text = drip("--coverage", "--coverage-min", "100", os.path.join("payers", name))
            check(f"{name} is exercised in full, or a reason is given", code == 0)
            if code != 0:
                print(text)


def mutation():
    """What one payer's layer says itself."""
    code, text = drip("--mutate", "--json", "--min", "100", "-j", "2", os.path.join("payers", "template"))
    data = json.loads(text)
    check("mutation: what it is", data["format"] == "drip.mutation/1")
    check("mutation: its own clauses alone",
          {os.path.basename(item["file"]) for item in data["items"]} == {"template.drip"})
    check("mutation: most is noticed", data["noticed"] >= 13 and data["survived"] <= 4)
    check("mutation: fails below", code == (data["survived"] > 0))


def main():
    with tempfile.TemporaryDirectory() as folder:
        junit(folder)
        tap()
        threads(folder)
        coverage(folder)
        national(folder)
        payers()
        mutation()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
