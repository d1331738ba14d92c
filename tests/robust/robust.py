#!/usr/bin/env python3
"""It does not break: what a library that others embed must bear, and what it must never do.

    robust.py BUILD [TOPIC…]      BUILD holds drip and libdrip.a, built without sanitizers

symbols  the library calls nothing that ends, speaks, or reads the clock or the locale for its host; has no state
floods   texts and numbers made to fall on one place of a table cost what others cost
files    every call of the file system fails in turn; short and interrupted reads and writes; full disks
canary   nothing of a record in messages; control characters never reach a terminal as they are
left     nothing of a record in memory after the session is freed
times    spans around changes of the clock, in twenty zones, against Python
stack    policies, scenarios, encounters and claims in a thread with 256 KiB of stack
locale   a host with another locale and time zone gets the same bytes

Ends with `N passed, N failed`.
"""
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import tally  # noqa: E402
from tally import report  # noqa: E402

ENV = dict(os.environ, DRIP_PATH=ROOT, NO_COLOR="1")
VISIT = os.path.join(ROOT, "examples", "visit.json")
WORLD = os.path.join(ROOT, "tests", "faults")   # a small one: acme over national
SMALL_STACK = 256 * 1024


def done(args, stdin=None, **env):
    try:
        return subprocess.run(args, input=stdin, capture_output=True, timeout=120, check=False, cwd=ROOT, env=dict(ENV, **env))
    except subprocess.TimeoutExpired as e:
        return subprocess.CompletedProcess(args, -1, e.stdout or b"", b"")


def compiled(name, *flags):
    path = os.path.join(FOLDER, name)
    if not os.path.exists(path):
        subprocess.run(["gcc", "-std=gnu11", "-Wall", "-Wextra", "-O1", "-g", "-I", os.path.join(ROOT, "runtime"),
                        os.path.join(HERE, os.path.splitext(name)[0] + ".c"), *flags, "-o", path], check=True)
    return path


def host():
    return compiled("host", os.path.join(BUILD, "libdrip.a"), "-pthread")


