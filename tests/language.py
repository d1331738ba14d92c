#!/usr/bin/env python3
"""Runs every fenced example of dsl/LANGUAGE.md, and compares its tables with the sources.

    DRIP=build/drip python3 tests/language.py [-v] [TEXT]      only blocks that contain TEXT

What a fence says (after its three backquotes):
  drip                a fragment: checked as a layer over national
  drip (first line `drip 1`)  a whole file
  define=W            the block is the world W; world=W: this block is appended to it
  error=CODE          the block must fail with this code, and with no other; warning=CODE: it passes with it
  fails               its scenarios must not all pass
  file=NAME           keeps the block under this name for the commands that follow
  json file=NAME      an input; must be JSON
  lua file=NAME       a script, beside the policies and commands after it
  json, text          an output: the HTML comment before it names the command, <!-- $ drip ... -->;
                      a command that fails says so: <!-- $ drip ... (exit 1) -->
In an output "…" stands for anything on the line, and a line that is only "…" for any lines. A block with
scenarios is also run with `drip test`. A line that is indented as code must stand in one of the blocks. Any
other block is an error: nothing in the document goes untested.
"""
import glob
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

import tally
from tally import same_text

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DRIP = os.path.abspath(os.environ.get("DRIP", os.path.join(ROOT, "build/drip")))
DOCUMENT = os.path.join(ROOT, "dsl/LANGUAGE.md")
NATIONAL = "drip 1\nlayer example over national\n"
COMMAND = re.compile(r"^<!--\s*\$ drip (.*?)(?:\s*\(exit (\d+)\))?\s*-->\s*$")
CODE = re.compile(r"\[([EWN]\d{4})\]")

verbose = "-v" in sys.argv[1:]
wanted = [a for a in sys.argv[1:] if not a.startswith("-")]
kept = {}    # file name -> text
worlds = {}


def report(name, problem):
    if tally.report(name, problem) and verbose:
        print(f"passed {name}")


