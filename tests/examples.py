#!/usr/bin/env python3
"""The examples of examples/, built and run as their readers do: against an installed library, found by pkg-config.

    examples.py [threads]

With `threads` the server alone, under the thread sanitizer, against build/tsan. Parts that are not installed here are named
as skipped. Ends with `N passed, N failed`.
"""
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from tally import report
import tally

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
EXAMPLES = os.path.join(ROOT, "examples")
VISIT = open(os.path.join(EXAMPLES, "visit.json")).read().replace("\n", "") + "\n"
WARN = ["-std=gnu11", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Werror", "-g", "-O1"]
ADDRESS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
MINE = "drip 1\nlayer mine over national\n\nsource plan \"A plan\"\n\nset push_limit = {} min cite plan \"2\"\n"
WRONG = "drip 1\nlayer mine over national\n\nset push_limitt = 20 min\n"
SHORT = '{{"id":"{}","claim":"facility","start":"2026-03-02T08:00","mar":[' \
    '{{"at":"2026-03-02T09:00","action":"start","administration":"A1","drug":"ceftriaxone","route":"iv"}},' \
    '{{"at":"2026-03-02T09:18","action":"stop","administration":"A1"}}]}}\n'


def equal(what, got, want):
    report(what, None if got == want else f"wanted {str(want)[:300]}\ngot    {str(got)[:300]}")


def holds(what, truth, *details):
    report(what, None if truth else " ".join(str(d)[:600] for d in details) or "it does not hold")


def skipped(what, why):
    print(f"skipped: {what}: {why}")


def page(language):
    """The first block of that language in examples/README.md, which is carried out as it stands there."""
    return re.search(rf"^```{language}\n(.*?)^```", open(os.path.join(EXAMPLES, "README.md")).read(), re.M | re.S)[1]


def run(*command, stdin="", env=None, cwd=None):
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120, env=env, cwd=cwd)


class Installed:
    """`make install` into a folder of its own, and what stands there."""

    def __init__(self, work):
        self.root = os.path.join(work, "root")
        env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL")}
        made = run("make", "--no-print-directory", "install", f"DESTDIR={self.root}", cwd=ROOT, env=env)
        holds("make install DESTDIR=", made.returncode == 0, made.stderr)
        self.prefix = os.path.join(self.root, "usr", "local")
        self.lib = os.path.join(self.prefix, "lib")
        self.data = os.path.join(self.prefix, "share", "drip")
        self.env = dict(os.environ, PKG_CONFIG_PATH=os.path.join(self.lib, "pkgconfig"), PKG_CONFIG_SYSROOT_DIR=self.root,
                        LD_LIBRARY_PATH=self.lib, PYTHONDONTWRITEBYTECODE="1")
        for name in ("DRIP_PATH", "DRIP_LIBRARY"):
            self.env.pop(name, None)

    def flags(self, *more):
        return run("pkg-config", "--cflags", "--libs", *more, "drip", env=self.env).stdout.split()

    def compile(self, to, source, *more):
        made = run("gcc", *WARN, "-o", to, os.path.join(EXAMPLES, source), *self.flags(), *more, env=self.env)
        return report(f"{source} is compiled against the installed library", made.stderr if made.returncode != 0 else None)


# ---- embed.c

def embed(at, work):
    program = os.path.join(work, "embed")
    if not at.compile(program, "embed.c"):
        return
    told = run(os.path.join(at.prefix, "bin", "drip"), "run", "-p", "national", "--json", stdin=VISIT,
               env=dict(at.env, DRIP_PATH=at.data))
    ran = run(program, at.data, stdin=VISIT + "{}\n", env=at.env)
    equal("it answers as the command does", ran.stdout, told.stdout)
    equal("and says what it refuses", ran.stderr, 'refused: encounter: "id" is required\n')
    ran = run(program, work, stdin=VISIT, env=at.env)
    holds("without a policy it says so", ran.returncode == 2 and "the policy was not found" in ran.stderr, ran.stderr)


# ---- server.c

class Client:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.socket.settimeout(60)
        self.file = self.socket.makefile("rb")

    def send(self, text):
        self.socket.sendall(text.encode())

    def line(self):
        return self.file.readline().decode()

    def ask(self, text):
        self.send(text)
        return self.line()

    def end(self):
        self.file.close()
        self.socket.close()