def written(name, text):
    path = os.path.join(FOLDER, name)
    with open(path, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    return path


def visit():
    with open(VISIT, encoding="utf-8") as f:
        return json.load(f)


# ---- symbols

# What may never be called, and in hooks.o (Lua and the sandbox around it) why it is there all the same.
NEVER = set("""exit _exit abort __assert_fail printf fprintf puts perror setlocale localeconv strcoll localtime localtime_r
    gmtime mktime tzset strtok rand random srand time clock clock_gettime gettimeofday getenv secure_getenv signal sigaction
    raise kill system popen dlopen dlsym regcomp fnmatch glob strtod strtof atof sprintf strcpy strcat gets scanf sscanf
    longjmp tmpnam mkstemp socket fork execve alloca __printf_chk __fprintf_chk __vfprintf_chk __vprintf_chk""".split())
LUA = {
    "abort": "behind lua_atpanic, which needs an error outside lua_pcall: tests/faults and test_hooks find none",
    "localeconv": "the decimal point in Lua's number reader, which takes both it and '.': scripts have no tonumber but ours",
    "strtod": "Lua's reader of numbers in a script's source",
    "time": "the seed of Lua's tables, which is put in with ours in its place (dr_hook_seed)",
    "__longjmp_chk": "Lua's errors, up to the lua_pcall of the same call",
}
STATE = {"mem.o": {"set"}}   # of which nothing is written: a constant pointer to memset, volatile so that wiping is not left out


def called(object_file):
    lines = done(["nm", "-u", object_file]).stdout.decode().split("\n")
    return {line.split()[-1].split("@")[0] for line in lines if line.strip()}


def symbols():
    objects = []
    for folder, _, names in os.walk(os.path.join(BUILD, "obj")):
        objects += [os.path.join(folder, n) for n in names if n.endswith(".o") and "/cli" not in folder and not n.startswith("hooks_")]
    report("there are objects", "" if len(objects) > 100 else f"{len(objects)}")
    for path in sorted(objects):
        names = called(path) & NEVER
        if path.endswith("/hooks.o"):
            names -= set(LUA)
        report(f"{os.path.basename(path)} calls nothing for its host", " ".join(sorted(names)))
        table = done(["objdump", "-t", path]).stdout.decode()
        state = [line.split()[-1] for line in table.split("\n")
                 if re.search(r"\s\.t?(data|bss)(\.\S+)?\s+0*[1-9a-f][0-9a-f]*\s", line) and ".data.rel.ro" not in line]
        state += [line.split()[-1] for line in table.split("\n") if "*COM*" in line]
        state = [name for name in state if name.split(".")[0] not in STATE.get(os.path.basename(path), ())]
        report(f"{os.path.basename(path)} has no state", " ".join(state))


# ---- floods

def steps_of_time(args):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    got = done(args)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, got


def floods():
    flood = compiled("flood")
    policy = os.path.join(HERE, "flood.drip")
    for kind in ("texts", "numbers"):
        times, answers = {}, {}
        for how in ("any", "made"):
            path = written(f"{kind}.{how}", done([flood, kind, "20000", how]).stdout)
            rounds = [steps_of_time([DRIP, "run", "--json", "-p", policy, path]) for _ in range(3)]
            times[how] = min(t for t, _ in rounds)
            answers[how] = {got.stdout for _, got in rounds} | {bytes([got.returncode]) for _, got in rounds}
        report(f"20000 {kind} made to collide cost what others do",
               "" if times["made"] < 5 * times["any"] + 0.05 else f"{times}")
        report(f"and are answered ({kind})", "" if answers["made"] == answers["any"] and len(answers["any"]) == 2 else f"{answers}")
    many_claims()


def many_claims():
    """What a file of claims costs grows with it: here none of them has an encounter."""
    took = {}
    for count in (5000, 40000):
        path = written("many.csv", "encounter,code,units\n" + "".join(f"E{i:07},96365,1\n" for i in range(count)))
        took[count], got = steps_of_time([DRIP, "audit", "--claim", path, VISIT])
        report(f"{count} claims without an encounter", "" if got.stderr.count(b"\n") == count + 1 else f"{got.stderr[:300]}")
        last = b"many.csv:%d: error: claim of encounter E%07d" % (count + 1, count - 1)
        report("each with its line", "" if last in got.stderr else f"{got.stderr[-300:]}")
    report("eight times as many take at most twelve times as long", "" if took[40000] < 12 * took[5000] + 0.1 else f"{took}")


# ---- files

def calls_fail(name, make_args, limit=4000):
    """Each call in turn: the answer is the whole one, or the exit status says that it is not."""
    shim, mark = compiled("shim.so", "-shared", "-fPIC", "-ldl"), os.path.join(FOLDER, "mark")
    env = {"DRIP_PATH": WORLD, "LD_PRELOAD": shim}
    good = done(make_args(), **env)
    for at in range(1, limit):
        if os.path.exists(mark):
            os.remove(mark)
        got = done(make_args(), SHIM_FAIL=str(at), SHIM_MARK=mark, **env)
        if not os.path.exists(mark):
            break
        whole = got.returncode == good.returncode and got.stdout == good.stdout
        said = got.returncode in (1, 2) and got.returncode >= good.returncode and (got.stderr.strip() or b"error" in got.stdout)
        report(f"{name}, call {at} fails", "" if whole or said else
               f"exit {got.returncode} (without: {good.returncode}), {len(got.stdout)} of {len(good.stdout)} bytes, {got.stderr[:300]}")
    report(f"{name}: calls were made to fail", "" if 4 < at < limit - 1 else f"{at}")
    got = done(make_args(), SHIM_SHORT="1", **env)
    report(f"{name}, a few bytes at a time", "" if (got.returncode, got.stdout) == (good.returncode, good.stdout) else
           f"exit {got.returncode}, {got.stdout[:200]}, {got.stderr[:300]}")


def files():
    visits = os.path.join(WORLD, "visit.json")
    with open(visits, encoding="utf-8") as f:
        one = json.load(f)
    stream = written("stream.ndjson", "".join(json.dumps(dict(one, id=f"E{i}")) + "\n" for i in range(400)))
    claim = written("claim.csv", "code,units\n96365,1\n")
    source = "drip 1\npolicy  p version \"1\"\nentity Visit\n id : text key\n"
    calls_fail("run", lambda: [DRIP, "run", "--json", "-p", "acme", stream])
    calls_fail("explain", lambda: [DRIP, "explain", "-p", "acme", visits])
    calls_fail("audit", lambda: [DRIP, "audit", "-p", "acme", "--claim", claim, visits])
    calls_fail("check", lambda: [DRIP, "check", "acme"])
    calls_fail("check a file of several", lambda: [DRIP, "check", os.path.join(WORLD, "rulesets", "mini.drip")])
    calls_fail("test", lambda: [DRIP, "test", os.path.join(WORLD, "payers")])
    calls_fail("fmt", lambda: [DRIP, "fmt", written("a.drip", source)])
    calls_fail("fmt -w", lambda: [DRIP, "fmt", "-w", written("a.drip", source)])
    broken_files(stream)


def broken_files(stream):
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, "payers", "p"))
        link = os.path.join(folder, "payers", "p", "p.drip")
        os.symlink("/nonexistent", link)
        got = done([DRIP, "run", "-p", "p", stream], DRIP_PATH=folder)
        report("a policy that is a link to nowhere", "" if got.returncode == 2 and b"p.drip" in got.stderr else got.stderr.decode())
        os.remove(link)
        with open(os.path.join(folder, "payers", "secret.csv"), "w", encoding="ascii") as f:
            f.write("code,units\nsecret,1\n")
        for name in ("../secret.csv", "x/../../secret.csv", "../payers/secret.csv"):
            with open(link, "w", encoding="ascii") as f:
                f.write('drip 1\npolicy p version "1"\nentity Visit\n  id : text key\n'
                        f'table t (code: text key, units: int) from "{name}"\n')
            got = done([DRIP, "check", "p"], DRIP_PATH=folder)
            report(f"a policy reads no {name}", "" if b"[E0495]" in got.stdout else got.stdout.decode()[:500])
        got = done([DRIP, "run", "-p", "acme", folder], DRIP_PATH=WORLD)
        report("nothing to read", "" if got.returncode == 2 and got.stderr else got.stderr.decode())
    for text, what in ((b"", "empties"), (b"x" * 100, "is overwritten")):
        path = written("changing.ndjson", open(stream, "rb").read() * 20)
        p = subprocess.Popen([DRIP, "run", "--json", "-p", "acme", path], bufsize=0, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=dict(ENV, DRIP_PATH=WORLD), cwd=ROOT)
        first = p.stdout.readline()
        with open(path, "wb") as f:
            f.write(text)
        rest, said = p.communicate(timeout=300)
        report(f"a file that {what} while it is read", "" if p.returncode in (0, 1, 2) and first.startswith(b"{") and
               all(line.startswith(b"{") and line.endswith(b"}") for line in rest.splitlines()) else f"exit {p.returncode}, {said[:300]}")
    p = subprocess.Popen([DRIP, "run", "--json", "-p", "acme", stream], bufsize=0, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         env=dict(ENV, DRIP_PATH=WORLD), cwd=ROOT)
    p.stdout.readline()
    p.stdout.close()
    said = p.stderr.read()
    report("a pipe that is closed after a line", "" if p.wait() == 2 and said.count(b"\n") == 1 else f"{p.returncode} {said}")


