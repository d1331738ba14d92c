"""libdrip from Python, by ctypes alone: nothing to build, nothing to install but the library.

    >>> import drip
    >>> with drip.Engine() as engine, engine.compile("national") as program, program.session() as session:
    ...     result = session.evaluate({"id": "E-7", "claim": "facility", "start": "2026-03-02T08:00", "mar": [
    ...         {"at": "2026-03-02T09:00", "action": "start", "administration": "A1", "drug": "ceftriaxone", "route": "iv"},
    ...         {"at": "2026-03-02T10:36", "action": "stop", "administration": "A1"}]})
    >>> [(line["code"], line["units"]) for line in result["lines"]]
    [('96365', 1), ('96366', 1)]

A program never changes, and any number of threads may share it; a session is for one thread at a time, and evaluations in
several sessions run at once (ctypes lets go of Python's lock). Objects are freed when the last that needs them goes: `close`
and `with` are for those who want to say when.

Amounts stay exact: what is not an integer comes as `decimal.Decimal`, and may be given as one. A float is refused, as it seldom
is the number that was charted; read records with `json.load(file, parse_float=Decimal)`, or hand over their text as it is.

    >>> drip.text_of({"weight": Decimal("72.50"), "note": None, "ids": ["A1"]})
    '{"weight":72.50,"note":null,"ids":["A1"]}'
    >>> drip.text_of({"weight": 72.5})
    Traceback (most recent call last):
    ...
    TypeError: 72.5 is a float, which is not exact: give a Decimal, or read JSON with parse_float=Decimal

The library is the file that DRIP_LIBRARY names, or libdrip.so beside this file, or the installed one. Policies are found along
`path`, by default DRIP_PATH, else the installed ones.
"""
import ctypes
import ctypes.util
import json
import os
import threading
from dataclasses import dataclass
from decimal import Decimal
from typing import Optional

__all__ = ["Engine", "Program", "Session", "Diagnostic", "Error", "PolicyError", "Refused", "Limit", "Interrupted", "text_of"]

HERE = os.path.dirname(os.path.abspath(__file__))


# ---- what may go wrong

class Error(Exception):
    """Any call that failed; `status` is the library's name for why, "bad_input"."""

    def __init__(self, status, message):
        super().__init__(message or status)
        self.status = status


class PolicyError(Error):
    """A policy that was not found or has errors: `diagnostics`, and as text with source lines and carets."""

    def __init__(self, status, message, diagnostics=()):
        super().__init__(status, message)
        self.diagnostics = list(diagnostics)


class Refused(Error):
    """A record that cannot be read. The message names its id and the place in it, and nothing else that stands there."""


class Limit(Error):
    """A budget was used up."""


class Interrupted(Error):
    """Session.interrupt was called."""


@dataclass(frozen=True)
class Diagnostic:
    """One message about a policy. `line` and `column` count from 1; `origin` is None where it has no place."""
    level: str
    code: str
    message: str
    note: Optional[str]
    hint: Optional[str]
    origin: Optional[str]
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self):
        place = f"{self.origin}:{self.line}:{self.column}: " if self.origin else ""
        return f"{place}{self.level}{f'[{self.code}]' if self.code else ''}: {self.message}"


_ERRORS = {2: Refused, 3: Limit, 4: Interrupted}
_LEVELS = ("error", "warning", "note")


# ---- the library

class _Limits(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("source_bytes", ctypes.c_size_t), ("compile_heap", ctypes.c_size_t),
                ("heap", ctypes.c_size_t), ("input_bytes", ctypes.c_size_t), ("fuel", ctypes.c_uint64), ("depth", ctypes.c_uint32),
                ("rows", ctypes.c_uint32), ("hook_steps", ctypes.c_uint64), ("hook_bytes", ctypes.c_size_t)]


class _Place(ctypes.Structure):
    _fields_ = [("origin", ctypes.c_char_p), ("start", ctypes.c_size_t), ("end", ctypes.c_size_t), ("line", ctypes.c_uint32),
                ("column", ctypes.c_uint32), ("end_line", ctypes.c_uint32), ("end_column", ctypes.c_uint32)]


class _Diag(ctypes.Structure):
    _fields_ = [("level", ctypes.c_int), ("code", ctypes.c_char_p), ("message", ctypes.c_char_p), ("note", ctypes.c_char_p),
                ("hint", ctypes.c_char_p), ("at", _Place), ("n_labels", ctypes.c_uint32), ("n_fixes", ctypes.c_uint32),
                ("sure", ctypes.c_int)]


class _Explain(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("why", ctypes.c_char_p), ("why_not", ctypes.c_char_p), ("json", ctypes.c_char_p),
                ("json_len", ctypes.c_size_t), ("as_json", ctypes.c_int), ("whole", ctypes.c_int)]


