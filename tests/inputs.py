#!/usr/bin/env python3
"""Bad encounters in the middle of a stream: each is refused in its place, and its neighbours are answered.

    inputs.py [--memory] DRIP

--memory also holds the process to a bound (not for a build with sanitizers). Ends with `N passed, N failed`.
"""
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ENV = dict(os.environ, DRIP_PATH=ROOT, NO_COLOR="1")
BOUND = 160 << 20     # bytes of address space: the limit of one encounter is 16 MiB
results = []


def encounter(name, **fields):
    enc = {"format": "drip.encounter/1", "id": name, "start": "2026-03-02T08:00", "end": "2026-03-02T12:00", "mar": [
        {"at": "2026-03-02T09:00", "action": "start", "administration": "A1", "drug": "ceftriaxone", "route": "iv"},
        {"at": "2026-03-02T10:00", "action": "stop", "administration": "A1"}]}
    enc.update(fields)
    return enc


def line(enc):
    return json.dumps(enc).encode() + b"\n"


def with_event(name, **fields):
    enc = encounter(name)
    enc["mar"][0].update(fields)
    return line(enc)


def expect(what, ok, *details):
    results.append(bool(ok))
    if not ok:
        print(f"{what}: FAILED", *details, sep="\n    ")


def feed(pipe, pieces):
    try:
        for piece in pieces:
            pipe.write(piece)
        pipe.close()
    except BrokenPipeError:
        pass


def run(drip, args, pieces=(), bound=None):
    limit = (lambda: resource.setrlimit(resource.RLIMIT_AS, (bound, bound))) if bound else None
    p = subprocess.Popen([drip] + args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV,
                         preexec_fn=limit)
    writer = threading.Thread(target=feed, args=(p.stdin, pieces))
    writer.start()
    p.stdin = None
    out, err = p.communicate(timeout=200)
    writer.join()
    return p.returncode, out, err


