"""What the tests of documents share: counting what passed, and comparing an output with what a page shows of it."""
import re

passed = failed = 0


def report(name, problem):
    """One test; problem is what is wrong, or nothing. True: it passed."""
    global passed, failed
    if problem:
        failed += 1
        print(f"FAILED {name}\n    " + problem.rstrip().replace("\n", "\n    "))
    else:
        passed += 1
    return not problem


def same_text(want, got):
    """Line by line, with "…" for anything and a lone "…" for any lines."""
    pattern = ""
    for line in want.rstrip("\n").split("\n"):
        if line.strip() == "…":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*?".join(re.escape(part) for part in line.rstrip().split("…")) + r"[ \t]*\n"
    return re.fullmatch(pattern, got.rstrip("\n") + "\n") is not None
