#!/usr/bin/env python3
"""The one table of diagnostic codes, dsl/codes.txt, against all that goes by it.

    codes.py DRIP

- docs/errors/ and the table of dsl/LANGUAGE.md are as `make docs` writes them now, and `drip check --explain` prints
  the same pages. (tests/language.py compares that table with the C sources.)
- Of each page, the wrong example gives that code and no other error, the right one no diagnostic of it and no error.
  Warnings of other codes are let pass: an example of one thing need not use all that it declares.
- What `drip check --json` writes of the wrong example is one object a line that agrees with the file.
- Each code stands in the expected output of a golden case, but for those listed here with the reason.
- Each golden case with a `mended.drip` becomes that by `drip check --fix policy.drip`, which then finds nothing more.

Ends with `N passed, N failed`.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import tally
from tally import report

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGES = os.path.join(ROOT, "docs", "errors")
CASES = os.path.join(ROOT, "tests", "cases")
DRIP = os.path.abspath(sys.argv[1])

NO_CASE = {}  # code: why no input can set it off



def read(path):
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as f:
        return f.read()


def drip(arguments, folder):
    env = dict(os.environ, DRIP_PATH=ROOT, NO_COLOR="1")
    done = subprocess.run([DRIP] + arguments, cwd=folder, env=env, timeout=120, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


def awk(make):
    return subprocess.run(["awk", "-v", "make=" + make, "-f", "dsl/codes.awk", "dsl/codes.txt"], cwd=ROOT, check=True,
                          stdout=subprocess.PIPE).stdout.decode("utf-8")


def check_fresh():
    """The pages by their names."""
    with tempfile.TemporaryDirectory() as folder:
        index = awk(folder + "/")
        with open(os.path.join(folder, "README.md"), "w", encoding="utf-8") as f:
            f.write(index)
        made = {name: read(os.path.join(folder, name)) for name in os.listdir(folder)}
    there = {name: read(os.path.join(PAGES, name)) for name in os.listdir(PAGES)}
    stale = sorted(n for n in made.keys() | there.keys() if made.get(n) != there.get(n))
    report("docs/errors", stale and "stale, run `make docs`: " + ", ".join(stale))
    table = re.search(r"<!-- begin: codes -->\n(.*?)<!-- end -->", read(os.path.join(ROOT, "dsl/LANGUAGE.md")), re.S)
    report("the table of codes in LANGUAGE.md", table.group(1) != awk("table") and "stale, run `make docs`")
    del made["README.md"]
    world = re.search(r"## The little world\n.*?```drip\n(.*?)```", index, re.S).group(1)
    return made, world


def examples(page, world):
    """{"Wrong": {file: text}, "Right": …}"""
    found = {}
    for title, text in re.findall(r"^## (Wrong|Right)\n(.*?)(?=^## )", page, re.S | re.M):
        files = {}
        for name, block in re.findall(r"(?:The file `([^`]+)`:\n\n)?```(?:drip|text)\n(.*?)```", text, re.S):
            if not name and not block.startswith("drip 1") and not block.startswith("drip 2"):
                block = world + "\n" + block
            files[name or "policy.drip"] = block
        found[title] = files
    return found


def noted(code):
    """Notes are asked for."""
    return ["-v"] if code[0] == "N" else []


def place_problem(at, texts):
    """Do line and column say the same as the byte offsets?"""
    if "file" not in at:
        return None
    data = texts[os.path.basename(at["file"])].encode("utf-8")
    for offset, line, column in ((at["span"][0], at["line"], at["column"]), (at["span"][1], at["endLine"], at["endColumn"])):
        before = data[:offset].decode("utf-8", "replace")
        if (before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1) != (line, column):
            return f"offset {offset} is not line {line}, column {column}"
    return None


def json_problem(folder, texts, code):
    status, out, err = drip(["check", "--json"] + noted(code) + ["."], folder)
    objects = [json.loads(line) for line in out.splitlines()]
    if err or status != (1 if any(o["severity"] == "error" for o in objects) else 0):
        return f"exit {status}\n{err}"
    if code not in [o["code"] for o in objects]:
        return "the code is not among the objects:\n" + out
    for o in objects:
        if o["format"] != "drip.diagnostic/1" or not os.path.exists(os.path.join(ROOT, o["page"])):
            return "a wrong format, or no such page:\n" + json.dumps(o)
        for at in [o] + o["labels"] + o["fixes"]:
            problem = place_problem(at, texts)
            if problem:
                return problem + "\n" + json.dumps(o)
    return None


def check_example(code, title, texts):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.write(text)
        status, out, err = drip(["check"] + noted(code) + ["."], folder)
        codes = set(re.findall(r"\[([EWN]\d{4})\]$", out, re.M))
        if title == "Right":
            wrong = status != 0 or code in codes
        else:
            wrong = code not in codes or any(c[0] == "E" and c != code for c in codes)
        report(f"{code}: {title.lower()} example", wrong and f"exit {status}\n{out}{err}")
        if title == "Wrong" and not wrong:
            report(f"{code}: as objects", json_problem(folder, texts, code))


def check_pages(pages, world):
    for name, page in sorted(pages.items()):
        code = name[:-3]
        status, out, err = drip(["check", "--explain", code], ROOT)
        report(f"{code}: --explain", (status, out, err) != (0, page, "") and f"exit {status}\n{out}{err}")
        found = examples(page, world)
        if not found:
            report(f"{code}: examples", "## An example" not in page and "there is none")
        elif sorted(found) != ["Right", "Wrong"]:
            report(f"{code}: examples", "a wrong one needs a right one")
        for title, texts in sorted(found.items()):
            check_example(code, title, texts)
    status, _, err = drip(["check", "--explain", "E9999"], ROOT)
    report("--explain of no code", (status != 2 or "E9999" not in err) and err)


def check_cases(pages):
    seen = set()
    for name in os.listdir(CASES):
        path = os.path.join(CASES, name, "expected")
        if os.path.exists(path):
            seen |= set(re.findall(r"\[([EWN]\d{4})\]$", read(path), re.M))
    for name in sorted(pages):
        code = name[:-3]
        report(f"{code}: a golden case", (code not in seen) != (code in NO_CASE) and
               ("it has none" if code not in seen else "it has one: take it off the list of exceptions"))


def check_mended():
    count = 0
    for name in sorted(os.listdir(CASES)):
        want = os.path.join(CASES, name, "mended.drip")
        if not os.path.exists(want):
            continue
        count += 1
        with tempfile.TemporaryDirectory() as scratch:
            copy = shutil.copytree(os.path.join(CASES, name), os.path.join(scratch, "case"))
            os.unlink(os.path.join(copy, "mended.drip"))
            status, out, err = drip(["check", "--fix", "policy.drip"], copy)
            text = read(os.path.join(copy, "policy.drip"))
            report(f"{name}: mended", (text != read(want) or status != 0) and f"exit {status}\n{out}{err}{text}")
            before = os.stat(os.path.join(copy, "policy.drip"))
            drip(["check", "--fix", "policy.drip"], copy)
            after = os.stat(os.path.join(copy, "policy.drip"))
            report(f"{name}: nothing left to mend", (before.st_ino, before.st_mtime_ns) !=
                   (after.st_ino, after.st_mtime_ns) and "the file was written again")
    report("golden cases that are mended", count < 10 and f"only {count}")


def check_untouched():
    """--fix changes what was named and its neighbours, keeps a file's mode and a link to it, and never the base."""
    base = 'drip 1\npolicy base version "1"\nentity Visit\n  id : text key\nparam named: bool = true\n'
    layer = "drip 1\r\nlayer mine over base\r\nset named = true\r\n"
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("payers/base/base.drip", base), ("own/mine.drip", layer), ("other/real.drip", layer)):
            os.makedirs(os.path.join(folder, os.path.dirname(name)), exist_ok=True)
            with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as f:
                f.write(text)
        os.chmod(os.path.join(folder, "own/mine.drip"), 0o640)
        os.symlink("../other/real.drip", os.path.join(folder, "own/link.drip"))
        env = dict(os.environ, DRIP_PATH=folder, NO_COLOR="1")
        for name in ("own/mine.drip", "own/link.drip"):
            subprocess.run([DRIP, "check", "--fix", name], cwd=folder, env=env, timeout=60, stdout=subprocess.DEVNULL)
        report("--fix leaves the base alone", read(os.path.join(folder, "payers/base/base.drip")) != base and "changed")
        for name in ("own/mine.drip", "other/real.drip"):
            text = read(os.path.join(folder, name))
            report(f"--fix mends {name}", text != layer.replace("true", "yes") and text)
        report("--fix keeps the mode", oct(os.stat(os.path.join(folder, "own/mine.drip")).st_mode & 0o777) != "0o640" and
               "changed")
        report("--fix keeps the link", not os.path.islink(os.path.join(folder, "own/link.drip")) and "replaced")
        report("--fix leaves nothing beside", sorted(os.listdir(os.path.join(folder, "own"))) != ["link.drip", "mine.drip"] and
               str(os.listdir(os.path.join(folder, "own"))))


def main():
    pages, world = check_fresh()
    check_pages(pages, world)
    check_cases(pages)
    check_mended()
    check_untouched()
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed or not tally.passed else 0


sys.exit(main())
