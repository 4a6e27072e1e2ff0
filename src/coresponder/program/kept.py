"""Definitions of programs that a store has kept since an earlier schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["as_written_today"]

_CITING = ("training", "tier", "policy")


def as_written_today(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a definition with today's keys. A rule's `authority` was once its `source`, and
    `vocabulary` was once `local_codes`.
    """
    head = definition.get("program")
    rest = {key: value for key, value in definition.items() if key != "local_codes"}
    own = definition.get("local_codes")
    return {
        **rest,
        **({} if own is None else {"vocabulary": own}),
        **({} if head is None else {"program": _renamed(head)}),
        **{
            key: [_renamed(row) for row in definition[key]]
            for key in _CITING
            if isinstance(definition.get(key), list | tuple)
        },
    }


def _renamed(row: Any) -> Any:
    if not isinstance(row, Mapping) or "source" not in row or "authority" in row:
        return row
    return {"authority" if key == "source" else key: value for key, value in row.items()}
