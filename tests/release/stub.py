"""A stub of `docker`, `systemctl`, `aws`, `sync` and a bundle's set-up; can fail or kill its caller on request.

world.py installs it under these names and documents the state. It implements only the commands that linnix-release
runs. It is started thousands of times, so it imports few modules.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    Json = dict[str, Any]
    Command = Callable[[Json, list[str]], "str | bytes | None"]

ROOT = os.environ["LINNIX_RELEASE_ROOT"]


def read(path: str) -> str:
    with open(f"{ROOT}/{path}", encoding="utf-8") as file:
        return file.read()


def there(path: str) -> bool:
    return os.path.isfile(f"{ROOT}/{path}")


# Layers from which no container starts. Containers start from `half` layers, which are incomplete.
BROKEN = ("empty", "foreign")


class Refused(Exception):
    """Makes the command fail with an exit status and a message on standard error."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def image_in(words: list[str]) -> str:
    return next(word for word in words if "@sha256:" in word)


def behaviour(world: Json, image: str) -> Json:
    found: Json = world["behaviours"].get(image, {})
    return found


def pull(world: Json, image: str) -> None:
    config = "run/linnix/docker/config.json"
    if not os.environ.get("AWS_ECR_DISABLE_CACHE"):
        raise Refused(1, "the credential helper stores its token on the disk")
    world["logins"].append(json.loads(read(config)) if there(config) else None)
    if image in world["missing"]:
        raise Refused(1, f"Error response from daemon: manifest for {image} not found: manifest unknown")
    # Existing layers are not downloaded again, even if they are broken.
    world["layers"].setdefault(image, "foreign" if image in world["foreign"] else "whole")
    if image not in world["images"]:
        world["images"].append(image)


def remove_image(world: Json, words: list[str]) -> None:
    image = image_in(words)
    if any(it["image"] == image for it in world["containers"].values()) and "--force" not in words:
        raise Refused(1, f"conflict: unable to remove {image}: a container is using it")
    if image not in world["images"]:
        raise Refused(1, f"Error response from daemon: No such image: {image}")
    world["images"].remove(image)
    if not any(it["image"] == image for it in world["containers"].values()):
        world["layers"].pop(image, None)


def env_file(words: list[str]) -> str:
    """The content of the file that `--env-file` names."""
    if "--env-file" not in words:
        return ""
    file = words[words.index("--env-file") + 1]
    if not there(file):
        raise Refused(125, f"docker: open {file}: no such file or directory")
    return read(file)


def run_container(world: Json, words: list[str]) -> str:
    image = image_in(words)
    if image not in world["images"]:
        raise Refused(125, f"docker: Error response from daemon: No such image: {image}")
    if world["layers"].get(image) in BROKEN:
        raise Refused(255, "exec /usr/local/bin/it: exec format error")
    if words[words.index("--name") + 1].startswith("linnix-try-"):
        print("\n000")  # a probe, without a server
        raise Refused(1, "")
    world["ran"].append({"name": words[words.index("--name") + 1], "env": env_file(words)})
    it = behaviour(world, image)
    world["sleeps"] = it.get("sleeps", 0)
    if it.get("exit"):
        print(it.get("says", ""))
        raise Refused(it["exit"], it.get("complains", ""))
    return str(it.get("says", "done"))


def known(world: Json, kind: str, name: str) -> None:
    if name not in world[kind]:
        raise Refused(1, f"Error response from daemon: no such thing among the {kind}: {name}")


def stats(world: Json, words: list[str]) -> str:
    uses = {name: behaviour(world, world["containers"][name]["image"]).get("usage") for name in words[4:]}
    return "\n".join(f"{name} {use or '1.50% 20MiB / 512MiB'}" for name, use in uses.items())


def inspect(world: Json, words: list[str]) -> str:
    if "{{.Name}} {{.State.StartedAt}}" in words:
        return "\n".join(f"/{name} 2026-11-24T12:00:0{world['containers'][name]['started']}Z" for name in words[4:])
    known(world, "containers", words[-1])
    it = world["containers"][words[-1]]
    if "{{.LogPath}}" in words:
        return f"/var/lib/docker/containers/{it['started']}/json.log"
    status = "running" if it["running"] else "exited"
    state = {"Status": status, "Running": it["running"], "ExitCode": it["exit"], "OOMKilled": it["oom"], "Error": ""}
    return json.dumps(state)


def containers(world: Json, words: list[str]) -> str:
    """`docker ps` and `docker container ls`, filtered by image or by a prefix of the name."""
    everything = "--all" in words
    ancestor = next((word.partition("ancestor=")[2] for word in words if "ancestor=" in word), None)
    prefix = next((word.partition("name=^")[2] for word in words if "name=^" in word), "")
    found = (
        name
        for name, it in world["containers"].items()
        if (everything or it["running"]) and ancestor in (None, it["image"]) and name.startswith(prefix)
    )
    return "\n".join(found)


