"""A simulated host: linnix-release's root folder, with stubs instead of docker, systemctl and aws."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any, Callable, Iterator, TextIO

from tests.release import bundles

Json = dict[str, Any]

HERE = Path(__file__).resolve().parent
PROGRAM = bundles.PROGRAM
# The program's modules are compiled once for all tests, not beside their source.
COMPILED = PROGRAM.parent.parent / "node_modules/.cache/python"
# How to start linnix-release with one of its writes made to fail; see sabotage.py.
SABOTAGE = [str(HERE / "sabotage.py")]
TOKEN = "token-of-0123456789abcdef"
WEBHOOK = "https://hooks.example/T0/B0/0123456789"
COGNITOD, LLAMA = "linnix-dev-cognitod", "linnix-dev-llama"
PREFLIGHT, MODEL = "linnix-dev-preflight", "linnix-dev-model"
ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/linnix-dev"


def image(name: str, version: int = 1, repository: str = ECR) -> str:
    """An image reference by digest; each version has another digest."""
    return f"{repository}/{name}@sha256:{hashlib.sha256(f'{name} {version}'.encode()).hexdigest()}"


def release_of(document: Json) -> str:
    """A document's id, computed without the program under test (test_contract.py compares it with Pulumi's)."""
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
    """A desired document with the structure that the Pulumi program renders."""
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
        "schema": 2,
        "bundle": bundles.FIRST.reference,
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
    # The engine: images, each image's layers (`whole`, `half`, `empty`), containers, networks.
    **{"images": [], "layers": {}, "containers": {}, "networks": []},
    # systemd: states of units, their loaded texts, and the order in which units were started.
    **{"units": {}, "loaded": {}, "starts": []},
    # AWS: parameters, secrets by `name:version`, and everything that was written.
    **{"parameters": {}, "secrets": {}, "puts": [], "metrics": []},
    # Recorded: command lines, containers that ran once and their environment, registry logins at each pull.
    **{"calls": [], "ran": [], "logins": []},
    # The proxies through which AWS is reached; "" for none.
    "proxies": [""],
    # The bundle whose set-up ran last.
    "set_up": None,
    # Injected errors: images that no registry has, images for another architecture, images whose units systemd rejects,
    # the behaviour of each image, and faults of commands by a part of their line.
    **{"missing": [], "foreign": [], "refused": [], "behaviours": {}, "faults": []},
    # The command at which linnix-release is killed (its number, not counting put-parameter, or a part of its line), and
    # whether it is killed before the command runs.
    # `dies_alone`: not with the linnix-release that supervises it.
    **{"counted": 0, "dies_at": 0, "dies_before": False, "dies_alone": False},
}


def new_folder() -> Path:
    # In memory if possible: a busy disk makes every fsync slow.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return Path(tempfile.mkdtemp(prefix="linnix-release-", dir=memory))


class World:
    """One host. Its state is a file that the stubs read and write; EMPTY documents the fields."""

    def __init__(self) -> None:
        self.root = new_folder()
        self.file.write_text(json.dumps(EMPTY))
        stubs = self.root / "stubs"
        stubs.mkdir()
        for name in ("docker", "systemctl", "aws", "sync", "set-up"):
            # -S and -E for a fast start: a stub is started a hundred times, and needs only the standard library.
            (stubs / name).write_text(f"#!{sys.executable} -SE\n{(HERE / 'stub.py').read_text()}")
            (stubs / name).chmod(0o755)
        for folder in ("proc", "etc/linnix", "etc/systemd/system", "var/lib/linnix", "run", "bucket"):
            (self.root / folder).mkdir(parents=True)
        self.upload(bundles.FIRST)
        # As the bootstrap has left it.
        with tarfile.open(fileobj=io.BytesIO(bundles.FIRST.archive)) as tar:
            tar.extractall(self.library / "bundles" / bundles.FIRST.sha256)
        (self.library / "current").symlink_to(f"bundles/{bundles.FIRST.sha256}")
        self.mount(True)
        (self.root / "proc/meminfo").write_text("MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 250 kB\n")
        host = {"stack": "dev", "region": "eu-central-1", "prefix": "/linnix/dev", "namespace": "Linnix"}
        self.put("etc/linnix/host.json", json.dumps({**host, "data": "/var/lib/linnix"}))
        with self as state:
            state["secrets"] = {
                "/linnix/dev/secrets/api-token:1": TOKEN,
                "/linnix/dev/secrets/api-token:2": f"{TOKEN}-rotated",
                "/linnix/dev/secrets/slack-webhook:1": WEBHOOK,
                "/linnix/dev/secrets/registry-password:1": "password-0123456789",
            }

    @property
    def library(self) -> Path:
        return self.root / "usr/local/lib/linnix"

    def upload(self, bundle: bundles.Bundle, archive: bytes | None = None) -> bundles.Bundle:
        """Stores a bundle in the bucket, or another archive in its place."""
        (self.root / "bucket" / f"{bundle.sha256}.tar").write_bytes(bundle.archive if archive is None else archive)
        return bundle

    def current(self) -> str:
        """The bundle that `current` names."""
        return os.readlink(self.library / "current").rpartition("/")[2]

    def clone(self) -> World:
        """Another host in the same state."""
        twin = World.__new__(World)
        twin.root = new_folder()
        with self.locked(fcntl.LOCK_SH):
            shutil.copytree(self.root, twin.root, symlinks=True, dirs_exist_ok=True)
        return twin

    @contextlib.contextmanager
    def locked(self, how: int) -> Iterator[TextIO]:
        """Locks the state file: a command of a killed linnix-release may still be writing it."""
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
        """linnix-release's state file."""
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
        """Makes commands whose line contains `part` fail, at most `times` times."""
        with self as state:
            state["faults"].append({"part": part, "text": text, "status": status, "times": times})

    def heal(self) -> None:
        with self as state:
            state.update(faults=[], missing=[], foreign=[], refused=[], behaviours={}, dies_at=0)

    def reboot(self) -> None:
        """Drops what a power failure loses: memory, running units and containers. Tests empty the layers themselves."""
        shutil.rmtree(self.root / "run/linnix", ignore_errors=True)
        with self as state:
            state["units"] = {}
            for container in state["containers"].values():
                container.update(running=False, exit=137)
            folder = self.root / "etc/systemd/system"
            state["loaded"] = {file.name: file.read_text() for file in folder.glob("*.service")}

    def command(self, *words: str, program: list[str] | None = None) -> subprocess.Popen[str]:
        # Pauses are a hundred times shorter, so that the document's deadline is the longest wait.
        env = {
            **{"PATH": f"{self.root / 'stubs'}:/usr/bin:/bin", "LINNIX_RELEASE_ROOT": str(self.root)},
            **{"LINNIX_RELEASE_PACE": "0.01", "PYTHONPYCACHEPREFIX": str(COMPILED)},
        }
        # -S: only the standard library.
        command = [sys.executable, "-S", *(program or [str(self.library / "current/linnix-release")]), *words]
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *words: str, program: list[str] | None = None) -> subprocess.CompletedProcess[str]:
        process = self.command(*words, program=program)
        out, err = process.communicate(timeout=600)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def result(self) -> Json:
        """The current value of the parameter `result`."""
        value: Json = json.loads(self.state["parameters"]["/linnix/dev/result"])
        return value

    def running(self) -> dict[str, str]:
        """Running containers and their images."""
        return {name: it["image"] for name, it in self.state["containers"].items() if it["running"]}