# ---- canaries

CANARY = "Qz7CANARYq"


def leaves(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, path + (key,))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from leaves(inner, path + (i,))
    else:
        yield path


def changed(path, value):
    record = json.loads(json.dumps(visit()))
    at = record
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return json.dumps(record)


def canary_records():
    """One value of the visit, each in turn, made into something else; some are then refused, most are not."""
    paths = [p for p in leaves(visit()) if p != ("id",)]
    for path in paths:
        yield changed(path, CANARY)
        yield changed(path, [CANARY])
        yield changed(path, {CANARY: 1})
    for path in random.Random(4).sample(paths, 30):
        yield changed(path, 9187263549187263 * 10**24)
        yield changed(path, CANARY + "\x1b[2J\u202e")
    text = json.dumps(visit())
    for cut in range(300, len(text), len(text) // 40):
        yield text[:cut] + CANARY + text[cut:]
        yield text[:cut] + '"' + CANARY
    yield changed(("mar",), [{"at": "2026-03-02T09:00", "action": "start", "drug": CANARY}] * 20)
    yield '{"id":"E-1","start":"2026-03-02T08:00","mar":[],"%s":1,"%s":2}' % (CANARY, CANARY)


RAISES = """drip 1
policy raises version "1" by date of visit.start
entity Visit
  id : text key
  start : instant
entity Item in Visit as "mar"
  drug : text?
result Line as "lines"
  code : text name
  units : int count
  ordered by code
hook f(drug: text) -> int from "f.lua"
line hooked for i in Item when (f(i.drug else "") else 0) over 0
  code = "a"
  units = 1
"""


def leaks(text):
    """The policy that an encounter asks for is named where there is none: it is a payer's name, which the reader needs."""
    text = re.sub(rb'there is no policy "[^"]*" along', b"", text)
    return CANARY.encode() in text or b"9187263549187263" in text


def unprintable(text):
    bad = re.search(rb"[\x00-\x09\x0b-\x1f\x7f]|\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]|\xc2[\x80-\x9f]", text)
    return text[max(0, bad.start() - 80):bad.end() + 40].decode("utf-8", "replace") if bad else ""


def canary():
    records = list(canary_records())
    stream = written("canary.ndjson", "".join(r + "\n" for r in records))
    claim = written("canary.csv", "encounter,code,units,modifiers,date\n" + "".join(f"{CANARY}{i},{CANARY},1,{CANARY},2026-03-02\n" for i in range(3)))
    lua = written("f.lua", "function f(drug)\n  error(drug)\nend\n")
    hooked = written("hooked.drip", RAISES)
    assert lua
    for name, args in (("run", ["run"]), ("run --json", ["run", "--json"]), ("run --json from standard input", ["run", "--json", "-"]),
                       ("run --audit", ["run", "--audit"]), ("run with little fuel", ["run", "--json", "--fuel", "3000"]),
                       ("explain", ["explain"]), ("explain --why-not", ["explain", "--why-not", "96366", "--json", "--fuel", "200000"]),
                       ("audit", ["audit", "--json", "--claim", claim]), ("a hook that raises it", ["run", "--json", "-p", hooked])):
        standard = args[-1] == "-"
        with open(stream, "rb") as f:
            got = subprocess.run([DRIP] + args + ([] if standard else [stream]), stdin=f if standard else None, capture_output=True,
                                 timeout=600, check=False, env=ENV, cwd=ROOT)
        report(f"{name}: it runs to the end", "" if got.returncode in (0, 1, 2) and got.stdout else f"exit {got.returncode} {got.stderr[:300]}")
        said = [line for line in got.stderr.splitlines() if leaks(line)]
        said += [line for line in got.stdout.splitlines() if line.startswith(b'{"format":"drip.error/1"') and leaks(line)]
        if name == "audit":   # the claim names its encounter: that id alone may be named
            said = [line for line in said if not re.search(CANARY.encode() + rb"\d: there is no encounter|no encounter for this claim", line)]
        report(f"{name}: no message holds what is in a record", "\n".join(line.decode("utf-8", "replace")[:300] for line in said[:5]))
        shown = got.stdout if "json" not in name and "--json" not in args else b""   # JSON is data: there only what JSON forbids is escaped
        report(f"{name}: no control character", unprintable(shown + got.stderr))
    got = done([DRIP, "run", "--strict", stream])
    said = [line for line in got.stderr.splitlines() if leaks(re.sub(rb"field .*", b"", line))]
    report("--strict names fields, never values", "\n".join(line.decode()[:300] for line in said[:5]))
    memory_out(stream)
    bad_claims()
    controls()


def memory_out(stream):
    """Little memory: whatever is said then, nothing of a record is in it."""
    for megabytes in (24, 28, 32, 40, 48, 64):
        cap = megabytes << 20
        got = subprocess.run([DRIP, "run", "--json", stream], capture_output=True, timeout=600, check=False, env=ENV, cwd=ROOT,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (cap, cap)))
        bad = got.returncode not in (0, 1, 2) or leaks(got.stderr)
        report(f"{megabytes} MiB of address space", f"exit {got.returncode} {got.stderr[:300]}" if bad else "")