def drip(arguments, files):
    """Runs a command in a folder that holds these files only: (exit, output)."""
    with tempfile.TemporaryDirectory(prefix="drip-language-") as folder:
        for name, text in files.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.write(text)
        environment = dict(os.environ, DRIP_PATH=ROOT, LC_ALL="C", NO_COLOR="1")
        try:
            done = subprocess.run([DRIP] + arguments, cwd=folder, env=environment, timeout=120,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        except (OSError, subprocess.TimeoutExpired) as e:
            return -1, str(e)
        return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")


# ---- the document in blocks

class Block:
    def __init__(self, line, info, text, command, code):
        words = info.split()
        self.kind = words[0] if words else ""
        self.options = dict(w.split("=", 1) if "=" in w else (w, "") for w in words[1:])
        self.line, self.text, self.command, self.exit = line, text, command, code

    def name(self):
        first = self.text.strip().split("\n")[0] if self.text.strip() else "(empty)"
        return f"LANGUAGE.md:{self.line}: {self.command and 'drip ' + self.command or first[:70]}"


def blocks(lines):
    command, code, at = None, 0, 0
    while at < len(lines):
        found = COMMAND.match(lines[at])
        if found:
            command, code = found.group(1), int(found.group(2) or 0)
        elif lines[at].startswith("```"):
            start, info = at, lines[at][3:].strip()
            at += 1
            while at < len(lines) and lines[at].rstrip() != "```":
                at += 1
            if at == len(lines):
                report(f"LANGUAGE.md:{start + 1}", "this block is never closed")
            yield Block(start + 1, info, "\n".join(lines[start + 1:at]) + "\n", command, code)
            command, code = None, 0
        elif lines[at].strip():
            if command is not None:
                report(f"LANGUAGE.md:{at + 1}", "a command is named here, but no block follows it")
            command, code = None, 0
        at += 1


# ---- policies

def whole(block):
    if re.match(r"\s*(#[^\n]*\n\s*)*drip 1\b", block.text):
        return block.text, None
    world = block.options.get("world")
    if world is None:
        return NATIONAL + block.text, None
    if world not in worlds:
        return None, f"no world {world} is defined before this block"
    return worlds[world] + "\n" + block.text, None


def policy_problem(block):
    text, problem = whole(block)
    if problem:
        return problem
    if "define" in block.options:
        worlds[block.options["define"]] = text
    file = block.options.get("file", "example.drip")
    if "file" in block.options:
        kept[file] = text
    beside = {name: kept[name] for name in kept if name.endswith((".csv", ".lua")) and f'"{name}"' in text}
    code, output = drip(["check", file], {file: text, **beside})
    codes = set(CODE.findall(output))
    expected = set(filter(None, [block.options.get("error"), block.options.get("warning")]))
    if codes != expected:
        return f"expected {', '.join(sorted(expected)) or 'no diagnostics'}, got exit {code} and:\n{output}"
    if code != ("error" in block.options):
        return f"exit {code}:\n{output}"
    if "error" in block.options or not re.search(r'^scenario "', text, re.M):
        return None
    code, output = drip(["test", file], {file: text, **beside})
    return None if code == ("fails" in block.options) else f"drip test: exit {code}:\n{output}"


# ---- outputs

def same_json(want, got):
    if isinstance(want, str) and "…" in want:
        pattern = ".*?".join(re.escape(part) for part in want.split("…"))
        return isinstance(got, str) and re.fullmatch(pattern, got, re.S) is not None
    if isinstance(want, dict) and isinstance(got, dict):
        return list(want) == list(got) and all(same_json(want[k], got[k]) for k in want)
    if isinstance(want, list) and isinstance(got, list):
        return len(want) == len(got) and all(map(same_json, want, got))
    return type(want) is type(got) and want == got


def output_problem(block):
    if block.command is None:
        if block.kind == "json" and "file" in block.options:
            kept[block.options["file"]] = block.text
            try:
                json.loads(block.text)
            except ValueError as e:
                return f"this is not JSON: {e}"
            return None
        return "no command is named before this output: <!-- $ drip ... -->"
    arguments = shlex.split(block.command)
    files = {a: kept[a] for a in arguments if a in kept}
    files.update({name: kept[name] for name in kept if name.endswith(".lua")})
    code, output = drip(arguments, files)
    if code != block.exit:
        return f"exit {code}, expected {block.exit}:\n{output}"
    if block.kind == "text":
        return None if same_text(block.text, output) else f"it printed:\n{output}"
    try:
        same = same_json(json.loads(block.text), json.loads(output))
    except ValueError as e:
        return f"{e}:\n{output}"
    return None if same else f"it printed:\n{output}"


def check_indented(lines):
    """Code lines outside fences repeat a line of some block."""
    inside, shown, known = False, [], set()
    for at, line in enumerate(lines):
        if line.startswith("```"):
            inside = not inside
        elif inside:
            known.add(" ".join(line.split()))
        elif line.startswith("    ") and line.strip():
            shown.append((at + 1, " ".join(line.split())))
    for at, line in shown:
        if line not in known and not any(line in k for k in known):
            report(f"LANGUAGE.md:{at}", f"no block has this line: {line}")


# ---- tables of the document against the sources

def source(pattern):
    text = ""
    for path in sorted(glob.glob(os.path.join(ROOT, pattern))):
        with open(path, encoding="utf-8") as f:
            text += f.read() + "\n"
    return text


def section(text, mark):
    """What stands between <!-- begin: mark --> and <!-- end -->."""
    found = re.search(rf"<!-- begin: {mark} -->(.*?)<!-- end -->", text, re.S)
    return found.group(1) if found else ""


def compare(name, written, real):
    problem = ""
    if real - written:
        problem += "the document lacks " + ", ".join(sorted(real - written)) + "\n"
    if written - real:
        problem += "the sources do not have " + ", ".join(sorted(written - real))
    report(f"LANGUAGE.md: {name}", problem if real else "nothing was found in the sources")


def words_of(text):
    return set(re.findall(r"`([^`]+)`", text))


STRING = r'"(?:[^"\\\n]|\\.)*"'


def literals(statement):
    """The texts of a C statement, neighbours joined."""
    texts, end = [], None
    for m in re.finditer(STRING, statement):
        text = m.group()[1:-1].replace('\\"', '"').replace("\\\\", "\\")
        if end is not None and not statement[end:m.start()].strip():
            texts[-1] += text
        else:
            texts.append(text)
        end = m.end()
    return texts


def messages(code_text):
    """Each diagnostic's possible messages, with … for what is filled in."""
    found = {}
    for m in re.finditer(r'"([EWN]\d{4})"\s*,', code_text):
        statement = re.match(rf'(?:{STRING}|[^;"])*', code_text[m.end():]).group()
        texts = [re.sub(r"(?:%[-.*0-9]*(?:l|z)*[a-z]|…)+", "…", t) for t in literals(statement)]
        found.setdefault(m.group(1), []).extend(t for t in texts if " " in t or t == "…")
    return found


def check_tables(text):
    scan, types, declare, ops = (source("dsl/" + f) for f in ("scan.l", "types.c", "declare.c", "check_ops.c"))
    keywords = set(re.findall(r'\{"([a-z]+)", TOK_', scan))
    keywords |= {a + " " + b for a, b in re.findall(r'^"([a-z]+)"\{GAP\}"([a-z]+)"', scan, re.M)}
    compare("keywords", words_of(section(text, "keywords")), keywords)
    functions = set(re.findall(r'\{"([a-z]+)", DR_[A-Z]+, DR_[A-Z]+, [01]\}', ops)) | {"first", "last", "count"}
    rows = re.findall(r"^\| `([a-z]+) of`", section(text, "functions"), re.M)
    compare("functions", set(rows), functions)
    compare("units of time", words_of(section(text, "time units")),
            set(re.findall(r'\{"([a-z]+)", \d+\}', types)))
    compare("types", set(re.findall(r"^\| `([a-z]+)` \|", section(text, "plain types"), re.M)),
            set(re.findall(r'\{"([a-z]+)", DR_[A-Z]+\}', declare)))
    table = dict(re.findall(r"^\| ([EWN]\d{4}) \| (.*?) \| ", section(text, "codes"), re.M))
    real = messages(source("dsl/*.[chyl]") + source("runtime/*.[ch]"))
    compare("diagnostic codes", set(table), set(real))
    for code, message in sorted(table.items()):
        known = real.get(code, [])
        if known and known != ["…"] and message not in known:
            report(f"LANGUAGE.md: message of {code}", f"{message}\nin the sources: " + "\n".join(known))


def main():
    with open(DOCUMENT, encoding="utf-8") as f:
        text = f.read()
    for block in blocks(text.split("\n")):
        if block.kind == "drip":
            problem = policy_problem(block)
        elif block.kind in ("csv", "lua") and "file" in block.options:
            kept[block.options["file"]] = block.text
            problem = None
        elif block.kind in ("json", "text"):
            problem = output_problem(block)
        else:
            problem = f"a block of kind \"{block.kind}\" is not tested: use drip, json, text, or csv or lua with a file"
        if not wanted or any(w in block.text for w in wanted):
            report(block.name(), problem)
    if not wanted:
        check_indented(text.split("\n"))
        check_tables(text)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed or not tally.passed else 0


sys.exit(main())
