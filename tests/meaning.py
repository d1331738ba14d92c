#!/usr/bin/env python3
"""drip: meaning.py, tests. Formatting changes no meaning: for every policy and scenario file in the tree, and for the
examples of dsl/LANGUAGE.md that compile, the compiled program is the same byte for byte before and after `drip fmt`, and
once more after blanks were strewn into the text; which `drip fmt` then puts right again. What it says of itself is
laid out twice is laid out once.

meaning.py DRIP DUMP     DRIP: the command; DUMP: tests/dump.c, built"""
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DRIP, DUMP = (os.path.abspath(p) for p in sys.argv[1:3])
passed = failed = compared = 0


def check(good, what):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print("%s: FAILED" % what)


def run(*command):
    return subprocess.run(command, capture_output=True, check=False)


def files_of(folder):
    """Every policy file below the folder that can be changed."""
    return sorted(os.path.join(base, name) for base, _, names in os.walk(folder) for name in names
                  if name.endswith(".drip") and not os.path.islink(os.path.join(base, name)))


def lay_out(files):
    """Lays all of them out in place, in one run; those with errors of syntax stay as they are, and are returned."""
    done = run(DRIP, "fmt", "-w", *files)
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    wrong = set(re.findall(r"^(.+?):\d+:\d+: error: ", said, re.M))
    check(wrong <= set(files) and done.returncode == (1 if wrong else 0), "fmt: exit %d\n%s" % (done.returncode, said[-500:]))
    return wrong


def strewn(text, dice):
    """The same words with other blanks between them: wherever there is one, outside of texts and comments."""
    out = []
    for line in text.split("\n"):
        parts = re.split(r'("(?:[^"\\]|\\.)*"|#.*$)', line)
        for i in range(0, len(parts), 2):
            parts[i] = re.sub(r"[ ]+", lambda _: " " * dice.choice([1, 1, 2, 3, 7]), parts[i])
        out.append("".join(parts))
    return "\n".join(out)


def dumps(folder, path, what, names):
    """The compiled program of each name, or None where it has errors."""
    done = subprocess.run([DUMP, path, what] + names, capture_output=True, check=False, cwd=folder)
    parts = re.split(rb"^=== (.*)\n", done.stdout, flags=re.M)  # a program and its name in turns
    found = {}
    for text, name in zip(parts[::2], map(bytes.decode, parts[1::2])):
        found[name.removesuffix(" errors")] = None if name.endswith(" errors") else text
    check(len(found) == len(set(names)), "%s: %d of %d programs" % (folder, len(found), len(names)))
    return found


def strew(files):
    """Strews blanks into all of them; returns what they were."""
    dice, kept = random.Random(3), {}
    for file in files:
        with open(file, "rb") as f:
            kept[file] = f.read()
        with open(file, "wb") as f:
            f.write(strewn(kept[file].decode("utf-8", "surrogateescape"), dice).encode("utf-8", "surrogateescape"))
    return kept


def same(folder, path, *programs):
    """Dumps of the programs, each (what, names): before, after formatting, after strewing blanks."""
    global compared
    files = files_of(folder)
    before = [dumps(folder, path, *p) for p in programs]
    lay_out(files)
    tidy = [dumps(folder, path, *p) for p in programs]
    kept = strew(files)
    loose = [dumps(folder, path, *p) for p in programs]
    for i, (_, names) in enumerate(programs):
        for name in names:
            check(before[i].get(name) == tidy[i].get(name), "%s: the program is another after formatting" % name)
            check(before[i].get(name) == loose[i].get(name), "%s: the program is another with other blanks" % name)
            compared += before[i].get(name) is not None
    wrong = lay_out(files)
    for file in sorted(set(files) - wrong):
        with open(file, "rb") as f:
            check(f.read() == kept[file], "%s: blanks show after formatting" % os.path.relpath(file, folder))
    check(lay_out(files) == wrong, "%s: formatting again finds other errors" % folder)
    for file in sorted(set(files) - wrong):
        with open(file, "rb") as f:
            check(f.read() == kept[file], "%s: formatting again changes it" % os.path.relpath(file, folder))
    return before


def copied(folder, *names):
    for name in names:
        if os.path.isdir(os.path.join(ROOT, name)):
            shutil.copytree(os.path.join(ROOT, name), os.path.join(folder, name))
    return folder


def tree(work):
    folder = copied(os.path.join(work, "tree"), "rulesets", "payers", "examples")
    scenarios, payers = [], []
    for base, _, files in os.walk(folder):
        for file in files:
            path = os.path.relpath(os.path.join(base, file), folder)
            with open(os.path.join(folder, path), "rb") as f:
                if file.endswith(".drip") and re.search(rb"^tests for", f.read(), re.M) and not path.startswith("examples"):
                    scenarios.append(path)
    payers = sorted(os.listdir(os.path.join(folder, "payers"))) if os.path.isdir(os.path.join(folder, "payers")) else []
    payers = [name for name in payers if not name.endswith(".md")]
    tests, policies = same(folder, ".", ("tests", sorted(scenarios)), ("policy", ["national"] + payers))
    check(scenarios and all(tests.values()), "all scenario files compile")
    check(all(policies.values()), "all policies compile")


def cases(work):
    """Each case in a folder of its own, every file as a policy; most have errors, and are the same in that, too."""
    home = os.path.join(work, "cases")
    shutil.copytree(os.path.join(ROOT, "tests", "cases"), home)
    names = ["./%s/%s" % (case, file) for case in sorted(os.listdir(home))
             for file in sorted(os.listdir(os.path.join(home, case))) if file.endswith(".drip")]
    same(home, ROOT, ("policy", names))


def examples(work):
    """What LANGUAGE.md shows: whole policies, and what goes with one (world=NAME, see tests/language.py)."""
    home = os.path.join(work, "examples")
    os.mkdir(home)
    with open(os.path.join(ROOT, "dsl", "LANGUAGE.md"), encoding="utf-8") as f:
        blocks = re.findall(r"^```drip([^\n]*)\n(.*?)^```", f.read(), re.M | re.S)
    names, worlds = [], {}
    for i, (info, block) in enumerate(blocks):
        about = dict(re.findall(r"(\w+)=(\S+)", info))
        block = worlds.get(about.get("world"), "") + block
        if "define" in about:
            worlds[about["define"]] = block
        if block.startswith("drip 1"):
            names.append("./%d.drip" % i)
            with open(os.path.join(home, names[-1]), "w", encoding="utf-8") as f:
                f.write(block)
    check(len(names) > 10, "%d examples" % len(names))
    if names:
        same(home, ROOT, ("policy", names))


def main():
    with tempfile.TemporaryDirectory() as work:
        tree(work)
        cases(work)
        examples(work)
    check(compared > 20, "%d programs were compared" % compared)
    print("%d passed, %d failed" % (passed, failed))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