def bad_claims():
    one = written("one.json", json.dumps(visit()))
    texts = [f"code,units\n{CANARY},{CANARY}\n", f"code,units,{CANARY}\n\"{CANARY},1\n", f"{CANARY};{CANARY}\n1;2\n", f'[{{"code":"{CANARY}","units":"{CANARY}"}}]',
             f'{{"lines":[{{"code":"{CANARY}"}}],"{CANARY}":1', f'{{"lines":"{CANARY}"}}', f"code,units,date\n{CANARY},1,{CANARY}\n", f"[{CANARY}]", CANARY]
    for i, text in enumerate(texts):
        got = done([DRIP, "audit", "--claim", written("bad.claim", text), one])
        report(f"a claim that cannot be read, {i}", "" if got.returncode == 2 and got.stderr and not leaks(got.stderr) else f"exit {got.returncode} {got.stderr[:300]}")


def controls():
    """Names of files and what stands in policies, in messages."""
    evil = "\x1b[2J\u202ex\u2028\x07"
    path = written(f"a{evil}.drip", f'drip 1\npolicy p version "1"\nentity Visit\n  id : text key\n  # {evil}\nfinding "{evil}" "\x1b{evil}\n')
    for args in (["check", path], ["check", "--json", path], ["run", "-p", path, VISIT], ["test", path], ["fmt", path], ["run", path + "x"], [evil], ["run", evil],
                 ["run", "--" + evil], ["run", "-p", evil, VISIT], ["check", "--explain", evil], ["audit", "--claim", path, VISIT], ["run", "--on", evil, VISIT]):
        got = done([DRIP] + args)
        report(f"control characters: {args[0][:8]!a} {args[1][:8]!a}" if len(args) > 1 else "control characters: a command",
               "nothing is said" if not got.stderr + got.stdout else unprintable(got.stderr + got.stdout))