def repeated(text, count):
    """The same megabyte over and over, so that this program stays small."""
    block = text * ((1 << 20) // len(text))
    for _ in range(count):
        yield block


# name: (the pieces of the line, words of which the message has at least one of each)
def bad_lines():
    plain = line(encounter("X"))
    yield "truncated", [plain[:-30] + b"\n"], ()
    yield "truncated in a text", [plain[:40] + b"\n"], ()
    yield "not JSON", [b"hello\n"], ()
    yield "an empty list", [b"[]\n"], ()
    yield "two objects", [plain[:-1] + plain], ()
    yield "a trailing comma", [plain[:-2] + b",}\n"], ()
    yield "a key twice", [plain[:-2] + b',"id":"Y"}\n'], ()
    yield "no id", [line({k: v for k, v in encounter("X").items() if k != "id"})], ("id",)
    yield "no start", [line({k: v for k, v in encounter("X").items() if k != "start"})], ("start",)
    yield "no mar", [line({k: v for k, v in encounter("X").items() if k != "mar"})], ("mar",)
    yield "another format", [line(encounter("X", format="drip.encounter/9"))], ("format",)
    yield "a time that does not exist", [with_event("X", at="2026-02-30T09:00")], ("X", "mar[0]", "at")
    yield "25 o'clock", [with_event("X", at="2026-03-02T25:00")], ("X", "mar[0]", "at")
    yield "mixed offsets", [with_event("X", at="2026-03-02T09:00Z")], ("X", "offset")
    yield "an unknown enum value", [with_event("X", action="begin")], ("X", "mar[0]", "action")
    yield "a number with 40 digits", [with_event("X", volume={"value": 0, "unit": "mL"}).replace(b": 0,", b": " + b"7" * 40 + b",")], \
        ("X", "mar[0]", "volume")
    yield "a text for a list", [line(encounter("X", mar="none"))], ("X", "mar")
    yield "NUL bytes", [plain.replace(b"ceftriaxone", b"cef\0riaxone")], ("X",)
    yield "a NUL byte outside a text", [plain.replace(b", ", b",\0", 1)], ()
    yield "broken UTF-8", [plain.replace(b"ceftriaxone", b"cef\xff\xfeone")], ("X",)
    yield "half a surrogate", [plain.replace(b"ceftriaxone", b"\\ud800")], ("X",)
    yield "10^6 brackets", [b'{"format":"drip.encounter/1","id":"X","z":' + b"[" * 10**6 + b"]" * 10**6 + b"}\n"], ("X",)
    yield "10^6 open brackets", [b'{"id":"X","z":' + b"[" * 10**6 + b"\n"], ()
    yield "an escape sequence", [with_event("X", action="\x1b[2J")], ("X", "action")


def neighbours(drip, name, pieces, words, at_start):
    """Good encounters around a bad line; the bad one first, too, where the shape of the stream is not yet known."""
    before, after = ([] if at_start else ["B1", "B2"]), ["N1", "N2", "N3"]
    stream = [line(encounter(n)) for n in before] + list(pieces) + [line(encounter(n)) for n in after]
    code, out, err = run(drip, ["run", "-p", "national", "--json", "-"], stream)
    where = name + (" at the start" if at_start else "")
    try:
        got = [json.loads(text) for text in out.decode("utf-8").splitlines()]
    except ValueError as e:
        return expect(where, False, f"the output is not JSON: {e}", out[:300])
    bad, number = got[len(before):len(before) + 1], len(before) + 1
    ids = [g.get("encounter") for g in got]
    expect(where, code == 1 and ids == before + [None] + after and bad[0].get("format") == "drip.error/1"
           and bad[0].get("line") == number and bad[0].get("message") and set(bad[0]) == {"format", "line", "message"},
           f"exit {code}, encounters {ids}", err[:300])
    if bad and bad[0].get("format") == "drip.error/1":
        missing = [w for w in words if w not in bad[0]["message"]]
        expect(where + ": message", not missing, f"{missing} not in {bad[0]['message']!r}")
    printable = all(c == 10 or 32 <= c < 127 or c >= 128 for c in err)
    expect(where + ": stderr", err.startswith(b"stdin:%d: error: " % number) and err.count(b"\n") == 1 and printable, err[:300])


def long_line(drip, bound):
    """Longer than the bound where there is one; else longer than an encounter may be."""
    size = 200 if bound else 40
    for pieces, name in ((repeated(b" ", size), "blanks"), (repeated(b"[", size), "brackets"), (repeated(b"x\\\"", size), "text")):
        stream = [line(encounter("B1")), b'{"id":"X","z":"' if name == "text" else b"{"]
        def all_pieces(stream=stream, pieces=pieces):
            yield from stream
            yield from pieces
            yield b"\n" + line(encounter("N1"))
        code, out, err = run(drip, ["run", "--json"], all_pieces(), bound)
        got = [json.loads(text) for text in out.splitlines()]
        ids = [(g.get("encounter"), g.get("line")) for g in got]
        expect(f"a line of {size} MB of {name}", code == 1 and ids == [("B1", None), (None, 2), ("N1", None)],
               f"exit {code}, {ids}", err[:300])


def shapes(drip):
    """How a stream is cut into encounters."""
    one, pretty = encounter("E1"), json.dumps(encounter("E2"), indent=2).encode()
    cases = [
        ("pretty-printed", pretty, ["E2"], 0),
        ("pretty-printed, with blank lines around", b"\n \r\n" + pretty + b"\n\n\n", ["E2"], 0),
        ("two pretty-printed", pretty + b"\n" + pretty, ["E2", "E2"], 0),
        ("a pretty one and one on a line", pretty + b"\n" + line(one), ["E2", "E1"], 0),
        ("without a last newline", line(one)[:-1], ["E1"], 0),
        ("CR LF", line(one).replace(b"\n", b"\r\n") * 2, ["E1", "E1"], 0),
        ("blank lines", b"\n\n" + line(one) + b"\n  \n" + line(one) + b"\n", ["E1", "E1"], 0),
        ("a byte order mark", b"\xef\xbb\xbf" + line(one), ["E1"], 0),
        ("nothing", b"", [], 0),
        ("blank lines only", b"\n\n \n", [], 0),
        ("a list of encounters", json.dumps([one, one], indent=1).encode(), [None], 1),
        ("a pretty one cut short", pretty[:-40], [None], 1),
    ]
    for name, text, ids, status in cases:
        with tempfile.NamedTemporaryFile(suffix=".json") as f:
            f.write(text)
            f.flush()
            for how, args, stdin in (("file", [f.name], []), ("stdin", ["-"], [text])):
                code, out, err = run(drip, ["run", "--json"] + args, stdin)
                got = [json.loads(t).get("encounter") for t in out.splitlines()]
                expect(f"{name} ({how})", code == status and got == ids, f"exit {code}, {got}", err[:300])


def surroundings(drip):
    """Files that are not there, outputs that cannot be written, dates that are none."""
    with tempfile.TemporaryDirectory() as folder:
        good, empty = os.path.join(folder, "good.json"), os.path.join(folder, "empty")
        os.mkdir(empty)
        with open(good, "wb") as f:
            f.write(line(encounter("E1")))
        for name, args in (("no such file", ["run", good + "x"]), ("a folder of no encounters", ["run", empty]), ("no policy", ["run", "-p", "nobody", good]),
                           ("a date", ["run", "--on", "2026-02-30", good]), ("an option", ["run", "--jsn", good]), ("a command", ["rn"]),
                           ("no command", []), ("diff", ["diff"]), ("check nothing there", ["check", folder + "/x"]),
                           ("test nothing there", ["test", folder + "/x"]), ("fmt without a file", ["fmt"])):
            code, out, err = run(drip, args)
            expect(name, code == 2 and err.strip() and not out.strip(), f"exit {code}", out[:200], err[:200])
        code, out, err = run(drip, ["run", "--json", good, good + "x", good])
        expect("the other files are evaluated", code == 2 and out.count(b"\n") == 2, f"exit {code}", out[:200], err[:200])
        for args in (["run", "--json", good], ["--version"], ["run", "--help"], ["explain", good]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([drip] + args, stdout=full, stderr=subprocess.PIPE, env=ENV, check=False)
            expect(f"a full disk: {args[0]}", done.returncode == 2 and done.stderr.count(b"\n") == 1, done.returncode, done.stderr)
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run([drip, "run", "--json", good], stdout=write, stderr=subprocess.PIPE, env=ENV, check=False)
        os.close(write)
        expect("a closed pipe", done.returncode == 2 and done.stderr.count(b"\n") == 1, done.returncode, done.stderr)
        for command in ("run", "check", "test", "explain", "fmt", "diff"):
            code, out, err = run(drip, [command, "--help"])
            expect(f"{command} --help", code == 0 and out.startswith(b"usage: drip " + command.encode()) and not err, code, err)


def constant_memory(drip):
    """As many encounters again take no more memory."""
    one = line(encounter("E1"))
    for name, count in (("few", 100), ("many", 60000)):
        code, out, err = run(drip, ["run", "--json"], (one * 100 for _ in range(count // 100)), 96 << 20)
        expect(f"{name} encounters in bounded memory", code == 0 and out.count(b"\n") == count, f"exit {code}", err[:300])


def answers_at_once(drip):
    """A program that writes an encounter and waits gets its answer."""
    p = subprocess.Popen([drip, "run", "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENV, bufsize=0)
    timer = threading.Timer(20, p.kill)
    timer.start()
    got = []
    for name in ("E1", "E2"):
        p.stdin.write(line(encounter(name)))
        got.append(json.loads(p.stdout.readline() or b"{}").get("encounter"))
    p.stdin.close()
    expect("an answer to each question", p.wait() == 0 and got == ["E1", "E2"], got)
    timer.cancel()


def main():
    memory, drip = "--memory" in sys.argv, os.path.abspath(sys.argv[-1])
    for name, pieces, words in bad_lines():
        for at_start in (False, True):
            neighbours(drip, name, pieces, words, at_start)
    long_line(drip, BOUND if memory else None)
    shapes(drip)
    surroundings(drip)
    answers_at_once(drip)
    if memory:
        constant_memory(drip)
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
