"""Makes text from containers and services safe to store and to print: without secrets and terminal sequences."""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import quote

# Characters; a shorter value would mask ordinary words.
SHORTEST_SECRET = 4

# A terminal's sequences: with parameters (ESC [ … letter), with a text (ESC ] … end), and the short ones.
SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
# Control characters, characters that change the direction of a line, and halves of characters.
CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)

# The values to mask.
masked: set[str] = set()


def mask(values: list[str]) -> None:
    """Masks these values, and the forms in which programs print them, in all text from now on."""
    for value in values:
        for part in {value, *value.splitlines()}:
            if len(part.strip()) >= SHORTEST_SECRET:
                forms = {part, part.strip(), json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1]}
                masked.update(forms, {quote(part, safe=""), base64.b64encode(part.encode()).decode()})


def redacted(text: str) -> str:
    """A text without secrets, terminal sequences and control characters; tabs become spaces."""
    for _ in range(2):
        # Longer values first: one may contain another. Again at the end: a sequence may have split a value.
        for value in sorted(masked, key=len, reverse=True):
            text = text.replace(value, "***")
        text = CONTROLS.sub("", SEQUENCES.sub("", text.replace("\t", " ").replace("\r\n", "\n")))
    return text


def redacted_all(value: Any) -> Any:
    """The same for every text in a document."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, list):
        return [redacted_all(item) for item in value]
    if isinstance(value, dict):
        return {key: redacted_all(item) for key, item in value.items()}
    return value


def cut(text: str, limit: int) -> str:
    """The beginning of a text, of at most `limit` bytes in UTF-8."""
    encoded = text.encode("utf-8", "replace")
    return text if len(encoded) <= limit else encoded[: limit - 3].decode("utf-8", "ignore") + "…"


def cut_front(text: str, limit: int) -> str:
    """The end of a text, of at most `limit` bytes in UTF-8."""
    return text.encode("utf-8", "replace")[-limit:].decode("utf-8", "ignore")
