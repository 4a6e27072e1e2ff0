"""Model police and mental-health co-response: one declared program drives, proves, tests and audits.

Everything is imported when it is first used, so that `import coresponder` costs a host next to nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "coresponder.domain.objects": (
        "Call", "Consent", "Credential", "FollowUp", "Incident", "LocalCode", "Person", "Prior", "Referral", "Responder", "Scene",
        "Screening", "Team", "TeamMember",
    ),
    "coresponder.domain.events": ("EVENT_TYPES", "Decision", "Event", "Fact"),
    "coresponder.errors": (
        "AudienceDenied", "CoresponderError", "CorruptRecord", "DeliveryFailed", "InvalidEvent", "InvalidMapping", "InvalidProgram", "InvalidScenario",
        "InvalidSignature", "MissingExtra", "NotFound", "OutcomeUnknown", "Refused", "RequestTaken", "ResponderTaken", "StaleVersion",
        "StoreError", "StoreUnavailable", "UnreadableFile",
    ),
    "coresponder.lifecycle": ("FOLLOW_UP", "INCIDENT", "REFERRAL", "RESPONDER", "Edge", "Lifecycle"),
    "coresponder.policy.atoms": ("Atom",),
    "coresponder.policy.policy": ("Enforcement", "Policy"),
    "coresponder.policy.refusal": ("Obligation", "Refusal", "Violation"),
    "coresponder.policy.templates": ("Verdict",),
    "coresponder.program": (
        "Case", "Notice", "NoticeRule", "Override", "Permission", "Program", "Step", "load_program", "permitted", "shipped_programs",
    ),
    "coresponder.proof": ("Outcome", "Proof", "check_program"),
    "coresponder.delivery.relay": ("Delivery", "Relay"),
    "coresponder.staffing": ("Seat", "Staffing", "Tier"),
    "coresponder.stores.memory": ("MemoryStore",),
    "coresponder.stores.sql": ("SqlStore",),
    "coresponder.workflow": ("Workflow",),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    """Import a public name, or an event type, from its home when it is first asked for."""
    home = _HOME_OF.get(name)
    if home is None:
        from coresponder.errors import nearest

        events = importlib.import_module("coresponder.domain.events")
        if not name.startswith("_") and name in events.EVENT_TYPES:
            return events.EVENT_TYPES[name]
        raise AttributeError(f"module 'coresponder' has no attribute {name!r}; {nearest(name, _HOME_OF)}")
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    """List the public names."""
    return [*__all__, *importlib.import_module("coresponder.domain.events").EVENT_TYPES]