_P, _TEXT, _SIZE, _INT = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int
_TO = ctypes.POINTER
_CALLS = {
    "drip_version": (_TEXT,),
    "drip_status_name": (_TEXT, _INT),
    "drip_engine_new": (_INT, _P, _P, _TO(_Limits), _TO(_P)),
    "drip_engine_free": (None, _P),
    "drip_layers_new": (_INT, _P, _TO(_P)),
    "drip_layers_free": (None, _P),
    "drip_layers_add": (_INT, _P, _TEXT, _TEXT, _SIZE, _TO(_P)),
    "drip_layers_add_policy_files": (_INT, _P, _TEXT, _TEXT, _TO(_P)),
    "drip_layers_set": (_INT, _P, _TEXT, _TEXT, _TO(_P)),
    "drip_layers_set_notes": (None, _P, _INT),
    "drip_compile": (_INT, _P, _TO(_P), _TO(_P)),
    "drip_program_free": (None, _P),
    "drip_program_name": (_TEXT, _P),
    "drip_program_digest": (_TEXT, _P),
    "drip_session_new": (_INT, _P, _TO(_P)),
    "drip_session_free": (None, _P),
    "drip_session_set_date": (_INT, _P, _TEXT),
    "drip_session_set_known": (_INT, _P, _TEXT),
    "drip_session_interrupt": (None, _P),
    "drip_session_message": (_TEXT, _P),
    "drip_session_fuel_used": (ctypes.c_uint64, _P),
    "drip_eval": (_INT, _P, _TEXT, _SIZE),
    "drip_result_json": (_INT, _P, _TO(_P), _TO(_SIZE)),
    "drip_explain": (_INT, _P, _TO(_Explain), _TO(_P), _TO(_SIZE)),
    "drip_error_text": (_TEXT, _P),
    "drip_error_free": (None, _P),
    "drip_error_diag": (_INT, _P, ctypes.c_uint32, _TO(_Diag)),
}


def _load():
    beside = os.path.join(HERE, "libdrip.so")
    name = os.environ.get("DRIP_LIBRARY") or (beside if os.path.exists(beside) else None)
    library = ctypes.CDLL(name or ctypes.util.find_library("drip") or "libdrip.so.0")
    for call, (result, *arguments) in _CALLS.items():
        function = getattr(library, call)
        function.restype, function.argtypes = result, arguments
    return library


_lib = _load()
version = _lib.drip_version().decode()


def _policies():
    """Where policies are looked for if nobody says."""
    if os.environ.get("DRIP_PATH"):
        return os.environ["DRIP_PATH"]
    bases = ["/usr/local", "/usr"]
    if os.sep in _lib._name:
        bases.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(_lib._name))))
    return ":".join(os.path.join(base, "share", "drip") for base in bases)


def _text(data):
    return None if data is None else data.decode("utf-8", "replace")


def _bytes(text):
    return None if text is None else text.encode()


class _Handle:
    """Frees a pointer when nobody holds it any more, nor anything that is made from it.

    Counted here, as Python may drop objects that only hold each other (in a traceback, say) in any order."""

    _lock = threading.RLock()  # a collection may begin anywhere, also where it is held

    def __init__(self, make, free, parent=None):
        self.pointer, self._free, self._parent, self._users = _P(), free, parent, 1
        if parent is not None:
            parent._count(1)
        self.status = make(ctypes.byref(self.pointer))

    def _count(self, change):
        with self._lock:
            self._users += change
            last = self._users == 0
        if last:
            if self.pointer:
                self._free(self.pointer)
            if self._parent is not None:
                self._parent._count(-1)

    def __del__(self):
        self._count(-1)


class _Closing:
    _handle = None

    def close(self):
        """Lets go of it. What was made from it stays usable."""
        self._handle = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def _open(self):
        handle = self._handle
        if handle is None:
            raise ValueError(f"this {type(self).__name__} is closed")
        return handle


def _checked(status, message=None):
    if status != 0:
        raise _ERRORS.get(status, Error)(_lib.drip_status_name(status).decode(), message)


# ---- engine, program, session

class Engine(_Closing):
    """Makes programs. Budgets by name, as in drip_limits: Engine(fuel=1_000_000, heap=64 << 20)."""

    def __init__(self, **limits):
        unknown = set(limits) - {name for name, _ in _Limits._fields_[1:]}
        if unknown:
            raise TypeError(f"no such limit: {', '.join(sorted(unknown))}")
        self._handle = _Handle(lambda out: _lib.drip_engine_new(None, None, _Limits(ctypes.sizeof(_Limits), **limits), out),
                               _lib.drip_engine_free)
        _checked(self._handle.status)

    def compile(self, policy=None, *, sources=None, params=None, path=None, notes=False):
        """A Program from `policy`, a name or a path; with `sources` on it, {"mine.drip": text}, and parameters set, as a layer on top would:

            engine.compile("national", params={"push_limit": "20 min"})

        Raises PolicyError. Warnings (and with `notes`, what could not be proved) are in Program.diagnostics."""
        engine = self._open
        layers = _Handle(lambda out: _lib.drip_layers_new(engine.pointer, out), _lib.drip_layers_free, engine)
        _checked(layers.status)
        _lib.drip_layers_set_notes(layers.pointer, bool(notes))
        if policy is not None:
            _policy_call(_lib.drip_layers_add_policy_files, layers.pointer, _bytes(policy), _bytes(path or _policies()))
        for origin, text in (sources or {}).items():
            _policy_call(_lib.drip_layers_add, layers.pointer, _bytes(origin), _bytes(text), len(_bytes(text)))
        for name, value in (params or {}).items():
            _policy_call(_lib.drip_layers_set, layers.pointer, _bytes(name), _bytes(str(value)))
        return Program(engine, layers)


