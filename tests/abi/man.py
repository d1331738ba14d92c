#!/usr/bin/env python3
"""The examples of the manual pages: commands are run, the program is compiled and run, the policy is checked.

    man.py DRIP INCLUDE LIBRARY"""
import re
import subprocess
import sys
import tempfile

drip, include, library = sys.argv[1:4]
passed = failed = 0


def check(what, ok, told=""):
    global passed, failed
    passed, failed = passed + ok, failed + (not ok)
    if not ok:
        print(f"{what}: FAILED\n{told}")


def run(command, **more):
    return subprocess.run(command, capture_output=True, text=True, **more)


def example(page, kind, text, to):
    if kind == "run":
        done = run(["bash", "-c", text.replace("drip ", drip + " ", 1)])
        check(f"{page}: {text.strip()}", done.returncode == 0 and done.stdout != "", done.stderr)
    elif kind == "check":
        open(to + "/tiny.drip", "w", encoding="utf-8").write(text)
        done = run([drip, "check", to + "/tiny.drip"])
        check(f"{page}: the policy", done.returncode == 0 and "warning" not in done.stdout + done.stderr, done.stderr)
    elif kind == "compile":
        open(to + "/use.c", "w", encoding="utf-8").write(text)
        done = run(["gcc", "-std=c11", "-pedantic", "-Wall", "-Wextra", "-Werror", "-I" + include, "-o", to + "/use", to + "/use.c", library, "-pthread"])
        check(f"{page}: the program compiles", done.returncode == 0, done.stderr)
        with open("examples/visit.json", encoding="utf-8") as visit:
            done = run([to + "/use"], stdin=visit)
        lines = run([drip, "run", "-p", "national", "--json", "examples/visit.json"]).stdout
        count = re.search(r'"totals":\{"lines":(\d+)', lines).group(1)
        check(f"{page}: it counts the lines", done.stdout == f"{count} lines\n", done.stdout + done.stderr)


for page in ("drip.1", "libdrip.3", "drip-language.7"):
    source = open("docs/man/" + page, encoding="utf-8").read()
    examples = re.findall(r'^\.\\" (run|compile|check)\n\.EX\n(.*?)^\.EE', source, flags=re.S | re.M)
    check(f"{page}: all examples are tested", len(examples) == source.count(".EX\n") > 0)
    with tempfile.TemporaryDirectory() as to:
        for kind, text in examples:
            example(page, kind, text.replace("\\-", "-").replace("\\e", "\\"), to)
commands = set(re.findall(r"^  (\w+) ", run([drip, "--help"]).stdout, flags=re.M))
named = set(re.findall(r"^\.TP\n\.B (\w+)\n", open("docs/man/drip.1", encoding="utf-8").read(), flags=re.M))
check("drip.1: every command is there", commands <= named, str(commands - named))
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
