#!/usr/bin/env python3
"""`drip run` over many encounters: any number of threads writes the same bytes; any run that ends early can be gone on with.

    batch.py DRIP [threads]

With `threads` only what has more than one thread at work, for a build under the thread sanitizer. Ends with
`N passed, N failed`.
"""
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

import tally
from tally import report

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DRIP = os.path.abspath(sys.argv[1])
UNDER_THREADS = "threads" in sys.argv[2:]
JOBS = ("1", "8") if UNDER_THREADS else ("1", "2", "8")
MIMIC = os.path.join(ROOT, "..", "shared", "realdata", "mimic3-demo", "encounters.ndjson")
ENV = dict(os.environ, DRIP_PATH=ROOT, NO_COLOR="1")
ENV.pop("TERM", None)


def defaults():
    """Signals as a shell in front of a terminal leaves them: behind `&` they may be ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def start(*args, env=None, before=defaults, **more):
    return subprocess.Popen([DRIP, "run", *args], env=env or ENV, preexec_fn=before, **more)


def drip(*args, stdin=b"", cwd=None, env=None):
    p = start(*args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=cwd, env=env)
    out, err = p.communicate(stdin, timeout=300)
    return p.returncode, out, err


def equal(what, got, want):
    report(what, None if got == want else f"wanted {str(want)[:300]}\ngot    {str(got)[:300]}")


def holds(what, truth, *details):
    report(what, None if truth else " ".join(str(d)[:300] for d in details) or "it does not hold")


def encounter(name, **fields):
    made = {"format": "drip.encounter/1", "id": name, "start": "2026-03-02T08:00", "mar": [
        {"at": "2026-03-02T09:00", "action": "start", "administration": "A1", "drug": "ceftriaxone", "route": "iv"},
        {"at": "2026-03-02T10:36", "action": "stop", "administration": "A1"}]}
    return json.dumps(dict(made, **fields)).encode() + b"\n"


def random_lines(seed, count):
    text = subprocess.run([sys.executable, os.path.join(ROOT, "tests", "oracle", "gen.py"), "--seed", str(seed), "--count", str(count),
                           "--messy", "--drugs"], stdout=subprocess.PIPE, check=True).stdout
    return text.splitlines(keepends=True)


def mixed(count):
    """Random encounters, real ones, and among them what is refused, each for another reason."""
    lines = random_lines(41, count)
    if os.path.exists(MIMIC):
        with open(MIMIC, "rb") as f:
            lines += f.read().splitlines(keepends=True)[:count // 4]
    bad = [b"{\n", b"{}\n", b"hello\n", encounter("no-start", start=None), encounter("bad-list", mar=7), b"\n", b"  \r\n",
           encounter("large", note="x" * 200000)]
    for i, line in enumerate(bad):
        lines.insert((i + 1) * len(lines) // (len(bad) + 1), line)
    return lines


def choosing(count):
    """Encounters that ask for policies: there and not there, more than can be kept, and broken."""
    names = ["national", "medicare", "aetna", None, "nobody", "medicare", "../medicare", "x" * 90, "texas_medicaid"]
    for i in range(count):
        name = names[i * 7 % len(names)] if i % 3 else names[i // 50 % len(names)]
        yield encounter(f"P{i}", payer=name, **({"start": "never"} if i % 41 == 5 else {}))
    for i in range(100):
        yield encounter(f"Q{i}", payer=f"unknown{i}")
    yield encounter("R", payer="medicare")


def same_bytes(folder, count):
    whole = os.path.join(folder, "whole.ndjson")
    own = os.path.join(folder, "own.ndjson")
    with open(whole, "wb") as f:
        f.writelines(mixed(count))
    with open(own, "wb") as f:
        f.writelines(choosing(count))
    ways = [("lines", ["-p", "national", "--json", whole]), ("their own policies", ["--json", own]), ("tables", ["-p", "medicare", whole]),
            ("strict", ["-p", "national", "--json", "--strict", whole]), ("two files", ["--json", whole, own])]
    for name, args in ways[:2] if UNDER_THREADS else ways:
        one = drip(*args, "-j", "1")
        holds(f"{name}: some are refused, most are not", one[0] == 1 and one[1].count(b"\n") > count and b": error: " in one[2], one[0], one[2][-300:])
        for jobs in JOBS[1:]:
            equal(f"{name} in {jobs} threads", drip(*args, "-j", jobs), one)
    with open(whole, "rb") as f:
        text = f.read()
    equal("from a pipe", drip("--json", "-j", "4", stdin=text)[:2], drip("--json", whole)[:2])
    return whole


def any_order(folder):
    """A payer may allow what the national rules refuse: it is allowed wherever the encounter stands."""
    root = os.path.join(folder, "root")
    shutil.copytree(os.path.join(ROOT, "rulesets"), os.path.join(root, "rulesets"))
    os.makedirs(os.path.join(root, "payers", "wide"))
    with open(os.path.join(root, "payers", "wide", "wide.drip"), "w", encoding="utf-8") as f:
        f.write("drip 1\nlayer wide over national\n\nextend enum Setting { hospice }\n")
    env = dict(ENV, DRIP_PATH=root)
    own, other = encounter("own", payer="wide", setting="hospice"), encounter("other", payer="national")
    for lines in ([own, other], [other, own], [own, own, other, own]):
        for jobs in "12":
            code, out, err = drip("--json", "-j", jobs, stdin=b"".join(lines), env=env)
            equal(f"{len(lines)} encounters in {jobs} threads: none is refused", (code, err), (0, b""))
            equal("under their policies", [json.loads(x)["policy"]["name"] for x in out.splitlines()],
                  ["wide" if x is own else "national" for x in lines])


def ids(out):
    return [json.loads(line).get("encounter") for line in out.splitlines()]


def operands(folder):
    tree = os.path.join(folder, "tree")
    for path, names in (("b.ndjson", "3 4"), ("a/z.json", "2"), ("a.json", "1"), ("a/x/deep.ndjson", "2a"), ("B.json", "0"),
                        ("note.txt", "no"), (".hidden.json", "no"), (".git/x.json", "no"), ("c.jsonl", "no")):
        path = os.path.join(tree, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.writelines(encounter(n) for n in names.split())
    os.symlink(os.path.join(tree, "a"), os.path.join(tree, "loop.json"))
    os.makedirs(os.path.join(folder, "empty", "within"))
    listed = subprocess.run(f"find {tree} \\( -name '*.json' -o -name '*.ndjson' \\) -type f ! -path '*/.*' | LC_ALL=C sort", shell=True,
                            stdout=subprocess.PIPE, check=True).stdout.decode().split()
    want = ["0", "1", "2a", "2", "3", "4"]
    one, many = os.path.join(tree, "a.json"), os.path.join(tree, "b.ndjson")
    for jobs in ("1", "3"):
        run = ["--json", "-j", jobs]
        equal("a folder", (drip(*run, tree)[0], ids(drip(*run, tree)[1])), (0, want))
        equal("a folder, with a slash", ids(drip(*run, tree + "/")[1]), want)
        equal("as find and sort list it", drip(*run, tree), drip(*run, *listed))
        equal("files", ids(drip(*run, many, one, many)[1]), ["3", "4", "1", "3", "4"])
        with open(many, "rb") as f:
            p = start(*run, one, "-", one, stdin=f, stdout=subprocess.PIPE)
            equal("standard input among files", ids(p.communicate()[0]), ["1", "3", "4", "1"])
        code, out, err = drip(*run, one, tree + "/gone.json", many)
        equal("one is not there: the rest goes on", (code, ids(out)), (2, ["1", "3", "4"]))
        equal("and it is said", err, f"drip: {tree}/gone.json: No such file or directory\n".encode())
        code, out, err = drip(*run, os.path.join(folder, "empty"), one)
        equal("an empty folder", (code, ids(out)), (2, ["1"]))
        holds("and it is said", b"no file in this folder ends in .json or .ndjson" in err and err.count(b"\n") == 1, err)
    os.symlink("nowhere", os.path.join(tree, "a", "y.json"))
    for jobs in ("1", "3"):
        code, out, err = drip("--json", "-j", jobs, tree)
        equal("one of a folder vanishes", (code, ids(out)), (2, want))
        holds("and it is said", err.count(b"\n") == 1 and b"a/y.json: No such file" in err, err)


def from_there(folder, whole):
    for args in (["--json"], []):
        code, all_of, _ = drip(*args, whole)
        for n in (2, 50):
            p = start(*args, whole, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            p.communicate()
            begin = b"".join(open(whole, "rb").read().splitlines(keepends=True)[:n - 1])
            first = os.path.join(folder, "first.ndjson")
            with open(first, "wb") as f:
                f.write(begin)
            counted = sum(1 for line in begin.splitlines() if line.strip())
            for jobs in ("1", "4"):
                rest = drip(*args, "-j", jobs, "--from", str(counted + 1), whole)
                holds(f"the first {counted} and the rest are the whole {args}", drip(*args, first)[1] + rest[1] == all_of and rest[0] == code,
                      rest[0], rest[1][:200])
    two = [os.path.join(folder, "tree", "b.ndjson")] * 2
    equal("counted over all files", ids(drip("--json", "--from", "4", *two)[1]), ["4"])
    code, out, err = drip("--json", "--from", "5", *two)
    equal("all was done", (code, out, err), (0, b"", b""))
    code, out, err = drip("--json", "--from", "9", *two)
    equal("past the end", (code, out, err), (2, b"", b"drip: there is no encounter 9: the input holds 4\n"))


def refusals(folder, whole):
    to = os.path.join(folder, "refused.ndjson")
    code, out, err = drip("--json", whole)
    stream = [x for x in map(json.loads, out.splitlines()) if x["format"] == "drip.error/1"]
    contents = []
    for jobs in ("1", "4"):
        got = drip("--json", "-j", jobs, "--errors", to, whole)
        holds("the stream stays the same", got[0] == code and got[1] == out, got[0])
        with open(to, "rb") as f:
            contents.append(f.read())
        told = [json.loads(x) for x in contents[-1].splitlines()]
        equal("the file tells the same", [{k: x[k] for k in ("format", "line", "message")} for x in told], stream)
        holds("of the file and the number", all(x["file"] == whole and 0 < x["number"] <= x["line"] for x in told), told[:1])
        total = out.count(b"\n")
        equal("and standard error counts them", got[2].decode(),
              f"drip: {total} encounters: {total - len(told)} evaluated, {len(told)} refused, see {to}\n")
    equal("in any number of threads", contents[0], contents[1])
    middle = json.loads(contents[0].splitlines()[2])["number"]
    drip("--json", "--errors", to, "--from", str(middle + 1), whole)
    with open(to, "rb") as f:
        lines = f.read().splitlines(keepends=True)
    holds("with --from it is added to", b"".join(lines) == contents[1] + b"".join(contents[1].splitlines(keepends=True)[3:]), len(lines))
    before = open(whole, "rb").read()
    code, out, err = drip("--json", "--errors", whole, stdin=b"")
    holds("encounters are not written over", code == 2 and not out and b"holds something else" in err and open(whole, "rb").read() == before, code, err)
    code, out, err = drip("--json", "--errors", "/dev/full", whole)
    holds("nor is a full disk passed over", code == 2 and b"/dev/full: No space left" in err, code, err)
    code, out, err = drip("--json", "--errors", to, "--quiet", whole)
    equal("quiet", (code, err), (1, b""))
    code, out, err = drip("--json", "--summary", stdin=encounter("E"))
    equal("asked for", (code, err), (0, b"drip: 1 encounters: 1 evaluated, 0 refused\n"))


RESUME = re.compile(rb"drip: stopped; --from (\d+) goes on where this ended\n")


def gone_on_with(what, args, whole, want, stopped, number):
    """What was written, and what --from writes, are what one run would have written."""
    code, out, err = stopped
    said = RESUME.search(err)
    if not report(f"{what}: stopped by its signal, and says where", None if code == -number and said else f"{code} {err[-300:]}"):
        return
    rest = drip(*args, "--from", said[1].decode(), whole)
    holds(f"{what}: before it was the end", int(said[1]) <= len(want.splitlines()), said[1])
    holds(f"{what}: with the rest it is whole", out + rest[1] == want, out[-200:], rest[1][:200])


def stopped(folder, copies):
    whole = os.path.join(folder, "long.ndjson")
    lines = random_lines(43, 400)
    with open(whole, "wb") as f:
        for _ in range(copies):
            f.writelines(lines)
    want = drip("--json", "-j", "2", whole)[1]
    for jobs in JOBS:
        for number in (signal.SIGINT,) if UNDER_THREADS else (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            args = ["--json", "-j", jobs]
            p = start(*args, whole, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            first = os.read(p.stdout.fileno(), 1000)  # the rest of the pipe fills, and the run waits
            p.send_signal(number)
            out, err = p.communicate(timeout=60)
            gone_on_with(f"{number.name} in {jobs} threads", args, whole, want, (p.returncode, first + out, err), number)
    for jobs in JOBS[-1:] if UNDER_THREADS else ("1", "4"):
        args = ["--json", "-j", jobs]
        p = start(*args, "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        p.stdin.write(b"".join(lines[:3]) + lines[3][:100])
        p.stdin.flush()
        first = b"".join(p.stdout.readline() for _ in range(3))
        p.send_signal(signal.SIGINT)  # while it waits for the rest of the fourth
        p.wait(timeout=60)
        out, err = p.communicate(timeout=60)
        equal(f"waiting for input in {jobs} threads", (p.returncode, err), (-signal.SIGINT, b"drip: stopped; --from 4 goes on where this ended\n"))
        equal("with whole answers", first + out, b"".join(want.splitlines(keepends=True)[:3]))
        p = start(*args, whole, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        os.read(p.stdout.fileno(), 10)
        time.sleep(0.3)
        p.send_signal(signal.SIGINT)
        time.sleep(0.3)
        holds("with the output at a standstill it waits", p.poll() is None)
        p.send_signal(signal.SIGINT)
        equal("and the second signal ends it", p.wait(timeout=20), -signal.SIGINT)
        p.stdout.close()
        p.stderr.close()
        p = start(*args, "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                  before=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
        p.stdin.write(lines[0])
        p.stdin.flush()
        first = p.stdout.readline()
        p.send_signal(signal.SIGINT)
        time.sleep(0.2)
        out, err = p.communicate(lines[1], timeout=60)
        equal("one that is ignored stays ignored", (p.returncode, err, (first + out).count(b"\n")), (0, b"", 2))
    return whole


def outputs(folder, whole):
    """An output that fails is said once, and the exit status is 2."""
    for jobs in ("1", "4"):
        with open("/dev/full", "wb") as full:
            p = start("--json", "-j", jobs, whole, stdout=full, stderr=subprocess.PIPE)
            err = p.communicate(timeout=60)[1]
        equal(f"a full disk in {jobs} threads", (p.returncode, err), (2, b"drip: the output could not be written: No space left on device\n"))
        p = start("--json", "-j", jobs, whole, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        p.stdout.read(100)
        p.stdout.close()
        err = p.stderr.read()
        equal(f"a closed pipe in {jobs} threads", (p.wait(timeout=60), err), (2, b"drip: the output could not be written: Broken pipe\n"))
        p.stderr.close()


def standstill(folder, whole):
    """An output that is not read holds the input back, and a file that changes meanwhile is noticed."""
    with open(whole, "rb") as f:
        text = f.read()
    for jobs in ("1", "4"):
        p = start("--json", "-j", jobs, "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        os.set_blocking(p.stdin.fileno(), False)
        sent, idle = 0, 0
        while idle < 20 and sent < 64 << 20:
            try:
                sent += os.write(p.stdin.fileno(), text[sent % len(text):][:65536])
                idle = 0
            except BlockingIOError:
                idle += 1
                time.sleep(0.05)
        holds(f"{jobs} threads: {sent >> 10} KiB were taken before the reader of the answers began", sent < 4 << 20)
        p.kill()
        p.communicate()
        for name, change in (("grows", lambda f: f.write(text)), ("shrinks", lambda f: f.truncate(len(text) // 3)),
                             ("is rewritten", lambda f: (f.seek(0), f.write(text[:99])))):
            copy = os.path.join(folder, "changing.ndjson")
            shutil.copyfile(whole, copy)
            p = start("--json", "--quiet", "-j", jobs, copy, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            first = os.read(p.stdout.fileno(), 10)
            with open(copy, "r+b") as f:
                f.seek(0, 2)
                change(f)
            out, err = p.communicate(timeout=100)
            holds(f"a file that {name} in {jobs} threads", p.returncode == 2 and b"was changed while it was read" in err, p.returncode, err[-300:])
            holds("and what was written is whole lines", all(json.loads(x) for x in (first + out).splitlines()))


def at_once():
    p = start("--json", "-j", "4", stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    timer = threading.Timer(30, p.kill)
    timer.start()
    got = []
    for name in ("E1", "E2", "E3"):
        p.stdin.write(encounter(name))
        got.append(json.loads(p.stdout.readline() or b"{}").get("encounter"))
    p.stdin.close()
    equal("an answer to each question", (p.wait(), got), (0, ["E1", "E2", "E3"]))
    timer.cancel()
    p.stdout.close()


def on_terminal(args, out, columns=80, terminal="xterm"):
    """Standard error of a run that has a terminal there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    p = start(*args, stdin=subprocess.DEVNULL, stdout=theirs if out is None else out, stderr=theirs, env=dict(ENV, TERM=terminal))
    os.close(theirs)
    said = []
    while select.select([ours], [], [], 60)[0]:
        try:
            said.append(os.read(ours, 65536))
        except OSError:
            break
    os.close(ours)
    p.wait(timeout=60)
    return b"".join(said)


