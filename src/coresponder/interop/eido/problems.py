"""What is wrong with a document, with its place, in words that name no class of the library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pydantic import ValidationError

__all__ = ["at_place", "first_problem"]

_SAID: Mapping[str, str] = {
    "missing": "it is missing, and must be there",
    "string_type": "it is not text",
    "string_too_short": "it is empty",
    "string_too_long": "it is too long",
    "too_short": "it is empty, and has at least one",
    "int_type": "it is not a whole number",
    "int_parsing_size": "it is too large a number",
    "greater_than_equal": "it is less than 0",
    "dict_type": "it is not an object",
    "model_type": "it is not an object",
    "model_attributes_type": "it is not an object",
    "tuple_type": "it is not a list",
}
"""The kind of a problem -> what is said of it. Any other says it in the library's own words."""


def first_problem(error: ValidationError, *above: str) -> str:
    """Return the first place with another shape than expected, and what is wrong there.

    Args:
        error: the problems.
        above: the keys above the document that was validated.
    """
    first = error.errors(include_url=False, include_input=False)[0]
    place = _place(*above, *first["loc"])
    said = _SAID.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    return f"{place}: {said}" if place else said


def _place(*keys: str | int) -> str:
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return text.removeprefix(".")


@contextmanager
def at_place(place: str) -> Iterator[None]:
    """Name the place in the `ValueError` of what is read there."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None
