#!/usr/bin/env python3
"""Follows payers/README.md, "Add a payer in fifteen minutes", to the letter.

    guide.py DRIP        ends with "N passed, N failed"

In a copy of what the guide's reader has (rulesets/, payers/, examples/), each block is carried out in turn:
  drip file=F     becomes the file F              drip append=F   is added to the end of F
  sh              its commands are run; each must succeed
  text            what the commands before it printed; "…" stands for anything on a line, a line "…" for any lines
Any other block is an error. In the end the new payer must be clean, laid out, wholly exercised, and found by name.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

import tally
from tally import report, same_text

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
GUIDE = os.path.join(ROOT, "payers", "README.md")
BLOCK = re.compile(r"^```(\S+)(?: (\S+))?\n(.*?)^```$", re.M | re.S)


def shell(commands, folder, environment):
    done = subprocess.run(["sh", "-e", "-c", commands], cwd=folder, env=environment, timeout=300, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def write(folder, option, text):
    how, path = option.split("=", 1)
    path = os.path.join(folder, path)
    if not os.path.exists(path):
        return f"{path}: the guide has not made this file before"
    with open(path, "w" if how == "file" else "a", encoding="utf-8") as f:
        f.write(text)
    return None


def follow(guide, folder, environment):
    printed = None
    for block in BLOCK.finditer(guide):
        kind, option, text = block.group(1), block.group(2) or "", block.group(3)
        name = f"payers/README.md:{guide.count(chr(10), 0, block.start()) + 1}: {kind}"
        if kind == "drip" and re.match(r"(file|append)=payers/", option):
            report(name, write(folder, option, text))
        elif kind == "sh":
            code, printed = shell(text, folder, environment)
            report(name, code != 0 and f"exit {code}:\n{printed}")
        elif kind == "text" and printed is not None:
            report(name, not same_text(text, printed) and f"it printed:\n{printed}")
            printed = None
        else:
            report(name, "no such block can stand here")


def main():
    with open(GUIDE, encoding="utf-8") as f:
        guide = f.read()
    with tempfile.TemporaryDirectory(prefix="drip-guide-") as folder:
        for name in ("rulesets", "payers", "examples"):
            shutil.copytree(os.path.join(ROOT, name), os.path.join(folder, name))
        os.mkdir(os.path.join(folder, "bin"))
        os.symlink(os.path.abspath(sys.argv[1]), os.path.join(folder, "bin", "drip"))
        environment = dict(os.environ, DRIP_PATH=folder, NO_COLOR="1", LC_ALL="C",
                           PATH=os.path.join(folder, "bin") + ":" + os.environ["PATH"])
        follow(guide, folder, environment)
        for name, commands in (
                ("the new payer is clean", 'test "$(drip check payers/acme)" = "payers/acme: ok"'),
                ("and laid out", "for f in payers/acme/*.drip; do drip fmt $f | cmp - $f; done"),
                ("and wholly exercised", "drip test --coverage-min 100 payers/acme"),
                ("and found by its name", "drip run -p acme examples/visit.json | grep -q acme"),
                ("nothing of the template is left in it", "! grep template payers/acme/*.drip")):
            code, printed = shell(commands, folder, environment)
            report(name, code != 0 and printed)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())
