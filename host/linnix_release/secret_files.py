"""Writes the secrets of containers to files in memory, and removes them."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from .document import secrets_of
from .errors import ReleaseError
from .files import Json, compact, read_json, read_object, read_text, write
from .paths import RUN
from .task import Task
from .text import mask

SECRETS = RUN / "secrets"
# The engine's credentials, during a pull.
CREDENTIALS = RUN / "docker/config.json"
# The values by `parameter:version`, also of versions before: a container's log may contain them.
VALUES = SECRETS / ".values"


def mask_known() -> None:
    """Masks the secrets that earlier runs have written."""
    mask([value for value in read_object(VALUES).values() if isinstance(value, str)])
    for file in SECRETS.glob("*.env"):
        with contextlib.suppress(OSError):
            mask([line.partition("=")[2] for line in read_text(file).splitlines()])


def remember(task: Task) -> None:
    """Masks the secrets that were fetched, in this process and in later ones."""
    mask(list(task.secrets.values()))
    write(VALUES, compact({**read_object(VALUES), **task.secrets}), 0o600)


def receives_files(step: Json) -> bool:
    """Whether a step reads files that the host writes: variables with secrets, or files with or without secrets."""
    return bool(step["secrets"] or step.get("files"))


def write_secrets(task: Task, step: Json, document: Json) -> None:
    """Writes a step's secrets to the files that its container reads, unless they are up to date."""
    name, wanted = step["name"], secrets_of(step, document)
    stamp = SECRETS / f"{name}.given"
    if not receives_files(step) or read_json(stamp) == wanted:
        return
    stamp.unlink(missing_ok=True)
    for secret in wanted["secrets"]:
        task.secret(document, secret)
    remember(task)
    lines = [f"{variable}={task.secret(document, secret)}" for variable, secret in step["secrets"].items()]
    if "\n" in "".join(lines):
        raise ReleaseError(f"{name}: a secret that is passed as a variable must be one line")
    write(SECRETS / f"{name}.env", "\n".join([*lines, ""]), 0o600)
    for file in step.get("files", ()):
        parts = [part if isinstance(part, str) else task.secret(document, part["secret"]) for part in file["parts"]]
        write(SECRETS / name / file["name"], "".join(parts), 0o400, file["owner"])
    write(stamp, compact(wanted))


def delete(path: Path) -> None:
    """Removes a file or a folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def remove_secrets(name: str) -> None:
    """Removes the secrets of one step."""
    for path in SECRETS.glob("*"):
        if path.name in (name, f"{name}.env", f"{name}.given", f".{name}.env.new", f".{name}.given.new"):
            delete(path)


def remove_other_secrets(document: Json) -> None:
    """Removes secrets that no step of the release receives: an interrupted run may have left them."""
    names = {step["name"] for step in document["steps"] if receives_files(step)}
    kept = {VALUES.name, *names, *(f"{name}.{kind}" for name in names for kind in ("env", "given"))}
    for path in SECRETS.glob("*"):
        if path.name not in kept:
            delete(path)
    parameters = {reference["parameter"] for reference in document["secrets"].values()}
    values = {key: value for key, value in read_object(VALUES).items() if key.rpartition(":")[0] in parameters}
    if not names:
        VALUES.unlink(missing_ok=True)
    elif values != read_object(VALUES):
        write(VALUES, compact(values), 0o600)
    CREDENTIALS.unlink(missing_ok=True)
