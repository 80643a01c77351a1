"""Runs fast tests in a process of their own: `python3 -m tests.release.mutation.tests record|SECONDS=TEST...`.

`record` runs all of them in a copy whose package has trace.py, and prints for each its seconds and the lines that it
runs, as JSON. With tests it runs these until one fails, each for at most so many seconds. Exit status 1: one failed.
"""

from __future__ import annotations

import io
import json
import signal
import sys
import time
import unittest
from pathlib import Path
from typing import Iterator

FOLDER = "tests/release/fast"
# Random input: what it notices in one run it may miss in the next. It also takes as long as all others.
LEFT_OUT = "tests.release.fast.test_fuzz."


def all_tests(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for it in suite:
        if isinstance(it, unittest.TestSuite):
            yield from all_tests(it)
        else:
            yield it


def passes(test: unittest.TestSuite) -> bool:
    return unittest.TextTestRunner(stream=io.StringIO()).run(test).wasSuccessful()


def take(lines: Path) -> list[str]:
    """What trace.py has written since the last time."""
    found = sorted({*lines.read_text().split()}) if lines.exists() else []
    lines.write_text("")
    # What one test has run in this process counts for the next one, too.
    sys.modules["linnix_release"].seen.clear()
    return found


def record() -> int:
    lines = Path("host/lines")
    suite = unittest.defaultTestLoader.discover(FOLDER, top_level_dir=".")
    # What runs while modules are imported concerns every test that imports them into this process.
    imported = take(lines)
    recorded = {}
    for test in all_tests(suite):
        if test.id().startswith(LEFT_OUT):
            continue
        began = time.monotonic()
        if not passes(unittest.TestSuite([test])):
            print(f"{test.id()} fails without a mutant", file=sys.stderr)
            return 1
        seconds = time.monotonic() - began
        own = "linnix_release" in Path(sys.modules[type(test).__module__].__file__ or "").read_text()
        recorded[test.id()] = {"seconds": seconds, "lines": take(lines) + (imported if own else [])}
    print(json.dumps(recorded))
    return 0


def late(*_: object) -> None:
    raise TimeoutError("the test takes too long")


def run(limited: list[str]) -> int:
    signal.signal(signal.SIGALRM, late)
    for seconds, _, name in (it.partition("=") for it in limited):
        signal.setitimer(signal.ITIMER_REAL, float(seconds))
        if not passes(unittest.defaultTestLoader.loadTestsFromName(name)):
            print(name)
            return 1
        signal.setitimer(signal.ITIMER_REAL, 0)
    return 0


if __name__ == "__main__":
    sys.exit(record() if sys.argv[1:] == ["record"] else run(sys.argv[1:]))
