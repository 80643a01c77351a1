"""A host made of files: linnix-release's root folder, with stubs in place of docker, systemctl and aws."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.machinery
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import types
import unittest
from pathlib import Path
from typing import Any, Callable, Iterator, TextIO
from unittest import mock

Json = dict[str, Any]

HERE = Path(__file__).resolve().parent
PROGRAM = HERE.parent.parent / "host" / "linnix-release"
TOKEN = "token-of-0123456789abcdef"
WEBHOOK = "https://hooks.example/T0/B0/0123456789"
COGNITOD, LLAMA = "linnix-dev-cognitod", "linnix-dev-llama"
PREFLIGHT, MODEL = "linnix-dev-preflight", "linnix-dev-model"
ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/linnix-dev"


def image(name: str, version: int = 1, repository: str = ECR) -> str:
    """A reference by digest; another version is another digest."""
    return f"{repository}/{name}@sha256:{hashlib.sha256(f'{name} {version}'.encode()).hexdigest()}"


def release_of(document: Json) -> str:
    """The id of a document, written independently of the program under test (test_contract.py asks the real writer)."""
    rest = {key: value for key, value in document.items() if key != "release"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def unit(name: str, reference: str, note: str = "") -> str:
    env = f" --env-file /run/linnix/secrets/{name}.env" if name == COGNITOD else ""
    command = f"/usr/bin/docker run --name {name}{env} {reference}"
    return f"[Unit]\nDescription={name} {note}\n\n[Service]\nExecStart={command}\n"


def document(
    *,
    cognitod: str = image("cognitod"),
    llama: str = image("llama"),
    token: int = 1,
    note: str = "",
    deadline: float = 60,
    **more: Any,
) -> Json:
    """A desired state of the shape that the program renders."""
    owner = f"{os.getuid()}:{os.getgid()}"
    probes = {"ready": ["/bin/probe", "ready"], "live": ["/bin/probe", "live"]}
    config = {"name": "linnix.toml", "owner": owner, "parts": ['hook = "', {"secret": "slack-webhook"}, '"\n']}
    limits = {"timeoutSeconds": 20, "mustSucceed": True}
    steps: list[Json] = [
        {
            **{"kind": "once", "name": PREFLIGHT, "image": cognitod, "secrets": {}, **limits, "observed": True},
            "run": ["--entrypoint", "/bin/preflight", cognitod, "--require", "btf"],
        },
        {
            **{"kind": "once", "name": MODEL, "image": llama, "secrets": {}, **limits, "observed": False},
            "run": ["--env", "MODEL_FILE=größe.gguf", llama],
        },
        {
            **{"kind": "service", "name": COGNITOD, "image": cognitod, "files": [config], "probes": probes},
            **{"secrets": {"LINNIX_API_TOKEN": "api-token"}, "unit": unit(COGNITOD, cognitod, note)},
        },
        {
            **{"kind": "service", "name": LLAMA, "image": llama, "secrets": {}, "unit": unit(LLAMA, llama, note)},
            "probes": {"ready": ["/bin/probe", "ready"]},
        },
    ]
    rest = {
        "schema": 1,
        "stack": "dev",
        "deadlineSeconds": deadline,
        "secrets": {
            "api-token": {"parameter": "/linnix/dev/secrets/api-token", "version": token},
            "slack-webhook": {"parameter": "/linnix/dev/secrets/slack-webhook", "version": 1},
        },
        "networks": ["linnix-dev-net"],
        "folders": [{"path": "/var/lib/linnix/models", "owner": owner, "mode": "0750"}],
        "steps": steps,
        **more,
    }
    return {**rest, "release": release_of(rest)}


def without(desired: Json, name: str) -> Json:
    """The same document without one of its steps."""
    rest = {**desired, "steps": [step for step in desired["steps"] if step["name"] != name]}
    return {**rest, "release": release_of(rest)}


EMPTY: Json = {
    # What the engine has: images, and an image's layers (`whole`, `half`, `empty`); containers; networks.
    **{"images": [], "layers": {}, "containers": {}, "networks": []},
    # What systemd has: units' states, their texts as loaded, and the order in which units were started.
    **{"units": {}, "loaded": {}, "starts": []},
    # What AWS has: parameters, secrets by `name:version`; what was put there.
    **{"parameters": {}, "secrets": {}, "puts": [], "metrics": []},
    # What was seen: command lines, containers that ran once with their environment, registry logins at each pull.
    **{"calls": [], "ran": [], "logins": []},
    # What goes wrong: images that no registry has, that are of another architecture, or whose units systemd refuses;
    # how each image behaves; faults of commands by a part of their line.
    **{"missing": [], "foreign": [], "refused": [], "behaviours": {}, "faults": []},
    # At which command (its number, without put-parameter, or a part of its line) linnix-release is killed, and whether
    # before the command is carried out.
    **{"counted": 0, "dies_at": 0, "dies_before": False},
}


def new_folder() -> Path:
    # In memory where that can be had: a busy disk makes every fsync slow.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return Path(tempfile.mkdtemp(prefix="linnix-release-", dir=memory))


class World:
    """One host. Its state is a file that the stubs read and write; see EMPTY for what it holds."""

    def __init__(self) -> None:
        self.root = new_folder()
        self.file.write_text(json.dumps(EMPTY))
        stubs = self.root / "stubs"
        stubs.mkdir()
        for name in ("docker", "systemctl", "aws", "sync"):
            # -S and -E: a stub is started a hundred times, and needs nothing but the standard library.
            (stubs / name).write_text(f"#!{sys.executable} -SE\n{(HERE / 'stub.py').read_text()}")
            (stubs / name).chmod(0o755)
        for folder in ("proc", "etc/linnix", "etc/systemd/system", "var/lib/linnix", "run"):
            (self.root / folder).mkdir(parents=True)
        self.mount(True)
        (self.root / "proc/meminfo").write_text("MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 250 kB\n")
        host = {"stack": "dev", "region": "eu-central-1", "prefix": "/linnix/dev", "namespace": "Linnix"}
        self.put("etc/linnix/host.json", json.dumps({**host, "data": "/var/lib/linnix", "minimumKernel": "5.12"}))
        with self as state:
            state["secrets"] = {
                "/linnix/dev/secrets/api-token:1": TOKEN,
                "/linnix/dev/secrets/api-token:2": f"{TOKEN}-rotated",
                "/linnix/dev/secrets/slack-webhook:1": WEBHOOK,
                "/linnix/dev/secrets/registry-password:1": "password-0123456789",
            }

    def clone(self) -> World:
        """Another host in the same state."""
        twin = World.__new__(World)
        twin.root = new_folder()
        with self.locked(fcntl.LOCK_SH):
            shutil.copytree(self.root, twin.root, symlinks=True, dirs_exist_ok=True)
        return twin

    @contextlib.contextmanager
    def locked(self, how: int) -> Iterator[TextIO]:
        """A command of a linnix-release that was killed may still be at work on the file."""
        with open(self.file, "r+", encoding="utf-8") as file:
            fcntl.flock(file, how)
            yield file

    def close(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    @property
    def file(self) -> Path:
        return self.root / "world.json"

    def __enter__(self) -> Json:
        self.holding = contextlib.ExitStack()
        self.held = self.holding.enter_context(self.locked(fcntl.LOCK_EX))
        opened: Json = json.load(self.held)
        self.opened = opened
        return opened

    def __exit__(self, *_: object) -> None:
        self.held.seek(0)
        self.held.write(json.dumps(self.opened))
        self.held.truncate()
        self.holding.close()

    @property
    def state(self) -> Json:
        with self.locked(fcntl.LOCK_SH) as file:
            state: Json = json.load(file)
        return state

    def put(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def text(self, path: str) -> str:
        return (self.root / path).read_text()

    def kept(self) -> Json:
        """What linnix-release remembers."""
        state: Json = json.loads(self.text("var/lib/linnix-release/state.json"))
        return state

    def mount(self, there: bool) -> None:
        self.put("proc/mounts", "/dev/nvme1n1 /var/lib/linnix ext4 rw 0 0\n" if there else "/dev/root / ext4 rw 0 0\n")

    def desire(self, desired: Json) -> Json:
        with self as state:
            state["parameters"]["/linnix/dev/desired"] = json.dumps(desired, ensure_ascii=False)
        return desired

    def set(self, key: str, value: object) -> None:
        with self as state:
            state[key] = value

    def behave(self, reference: str, **how: Any) -> None:
        with self as state:
            state["behaviours"][reference] = how

    def fail(self, part: str, text: str, *, status: int = 1, times: int = 10**6) -> None:
        """Commands whose line has this in it fail, so many times."""
        with self as state:
            state["faults"].append({"part": part, "text": text, "status": status, "times": times})

    def heal(self) -> None:
        with self as state:
            state.update(faults=[], missing=[], foreign=[], refused=[], behaviours={}, dies_at=0)

    def reboot(self) -> None:
        """What a power cut takes: memory, running units, running containers. Layers are the tests' to empty."""
        shutil.rmtree(self.root / "run/linnix", ignore_errors=True)
        with self as state:
            state["units"] = {}
            for container in state["containers"].values():
                container.update(running=False, exit=137)
            folder = self.root / "etc/systemd/system"
            state["loaded"] = {file.name: file.read_text() for file in folder.glob("*.service")}

    def command(self, *words: str, program: list[str] | None = None) -> subprocess.Popen[str]:
        # Pauses shrink to a hundredth, so that a deadline of the document is the longest wait.
        env = {
            **{"PATH": f"{self.root / 'stubs'}:/usr/bin:/bin", "LINNIX_RELEASE_ROOT": str(self.root)},
            **{"LINNIX_RELEASE_PACE": "0.01", "PYTHONDONTWRITEBYTECODE": "1"},
        }
        # -S: nothing but the standard library.
        command = [sys.executable, "-S", *(program or [str(PROGRAM)]), *words]
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *words: str, program: list[str] | None = None) -> subprocess.CompletedProcess[str]:
        process = self.command(*words, program=program)
        out, err = process.communicate(timeout=600)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def result(self) -> Json:
        """The last word in the parameter store."""
        told: Json = json.loads(self.state["parameters"]["/linnix/dev/result"])
        return told

    def running(self) -> dict[str, str]:
        """The containers that run, and their images."""
        return {name: it["image"] for name, it in self.state["containers"].items() if it["running"]}