def probe(world: Json, words: list[str]) -> str:
    it = world["containers"][words[1]]
    if not it["running"]:
        raise Refused(1, "Error response from daemon: container is not running")
    if it.get("hangs"):
        raise Refused(1, "task not found")
    status, body = behaviour(world, it["image"]).get(words[-1], [200, "ok"])
    return f"{body}\n{status:03}"


def logs(world: Json, words: list[str]) -> str:
    known(world, "containers", words[-1])
    return "\n".join(behaviour(world, world["containers"][words[-1]]["image"]).get("log", []))


def remove_container(world: Json, words: list[str]) -> None:
    it = world["containers"].get(words[-1])
    if it is not None and it["running"] and "--force" not in words:
        raise Refused(1, "cannot remove a running container")
    world["containers"].pop(words[-1], None)


DOCKER: dict[str, Command] = {
    "version": lambda *_: "26.1",
    "pull": lambda world, words: pull(world, words[-1]),
    "image inspect": lambda world, words: known(world, "images", words[-1]),
    "image rm": remove_image,
    "run": run_container,
    "container inspect": inspect,
    "container ls": containers,
    "container rm": remove_container,
    "ps": containers,
    "rm": remove_container,
    "exec": probe,
    "logs": logs,
    "stats": stats,
    "network inspect": lambda world, words: known(world, "networks", words[-1]),
    "network create": lambda world, words: world["networks"].append(words[-1]),
    "network ls": lambda world, _: "\n".join(world["networks"]),
    "network rm": lambda world, words: world["networks"].remove(words[-1]),
}


def refused(world: Json, unit: str) -> bool:
    """True if systemd rejects the unit's text."""
    return any(image in world["loaded"].get(unit, "") for image in world["refused"])


def start_unit(world: Json, unit: str) -> None:
    name, text = unit[: -len(".service")], world["loaded"].get(unit)
    if text is None:
        raise Refused(5, f"Unit {unit} not found.")
    if refused(world, unit):
        raise Refused(1, f"Unit {unit} has a bad unit file setting.")
    command = next(line for line in text.splitlines() if line.startswith("ExecStart=")).partition("=")[2].split()
    world["starts"].append(name)
    world["units"][unit] = {"active": "active", "restarts": 0, "since": int(time.monotonic() * 1e6)}
    image = image_in(command)
    try:
        env = env_file(command)
        if image not in world["images"]:
            raise Refused(125, "no such image")
    except Refused:
        world["containers"].pop(name, None)
        return
    crashes = behaviour(world, image).get("crashes", False) or world["layers"].get(image) in BROKEN
    world["containers"][name] = {
        **{"image": image, "env": env, "running": not crashes, "exit": 1 if crashes else 0, "oom": False},
        "started": len(world["starts"]),
    }
    if crashes:
        raise Refused(1, f"Job for {unit} failed because the control process exited with error code.")


def stop_unit(world: Json, unit: str) -> None:
    world["units"][unit] = {"active": "inactive", "restarts": 0}
    world["containers"].get(unit[: -len(".service")], {}).update(running=False, exit=143)


def load_units(world: Json, _: list[str]) -> None:
    folder = "etc/systemd/system"
    world["loaded"] = {name: read(f"{folder}/{name}") for name in os.listdir(f"{ROOT}/{folder}")}


def unit_state(world: Json, unit: str) -> Json:
    """A unit's state. A unit whose container has exited counts one more restart at each call."""
    state: Json = world["units"].setdefault(unit, {"active": "inactive", "restarts": 0})
    container = world["containers"].get(unit[: -len(".service")])
    if state["active"] == "active" and not (container and container["running"]):
        state["restarts"] += 1
        return {**state, "active": "activating"}
    return state


def show_unit(world: Json, words: list[str]) -> str:
    state = unit_state(world, words[-1])
    if "--value" in words:
        return str(state.get("since", 0))
    load = "bad-setting" if refused(world, words[-1]) else "loaded"
    return f"LoadState={load}\nActiveState={state['active']}\nNRestarts={state['restarts']}"


def is_active(world: Json, words: list[str]) -> None:
    if unit_state(world, words[-1])["active"] != "active":
        raise Refused(3, "")


SYSTEMCTL: dict[str, Command] = {
    "daemon-reload": load_units,
    "restart": lambda world, words: start_unit(world, words[-1]),
    "stop": lambda world, words: stop_unit(world, words[-1]),
    "reset-failed": lambda *_: None,
    "is-active": is_active,
    "show": show_unit,
}


def option(words: list[str], name: str) -> str:
    return words[words.index(name) + 1]