class Program(_Closing):
    """A compiled policy; made by Engine.compile. Any number of threads may use it."""

    def __init__(self, engine, layers):
        said = []

        def make(out):
            said.extend(_policy_call(_lib.drip_compile, layers.pointer, out))
            return 0
        self._handle = _Handle(make, _lib.drip_program_free, engine)
        self.diagnostics = said
        self.name = _text(_lib.drip_program_name(self._handle.pointer))
        self.digest = _text(_lib.drip_program_digest(self._handle.pointer))

    def session(self, *, date=None, known=None):
        """A Session; `date` and `known` ("YYYY-MM-DD") answer as of a date of service, and as was known on a day."""
        return Session(self._open, date, known)


class Session(_Closing):
    """Evaluates records under one program, one at a time."""

    def __init__(self, program, date, known):
        self._busy = threading.Lock()
        self._record = None
        self._handle = _Handle(lambda out: _lib.drip_session_new(program.pointer, out), _lib.drip_session_free, program)
        _checked(self._handle.status)
        for given, call in ((date, _lib.drip_session_set_date), (known, _lib.drip_session_set_known)):
            if given is not None and call(self._handle.pointer, _bytes(str(given))) != 0:
                raise ValueError(f"{given!r} is not a date, YYYY-MM-DD")

    def evaluate(self, record):
        """The drip.result/1 of a record, as a dict: given as a dict, or as the text of its JSON. Raises Refused and Limit."""
        return json.loads(self.evaluate_text(record), parse_float=Decimal)

    def evaluate_text(self, record):
        """The same as text, byte for byte what `drip run --json` prints."""
        with self._alone() as session:
            self._record = None
            text = record if isinstance(record, bytes) else (record if isinstance(record, str) else text_of(record)).encode()
            _checked(_lib.drip_eval(session, text, len(text)), _text(_lib.drip_session_message(session)))
            self._record = text
            return _taken(_lib.drip_result_json, session)

    def explain(self, why=None, *, why_not=None, whole=False):
        """Why each line and finding of the last result is there, as text: all of them, or those with a code; or why one is not."""
        with self._alone() as session:
            text = self._record or b""
            options = _Explain(ctypes.sizeof(_Explain), _bytes(why), _bytes(why_not), text, len(text), 0, bool(whole))
            return _taken(_lib.drip_explain, session, options)

    @property
    def fuel_used(self):
        """Steps that the last evaluation took."""
        return _lib.drip_session_fuel_used(self._open.pointer)

    def interrupt(self):
        """From another thread: the evaluation that runs, or else the next one, ends with Interrupted."""
        _lib.drip_session_interrupt(self._open.pointer)

    def _alone(self):
        return _Alone(self._busy, self._open)


class _Alone:
    """A session for the length of a call; what another thread has at work is not waited for, as that is a mistake."""

    def __init__(self, busy, handle):
        self._busy, self._handle = busy, handle

    def __enter__(self):
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("this Session is at work in another thread: make one for each")
        return self._handle.pointer

    def __exit__(self, *_):
        self._busy.release()


def _taken(call, session, *options):
    """The text that a call lends us, as our own."""
    text, size = _P(), _SIZE()
    _checked(call(session, *options, ctypes.byref(text), ctypes.byref(size)))
    return ctypes.string_at(text, size.value).decode()


def _policy_call(call, *arguments):
    """A call whose last argument is a drip_error. What it said; raises PolicyError."""
    error = _P()
    status = call(*arguments, ctypes.byref(error))
    try:
        said = _diagnostics(error) if error else []
        if status != 0:
            raise PolicyError(_lib.drip_status_name(status).decode(), _text(_lib.drip_error_text(error)) if error else "", said)
        return said
    finally:
        _lib.drip_error_free(error)


def _diagnostics(error):
    said, view = [], _Diag()
    while _lib.drip_error_diag(error, len(said), view) == 0:
        at = view.at
        said.append(Diagnostic(_LEVELS[view.level], _text(view.code), _text(view.message), _text(view.note), _text(view.hint),
                               _text(at.origin), at.line, at.column, at.end_line, at.end_column))
    return said


def text_of(value):
    """A record as JSON, with every Decimal as it is written."""
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(str(key)) + ":" + text_of(member) for key, member in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(text_of, value)) + "]"
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value:f}"
    if isinstance(value, float):
        raise TypeError(f"{value} is a float, which is not exact: give a Decimal, or read JSON with parse_float=Decimal")
    return json.dumps(value)
