"""Reads files that may be missing, damaged or endless, and replaces files atomically."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

Json = dict[str, Any]

# Bytes; the most that is read of a file.
FILE_LIMIT = 4 << 20


def compact(value: Any) -> str:
    """Canonical JSON, byte for byte the output of components/canonical.ts: a release's id is its hash."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read_bytes(path: Path, limit: int = FILE_LIMIT) -> bytes:
    """The beginning of a regular file. Anything else, such as a pipe, which could block, is an OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{path} is not a regular file")
        return file.read(limit)


def read_text(path: Path, limit: int = FILE_LIMIT) -> str:
    """The same as text; a byte that is not UTF-8 is replaced."""
    return read_bytes(path, limit).decode("utf-8", "replace")


def parse_json(text: str) -> Any:
    """Parses JSON. Raises ValueError, also if it is nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def read_json(path: Path) -> Any:
    """The JSON in a file; None if the file is missing, can't be read or is not valid JSON."""
    try:
        return parse_json(read_bytes(path).decode("utf-8"))
    except (OSError, ValueError):
        return None


def read_object(path: Path) -> Json:
    """The JSON object in a file; empty if there is none."""
    value = read_json(path)
    return value if isinstance(value, dict) else {}


def sync_folder(path: Path) -> None:
    """Flushes a folder to the disk: the names in it survive a power failure."""
    folder = os.open(path, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def change_owner(path: Path, owner: str) -> None:
    """Sets the owner `uid:gid`."""
    os.chown(path, *map(int, owner.split(":")))


def write(path: Path, text: str, mode: int = 0o644, owner: str = "") -> bool:
    """Replaces a file atomically and flushes it to the disk. Returns False if it already had this content."""
    content = text.encode()
    if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
        return False
    path.parent.mkdir(0o700, parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    try:
        with open(os.open(new, os.O_WRONLY | os.O_CREAT, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        new.unlink(missing_ok=True)
        raise
    if owner:
        change_owner(new, owner)
    new.replace(path)
    sync_folder(path.parent)
    return True
