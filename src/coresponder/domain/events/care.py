"""The care of people whom crews meet often: a plan that they consented to, and case management."""

from __future__ import annotations

import attrs

from coresponder.domain.events.base import Decision, Fact
from coresponder.domain.objects import CarePlan
from coresponder.domain.types import Id
from coresponder.domain.vocabulary import FirstContact

__all__ = [
    "CareContactReached",
    "CarePlanEnded",
    "CarePlanShared",
    "CaseManagementEnded",
    "CaseManagementStarted",
]


@attrs.frozen(kw_only=True, weakref_slot=False)
class CarePlanShared(Decision):
    """Responders may know this of the person from now on: it is in `prior` when they meet the person
    again, until the plan ends or the person takes their consent back.
    """

    person: Id
    plan: CarePlan


@attrs.frozen(kw_only=True, weakref_slot=False)
class CarePlanEnded(Fact):
    """The plan does not hold any more."""

    person: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class CareContactReached(Fact):
    """Who is called first, as agreed with the person, knows of the contact."""

    person: Id
    contact: FirstContact


@attrs.frozen(kw_only=True, weakref_slot=False)
class CaseManagementStarted(Fact):
    """The person is enrolled in case management."""

    person: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class CaseManagementEnded(Fact):
    """The person is no longer enrolled in case management."""

    person: Id