# ---- left

def left():
    record = json.dumps(visit())
    for i, word in enumerate(sorted({"ceftriaxone", "infliximab"} & set(re.findall(r"[a-z]+", record)))):
        record = record.replace(f'"{word}"', f'"{CANARY}{i}"')
    record = record.replace('"administration": "', f'"administration": "{CANARY}')
    report("the record holds the canary", "" if record.count(CANARY) > 5 else record.count(CANARY))
    claim = written("left.csv", f"code,units,modifiers,date\n{CANARY},1,,2026-03-02\n")
    path = written("left.ndjson", record + "\n" + record[:-40] + "\n" + record.replace("2026-03-02T", "2026-13-02T") + "\n")
    got = done([host(), "-c", CANARY, "-a", claim, "national", ".", path])
    report("nothing of it is left in memory", "" if got.returncode == 0 and CANARY.encode() in got.stdout else got.stdout[-300:].decode())
    got = done([host(), "-c", "96365", "national", ".", path])
    report("(what is not patients' is found there)", "" if got.returncode == 1 else "the test finds nothing at all")


# ---- times

TIMES = """drip 1
policy times version "1" by date of visit.begin
entity Visit
  id    : text key
  begin : instant as "start"
entity Stretch in Visit as "spans"
  name   : text
  starts_at : instant as "from"
  ends_at   : instant as "until"
result Line as "lines"
  code  : text name
  units : int count
  day   : date
  ordered by code
line stretch for s in Stretch
  code  = s.name
  units = ((s.ends_at - s.starts_at) / 1 min) rounded down
  day   = date of s.starts_at
"""
ZONES = """America/New_York America/Chicago America/Denver America/Los_Angeles America/Anchorage Pacific/Honolulu America/Phoenix
    America/Puerto_Rico America/St_Johns America/Caracas Europe/London Europe/Berlin Europe/Istanbul Africa/Casablanca Asia/Kathmandu Asia/Tehran Asia/Kolkata
    Australia/Lord_Howe Pacific/Apia Pacific/Chatham""".split()


def changes_of(zone):
    """Instants, in UTC, at which the zone's offset changes."""
    at, end, found = datetime(1970, 1, 2, tzinfo=timezone.utc), datetime(2037, 12, 1, tzinfo=timezone.utc), []
    step = timedelta(days=7)
    while at < end:
        if at.astimezone(zone).utcoffset() != (at + step).astimezone(zone).utcoffset():
            low, high = at, at + step
            while high - low > timedelta(minutes=1):
                middle = low + (high - low) / 2
                same = middle.astimezone(zone).utcoffset() == at.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            found.append(high)
        at += step
    return found