def progress(whole):
    """Until a run is long enough to have a rate; a slower build needs less."""
    line = re.compile(rb"\r(\d+) encounters, (\d+) a second, (\d+) %, (?:\d+ min )?\d+ s left\x1b\[K")
    files = [whole]
    while True:
        said = on_terminal(["--json", *files], subprocess.DEVNULL)
        drawn = line.findall(said)
        if len(drawn) > 1 or len(files) > 64:
            break
        files *= 2
    holds("on a terminal it is said how far it is", len(drawn) > 1, said[-300:])
    holds("which grows", drawn == sorted(drawn, key=lambda x: int(x[0])) and int(drawn[-1][2]) <= 100, drawn)
    holds("and is gone at the end", re.search(rb"\x1b\[K\r\x1b\[K(drip: [^\r\n]*\r\n)?$", said), said[-200:])
    files = [whole, whole]  # long enough for a line
    narrow = on_terminal(["--json", *files], subprocess.DEVNULL, 20)
    parts = [x.lstrip(b"\r") for x in narrow.split(b"\x1b[K")[:-1]]
    holds("in a narrow one it does not wrap", any(parts) and max(map(len, parts)) < 20, max(parts, key=len))
    equal("quiet", on_terminal(["--json", "--quiet", *files], subprocess.DEVNULL), b"")
    equal("not on a dumb one", b"a second" in on_terminal(["--json", *files], subprocess.DEVNULL, terminal="dumb"), False)
    holds("not among the answers", b"a second" not in on_terminal(["--json", whole], None))
    code, out, err = drip("--json", *files)
    holds("and never where no terminal is", b"a second" not in err and b"\x1b" not in err, err[-200:])


def misuse():
    for args, word in ((["-j", "0"], "--jobs takes a number from 1 to 256"), (["-j", "257"], "--jobs"), (["-j", "x"], "--jobs"),
                       (["--from", "0"], "--from takes a number from 1 on"), (["--from", "18446744073709551616"], "--from")):
        code, out, err = drip(*args)
        holds(f"{' '.join(args)}", code == 2 and not out and word.encode() in err and err.count(b"\n") == 1, code, err)


def main():
    with tempfile.TemporaryDirectory() as folder:
        whole = same_bytes(folder, 60 if UNDER_THREADS else 400)
        long = stopped(folder, 2 if UNDER_THREADS else 6)
        at_once()
        if not UNDER_THREADS:
            any_order(folder)
            operands(folder)
            from_there(folder, whole)
            refusals(folder, whole)
            outputs(folder, long)
            standstill(folder, long)
            progress(long)
            misuse()
    print(f"{tally.passed} passed, {tally.failed} failed")
    sys.exit(1 if tally.failed or not tally.passed else 0)


if __name__ == "__main__":
    main()