def program() -> types.ModuleType:
    """linnix-release as a module, for its functions."""
    loader = importlib.machinery.SourceFileLoader("linnix_release", str(PROGRAM))
    spec = importlib.util.spec_from_loader("linnix_release", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["linnix_release"] = module
    with mock.patch("sys.dont_write_bytecode", new=True):
        loader.exec_module(module)
    return module


class HostTest(unittest.TestCase):
    """A test with a host of its own, and what several tests ask of it."""

    def setUp(self) -> None:
        self.world = World()
        self.addCleanup(self.world.close)

    def apply(self, desired: Json, status: int = 0) -> str:
        """Applies a document; what was told on standard error."""
        self.world.desire(desired)
        return self.command("apply", "--release", desired["release"], status=status)

    def command(self, *words: str, status: int = 0) -> str:
        ended = self.world.run(*words)
        self.assertEqual(ended.returncode, status, ended.stderr)
        return ended.stderr

    def boot_until(self, condition: Callable[[], bool]) -> None:
        """Lets `boot` try again and again until something is so; the test hangs where it never becomes so."""
        with self.world.command("boot") as process:
            while process.poll() is None and not condition():
                time.sleep(0.1)
            process.kill()
            process.communicate()

    def assert_runs(self, desired: Json) -> None:
        """Exactly what a document describes runs, from the right images, and it is what the host holds for current."""
        services = {step["name"]: step for step in desired["steps"] if step["kind"] == "service"}
        self.assertEqual(self.world.running(), {name: step["image"] for name, step in services.items()})
        units = {file.stem: file.read_text() for file in (self.world.root / "etc/systemd/system").iterdir()}
        self.assertEqual(units, {name: step["unit"] for name, step in services.items()})
        self.assertEqual(self.world.kept()["current"], desired["release"])
        self.assertIsNone(self.world.kept()["pending"])
