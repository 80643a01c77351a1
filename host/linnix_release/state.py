"""The state that is kept across boots: which release is current, which ones have failed."""

from __future__ import annotations

import contextlib
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from .document import SCHEMA, parse_document, services
from .files import Json, compact, read_bytes, read_json, write
from .host import Host
from .paths import STATE, release_file, unit_file
from .process import say

STATE_FILE = STATE / "state.json"


@dataclass
class State:
    """Releases by their ids. Their documents are in the folder `releases`."""

    # The last release that was healthy, and the one before it.
    current: str | None = None
    previous: str | None = None
    # The release that is being applied and was not healthy yet.
    pending: str | None = None
    # The release that the stack requested last.
    desired: str | None = None
    # Releases that only an explicit `apply` tries again.
    failed: list[str] = field(default_factory=list)
    # The images that were pulled; True if the image is known to be complete on the disk.
    images: dict[str, bool] = field(default_factory=dict)
    history: list[Json] = field(default_factory=list)
    last: Json | None = None

    def save(self) -> None:
        """Writes the state to the disk."""
        write(STATE_FILE, compact(asdict(self)))


def set_aside(path: Path, error: Exception) -> None:
    """Renames a corrupt file, so that it can be examined and is not read again."""
    say(f"{path} is corrupt and was renamed to {path.name}.corrupt: {error}")
    with contextlib.suppress(OSError):
        path.replace(f"{path}.corrupt")


def stored_document(host: Host, release: str | None) -> Json | None:
    """A release's document, of any schema; None if it is missing or invalid."""
    path = release_file(release)
    if release is None or not path.exists():
        return None
    try:
        document = parse_document(read_bytes(path).decode("utf-8"), host)
        if document["release"] != release:
            raise ValueError(f"it is release {document['release']}")
        return document
    except (ValueError, OSError) as error:
        set_aside(path, error)
        return None


def known_document(host: Host, release: str | None) -> Json | None:
    """The same; None as well if this program does not know the document's schema."""
    document = stored_document(host, release)
    return document if document and document["schema"] == SCHEMA else None


def is_installed(step: Json) -> bool:
    """True if a service's unit is installed as the document describes it."""
    path = unit_file(step["name"])
    return path.is_file() and read_bytes(path) == step["unit"].encode()


def is_texts(value: Any) -> bool:
    """True for a list of texts."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def parse_state(value: Any) -> State:
    """The state in JSON. Raises ValueError. Unknown fields are dropped: another version may have written them."""
    if not isinstance(value, dict) or "current" not in value:
        raise ValueError("it is not a state")
    state = State(**{item.name: value[item.name] for item in fields(State) if item.name in value})
    ids = (state.current, state.previous, state.pending, state.desired)
    images, history = state.images, state.history
    if not (
        all(item is None or (isinstance(item, str) and item.isalnum()) for item in ids)
        and is_texts(state.failed)
        and isinstance(images, dict)
        and all(isinstance(item, bool) for item in images.values())
        and isinstance(history, list)
        and all(isinstance(item, dict) for item in history)
        and (state.last is None or isinstance(state.last, dict))
    ):
        raise ValueError("a field has a value of another type")
    return state


def load_state(host: Host) -> State:
    """Loads the state. If its file is corrupt, the current release is the newest document whose units are installed."""
    if not STATE_FILE.exists():
        return State()
    try:
        return parse_state(read_json(STATE_FILE))
    except ValueError as error:
        set_aside(STATE_FILE, error)
    for file in sorted((STATE / "releases").glob("*.json"), key=os.path.getmtime, reverse=True):
        steps = services(known_document(host, file.stem))
        if steps and all(map(is_installed, steps)):
            return State(current=file.stem)
    return State()