def defaults():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class Server:
    """A server with a policy of its own, whose one parameter is set by write()."""

    def __init__(self, program, data, work, env, at_once="4"):
        self.path, self.policy = os.path.join(work, "socket"), os.path.join(work, "mine.drip")
        self.write(MINE.format(15))
        self.errors = open(os.path.join(work, "server.err"), "w+")
        self.process = subprocess.Popen([program, self.path, self.policy, data, at_once], stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True, env=env, preexec_fn=defaults)
        self.ready = self.process.stdout.readline() == "ready\n"

    def write(self, text):
        with open(self.policy + ".new", "w") as f:
            f.write(text)
        os.replace(self.policy + ".new", self.policy)

    def tell(self, number):
        self.process.send_signal(number)

    def said(self):
        self.errors.seek(0)
        return self.errors.read()

    def stop(self, number=signal.SIGTERM):
        self.tell(number)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "it did not end"


def methods(answer):
    """The codes of the lines: an 18-minute infusion is one under a limit of 15 minutes, a push under one of 20."""
    return [line["code"] for line in json.loads(answer)["lines"]]


INFUSED, PUSHED = ["96365"], ["96374"]


def within(seconds, truth):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if truth():
            return True
        time.sleep(0.02)
    return False


def one_client(server):
    client = Client(server.path)
    equal("an encounter is answered", methods(client.ask(SHORT.format("S1"))), INFUSED)
    client.send("".join(SHORT.format(f"P{i}") for i in range(50)))
    equal("fifty at once, in their order", [json.loads(client.line())["encounter"] for _ in range(50)], [f"P{i}" for i in range(50)])
    refused = json.loads(client.ask('{"id":"R1","start":7}\n'))
    equal("one is refused", [refused["format"], refused["status"]], ["drip.error/1", "bad_input"])
    equal("what is not JSON, too", json.loads(client.ask("a \0 b\n"))["status"], "bad_input")
    long = json.loads(client.ask('{"id":"' + "x" * (3 << 20) + '"}\n'))
    equal("a line over the limit is refused", [long["status"], long["message"]], ["limit", "the line is over 1 MiB"])
    equal("and the next one answered", methods(client.ask(SHORT.format("S2"))), INFUSED)
    client.send(SHORT.format("S3").rstrip("\n"))
    client.socket.shutdown(socket.SHUT_WR)
    equal("a last line needs no end", methods(client.line()), INFUSED)
    equal("then the connection ends", client.line(), "")
    client.end()


def slow_clients(server):
    slow = [Client(server.path) for _ in range(20)]
    for client in slow[:10]:
        client.send(SHORT.format("half")[:40])
    for client in slow[10:]:  # these take no answers, and fill what the sockets hold
        client.socket.settimeout(0.2)
        try:
            client.send(VISIT * 300)
        except socket.timeout:
            pass
    quick = Client(server.path)
    began = time.monotonic()
    equal("a client is answered", [methods(quick.ask(SHORT.format("Q"))) for _ in range(20)], [INFUSED] * 20)
    holds("whatever slow ones there are", time.monotonic() - began < 20)
    slow[0].send(SHORT.format("half")[40:])
    equal("a slow one is answered when it is done", json.loads(slow[0].line())["encounter"], "half")
    quick.end()
    return slow


def reloads(server):
    client = Client(server.path)
    equal("before", methods(client.ask(SHORT.format("B"))), INFUSED)
    server.write(MINE.format(20))
    equal("the file alone changes nothing", methods(client.ask(SHORT.format("B"))), INFUSED)
    equal("`reload`", client.ask("reload\n"), '{"reloaded":true}\n')
    equal("then the new policy answers", methods(client.ask(SHORT.format("B"))), PUSHED)
    server.write(WRONG)
    wrong = json.loads(client.ask("reload\n"))
    equal("a policy with errors is not taken", wrong["status"], "bad_policy")
    holds("and it says why", 'there is no parameter "push_limitt"' in wrong["message"], wrong)
    equal("the old one stays", methods(client.ask(SHORT.format("B"))), PUSHED)
    server.tell(signal.SIGHUP)
    holds("nor on SIGHUP", within(30, lambda: "push_limitt" in server.said()), server.said())
    server.write(MINE.format(15))
    server.tell(signal.SIGHUP)
    holds("SIGHUP takes the mended one", within(30, lambda: methods(client.ask(SHORT.format("B"))) == INFUSED))
    client.end()