def written_at(instant, zone):
    """None where the offset has seconds, which the notation has not."""
    local = instant.astimezone(zone)
    return None if local.utcoffset().total_seconds() % 60 else local.isoformat()


def spans_around(zone, dice, count):
    edges = changes_of(zone) or [datetime(2026, 3, 8, 7, tzinfo=timezone.utc)]
    for year in (1972, 1999, 2000, 2023, 2024, 2026, 2028):
        edges += [datetime(year, 2, 28, 23, 30, tzinfo=zone), datetime(year, 12, 31, 23, 45, tzinfo=zone)]
    while count > 0:
        start = (dice.choice(edges) + timedelta(minutes=dice.randint(-600, 600))).astimezone(timezone.utc).replace(second=0, microsecond=0)
        minutes = dice.randint(1, 900)
        texts = written_at(start, zone), written_at(start + timedelta(minutes=minutes), zone)
        if None not in texts:
            count -= 1
            yield texts, minutes


def wall_clock(dice, count):
    """Without offsets it is the clock on the wall: no night is longer or shorter."""
    while count > 0:
        start = datetime(dice.choice((1999, 2000, 2024, 2026)), dice.choice((2, 3, 10, 11, 12)), dice.randint(1, 28), dice.randint(0, 23), dice.randint(0, 59))
        minutes = dice.randint(1, 5000)
        count -= 1
        yield (start.isoformat(), (start + timedelta(minutes=minutes)).isoformat()), minutes


def times():
    try:
        from zoneinfo import ZoneInfo
        zones = [(name, ZoneInfo(name)) for name in ZONES]
    except (ImportError, KeyError) as e:
        return report(f"zones of the world: skipped, {e}", "")
    dice, policy = random.Random(32), written("times.drip", TIMES)
    # a zone's clock has changed 140 times or less since 1970: each change is met several times
    sets = [(name, list(spans_around(zone, dice, 1000))) for name, zone in zones] + [("no offset", list(wall_clock(dice, 1000)))]
    for name, spans in sets:
        rows = [{"name": f"s{i:04}", "from": a, "until": b} for i, ((a, b), _) in enumerate(spans)]
        path = written("times.json", json.dumps({"id": "T", "start": spans[0][0][0], "spans": rows}))
        got = done([DRIP, "run", "--json", "-p", policy, path], TZ="Pacific/Chatham")
        if got.returncode != 0:
            report(f"spans in {name}", got.stderr.decode()[:300])
            continue
        lines = {line["code"]: line for line in json.loads(got.stdout)["lines"]}
        wrong = [(a, b, minutes, lines.get(f"s{i:04}")) for i, ((a, b), minutes) in enumerate(spans)
                 if minutes != lines.get(f"s{i:04}", {"units": None})["units"] or lines[f"s{i:04}"]["day"] != a[:10]]
        report(f"{len(spans)} spans in {name}", "\n".join(str(w) for w in wrong[:5]))
    for text in ("2026-02-29T09:00", "2100-02-29T09:00", "2026-04-31T09:00", "2026-03-02T24:00", "2026-03-02T23:60", "2026-03-02T23:59:60", "2026-03-02T09:00-25:00"):
        path = written("times.json", json.dumps({"id": "T", "start": text, "spans": []}))
        got = done([DRIP, "run", "--json", "-p", policy, path])
        report(f"{text} is no time", "" if got.returncode == 1 and b"start" in got.stdout else got.stdout.decode()[:300])


# ---- stack

def stack():
    one = written("one.ndjson", json.dumps(visit()) + "\n")
    claim = written("stack.csv", "code,units,modifiers,date\n96365,1,59,2026-03-02\n96375,2,,2026-03-02\n")
    args = ["-a", claim, "national", ROOT, one]
    small, large = done([host(), "-s", str(SMALL_STACK)] + args), done([host()] + args)
    report("the example visit", "" if small.returncode == 0 and small.stdout == large.stdout and len(small.stdout) > 1000 else f"exit {small.returncode}")
    got = done([host(), "-s", str(SMALL_STACK), "-t", os.path.join(ROOT, "rulesets"), "national", ROOT])
    counts = re.search(rb"scenarios: (\d+) passed, (\d+) failed", got.stdout)
    report("all scenarios of the national policy", "" if counts and int(counts[1]) > 1000 and counts[2] == b"0" else f"exit {got.returncode} {got.stdout[-200:]}")
    for shape, text in deep_shapes():
        path = written("deep.drip", text)
        got = done([host(), "-s", str(SMALL_STACK), path, ROOT])
        report(f"a policy with {shape}", "" if got.returncode == 0 else f"exit {got.returncode}")


