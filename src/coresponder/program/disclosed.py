"""The program over the disclosure log: it has one event, and refuses nothing."""

from __future__ import annotations

from coresponder.lifecycle import Edge, Lifecycle
from coresponder.program.program import Program

__all__ = ["DISCLOSURES"]

_NEW, _KEPT, _EVENT = "new", "kept", "RecordDisclosed"

DISCLOSURES = Program(
    id="disclosures",
    version="1",
    subject="disclosure",
    title="Who was shown what",
    lifecycle=Lifecycle(
        name="disclosures",
        initial=_NEW,
        states=(_NEW, _KEPT),
        final=frozenset({_KEPT}),
        reopens=frozenset({_EVENT}),
        edges=(Edge(_EVENT, _NEW, _KEPT), Edge(_EVENT, _KEPT, _KEPT)),
    ),
    definition={"subject": "disclosure", "program": {"id": "disclosures", "version": "1"}},
)
