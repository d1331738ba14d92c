#!/usr/bin/env python3
"""examples/drip.py as a program uses it: errors, exact amounts, threads, lifetimes. Called by examples.py.

    python_use.py ROOT      ROOT: holds rulesets/ and payers/

Ends with `N passed, N failed`.
"""
import gc
import json
import os
import sys
import threading
from decimal import Decimal

import drip
from tally import report
import tally

ROOT = sys.argv[1]
VISIT = open(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "examples", "visit.json")).read()
# A field of the record that a policy declares, and shows: to see what becomes of a number on its way.
AMOUNT = """drip 1
layer amounts over national

source plan "A plan"

extend entity Encounter
  share : number?

finding share-equal info for e in Encounter
  when e.share is known and e.share is %s
  message "it is"
  cite plan "1"
"""


def equal(what, got, want):
    report(what, None if got == want else f"wanted {want!r:.300}\ngot    {got!r:.300}")


def raises(what, kind, call, **members):
    try:
        call()
        report(what, f"no {kind.__name__} was raised")
    except kind as error:
        wrong = {k: getattr(error, k) for k, v in members.items() if getattr(error, k) != v}
        report(what, f"wanted {members}, got {wrong}" if wrong else None)
        return error
    except Exception as error:
        report(what, f"{type(error).__name__}: {error}")


def errors(engine):
    wrong = raises("a policy with errors", drip.PolicyError, lambda: engine.compile(
        "national", path=ROOT, sources={"x.drip": "drip 1\nlayer x over national\n\nset push_limitt = 3 min\n"}), status="bad_policy")
    said = wrong.diagnostics
    equal("is told by diagnostics", [(d.level, d.code, d.origin, d.line, d.column, d.end_column, d.hint) for d in said],
          [("error", "E0472", "x.drip", 4, 5, 16, 'did you mean "push_limit"?')])
    equal("that read well", str(said[0]), 'x.drip:4:5: error[E0472]: there is no parameter "push_limitt" to set')
    report("and by a text with a caret", None if "^~~~" in str(wrong) else str(wrong))
    raises("no such policy", drip.PolicyError, lambda: engine.compile("nowhere", path=ROOT), status="not_found")
    raises("no such parameter", drip.PolicyError, lambda: engine.compile("national", path=ROOT, params={"nothing": 1}), status="bad_policy")
    session = engine.compile("national", path=ROOT).session()
    for what, record in (("of another type", {"id": "S", "start": 7}), ("cut short", VISIT[:50]), ("not UTF-8", b'{"id":"\xff"}'), ("empty", "")):
        raises(f"a record {what} is refused", drip.Refused, lambda: session.evaluate(record), status="bad_input")
    equal("and the session answers the next", len(session.evaluate(VISIT)["lines"]), 11)
    raises("an explanation of nothing", drip.Error, engine.compile("national", path=ROOT).session().explain, status="misuse")
    raises("a date that is none", ValueError, lambda: engine.compile("national", path=ROOT).session(date="tomorrow"))
    small = drip.Engine(fuel=100).compile("national", path=ROOT).session()
    raises("a budget", drip.Limit, lambda: small.evaluate(VISIT), status="limit")
    raises("a limit that is none", TypeError, lambda: drip.Engine(speed=3))


def answers(engine):
    program = engine.compile("national", path=ROOT)
    equal("the program's name", program.name, "national")
    session = program.session()
    text = session.evaluate_text(VISIT)
    equal("a dict, its text and its bytes are answered alike",
          [session.evaluate_text(json.loads(VISIT, parse_float=Decimal)), session.evaluate_text(VISIT.encode())], [text, text])
    equal("and as text", json.loads(text, parse_float=Decimal), session.evaluate(VISIT))
    report("an explanation", None if "additional.hours" in session.explain("96415") else session.explain("96415"))
    report("of a code that is not there", None if "96417" in session.explain(why_not="96417") else session.explain(why_not="96417"))
    report("steps are counted", None if session.fuel_used > 1000 else session.fuel_used)
    other = engine.compile("national", path=ROOT, params={"push_limit": "20 min"})
    equal("a parameter makes another program", other.digest == program.digest, False)
    equal("the same policy the same", engine.compile("national", path=ROOT).digest, program.digest)


def amounts(engine):
    for given in ("0.1", "72.50", "123456789.123456", "0.000001", "1000"):
        session = engine.compile("national", path=ROOT, sources={"amounts.drip": AMOUNT % given}).session()
        record, found = json.loads(VISIT, parse_float=Decimal), []
        for share in (Decimal(given), Decimal(given) + Decimal("0.0000001"), Decimal(given).scaleb(3).scaleb(-3)):
            record["share"] = share
            found.append("share-equal" in [f["code"] for f in session.evaluate(record)["findings"]])
        equal(f"{given} is {given} and nothing else", found, [True, False, True])
    raises("a float is refused", TypeError, lambda: session.evaluate({"id": "F", "share": 0.1}))
    raises("and what is no number", TypeError, lambda: session.evaluate({"id": "F", "share": Decimal("NaN")}))


def lifetimes():
    with drip.Engine() as engine, engine.compile("national", path=ROOT) as program:
        session = program.session()
    equal("a session outlives what it is made from", len(session.evaluate(VISIT)["lines"]), 11)
    raises("what is closed makes nothing", ValueError, program.session)
    raises("nor does an engine", ValueError, lambda: engine.compile("national", path=ROOT))
    session.close()
    session.close()
    raises("a closed session", ValueError, lambda: session.evaluate(VISIT))
    for _ in range(3):
        drip.Engine().compile("national", path=ROOT).session().evaluate(VISIT)
    gc.collect()


def threads(engine):
    program = engine.compile("national", path=ROOT)
    want, got = program.session().evaluate_text(VISIT), []

    def work():
        with program.session() as session:
            got.extend(session.evaluate_text(VISIT) for _ in range(50))
    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    equal("eight threads share a program", [len(got), set(got) == {want}], [400, True])


def interrupts(engine):
    """A long record is stopped by another thread; a second thread may not use a session that is at work."""
    rows = [{"at": f"2026-03-{2 + n // 1440:02}T{n // 60 % 24:02}:{n % 60:02}", "action": "push", "administration": f"A{n}",
             "drug": "ondansetron", "route": "iv"} for n in range(8000)]
    record = drip.text_of({"id": "L", "claim": "facility", "start": "2026-03-02T00:00", "mar": rows})
    session, seen = engine.compile("national", path=ROOT).session(), []

    def work():
        try:
            session.evaluate(record)
            seen.append("it came to its end")
        except drip.Error as error:
            seen.append(error.status)
    worker = threading.Thread(target=work)
    worker.start()
    while worker.is_alive() and not session._busy.locked():
        pass
    raises("a session at work is for one thread", RuntimeError, lambda: session.evaluate(VISIT))
    session.interrupt()
    worker.join()
    equal("an evaluation is stopped by another thread", seen, ["interrupted"])
    equal("and the session answers again", len(session.evaluate(VISIT)["lines"]), 11)


with drip.Engine() as shared:
    errors(shared)
    answers(shared)
    amounts(shared)
    lifetimes()
    threads(shared)
    interrupts(shared)
print(f"{tally.passed} passed, {tally.failed} failed")
sys.exit(tally.failed != 0)
