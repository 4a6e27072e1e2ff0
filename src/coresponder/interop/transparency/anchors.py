"""Anchors: signed statements of what an agency's log held at a time, kept where those who can write
the database cannot write (C2SP tlog-checkpoint).

An entry of the tree is the digest of one event in the chain of its incident, in the order of the
feed, so an anchor covers every event. Two more lines give the time and the newest checkpoint of the
store, which covers the words in the vault, the notices and the programs.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Self

import attrs

from coresponder.errors import UnreadableFile
from coresponder.interop.transparency.signed_note import (
    Note,
    Signer,
    VerifyingKey,
    read_notes,
    sign_note,
)

__all__ = ["Anchor", "faults_against", "read_anchors"]

_TEXT = re.compile(
    r"(?P<origin>[^\n]+)\n(?P<size>0|[1-9][0-9]{0,17})\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"made (?P<made>[^\n]+)\n(?:checkpoint (?P<number>[1-9][0-9]*) (?P<digest>[0-9a-f]{64})\n)?"
)


@attrs.frozen(kw_only=True)
class Anchor:
    """What an agency's log held at a time.

    Attributes:
        agency: the agency, or the streams of its roster.
        size: how many events there were.
        root: the root of the Merkle tree over them, 32 bytes.
        made_at: when the anchor was made, by the clock of the process that made it.
        checkpoint: the number and the digest of the newest checkpoint; None if there was none.
        note: the signed note that it was read from.
    """

    agency: str
    size: int
    root: bytes
    made_at: dt.datetime
    checkpoint: tuple[int, str] | None = None
    note: str = attrs.field(default="", eq=False, repr=False)

    def signed(self, signer: Signer) -> str:
        """Return the anchor as a signed note."""
        text = (
            f"{signer.name}/{self.agency}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"
            f"made {self.made_at.astimezone(dt.UTC).isoformat()}\n"
        )
        if self.checkpoint:
            text += "checkpoint {} {}\n".format(*self.checkpoint)
        return sign_note(text, signer)

    @classmethod
    def parse(cls, note: Note, key: VerifyingKey) -> Self:
        """Read a note.

        Raises:
            UnreadableFile: the key signed something else than an anchor, or a line is no signature.
            InvalidSignature: the note was not signed by this key, or was changed since.
        """
        found = _TEXT.fullmatch(note.checked(key))
        if found is None or not found["origin"].startswith(f"{key.name}/"):
            raise UnreadableFile(f"{note.where}: the text is signed, but it is no anchor")
        try:
            made_at = dt.datetime.fromisoformat(found["made"])
        except ValueError:
            raise UnreadableFile(f"{note.where}: its time cannot be read") from None
        listed = (int(found["number"]), found["digest"]) if found["number"] else None
        return cls(
            agency=found["origin"].removeprefix(f"{key.name}/"),
            size=int(found["size"]),
            root=base64.b64decode(found["root"]),
            made_at=made_at,
            checkpoint=listed,
            note=str(note),
        )

    def __str__(self) -> str:
        """Name the anchor in a sentence."""
        return f"the anchor of {self.made_at:%Y-%m-%d %H:%M:%S} UTC"


def read_anchors(text: str, key: VerifyingKey, *, source: str = "anchors") -> tuple[Anchor, ...]:
    """Return the anchors of a file, in its order, each checked against its signature.

    Args:
        text: signed notes, one below another.
        key: the key that signed them.
        source: the file's name, for errors.

    Raises:
        UnreadableFile: the file has something else than anchors.
        InvalidSignature: an anchor was not signed by this key, or was changed since.
    """
    return tuple(Anchor.parse(note, key) for note in read_notes(text, source))


def faults_against(
    anchors: Iterable[Anchor], *, size: int, roots: Mapping[int, bytes], checkpoints: Sequence[str]
) -> Iterator[str]:
    """Yield in words where a store departs from the anchors of one agency. What is named first is
    the earliest departure; later anchors tell nothing more.

    Args:
        anchors: the anchors, the oldest first.
        size: how many events of the store are in its feed now.
        roots: the roots of the store's tree now, by size.
        checkpoints: the digests of the store's checkpoints, the oldest first.
    """
    last: Anchor | None = None
    for anchor in anchors:
        if fault := _fault(anchor, last, size, roots, checkpoints):
            yield fault
            return
        last = anchor


def _fault(
    anchor: Anchor,
    last: Anchor | None,
    size: int,
    roots: Mapping[int, bytes],
    checkpoints: Sequence[str],
) -> str:
    """Return how a store departs from an anchor while it agrees with the one before; "" if it does
    not.
    """
    since = f"between {last} and {anchor}" if last else f"before {anchor}"
    if anchor.size > size:
        return (
            f"{anchor} knew {anchor.size:,} events of {anchor.agency}, and {size:,} of them can be "
            "there at most: the newest were removed, or an older copy of the store was put back"
        )
    if roots[anchor.size] != anchor.root:
        return (
            f"events of {anchor.agency} that were recorded {since} are not those that were "
            "anchored: they were rewritten, or they are another agency's"
        )
    if anchor.checkpoint is None:
        return ""
    number, digest = anchor.checkpoint
    if number > len(checkpoints):
        return (
            f"{anchor} knew checkpoint {number} of {anchor.agency}, and {len(checkpoints):,} are "
            "there: the newest were removed, or an older copy of the store was put back"
        )
    if checkpoints[number - 1] != digest:
        return (
            f"checkpoint {number} of {anchor.agency} is not the one that was anchored: words, "
            f"notices or programs that were written {since} may have been changed"
        )
    return ""
