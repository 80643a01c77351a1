"""The document that describes a release. Its types are in components/hosts/ec2/protocol.ts."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from .errors import ReleaseError
from .files import Json, compact, parse_json
from .host import Host
from .shape import Each, Maybe, Number, OneOf, Shape, Text, Whole, check

SCHEMA = 2

NAME = r"[a-z0-9][a-z0-9.-]{0,127}"
OWNER = r"\d+:\d+"
WORDS = [Text(r"[\s\S]*")]
FILE: Shape = {
    "name": Text(r"[\w-][\w.-]*"),
    "owner": Text(OWNER),
    "parts": [OneOf(Text(r"[\s\S]*"), {"secret": Text()})],
}
COMMON: Json = {"name": Text(NAME), "image": Text(), "secrets": Each(Text()), "files": Maybe([FILE])}
ONCE: Shape = {**COMMON, "run": WORDS, "timeoutSeconds": Number, "mustSucceed": bool, "observed": bool}
SERVICE: Shape = {
    **COMMON,
    "unit": Text(r"[\s\S]+"),
    "probes": {"ready": WORDS, "live": Maybe(WORDS), "rules": Maybe(WORDS)},
}
# What every schema has: a program can hand a document that it does not know over to the program of its bundle.
ENVELOPE: Shape = {"schema": Whole, "bundle": {"address": Text(r"s3://\S+"), "sha256": Text("[0-9a-f]{64}")}}
DOCUMENT: Shape = {
    "deadlineSeconds": Number,
    "login": Maybe({"address": Text(), "user": Text(), "secret": Text()}),
    "secrets": Each({"parameter": Text(), "version": Whole}),
    "networks": [Text(NAME)],
    "folders": [{"path": Text(r"/.+"), "owner": Text(OWNER), "mode": Text("[0-7]{3,4}")}],
    "steps": [OneOf(ONCE, SERVICE, key="kind", names=("once", "service"))],
}


def parse_document(text: str, host: Host) -> Json:
    """Parses and validates a document for this host, of any schema. Raises ValueError."""
    document = parse_json(text)
    if not isinstance(document, dict):
        raise ValueError("it is not an object")
    rest = compact({key: value for key, value in document.items() if key != "release"})
    wanted = {"stack": host.stack, "release": hashlib.sha256(rest.encode()).hexdigest()[:16]}
    for key, value in wanted.items():
        if document.get(key) != value:
            raise ValueError(
                f"{key} = {document.get(key)}: must be {value}; it was changed, truncated, or is another host's"
            )
    check(document, ENVELOPE)
    if document["schema"] == SCHEMA:
        check(document, DOCUMENT)
        for step in document["steps"]:
            missing = secret_names(step) - set(document["secrets"])
            if missing:
                raise ValueError(f"{step['name']} uses secrets that it does not list: {', '.join(sorted(missing))}")
    return document


def require_schema(document: Json) -> None:
    """Raises ReleaseError if this program does not know the document's schema."""
    if document["schema"] != SCHEMA:
        text = f"the release {document['release']} is not valid: schema = {document['schema']}: must be {SCHEMA}"
        raise ReleaseError(f"{text}, which is what its host bundle supports. Run pulumi up again", 2)


def services(document: Json | None) -> list[Json]:
    """The containers of a release that keep running."""
    return [step for step in (document or {"steps": ()})["steps"] if step["kind"] == "service"]


def images(document: Json | None) -> list[str]:
    """The images of a release."""
    return list(dict.fromkeys(step["image"] for step in (document or {"steps": ()})["steps"]))


def secret_names(step: Json) -> set[str]:
    """Names of the secrets that a step receives."""
    parts = [part for file in step.get("files") or () for part in file["parts"] if isinstance(part, dict)]
    return {*step["secrets"].values(), *(part["secret"] for part in parts)}


def secrets_of(step: Json, document: Json) -> Json:
    """References to the secrets that a step receives: a new version of a secret gives another value here."""
    secrets = {name: document["secrets"][name] for name in secret_names(step)}
    return {"variables": step["secrets"], "files": step.get("files"), "secrets": secrets}


def longest_seconds(document: Json) -> float:
    """How long a release may take at most, in a document of any schema: pulling, its steps and its deadline."""
    found: list[Any] = re.findall(r'"(?:timeoutSeconds|deadlineSeconds)":(\d+)', compact(document))
    return 4 * 3600 + 2 * sum(map(float, found))