def crowd(server, clients, each):
    """All at once, while the policy is changed: each answer is that of one policy or the other."""
    seen, wrong, changes = [], [], []

    def one(number):
        client, i = Client(server.path), 0
        while i < each or len(changes) < 4:
            i += 1
            try:
                answer = json.loads(client.ask(SHORT.format(f"C{number}-{i}")))
                codes = [line["code"] for line in answer["lines"]]
                (seen if answer["encounter"] == f"C{number}-{i}" and codes in (INFUSED, PUSHED) else wrong).append(str(codes))
            except Exception as problem:  # told of below
                wrong.append(problem)
                break
        client.end()
    threads = [threading.Thread(target=one, args=(i,)) for i in range(clients)]
    for thread in threads:
        thread.start()
    changing = Client(server.path)
    while any(thread.is_alive() for thread in threads):
        server.write(MINE.format(15 if len(changes) % 2 else 20))
        changes.append(changing.ask("reload\n"))
    for thread in threads:
        thread.join()
    server.write(MINE.format(15))
    changes.append(changing.ask("reload\n"))
    changing.end()
    equal(f"{clients} clients while the policy is changed", [len(seen) >= clients * each, wrong[:3]], [True, []])
    equal("each change is taken", set(changes), {'{"reloaded":true}\n'})
    equal("both policies have answered", len(set(seen)), 2)


def many_clients(server):
    """More than it takes at once: the rest wait until others leave."""
    first = [Client(server.path) for _ in range(256)]
    late = Client(server.path)
    late.send(SHORT.format("L"))
    equal("256 clients at once", [methods(c.ask(SHORT.format("M"))) for c in (first[0], first[255])], [INFUSED] * 2)
    for client in first:
        client.end()
    equal("the next is answered when they leave", json.loads(late.line())["encounter"], "L")
    late.end()


def serve(program, data, work, env, small):
    server = Server(program, data, work, env)
    holds("the server is ready", server.ready, server.said())
    equal("only its user can open the socket", oct(os.stat(server.path).st_mode & 0o777), "0o700")
    one_client(server)
    reloads(server)
    if not small:
        many_clients(server)
    crowd(server, 4 if small else 16, 25 if small else 200)
    slow = slow_clients(server)
    equal("it stops, though clients hang on it", [server.stop(), os.path.exists(server.path)], [0, False])
    for client in slow:
        client.end()
    holds("with nothing to say but what was asked for", "anitizer" not in server.said() and "leak" not in server.said(), server.said())
    server = Server(program, data, work, env)
    equal("an idle server stops at once, by SIGINT", server.stop(signal.SIGINT), 0)
    equal("calls that are wrong are told", run(program, env=env).returncode, 2)


# ---- drip.py

def layouts(at, work):
    """The structures that drip.py writes down once more, beside those of the installed header."""
    sys.path.insert(0, work)
    os.environ["DRIP_LIBRARY"] = os.path.join(at.lib, "libdrip.so")
    import drip
    structs = {"drip_limits": drip._Limits, "drip_place": drip._Place, "drip_diag": drip._Diag, "drip_options_explain": drip._Explain}
    lines, want = [], []
    for name, kind in structs.items():
        lines.append(f'printf("{name} %zu\\n", sizeof({name}));')
        want.append(f"{name} {ctypes.sizeof(kind)}")
        for field, _ in kind._fields_:
            lines.append(f'printf("{name}.{field} %zu\\n", offsetof({name}, {field}));')
            want.append(f"{name}.{field} {getattr(kind, field).offset}")
    source, program = os.path.join(work, "layouts.c"), os.path.join(work, "layouts")
    with open(source, "w") as f:
        f.write("#include <drip.h>\n#include <stdio.h>\nint main(void)\n{\n" + "\n".join(lines) + "\n}\n")
    made = run("gcc", "-o", program, source, *at.flags())
    equal("drip.py has the structures of drip.h", (made.stderr or run(program, env=at.env).stdout).split("\n")[:-1], want)


DOCTESTS = """import doctest, decimal, drip
r = doctest.testmod(drip, extraglobs={"Decimal": decimal.Decimal})
print(r.attempted > 3, r.failed)
"""