def deep_shapes(n=100000):
    head = 'drip 1\npolicy p version "1"\nentity Visit\n  id : text key\nattribute Visit.x: int = '
    many = min(n, 20000)
    yield "brackets", head + "(" * n + "1" + ")" * n + "\n"
    yield "open brackets", head + "(" * n
    yield "signs", head + "- " * n + "1\n"
    yield "nots", head.replace("int", "bool") + "not " * n + "true\n"
    yield "a sum", head + "1" + " + 1" * n + "\n"
    yield "elses", head + "(1 else " * n + "1" + ")" * n + "\n"
    yield "ands", head.replace("int", "bool") + "true" + " and true" * n + "\n"
    yield "sets", head + "{" * n + "}" * n + "\n"
    yield "a long name", head + "a" * n + "\n"
    yield "a dotted name", head + "a" + ".a" * n + "\n"
    yield "attributes that need each other", head + "1\n" + "".join(
        f"attribute Visit.x{i}: int = x{i - 1 if i else ''} + 1\n" for i in range(many))
    yield "attributes in a circle", head + f"x{many - 1}\n" + "".join(
        f"attribute Visit.x{i}: int = x{i - 1 if i else ''} + 1\n" for i in range(many))
    yield "entities in each other", head + "1\n" + "".join(
        f'entity E{i} in {"Visit" if i == 0 else f"E{i - 1}"} as "e"\n  a : int\n' for i in range(min(n, 2000)))


# ---- locale

def locale():
    if subprocess.run(["which", "localedef"], capture_output=True, check=False).returncode != 0:
        return report("other locales: skipped, there is no localedef", "")
    where = os.path.join(FOLDER, "locales")
    os.makedirs(where, exist_ok=True)
    one = written("one.ndjson", json.dumps(visit()) + "\n")
    plain = done([host(), "national", ROOT, one]).stdout
    report("there is an answer", "" if len(plain) > 1000 else plain.decode())
    for name in ("de_DE", "tr_TR"):
        made = subprocess.run(["localedef", "-i", name, "-f", "UTF-8", os.path.join(where, f"{name}.UTF-8")], capture_output=True, check=False)
        if not os.path.isdir(os.path.join(where, f"{name}.UTF-8")):
            report(f"locale {name}: skipped, {made.stderr[:100]}", "")
            continue
        for zone in ("Pacific/Chatham", "America/New_York", "Asia/Kathmandu"):
            got = done([host(), "-l", f"{name}.UTF-8", "national", ROOT, one], LOCPATH=where, TZ=zone)
            report(f"a host in {name}, {zone}", "" if got.returncode == 0 and got.stdout == plain else f"exit {got.returncode} {got.stderr[:200]}")
        hook = done([host(), "-l", f"{name}.UTF-8", "acme", WORLD, os.path.join(WORLD, "visit.json")], LOCPATH=where)
        want = done([host(), "acme", WORLD, os.path.join(WORLD, "visit.json")])
        report(f"hooks in {name}", "" if hook.stdout == want.stdout and want.stdout else hook.stdout.decode()[:300])


TOPICS = (symbols, floods, files, canary, left, times, stack, locale)


def main():
    global BUILD, DRIP, FOLDER
    BUILD = os.path.abspath(sys.argv[1])
    DRIP = os.path.join(BUILD, "drip")
    chosen = sys.argv[2:]
    with tempfile.TemporaryDirectory() as FOLDER:
        for topic in TOPICS:
            if not chosen or topic.__name__ in chosen:
                started = time.time()
                topic()
                print(f"{topic.__name__}: {time.time() - started:.0f} s", file=sys.stderr)
    print(f"{tally.passed} passed, {tally.failed} failed")
    sys.exit(tally.failed > 0)


if __name__ == "__main__":
    main()
