"""The labels of a story, and the names of the individuals in it. States that differ only in names
are one state, so a followed individual may have another name in the next state. A story uses one
name for each individual throughout.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from coresponder.proof.model import Move

__all__ = ["Label", "Names", "Naming", "Passed"]

Names = Mapping[str, Mapping[Any, Any]]
"""Field -> name of a followed individual -> its name in another state."""


@attrs.frozen
class Passed:
    """A label of a path: the deadline of one policy (and key) passes."""

    policy: str
    key: Any = None
    field: str | None = None


Label = Move | Passed


class Naming:
    """Names the individuals of a story: a followed one keeps its name, and each other one that acts
    gets a name of its own.
    """

    def __init__(self, followed: int) -> None:
        self._real: dict[str, dict[Any, Any]] = {}
        self._next: dict[str, int] = {}
        self._followed = followed

    def named(self, label: Label) -> Label:
        """Return the label with the names of the story."""
        if isinstance(label, Passed):
            return (
                label
                if label.field is None
                else attrs.evolve(
                    label, key=self._real.get(label.field, {}).get(label.key, label.key)
                )
            )
        changes: dict[str, Any] = {}
        for field in {*self._real, *label.others}:
            value = getattr(label.event, field, None)
            if field in label.others:
                if isinstance(value, str) and value.rpartition("-")[2].isdigit():
                    number = self._next[field] = self._next.get(field, self._followed) + 1
                    changes[field] = f"{field.replace('_', '-')}-{number}"
            elif value in self._real[field]:
                changes[field] = self._real[field][value]
        return attrs.evolve(label, event=attrs.evolve(label.event, **changes)) if changes else label

    def move(self, names: Names | None) -> None:
        """Follow the individuals to their names in the next state."""
        for field, renamed in (names or {}).items():
            old = self._real.get(field, {})
            self._real[field] = {new: old.get(name, name) for name, new in renamed.items()}
