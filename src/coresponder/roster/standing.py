"""A responder's stream as a case under a program: its lifecycle, and the fields that conditions
read.

The same decision, tables, proof and audit serve a stream of either kind; only the vocabulary, the
lifecycle and the folds are of the subject.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from coresponder.domain.events import EnteredInError, Event
from coresponder.domain.fold import Fold
from coresponder.domain.frozen import copier
from coresponder.domain.objects import Incident, Standing
from coresponder.lifecycle import Edge, Lifecycle
from coresponder.roster import events as e

__all__ = ["AT_ANY_TIME", "MEMBERSHIP", "fold_of_responder", "standing_at"]

_NEW, _ACTIVE, _LEFT = "new", "active", "left"
AT_ANY_TIME: frozenset[type[Event]] = frozenset(
    {
        e.LanguagesRecorded,
        e.VettingPassed,
        e.VettingExpired,
        e.TrainingCompleted,
        e.TrainingRenewed,
        e.TrainingRevoked,
    }
)
"""The events that may happen before a responder joins, or after they left."""


def _edges() -> tuple[Edge, ...]:
    own = [cls for cls in e.RESPONDER_EVENTS.values() if cls is not EnteredInError]
    moving = {
        e.ResponderJoined: ((_NEW, _ACTIVE), (_ACTIVE, _ACTIVE), (_LEFT, _ACTIVE)),
        e.ResponderLeft: ((_ACTIVE, _LEFT),),
    }
    staying = dict.fromkeys(AT_ANY_TIME, (_NEW, _ACTIVE, _LEFT))
    return tuple(
        Edge(cls.__name__, source, target)
        for cls in own
        for source, target in moving.get(
            cls,
            tuple((state, state) for state in staying.get(cls, (_ACTIVE,))),
        )
    )


MEMBERSHIP = Lifecycle(
    name="membership",
    initial=_NEW,
    states=(_NEW, _ACTIVE, _LEFT),
    final=frozenset({_LEFT}),
    reopens=frozenset(
        {"ResponderJoined", *(cls.__name__ for cls in AT_ANY_TIME)},
    ),
    edges=_edges(),
)
"""The lifecycle from joining the agency to leaving it. A responder who left may join again."""

_with_standing = copier(Incident, "state", "responder")
_joined = copier(Standing, "role", "volunteer")
_vetted = copier(Standing, "vetted", "vetting_expires")
_trained = copier(Standing, "trainings")
_on_shift = copier(Standing, "on_shift")


def _standing(change: Callable[[Standing, Any], Standing]) -> Fold:
    """Return a fold that applies a change to the responder's fields."""

    def fold(incident: Incident, event: Event, state: str) -> Incident:
        known = standing_at(incident.responder or Standing(), event.at)
        return _with_standing(incident, state, change(known, event))

    return fold


def standing_at(known: Standing, at: dt.datetime) -> Standing:
    """Return the responder's fields at an instant: a background check may have lapsed since."""
    if known.vetting_expires is not None and at > known.vetting_expires:
        return _vetted(known, False, None)
    return known


def _vet(known: Standing, event: e.VettingPassed) -> Standing:
    return standing_at(_vetted(known, True, event.expires), event.at)


def _as_known(known: Standing, _: Event) -> Standing:
    return known


def _complete(known: Standing, event: e.TrainingCompleted | e.TrainingRenewed) -> Standing:
    if event.training in known.trainings:
        return known
    return _trained(known, (*known.trainings, event.training))


def _revoke(known: Standing, event: e.TrainingRevoked) -> Standing:
    return _trained(known, tuple(one for one in known.trainings if one != event.training))


_FOLDS: Mapping[type[Event], Fold] = MappingProxyType(
    {
        e.ResponderJoined: _standing(lambda one, event: _joined(one, event.role, event.volunteer)),
        e.RoleChanged: _standing(lambda one, event: _joined(one, event.role, event.volunteer)),
        e.ResponderLeft: _standing(lambda one, _: _on_shift(one, False)),
        e.VettingPassed: _standing(_vet),
        e.VettingExpired: _standing(lambda one, _: _vetted(one, False, None)),
        e.TrainingCompleted: _standing(_complete),
        e.TrainingRenewed: _standing(_complete),
        e.TrainingRevoked: _standing(_revoke),
        e.ShiftStarted: _standing(lambda one, _: _on_shift(one, True)),
        e.ShiftEnded: _standing(lambda one, _: _on_shift(one, False)),
    }
)


_STAYING = _standing(_as_known)


def fold_of_responder(event_type: type[Event]) -> Fold:
    """Return the fold of an event type. Each fold also looks whether a background check has lapsed
    since the last event.
    """
    return _FOLDS.get(event_type, _STAYING)
