"""Anchors: what an agency's log held at a time, signed with a key that the database does not have,
in the formats of transparency logs (RFC 6962; C2SP signed-note, tlog-checkpoint and tlog-proof).
"""

from coresponder.interop.transparency.anchored import anchor_of, departures, prove_event
from coresponder.interop.transparency.anchors import Anchor, read_anchors
from coresponder.interop.transparency.signed_note import Signer, SigningKey, VerifyingKey

__all__ = [
    "Anchor",
    "Signer",
    "SigningKey",
    "VerifyingKey",
    "anchor_of",
    "departures",
    "prove_event",
    "read_anchors",
]
