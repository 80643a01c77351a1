"""Validates JSON against a description of its shape; the error names the place and what is allowed there."""

from __future__ import annotations

import math
import re
from typing import Any, Union


class Text:
    """A text that matches a pattern, by default one without white space at its ends."""

    def __init__(self, pattern: str = r"\S(.*\S)?") -> None:
        self.pattern = pattern


class Each:
    """An object with any names and values of one shape."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape


class Maybe:
    """A field that may be absent."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape


class OneOf:
    """A value of one of these shapes: the one that a key names, or the first of its type."""

    def __init__(self, *shapes: Shape, key: str = "", names: tuple[str, ...] = ()) -> None:
        self.shapes = shapes
        self.key = key
        self.names = names


Number, Whole = float, int
# A list has one element: the shape of each item.
Shape = Union[Text, Each, Maybe, OneOf, "type[float]", "type[int]", "type[bool]", "dict[str, Any]", "list[Any]"]


def fail(path: str, value: Any, wanted: str) -> None:
    """Raises the error."""
    raise ValueError(f"{path or 'it'} = {str(value)[:80]}: must be {wanted}")


def check_object(value: Any, shape: dict[str, Any], path: str) -> None:
    """Validates an object with fixed fields. Further fields are allowed."""
    if not isinstance(value, dict):
        fail(path, value, "an object")
    for key, inner in shape.items():
        place = f"{path}.{key}".lstrip(".")
        if key not in value:
            if not isinstance(inner, Maybe):
                raise ValueError(f"{place} is missing")
        else:
            check(value[key], inner.shape if isinstance(inner, Maybe) else inner, place)


def check_one_of(value: Any, shape: OneOf, path: str) -> None:
    """Validates a value that may have several shapes."""
    if not shape.key:
        chosen = 0 if isinstance(value, str) else 1
    elif not isinstance(value, dict) or value.get(shape.key) not in shape.names:
        fail(path, value, f"an object whose {shape.key} is {' or '.join(shape.names)}")
        return
    else:
        chosen = shape.names.index(value[shape.key])
    check(value, shape.shapes[chosen], path)


def is_number(value: Any, shape: Any) -> bool:
    """True for a finite number that is not negative, without a fraction if it must be whole."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return math.isfinite(value) and 0 <= value < 1 << 53 and (shape is Number or isinstance(value, int))


def check_items(value: Any, shape: list[Any], path: str) -> None:
    """Validates a list."""
    if not isinstance(value, list):
        fail(path, value, "a list")
    for index, item in enumerate(value):
        check(item, shape[0], f"{path}[{index}]")


def check_each(value: Any, shape: Each, path: str) -> None:
    """Validates an object with any names."""
    if not isinstance(value, dict):
        fail(path, value, "an object")
    for key, item in value.items():
        check(item, shape.shape, f"{path}.{key}")


def check_plain(value: Any, shape: Shape, path: str) -> None:
    """Validates a text, a truth value or a number."""
    if isinstance(shape, Text):
        if not isinstance(value, str) or not re.fullmatch(shape.pattern, value):
            fail(path, value, f"a text like {shape.pattern}")
    elif shape is bool:
        if not isinstance(value, bool):
            fail(path, value, "true or false")
    elif not is_number(value, shape):
        fail(path, value, "a number that is not negative" if shape is Number else "a whole number")


def check(value: Any, shape: Shape, path: str = "") -> None:
    """Validates a value. Raises ValueError."""
    if isinstance(shape, OneOf):
        check_one_of(value, shape, path)
    elif isinstance(shape, Each):
        check_each(value, shape, path)
    elif isinstance(shape, dict):
        check_object(value, shape, path)
    elif isinstance(shape, list):
        check_items(value, shape, path)
    else:
        check_plain(value, shape, path)
