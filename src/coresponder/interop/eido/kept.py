"""What is kept of an EIDO beside the standard values of an event, so that it comes back out, and so
that a sender's statement is known again.
"""

from __future__ import annotations

from coresponder.domain.events import Event
from coresponder.domain.objects import LocalCode

__all__ = [
    "CALL_FIELD",
    "DISPOSITION_FIELD",
    "SENDER_FIELD",
    "TYPE_FIELD",
    "UNNAMED",
    "UPDATED_FIELD",
    "codes_of",
    "may_be_of",
    "sender_code",
]

TYPE_FIELD = "incidentTypeCommonRegistryText"
UPDATED_FIELD = "incidentComponent.lastUpdateTimeStamp"
CALL_FIELD = "callComponent.$id"
DISPOSITION_FIELD = "dispositionCommonRegistryCode"
SENDER_FIELD = "issuingElementIdentification"
UNNAMED = "unnamed"
"""The sender of an EIDO that says nowhere who sent it."""
_EARLIER = frozenset({TYPE_FIELD, UPDATED_FIELD, DISPOSITION_FIELD})


def sender_code(sender: str) -> LocalCode:
    """Return what names the sender of a statement."""
    return LocalCode(field=SENDER_FIELD, code=sender)


def codes_of(event: Event, field: str = TYPE_FIELD) -> tuple[str, ...]:
    """Return the codes of a field as a sender gave them; by default those of the kind of incident."""
    return tuple(code.code for code in getattr(event, "local", ()) if code.field == field)


def may_be_of(event: Event, sender: str) -> bool:
    """Return whether a sender said what is recorded. Of what an earlier version took from an EIDO,
    which kept no sender, it may have been any.
    """
    kept = codes_of(event, SENDER_FIELD)
    if kept:
        return sender in kept
    return any(code.field in _EARLIER for code in getattr(event, "local", ()))
