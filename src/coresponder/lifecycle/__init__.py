"""The explicit state machines of Incident, Referral, FollowUp and Responder.

Each is declared with `transitions.Machine`, so that the tools of that library read, draw and extend
it, and is compiled once to a frozen table `event name -> state -> next state`. Nothing else in
coresponder imports `transitions`.
"""

from __future__ import annotations

from coresponder.lifecycle.incident import INCIDENT
from coresponder.lifecycle.machine import Edge, Lifecycle, event_name, trigger_name
from coresponder.lifecycle.parts import FOLLOW_UP, PARTS, REFERRAL
from coresponder.lifecycle.responder import RESPONDER

__all__ = [
    "FOLLOW_UP",
    "INCIDENT",
    "PARTS",
    "REFERRAL",
    "RESPONDER",
    "Edge",
    "Lifecycle",
    "event_name",
    "trigger_name",
]