class HostTest(unittest.TestCase):
    """A test with its own host, and shared assertions."""

    def setUp(self) -> None:
        self.world = World()
        self.addCleanup(self.world.close)

    def apply(self, desired: Json, status: int = 0) -> str:
        """Applies a document; returns standard error."""
        self.world.desire(desired)
        return self.command("apply", "--release", desired["release"], status=status)

    def command(self, *words: str, status: int = 0) -> str:
        ended = self.world.run(*words)
        self.assertEqual(ended.returncode, status, ended.stderr)
        return ended.stderr

    def boot_until(self, condition: Callable[[], bool]) -> None:
        """Runs `boot` until the condition is true or `boot` exits, then kills it."""
        with self.world.command("boot") as process:
            while process.poll() is None and not condition():
                time.sleep(0.1)
            process.kill()
            process.communicate()

    def assert_runs(self, desired: Json) -> None:
        """Asserts that exactly the document's services run, from its images, and that it is the current release."""
        services = {step["name"]: step for step in desired["steps"] if step["kind"] == "service"}
        self.assertEqual(self.world.running(), {name: step["image"] for name, step in services.items()})
        units = {file.stem: file.read_text() for file in (self.world.root / "etc/systemd/system").iterdir()}
        self.assertEqual(units, {name: step["unit"] for name, step in services.items()})
        self.assertEqual(self.world.kept()["current"], desired["release"])
        self.assertIsNone(self.world.kept()["pending"])
        self.assertEqual(self.world.current(), desired["bundle"]["sha256"])
        self.assertIn(self.world.state["set_up"], (None, self.world.text("usr/local/lib/linnix/current/name")))
