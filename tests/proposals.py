#!/usr/bin/env python3
"""Do the scenarios that `drip test --mutate` proposes notice the changes they are proposed for?

    proposals.py DRIP POLICY…

POLICY is a file, or a folder; behind a colon may stand what --only takes: rulesets:exposure. Of each change that no scenario notices and
for which a scenario is shown, the change is made in a copy, and the scenario must pass under the policy as it is and
fail under the changed one. Ends with `N passed, N failed`.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import tally

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DRIP = os.path.abspath(sys.argv[1])


def drip(folder, *args):
    env = dict(os.environ, DRIP_PATH=folder, NO_COLOR="1")
    return subprocess.run([DRIP, *args], cwd=folder, env=env, capture_output=True, text=True, timeout=1200)


def pieces(text):
    """What stands in the source for these words, however it is laid out."""
    return r"\s+".join(re.escape(word) for word in text.split())


def changed(text, item):
    """The source with this change; None: where it stands cannot be told."""
    at = sum(len(line) for line in text.splitlines(True)[:item["line"] - 1]) + item["column"] - 1
    around = [m for m in re.finditer(pieces(item["from"]), text) if m.start() <= at <= m.end()]
    if len(around) != 1:
        return None
    return text[:around[0].start()] + item["to"] + text[around[0].end():]


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def passes(folder, file, text, scenario):
    """Under the policy in which this file says that."""
    if os.sep not in file: # a policy of one file
        write(os.path.join(folder, file), text + "\n" + scenario)
        return drip(folder, "test", file)
    write(os.path.join(folder, file), text)
    write(os.path.join(folder, "pasted.drip"), "drip 1\ntests for national\n\n" + scenario)
    return drip(folder, "test", "pasted.drip")


def check(policy, only):
    with tempfile.TemporaryDirectory(prefix="drip-proposals-") as folder:
        target = os.path.basename(policy)
        (shutil.copytree if os.path.isdir(policy) else shutil.copy)(policy, os.path.join(folder, target))
        told = drip(folder, "test", "--mutate", "--json", *(["--only", only] if only else []), target)
        items = [i for i in json.loads(told.stdout)["items"] if "scenario" in i]
        tally.report(f"{policy}: scenarios are proposed", None if items else told.stderr or "none")
        for item in items:
            with open(os.path.join(folder, item["file"]), encoding="utf-8") as f:
                text = f.read()
            other = changed(text, item)
            if other is None:
                continue
            what = f"{item['file']}:{item['line']}: {item['from']} → {item['to']}"
            for source, good in ((other, False), (text, True)):
                run = passes(folder, item["file"], source, item["scenario"])
                if "[E0506]" in run.stdout + run.stderr: # a shorthand of the file that it is for
                    continue
                tally.report(f"{what}, {'as it is' if good else 'changed'}",
                             None if (run.returncode == 0) == good else item["scenario"] + run.stdout + run.stderr)


for argument in sys.argv[2:]:
    path, _, name = argument.partition(":")
    check(os.path.abspath(path), name)
print(f"{tally.passed} passed, {tally.failed} failed")
sys.exit(1 if tally.failed or not tally.passed else 0)
