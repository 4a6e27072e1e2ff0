"""JSON in pieces, so that a long list takes no more memory than a short one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

__all__ = ["in_pieces"]


def in_pieces(
    head: dict[str, Any], lists: Sequence[tuple[str, Iterable[dict[str, Any]]]]
) -> Iterator[str]:
    """Yield one JSON object, line by line: what is in `head`, and then the lists."""
    text = json.dumps(head, indent=2, ensure_ascii=False, default=str)
    yield text.removesuffix("\n}") + ("," if lists else "")
    for place, (name, found) in enumerate(lists, 1):
        yield f'  "{name}": ['
        before = ""
        for one in found:
            if before:
                yield before + ","
            before = f"    {json.dumps(one, ensure_ascii=False)}"
        if before:
            yield before
        yield "  ]," if place < len(lists) else "  ]"
    yield "}"
