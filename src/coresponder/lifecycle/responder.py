"""The lifecycle of a responder on shift."""

from __future__ import annotations

from coresponder.domain.vocabulary import ResponderStatus as P
from coresponder.lifecycle.machine import Lifecycle, edges_of

__all__ = ["RESPONDER"]

RESPONDER = Lifecycle(
    name="responder",
    initial=P.OFF_DUTY.value,
    states=tuple(s.value for s in P),
    final=frozenset({P.OFF_DUTY.value}),
    reopens=frozenset({"ShiftStarted"}),
    edges=edges_of(
        """
        ShiftStarted: off_duty -> available
        TeamDispatched: available -> dispatched
        ResponderEnRoute: available dispatched -> en_route
        ResponderArrived: available dispatched en_route -> on_scene
        ResponderCleared: dispatched en_route on_scene -> available
        ResponderRelieved: dispatched en_route on_scene -> available
        ResponderBackInService: dispatched en_route on_scene -> available
        ShiftEnded: available -> off_duty
        """
    ),
)
"""Off duty, available, dispatched, en route, on scene."""
