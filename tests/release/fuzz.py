"""Runs every command of linnix-release on damaged files and parameters, in one process: fuzz.py SEED CASES

Prints what went wrong, and nothing if every command ended with a report. The environment names the root folder.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable
from unittest import mock

from linnix_release import bundle, commands, containers, process, switch
from linnix_release.paths import ROOT, RUN, STATE
from tests.release import bundles
from tests.release.world import COGNITOD, PREFLIGHT, document, release_of

Json = dict[str, Any]
Ended = subprocess.CompletedProcess

GOOD = document(deadline=0)
STATE_TEXT = {
    "current": GOOD["release"],
    "previous": None,
    "pending": None,
    "desired": None,
    "failed": [],
    "images": {},
}
RECORD = {"exitCode": 0, "output": "ok", "log": [], "release": GOOD["release"]}
ANSWERS = ("ok\n200", "no\n503", "", "200", "\x1b[2J\n200", "{}\n9999", "\ud7ff\n\u0662\u0660\u0660")
INSPECTED: tuple[Any, ...] = (
    {"Status": "running", "Running": True, "ExitCode": 0, "OOMKilled": False, "Error": ""},
    {"Status": "exited", "Running": False, "ExitCode": 1, "OOMKilled": True, "Error": "\x1b]0;title\x07oops"},
    {"Status": 5},
    None,
    [],
)
SHOWN = ("LoadState=loaded\nActiveState=active\nNRestarts=0", "", "NRestarts=x\nActiveState", "NRestarts=" + "9" * 5000)


class Fuzz:
    """One sequence of random cases."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.parameters: dict[str, str] = {}

    def scalar(self) -> Any:
        wide = ["", "x" * 70_000, "\ud800", "../../etc/passwd", "\x1b[31m", "{{", "null", "-1", "a\nb\0c", "ä" * 3000]
        return self.random.choice([None, True, False, 0, -1, 1 << 80, 0.5, float("nan"), float("inf"), [], {}, *wide])

    def damaged(self, value: Any, depth: int = 0) -> Any:
        """A value of which one part is replaced, removed or added."""
        if not isinstance(value, (dict, list)) or not value or self.random.random() < 0.15:
            return self.scalar()
        key = self.random.choice(list(value) if isinstance(value, dict) else range(len(value)))
        copy: Any = dict(value) if isinstance(value, dict) else list(value)
        if self.random.random() < 0.2:
            del copy[key]
        else:
            copy[key] = self.damaged(value[key], depth + 1)
        return copy

    def text(self, value: Any) -> bytes:
        """Bytes in place of the JSON of a value."""
        noise = bytes(self.random.randrange(256) for _ in range(self.random.randrange(60)))
        nested = b"[" * 100_000
        good = json.dumps(value).encode()
        makers: list[Callable[[], bytes]] = [
            lambda: json.dumps(self.damaged(value)).encode(),
            lambda: json.dumps(self.damaged(value)).encode(),
            lambda: json.dumps(self.scalar()).encode(),
            lambda: good[: self.random.randrange(len(good) + 1)],
            lambda: self.random.choice([noise, b"", nested, bytes(100), b"\xff\xfe", b"null", b"x" * 100_000]),
        ]
        return self.random.choice(makers)()

    def document_text(self) -> bytes:
        """A damaged document, mostly with the hash of what it contains."""
        if self.random.random() < 0.3:
            return self.text(GOOD)
        made = self.damaged(GOOD)
        if isinstance(made, dict):
            with contextlib.suppress(UnicodeEncodeError):
                made = {**made, "release": release_of(made)}
        return json.dumps(made).encode()

    def put(self, path: Path, content: bytes) -> None:
        """A file with this content, or something else in its place."""
        path.parent.mkdir(parents=True, exist_ok=True)
        what = self.random.random()
        if what < 0.05:
            path.mkdir()
        elif what < 0.1:
            os.mkfifo(path)
        elif what < 0.15:
            path.symlink_to(path.name)
        else:
            path.write_bytes(content)

    def set_up(self) -> None:
        """A host with some of its files damaged."""
        for folder in (STATE, RUN, ROOT / "proc", ROOT / "etc", ROOT / "var"):
            shutil.rmtree(folder, ignore_errors=True)
        for folder in (STATE / "releases", RUN, ROOT / "proc", ROOT / "etc/systemd/system", ROOT / "var/lib/linnix"):
            folder.mkdir(parents=True)
        (ROOT / "proc/mounts").write_bytes(b"\xff\n\n/dev/x /var/lib/linnix ext4 rw 0 0\n")
        (ROOT / "proc/meminfo").write_text("MemTotal: 1000 kB\nMemAvailable: 250 kB\n")
        host = {"stack": "dev", "region": "eu-central-1", "prefix": "/linnix/dev", "namespace": "Linnix"}
        (ROOT / "etc/linnix").mkdir()
        (ROOT / "etc/linnix/host.json").write_text(json.dumps({**host, "data": "/var/lib/linnix"}))
        contents: dict[Path, tuple[Any, bytes]] = {
            STATE / "state.json": (STATE_TEXT, self.text(STATE_TEXT)),
            STATE / f"releases/{GOOD['release']}.json": (GOOD, self.document_text()),
            RUN / "problems/kernel": ("kernel: too old", self.text("kernel: too old")),
            RUN / "clock": (1.5e9, self.text(1.5e9)),
            RUN / f"steps/{PREFLIGHT}.json": (RECORD, self.text(RECORD)),
            RUN / f"started/{COGNITOD}.json": (["", {}], self.text(["", {}])),
            RUN / "secrets/.values": ({"a:1": "secret-1"}, self.text({"a:1": "secret-1"})),
            RUN / f"secrets/{COGNITOD}.env": ("TOKEN=x", self.text("TOKEN=x")),
            RUN / f"secrets/{COGNITOD}.given": ({}, self.text({})),
            RUN / "health.json": ({}, self.text({})),
            RUN / "progress.json": ({}, self.text({})),
            ROOT / f"etc/systemd/system/{COGNITOD}.service": ("x", self.text("x")),
        }
        for path, (good, bad) in contents.items():
            if self.random.random() < 0.35:
                self.put(path, bad)
            elif self.random.random() < 0.7:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(json.dumps(good))
        self.parameters = {"desired": json.dumps(GOOD)}
        if self.random.random() < 0.5:
            self.parameters["desired"] = self.document_text().decode("utf-8", "replace")

    def capture(self, command: tuple[str, ...], *_: Any, **__: Any) -> Ended[bytes]:
        """Answers as docker, systemctl and aws do, or with an odd output."""
        name, words = command[0], list(command[1:])
        out = ""
        if "get-parameter" in words:
            value = self.parameters["desired"] if words[3].endswith("/desired") else "secret-value"
            out = json.dumps({"Parameter": {"Value": value}})
        elif "put-parameter" in words:
            self.parameters[words[words.index("--name") + 1].rpartition("/")[2]] = words[words.index("--value") + 1]
        elif name == "docker" and words[0] == "exec":
            out = self.random.choice(ANSWERS)
        elif words[:2] == ["container", "inspect"]:
            out = json.dumps(self.random.choice(INSPECTED))
        elif words and words[0] == "show":
            out = self.random.choice(SHOWN)
        elif words and words[0] == "logs":
            out = "".join(chr(self.random.randrange(1, 0xD800)) for _ in range(300))
        elif words[:1] == ["run"]:
            out = "\n000"
        status = 0 if "put-parameter" in words else self.random.choice([0, 0, 0, 0, 0, 1])
        return Ended(command, status, out.encode("utf-8", "replace"), b"an \xff error" if status else b"")

    def stream(self, _: Any, __: Any, hear: Callable[[str], None], *___: Any, **____: Any) -> int:
        """Runs no container, and has it print."""
        hear(self.random.choice(["", "done", "\x1b[2J", "{}", "x" * 50_000]))
        return self.random.choice([0, 0, 0, 1, 137])

    def command(self, words: list[str]) -> list[str]:
        """Runs one command; returns what is wrong with how it ended."""
        out, err, status = io.StringIO(), io.StringIO(), None
        for name in ("result", "health"):
            self.parameters.pop(name, None)
        arguments = mock.patch.object(sys, "argv", ["linnix-release", *words])
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), arguments:
            try:
                commands.main()
            except SystemExit as ended:
                status = ended.code
            except BaseException as error:
                return [f"{words}: {error!r}"]
        wrong = []
        if status not in (0, 1, 2) or "defect" in err.getvalue() or "\x1b" in err.getvalue() + out.getvalue():
            wrong.append(f"{words}: {status} {err.getvalue()[-600:]}")
        if words[0] == "status" and not {"healthy", "problems"} <= set(json.loads(out.getvalue() or "{}")):
            wrong.append(f"{words}: no observation: {out.getvalue()[:200]}")
        results = {"apply": "result", "health": "health"}
        if words[0] in results and not json.loads(self.parameters.get(results[words[0]], "{}")):
            wrong.append(f"{words}: no report: {err.getvalue()[-600:]}")
        return wrong

    def run(self, cases: int) -> list[str]:
        """All cases."""
        wrong = []
        for _ in range(cases):
            self.set_up()
            words = self.random.choice(
                ["status --json", "health", "apply", "boot", "rollback", "history --json", "remove"]
            )
            wrong += self.command(words.split())
        return wrong


def main() -> None:
    shutil.rmtree(ROOT / "usr", ignore_errors=True)
    folder = ROOT / "usr/local/lib/linnix/bundles" / bundles.FIRST.sha256
    folder.mkdir(parents=True)
    (folder / "linnix-release").write_text("")
    (folder.parent.parent / "current").symlink_to(f"bundles/{bundles.FIRST.sha256}")
    fuzz = Fuzz(int(sys.argv[1]))
    patches = ((process, "capture"), (bundle, "capture"), (containers, "stream"), (switch, "stream"))
    with contextlib.ExitStack() as stack:
        for module, name in patches:
            stack.enter_context(mock.patch.object(module, name, getattr(fuzz, name)))
        print("\n".join(fuzz.run(int(sys.argv[2]))))


if __name__ == "__main__":
    main()
