"""Tries each mutant: `python3 -m tests.release.mutation [OPTIONS] [PATH...]`, from the project's folder.

A mutant is tried in a copy of the program, by the tests that run its line, the shortest first, until one fails.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Iterable

from tests.release.mutation.mutants import Mutant, mutants

Json = dict[str, Any]

PROJECT = Path(__file__).resolve().parents[3]
PACKAGE = "host/linnix_release"
REPORT = PROJECT / "reports/mutation/python.json"
# What each test runs, and the hash of the texts for which that was found out.
RECORD = PROJECT / "reports/mutation/python-tests.json"
# Mutants that no test needs to notice: `key: reason`, see Mutant.key.
ACCEPTED = Path(__file__).parent / "accepted.json"
# Percent of the mutants that tests must notice.
THRESHOLD = 90
# What the tests read besides host/ and tests/release.
LINKED = ("components", "scripts", "package.json", "tsconfig.json", "pins.json")
PR_SET_CHILD_SUBREAPER = 36


class Copy:
    """A copy of the program and its tests, to be changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ignored = shutil.ignore_patterns("__pycache__")
        for name in ("host", "tests/release"):
            shutil.copytree(PROJECT / name, folder / name, symlinks=True, ignore=ignored)
        for name in LINKED:
            (folder / name).symlink_to(PROJECT / name)
        # A folder, so that the program's compiled modules are kept here.
        (folder / "node_modules").mkdir()
        for path in (PROJECT / "node_modules").iterdir():
            if path.name != ".cache":
                (folder / "node_modules" / path.name).symlink_to(path)
        self.written = 0

    def write(self, file: str, text: bytes) -> None:
        """Writes a module, with a time of its own: Python looks at size and time to know what it has compiled."""
        path = self.folder / PACKAGE / file
        path.write_bytes(text)
        self.written += 1
        os.utime(path, (10**9 + self.written, 10**9 + self.written))

    def tests(self, *words: str, seconds: float) -> subprocess.CompletedProcess[str]:
        """Runs tests, and ends whatever they leave behind. Exit status 1 also after so many seconds."""
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(self.folder / "compiled")}
        command = [sys.executable, "-m", "tests.release.mutation.tests", *words]
        with subprocess.Popen(
            command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
        ) as process:
            try:
                out, _ = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                out = "timeout"
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        end_children()
        return subprocess.CompletedProcess(command, process.returncode and 1, out or "", "")


def end_children() -> None:
    """Ends processes that tests have left: their parent is this process, since it is a subreaper."""
    while True:
        children = [int(pid) for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()]
        if not children:
            return
        for pid in children:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def recorded(copy: Copy) -> Json:
    """For each fast test its seconds and the lines that it runs. Recorded anew after a change of program or tests."""
    files = sorted([*(PROJECT / PACKAGE).glob("*.py"), *(PROJECT / "tests/release").rglob("*.py")])
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    before: Json = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    if before.get("texts") != digest:
        before = {"texts": digest, "tests": record(copy)}
        RECORD.parent.mkdir(parents=True, exist_ok=True)
        RECORD.write_text(json.dumps(before))
    tests: Json = before["tests"]
    return tests


def record(copy: Copy) -> Json:
    start = (copy.folder / PACKAGE / "__init__.py").read_bytes()
    copy.write("__init__.py", (Path(__file__).parent / "trace.py").read_bytes())
    ended = copy.tests("record", seconds=3600)
    copy.write("__init__.py", start)
    if ended.returncode:
        sys.exit("the tests fail without any mutant")
    found: Json = json.loads(ended.stdout)
    return found


def suites(tests: Json, mutant: Mutant, favourites: dict[str, int]) -> list[str]:
    """The tests that run the mutant's line, those that find most in the least time first."""
    line = f"{mutant.file}:{mutant.line}"
    covering = [name for name, it in tests.items() if line in it["lines"]]
    return sorted(covering, key=lambda name: tests[name]["seconds"] / (1 + favourites.get(name, 0)))


def try_mutant(copy: Copy, text: bytes, mutant: Mutant, chosen: list[str], tests: Json) -> str | None:
    """The test that fails with this mutant; None if none does."""
    limits = {name: 5 * tests[name]["seconds"] + 10 for name in chosen}
    copy.write(mutant.file, mutant.apply(text))
    ended = copy.tests(*(f"{limits[name]:.0f}={name}" for name in chosen), seconds=60 + sum(limits.values()))
    copy.write(mutant.file, text)
    return (ended.stdout.strip().rpartition("\n")[2] or "it ends early") if ended.returncode else None