def python(at, work):
    shutil.copy(os.path.join(EXAMPLES, "drip.py"), work)
    env = dict(at.env, DRIP_LIBRARY=os.path.join(at.lib, "libdrip.so"))
    layouts(at, work)
    ran = run(sys.executable, "-c", DOCTESTS, env=env, cwd=work)
    equal("drip.py: the examples in it", ran.stdout[-500:] + ran.stderr, "True 0\n")
    ran = run(sys.executable, os.path.join(ROOT, "tests", "python_use.py"), at.data, env=dict(env, PYTHONPATH=work), cwd=work)
    last = re.fullmatch(r"(\d+) passed, (\d+) failed", (ran.stdout.rstrip() or "nothing").split("\n")[-1])
    holds("drip.py: python_use.py", last and ran.returncode == 0, ran.stdout, ran.stderr)
    if last:
        tally.passed, tally.failed = tally.passed + int(last[1]), tally.failed + int(last[2])
    ran = run(sys.executable, "-c", page("python"), env=dict(env, PYTHONPATH=work), cwd=EXAMPLES)
    holds("and as README.md shows it", "('96415', 2)" in ran.stdout and "additional.hours" in ran.stdout and not ran.stderr, ran.stderr, ran.stdout)
    version = run("pkg-config", "--modversion", "drip", env=at.env).stdout
    small = [sys.executable, "-c", "import drip; print(drip.version)"]
    equal("it finds the installed library", run(*small, env=at.env, cwd=work).stdout, version)
    shutil.copy(os.path.join(at.lib, "libdrip.so"), work)
    alone = {k: v for k, v in at.env.items() if k != "LD_LIBRARY_PATH"}
    equal("and the one beside it", run(*small, env=alone, cwd=work).stdout, version)
    os.remove(os.path.join(work, "libdrip.so"))


# ---- sqlite_drip.c

def sql(at, statements, extension, **more):
    return run("sqlite3", "-batch", ":memory:", stdin=f".load {extension}\n" + statements, env=dict(at.env, **more))


def sqlite(at, work):
    if not shutil.which("sqlite3") or not os.path.exists("/usr/include/sqlite3ext.h"):
        return skipped("sqlite_drip.c", "no sqlite3, or no libsqlite3-dev")
    extension = os.path.join(work, "sqlite_drip")
    data = run("pkg-config", "--variable=datadir", "drip", env=dict(at.env, PKG_CONFIG_SYSROOT_DIR="")).stdout.strip()
    equal("drip.pc says where policies are", data, "/usr/local/share/drip")
    if not at.compile(extension + ".so", "sqlite_drip.c", "-shared", "-fPIC", f'-DDRIP_DATA="{at.root}{data}"'):
        return
    sqlite_answers(at, work, extension)
    sqlite_errors(at, extension)
    sqlite_page(at, extension)
    checked = os.path.join(work, "libsqlite_drip.so")  # named as the other, so that its entry point is found
    library = os.path.join(ROOT, "build", "san", "libdrip.a")
    if not os.path.exists(library):
        return skipped("sqlite_drip.c under sanitizers", "build/san is not built: make SAN=1")
    made = run("gcc", *WARN, *ADDRESS, "-shared", "-fPIC", "-I" + os.path.join(ROOT, "runtime"), "-o", checked,
               os.path.join(EXAMPLES, "sqlite_drip.c"), library, "-pthread")
    holds("it is compiled under sanitizers", made.returncode == 0, made.stderr)
    asan = run("gcc", "-print-file-name=libasan.so").stdout.strip()
    ran = sql(at, TABLE.format(os.path.join(EXAMPLES, "visit.json")) + JOINED + ERRORS, checked, LD_PRELOAD=asan, DRIP_PATH=ROOT)
    holds("nothing is leaked or overrun", "anitizer" not in ran.stderr and "V2|96415" in ran.stdout, ran.stderr, ran.stdout)


TABLE = """create table encounters(id text primary key, json text);
insert into encounters select 'V' || value, readfile('{}') from (select 1 as value union select 2);
"""
JOINED = "SELECT e.id, l.code, l.units FROM encounters e, drip_lines('national', e.json) l WHERE l.code LIKE '9641%';\n"
ERRORS = """select * from drip_lines('national', '{"id":"X1","start":7,"patient":{"weight":"secret"}}');
select drip_result('national', '{"id":"X1"');
select * from drip_lines('nowhere', '{}');
select * from drip_lines('./payers/medicare', '{}');
select * from drip_lines('medicare.drip', '{}');
select * from drip_findings('national');
select drip_result('national');
"""


