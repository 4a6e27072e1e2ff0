"""Proofs that hold without the store: one event is in an anchored log, and one anchor continues an
earlier one.
"""

from __future__ import annotations

import base64
import json

from coresponder.errors import NotFound
from coresponder.interop.transparency.anchors import Anchor
from coresponder.interop.transparency.tree import Entries, consistency_path, inclusion_path
from coresponder.stores.codec import Stored

__all__ = ["consistency_proof", "inclusion_proof"]


def _text(node: bytes) -> str:
    return base64.b64encode(node).decode()


def inclusion_proof(
    anchor: Anchor, entries: Entries, *, position: int, previous: str, row: Stored
) -> str:
    """Return the proof that an event is in an anchored log, in the format of C2SP tlog-proof.

    The line `extra` has the event's row as JSON, from which its digest is computed again. A reader
    of the proof therefore sees the event, though no words of the vault.

    Args:
        anchor: an anchor, read from its file.
        entries: the log.
        position: the event's position in the feed, counted from 1.
        previous: the digest of the row before, or the one that the incident's chain begins with.
        row: the event's row.

    Raises:
        NotFound: the event was recorded after the anchor was made.
    """
    if position > anchor.size:
        raise NotFound(
            f"{anchor} knew {anchor.size:,} events, and this is number {position:,}; make an anchor first"
        )
    covered = row._asdict()
    del covered["digest"], covered["at"]  # the digest is computed again; the body has the time
    extra = json.dumps({"previous": previous, **covered})
    path = inclusion_path(entries, position - 1, anchor.size)
    lines = [
        "c2sp.org/tlog-proof@v1",
        f"extra {_text(extra.encode())}",
        f"index {position - 1}",
        *map(_text, path),
        "",
    ]
    return "".join(f"{line}\n" for line in lines) + anchor.note


def consistency_proof(before: Anchor, after: Anchor, entries: Entries) -> str:
    """Return the proof that an anchor continues an earlier one, as the JSON of RFC 6962 section 4.4
    together with both notes.
    """
    path = consistency_path(entries, before.size, after.size) if before.size else ()
    return json.dumps(
        {"first": before.note, "second": after.note, "consistency": [*map(_text, path)]}, indent=2
    )
