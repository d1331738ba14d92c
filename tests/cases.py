#!/usr/bin/env python3
"""The golden cases: what the command prints, to the byte.

    cases.py [--accept] [--large FAST] DRIP [NAME…]

Each folder tests/cases/NAME/ holds `cmd` (the arguments to drip, one line in the shell's quoting, with `< FILE` for
standard input), `expected` (standard output and standard error together) and `exit`. The command runs in that folder,
and ROOT in cmd is the project's folder. Where there is a `setup` (a shell script, for inputs too large to keep), it and
the command run in a copy of the folder. A policy's digest is shown as DIGEST. --accept writes what came out as expected. Ends with `N passed, N failed`.
"""
import difflib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CASES = os.path.join(ROOT, "tests", "cases")
LARGE = None


def read(path):
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as f:
            return f.read()
    except FileNotFoundError:
        return ""


def run(drip, folder):
    if LARGE is not None and os.path.exists(os.path.join(folder, "large")):
        drip = LARGE
    if not os.path.exists(os.path.join(folder, "setup")):
        return run_in(drip, folder)
    with tempfile.TemporaryDirectory() as scratch:
        copy = shutil.copytree(folder, os.path.join(scratch, "case"))
        subprocess.run(["sh", "./setup"], cwd=copy, check=True, timeout=120)
        return run_in(drip, copy)


def run_in(drip, folder):
    words = shlex.split(read(os.path.join(folder, "cmd")).replace("ROOT", ROOT))
    stdin = subprocess.DEVNULL
    if len(words) > 1 and words[-2] == "<":
        stdin = open(os.path.join(folder, words[-1]), "rb")
        words = words[:-2]
    env = dict(os.environ, DRIP_PATH=ROOT, NO_COLOR="1")
    done = subprocess.run([drip] + words, cwd=folder, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=env, timeout=120)
    text = done.stdout.decode("utf-8", "surrogateescape").replace(ROOT, "ROOT")
    return re.sub("sha256:[0-9a-f]{64}", "sha256:DIGEST", text), str(done.returncode)


def check(name, drip, accept):
    folder = os.path.join(CASES, name)
    text, status = run(drip, folder)
    if accept:
        for file, content in (("expected", text), ("exit", status + "\n")):
            if read(os.path.join(folder, file)) != content:
                print(f"{name}: {file} is new")
                with open(os.path.join(folder, file), "w", encoding="utf-8", errors="surrogateescape") as f:
                    f.write(content)
        return True
    want, want_status = read(os.path.join(folder, "expected")), read(os.path.join(folder, "exit")).strip() or "0"
    if text == want and status == want_status:
        return True
    print(f"case {name}: exit {status}, expected {want_status}")
    for line in list(difflib.unified_diff(want.splitlines(), text.splitlines(), "expected", "got", lineterm=""))[:40]:
        print("    " + line)
    return False


def main():
    global LARGE
    args = sys.argv[1:]
    if "--large" in args:
        at = args.index("--large")
        LARGE = os.path.abspath(args[at + 1])
        del args[at:at + 2]
    accept = "--accept" in args
    args = [a for a in args if a != "--accept"]
    drip = os.path.abspath(args[0])
    names = args[1:] or sorted(n for n in os.listdir(CASES) if os.path.exists(os.path.join(CASES, n, "cmd")))
    results = [check(name, drip, accept) for name in names]
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
