"""The host bundles: archives with everything that runs on the host, each unpacked in a folder of its own."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import tarfile
from pathlib import Path

from .errors import ReleaseError, with_remedy
from .files import Json, sync_folder
from .host import Host
from .paths import ROOT
from .process import capture

LIBRARY = ROOT / "usr/local/lib/linnix"
BUNDLES = LIBRARY / "bundles"
# The link to the bundle that this host is set up with. Its program is one that has proven itself, also during a switch.
CURRENT = LIBRARY / "current"
PROGRAM, PACKAGE, SET_UP = "linnix-release", "linnix_release", "set-up"
# Bytes; a bundle has about 150,000.
BUNDLE_LIMIT = 16 << 20
# A folder, a name, or a path of names that don't begin with a dot.
ENTRY = re.compile(r"[\w@+-][\w.@+-]*(/[\w@+-][\w.@+-]*)*", re.ASCII)


def proven_bundle() -> str | None:
    """The bundle whose program `current` runs; None on a host without bundles."""
    program = CURRENT / PROGRAM
    return program.resolve().parent.name if program.is_file() else None


def linked_bundle() -> str | None:
    """The bundle that the host is set up with; None while a switch is under way."""
    target = os.readlink(CURRENT) if CURRENT.is_symlink() else ""
    name = target.rpartition("/")[2]
    return None if name.startswith(".") else name or None


def unpacked(name: str) -> str:
    """The path of an entry of the archive. Raises ReleaseError unless it is below the bundle's folder."""
    if not ENTRY.fullmatch(name):
        raise ReleaseError(f"its entry {name!r} is not a path below its folder")
    return name


def unpack(archive: bytes, folder: Path) -> None:
    """Unpacks regular files and folders, and nothing else, and flushes them to the disk."""
    if not archive.endswith(bytes(1024)):
        raise ReleaseError("it has no end")
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
        for entry in tar:
            path = folder / unpacked(entry.name.rstrip("/"))
            if entry.isdir():
                path.mkdir(0o755, parents=True, exist_ok=True)
                continue
            source = tar.extractfile(entry) if entry.type in (tarfile.REGTYPE, tarfile.AREGTYPE) else None
            if source is None:
                raise ReleaseError(f"its entry {entry.name!r} is neither a file nor a folder")
            path.parent.mkdir(0o755, parents=True, exist_ok=True)
            mode = 0o755 if entry.mode & 0o100 else 0o644
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                shutil.copyfileobj(source, file)
                file.flush()
                os.fsync(file.fileno())
    for name in (PROGRAM, SET_UP):
        if not os.access(folder / name, os.X_OK):
            raise ReleaseError(f"it has no program {name}")
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            sync_folder(path)


def download(host: Host, address: str) -> bytes:
    """Fetches an archive, with a limit of its size."""
    words = ("s3", "cp", address, "-", "--only-show-errors", "--region", host.region, "--cli-connect-timeout", "10")
    got = capture(("aws", *words), timeout=600, limit=BUNDLE_LIMIT)
    if got.returncode:
        text = got.stderr.decode("utf-8", "replace")
        missing = re.search(r"\(404\)|NoSuchKey|Not Found|more than", text)
        raise ReleaseError(f"the host bundle {address} can't be fetched: {with_remedy(text)}", transient=not missing)
    return got.stdout


def install(host: Host, bundle: Json) -> None:
    """Fetches, verifies and unpacks a bundle, unless that is done already. Its folder is complete or absent."""
    address, wanted = bundle["address"], bundle["sha256"]
    folder, new = BUNDLES / wanted, BUNDLES / f".new-{wanted}"
    if folder.is_dir():
        return
    archive = download(host, address)
    found = hashlib.sha256(archive).hexdigest()
    if found != wanted:
        text = f"the host bundle {address} has SHA-256 {found}, not {wanted}: run pulumi up --refresh"
        raise ReleaseError(text)
    BUNDLES.mkdir(0o755, parents=True, exist_ok=True)
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(0o755)
    try:
        unpack(archive, new)
    except (ReleaseError, tarfile.TarError, EOFError, FileExistsError, UnicodeError) as error:
        shutil.rmtree(new, ignore_errors=True)
        raise ReleaseError(f"the host bundle {address} is not valid: {error}") from error
    new.replace(folder)
    sync_folder(BUNDLES)


def link(target: str) -> None:
    """Points `current` to a folder of `bundles`, atomically."""
    new = LIBRARY / ".current.new"
    new.unlink(missing_ok=True)
    new.symlink_to(f"bundles/{target}")
    new.replace(CURRENT)
    sync_folder(LIBRARY)


def link_trial(bundle: str) -> None:
    """Points `current` to a bundle that has not proven itself: its files, but the program of the proven bundle.

    So whatever the new bundle is worth, after a power failure the host starts with a program that works.
    """
    proven = proven_bundle() or bundle
    name = f".trial-{bundle[:16]}-{proven[:16]}"
    folder, new = BUNDLES / name, BUNDLES / f".new{name}"
    if not folder.is_dir():
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(0o755)
        for path in sorted((BUNDLES / bundle).iterdir()):
            owner = proven if path.name in (PROGRAM, PACKAGE) else bundle
            (new / path.name).symlink_to(f"../{owner}/{path.name}")
        sync_folder(new)
        new.replace(folder)
        sync_folder(BUNDLES)
    link(name)


def is_on_trial(bundle: str) -> bool:
    """True if the host is set up with this bundle, which has not become the current one yet."""
    return CURRENT.is_symlink() and os.readlink(CURRENT).startswith(f"bundles/.trial-{bundle[:16]}-")


def prune_bundles(kept: set[str]) -> None:
    """Removes the other bundles, and what an interrupted switch has left. Never removes what `current` needs."""
    if not BUNDLES.is_dir():
        return
    target = os.readlink(CURRENT).rpartition("/")[2] if CURRENT.is_symlink() else ""
    used = {target, proven_bundle()}
    if target.startswith("."):
        used |= {path.resolve().parent.name for path in (BUNDLES / target).iterdir()}
    for folder in BUNDLES.iterdir():
        if folder.name not in kept | used:
            shutil.rmtree(folder, ignore_errors=True)