def sqlite_answers(at, work, extension):
    table = TABLE.format(os.path.join(EXAMPLES, "visit.json"))
    ran = sql(at, table + JOINED, extension)
    equal("drip_lines beside a table", ran.stdout + ran.stderr, "V1|96413|1\nV1|96415|2\nV2|96413|1\nV2|96415|2\n")
    told = json.loads(run(os.path.join(at.prefix, "bin", "drip"), "run", "-p", "national", "--json", stdin=VISIT,
                          env=dict(at.env, DRIP_PATH=at.data)).stdout)
    ran = sql(at, table + ".mode json\nselect l.* from encounters e, drip_lines('national', e.json) l where e.id = 'V1';\n", extension)
    rows = json.loads(ran.stdout or "[]")
    equal("the fields of all lines", [(r["code"], r["units"], r["modifiers"] or "", r["date"], r["clause"]) for r in rows],
          [(line["code"], line["units"], ", ".join(line["modifiers"]), line["date"], line["clauses"][0]) for line in told["lines"]])
    ran = sql(at, table + ".mode json\nselect f.* from encounters e, drip_findings('national', e.json) f where e.id = 'V1';\n", extension)
    rows = json.loads(ran.stdout or "[]")
    equal("findings", [(r["severity"], r["code"], r["message"], r["clause"], r["cite"]) for r in rows],
          [(f["severity"], f["code"], f["message"], f["clause"], f["cite"]) for f in told["findings"]])
    holds("with their cure", rows and all(r["cure"] for r in rows), rows)
    ran = sql(at, table + "select drip_result('national', json) from encounters where id = 'V1';\n", extension)
    equal("drip_result is what the command answers", json.loads(ran.stdout), told)
    for what, query, want in (
            ("two policies side by side", "select count(*), count(distinct b.policy) from encounters e, drip_lines('national', e.json) a "
             "join drip_lines('medicare', e.json) b on a.rowid = b.rowid where e.id = 'V1';", f"{len(told['lines'])}|1\n"),
            ("NULL", "select drip_result(null, '{}') is null, drip_result('national', null) is null, (select count(*) from "
             "drip_lines(null, '{}'));", "1|1|0\n"),
            ("totals by SQL's own JSON", "select drip_result('national', json) ->> '$.totals.lines' from encounters;",
             f"{len(told['lines'])}\n" * 2),
            ("sums", "select e.id, count(*), max(l.units) from encounters e left join drip_lines('national', e.json) l group by 1;",
             "".join(f"V{i}|{len(told['lines'])}|{max(line['units'] for line in told['lines'])}\n" for i in (1, 2))),
            ("a policy's table written first", "select count(*) from drip_lines('national', e.json) l, encounters e;",
             f"{2 * len(told['lines'])}\n"),
            ("the arguments as columns", "select distinct l.policy, length(l.encounter) > 100 from encounters e, "
             "drip_lines('national', e.json) l;", "national|1\n"),
            ("two in one row", "select count(*) from encounters a, encounters b, drip_lines('national', a.json) l, "
             "drip_lines('national', b.json) m where l.code = m.code and l.rowid = m.rowid;", f"{4 * len(told['lines'])}\n")):
        ran = sql(at, table + query + "\n", extension)
        equal(f"sqlite: {what}", ran.stdout + ran.stderr, want)


def sqlite_page(at, extension):
    ran = run("sqlite3", "-batch", ":memory:", stdin=page("sql").replace("./sqlite_drip", extension), cwd=EXAMPLES, env=at.env)
    holds("sqlite: as README.md shows it", "V1|96415|2|additional.hours\n" in ran.stdout and re.search(r"^J1745\|\d+\.\d\d$", ran.stdout, re.M) and '{"lines":11,' in ran.stdout and not ran.stderr,
          ran.stderr, ran.stdout)


def sqlite_errors(at, extension):
    ran = sql(at, ERRORS, extension)
    told = [re.sub(r"^(Runtime|Parse) error near line \d+: ", "", line) for line in ran.stderr.split("\n") if "error near" in line]
    equal("sqlite: what is wrong is an error", [ran.stdout, [t[:55] for t in told]], ["", [
        "encounter X1: start: expected a time YYYY-MM-DDTHH:MM, ", "encounter X1: the text ends too early (byte 10)",
        'error: there is no policy "nowhere" along the search pa', 'a policy is given by its name, as "national"',
        'a policy is given by its name, as "national"', "it takes a policy and an encounter",
        "wrong number of arguments to function drip_result()"]])
    holds("sqlite: and nothing of the record is in it", "secret" not in ran.stderr, ran.stderr)


def main():
    with tempfile.TemporaryDirectory() as work:
        program = os.path.join(work, "server")
        if "threads" in sys.argv[1:]:
            made = run("gcc", *WARN, "-fsanitize=thread", "-I" + os.path.join(ROOT, "runtime"), "-o", program,
                       os.path.join(EXAMPLES, "server.c"), os.path.join(ROOT, "build", "tsan", "libdrip.a"), "-pthread")
            holds("server.c is compiled", made.returncode == 0, made.stderr)
            serve(program, ROOT, work, dict(os.environ), small=True)
        else:
            at = Installed(work)
            embed(at, work)
            if at.compile(program, "server.c", "-pthread"):
                serve(program, at.data, work, at.env, small=False)
            python(at, work)
            sqlite(at, work)
    print(f"{tally.passed} passed, {tally.failed} failed")
    sys.exit(tally.failed != 0)


main()