def reached(world: Json) -> None:
    """AWS is reached directly, or through a proxy that works."""
    proxy = os.environ.get("https_proxy", "")
    if proxy not in world["proxies"]:
        raise Refused(255, f"Failed to connect to proxy URL: {proxy!r}")


def get_parameter(world: Json, words: list[str]) -> str:
    store = world["secrets"] if "--with-decryption" in words else world["parameters"]
    if option(words, "--name") not in store:
        raise Refused(254, "An error occurred (ParameterNotFound) when calling the GetParameter operation")
    return json.dumps({"Parameter": {"Value": store[option(words, "--name")]}})


def put_parameter(world: Json, words: list[str]) -> None:
    name, value = option(words, "--name"), option(words, "--value")
    if len(value.encode()) > 4096 or "{{" in value:
        raise Refused(254, "An error occurred (ValidationException) when calling the PutParameter operation")
    world["parameters"][name] = value
    world["puts"].append([name, value])


def put_metrics(world: Json, words: list[str]) -> None:
    world["metrics"].append([option(words, "--namespace"), json.loads(option(words, "--metric-data"))])


def copy_object(_: Json, words: list[str]) -> bytes:
    """`aws s3 cp s3://BUCKET/host/NAME -`."""
    name = words[2].rpartition("/")[2]
    if not there(f"bucket/{name}"):
        raise Refused(
            1, "fatal error: An error occurred (404) when calling the HeadObject operation: Key does not exist"
        )
    with open(f"{ROOT}/bucket/{name}", "rb") as file:
        return file.read()


def set_up(world: Json, words: list[str]) -> None:
    if os.environ.get("LINNIX_RELEASE") != "1":
        raise Refused(64, "set-up is not run by linnix-release")
    world["set_up"] = words[0]


AWS: dict[str, Command] = {
    "s3 cp": copy_object,
    "ssm get-parameter": get_parameter,
    "ssm put-parameter": put_parameter,
    "cloudwatch put-metric-data": put_metrics,
}
PROGRAMS = {"docker": DOCKER, "systemctl": SYSTEMCTL, "aws": AWS}


def perform(world: Json, name: str, words: list[str]) -> str | bytes:
    if name == "sync":
        return ""
    if name == "set-up":
        set_up(world, words)
        return ""
    if name == "aws":
        reached(world)
    commands = PROGRAMS[name]
    command = commands.get(" ".join(words[:2])) or commands.get(words[0])
    if command is None:
        raise Refused(64, f"the stub knows no {name} {' '.join(words)}")
    return command(world, words) or ""


def fault(world: Json, line: str) -> None:
    """Raises the first fault that matches this command line, at most `times` times."""
    for it in world["faults"]:
        if it["times"] > 0 and it["part"] in line:
            it["times"] -= 1
            raise Refused(it["status"], it["text"])


def parent_of(process: int) -> int:
    with open(f"/proc/{process}/stat", encoding="utf-8") as file:
        return int(file.read().rpartition(")")[2].split()[1])


def command_line(process: int) -> str:
    with open(f"/proc/{process}/cmdline", encoding="utf-8") as file:
        return file.read()


def kill_caller(alone: bool) -> None:
    """Kills linnix-release as a power cut would: the parent, or the parent of `timeout`, and who supervises it."""
    caller = os.getppid()
    if command_line(caller).startswith("timeout\0"):
        caller = parent_of(caller)
    supervised = "\0continue\0" in command_line(caller) and not alone
    for process in (parent_of(caller), caller) if supervised else (caller,):
        os.kill(process, 9)


def main() -> int:
    name, words = os.path.basename(sys.argv[0]), sys.argv[1:]
    line = " ".join([name, *words])
    status = 0
    text: str | bytes = ""
    with open(f"{ROOT}/world.json", "r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        world = json.load(file)
        world["calls"].append(line)
        # Parameters are written by a thread at varying times, so they are not counted.
        dies = False
        if "put-parameter" not in line:
            world["counted"] += 1
            point = world["dies_at"]
            dies = point in line if isinstance(point, str) else point == world["counted"]
        try:
            if not (dies and world["dies_before"]):
                fault(world, line)
                text = perform(world, name, words)
        except Refused as refused:
            status = refused.status
            sys.stderr.write(f"{refused}\n" if str(refused) else "")
        sleeps = world.pop("sleeps", 0)
        file.seek(0)
        file.truncate()
        json.dump(world, file)
    if dies:
        kill_caller(world["dies_alone"])
        return 1
    # Without the lock, so that other commands can run meanwhile.
    time.sleep(sleeps)
    if isinstance(text, bytes):
        sys.stdout.buffer.write(text)
    else:
        sys.stdout.write(f"{text}\n" if text else "")
    return status


if __name__ == "__main__":
    sys.exit(main())
