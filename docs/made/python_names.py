"""Which public Python name stands on which page. What each is, mkdocstrings reads from the code."""

from __future__ import annotations

import enum
import importlib
import inspect

import coresponder
from coresponder import testing
from coresponder.domain import events as e
from coresponder.roster.events import RESPONDER_EVENTS

__all__ = ["PYTHON_PAGES", "python_page", "testing_page"]

_ROOMS = {
    "program": ("Programs and policies", ("program", "policy", "roster", "lifecycle")),
    "workflow": ("Workflow", ("workflow", "asyncio", "clock", "audit")),
    "records": ("Records", ("domain", "record")),
    "stores": ("Stores", ("stores",)),
    "delivery": ("Delivery", ("delivery",)),
    "interop": ("CAD, EIDO and FHIR", ("interop", "documents")),
    "proof": ("Proof", ("proof",)),
    "errors": ("Errors", ("errors",)),
}
_ALIASES = {
    **dict.fromkeys(("Code", "Id", "Instant", "EVENT_TYPES"), "domain"),
    "RESPONDER_EVENTS": "roster",
    **dict.fromkeys(("INCIDENT", "REFERRAL", "FOLLOW_UP", "RESPONDER"), "lifecycle"),
}
"""Names of values and not of classes or functions: a value does not know its room."""
PYTHON_PAGES = tuple(_ROOMS)
_IN_PARTS = {"Program", "SqlStore", "Workflow"}
"""Classes that are written in several rooms. Their pages show what they inherit, too."""


def _room(name: str) -> str:
    thing = getattr(coresponder, name)
    return _ALIASES.get(name) or str(thing.__module__).split(".")[1]


def _is_listed(name: str) -> bool:
    """Return whether a name is listed here; events and vocabularies have pages of their own."""
    thing = getattr(coresponder, name)
    return name not in {**e.EVENT_TYPES, **RESPONDER_EVENTS} and not (
        inspect.isclass(thing) and issubclass(thing, enum.Enum) and _room(name) == "domain"
    )


def python_page(page: str) -> str:
    """Write which names a page has.

    Raises:
        ValueError: a public name is of a room that no page has.
    """
    title, rooms = _ROOMS[page]
    listed = {name: _room(name) for name in coresponder.__all__ if _is_listed(name)}
    homeless = set(listed.values()).difference(*(known for _, known in _ROOMS.values()))
    if homeless:
        known = "add the rooms in docs/made/python_names.py"
        raise ValueError(f"no page has the names of {', '.join(sorted(homeless))}; {known}")
    names = [_home(name) for room in rooms for name, its in listed.items() if its == room]
    return f"# {title}\n\nImported from `coresponder`.\n{_entries('coresponder', names)}"


def _home(name: str) -> str:
    """Return where a function is written, because a module may have the same name (`permitted`),
    and where a name of a whole room is, because the reader of the docs cannot follow a star.
    """
    thing = getattr(coresponder, name)
    for home in coresponder._WHOLE:  # noqa: SLF001 - ours
        if name in importlib.import_module(home).__all__:
            return f"{home.removeprefix('coresponder.')}.{name}"
    if not inspect.isfunction(thing):
        return name
    return f"{thing.__module__.removeprefix('coresponder.')}.{name}"


def testing_page() -> str:
    """Write the names of `coresponder.testing`, each from its home: it has no imports to follow."""
    names = [f"{testing._HOME_OF[name]}.{name}" for name in testing.__all__]  # noqa: SLF001 - ours
    guide = "[Test your policies](../../how-to/test-policies.md)"
    head = f"# Testing\n\nImported from `coresponder.testing`. A guide: {guide}.\n"
    return head + _entries("coresponder.testing", names)


def _entries(package: str, names: list[str]) -> str:
    return "".join(f"\n::: {package}.{name}\n{_options(name)}" for name in names)


def _options(name: str) -> str:
    return "    options:\n      inherited_members: true\n" if name in _IN_PARTS else ""