def known(force: bool) -> Json:
    """Results of before, by module: `text`, the hash of the module's text, and `killed`, tests by mutants' keys."""
    if force or not REPORT.exists():
        return {}
    found: Json = json.loads(REPORT.read_text())["modules"]
    return found


def sampled(found: list[Mutant], share: int) -> list[Mutant]:
    """One in so many mutants; which ones depends on their keys only."""
    return [it for it in found if int(hashlib.sha256(it.key.encode()).hexdigest(), 16) % share == 0]


def run_module(copy: Copy, file: str, found: list[Mutant], tests: Json, *, before: Json, most: int) -> Json:
    """Tries the mutants of a module. Those that were found before in the same text are not tried again."""
    text = (PROJECT / PACKAGE / file).read_bytes()
    digest = hashlib.sha256(text).hexdigest()
    earlier: dict[str, str] = before["killed"] if before.get("text") == digest else {}
    favourites: dict[str, int] = {}
    killed: dict[str, str] = {}
    survived: list[Json] = []
    for mutant in found:
        place = f"{mutant.start} {mutant.key}"
        chosen = suites(tests, mutant, favourites)[:most]
        killer = earlier.get(place) or try_mutant(copy, text, mutant, chosen, tests)
        if killer:
            killed[place] = killer
            favourites[killer] = favourites.get(killer, 0) + 1
        else:
            survived.append({"key": mutant.key, "line": mutant.line, "tests": len(chosen)})
            print(f"  {file}:{mutant.line}: {mutant.key.partition(': ')[2]} ({len(chosen)} tests)", flush=True)
    return {"text": digest, "mutants": len(found), "killed": killed, "survived": survived}


def chosen_files(paths: Iterable[str]) -> list[str]:
    """The modules at these paths, which may name the package's folder."""
    names = sorted(path.name for path in (PROJECT / PACKAGE).glob("*.py"))
    chosen = [name for name in names if any(path in (PACKAGE, f"{PACKAGE}/{name}") for path in paths)]
    return chosen or sys.exit(f"no module of {PACKAGE} is at {' '.join(paths)}")


def percent(part: int, whole: int) -> float:
    return round(100 * part / max(1, whole), 1)


def main() -> int:
    made = argparse.ArgumentParser(prog="tests.release.mutation", description=(__doc__ or "").splitlines()[0])
    made.add_argument("--force", action="store_true", help="also try what was found before in the same text")
    made.add_argument("--sample", type=int, default=1, metavar="N", help="try one in N mutants")
    made.add_argument("--tests", type=int, default=1000, metavar="N", help="try each by N tests at most")
    made.add_argument("paths", nargs="*", default=[PACKAGE], metavar="PATH")
    arguments = made.parse_args()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    modules = known(arguments.force)
    accepted: dict[str, str] = json.loads(ACCEPTED.read_text())
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="linnix-mutation-") as folder:
        copy = Copy(Path(folder))
        tests = recorded(copy)
        for file in (files := chosen_files(arguments.paths)):
            found = sampled(mutants(file, (PROJECT / PACKAGE / file).read_bytes()), arguments.sample)
            it = run_module(copy, file, found, tests, before=modules.get(file, {}), most=arguments.tests)
            modules[file] = {**it, "sample": arguments.sample}
            print(
                f"{file}: {len(it['killed'])} of {it['mutants']} mutants, {time.monotonic() - began:.0f} s", flush=True
            )
            REPORT.parent.mkdir(parents=True, exist_ok=True)
            REPORT.write_text(json.dumps({"modules": modules}, indent=1))
    tried = sum(modules[file]["mutants"] for file in files)
    killed = sum(len(modules[file]["killed"]) for file in files)
    unexplained = [it["key"] for file in files for it in modules[file]["survived"] if it["key"] not in accepted]
    print(f"{killed} of {tried} mutants are noticed, {percent(killed, tried)} %")
    print(f"{len(unexplained)} of the others have no reason in accepted.json")
    return 0 if percent(killed, tried) >= THRESHOLD else 1


if __name__ == "__main__":
    sys.exit(main())
