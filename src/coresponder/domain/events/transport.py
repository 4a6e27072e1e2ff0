"""Transport to a facility, and how the contact ended."""

from __future__ import annotations

import attrs

from coresponder.domain.events.base import Decision, Fact
from coresponder.domain.objects import LocalCode
from coresponder.domain.types import Id
from coresponder.domain.vocabulary import (
    Disposition,
    Facility,
    HandOverTo,
    Transporter,
)

__all__ = [
    "ArrivedAtFacility",
    "DispositionRecorded",
    "HandOverAccepted",
    "HandedOver",
    "PersonTransported",
    "ResponderBackInService",
    "SceneCleared",
]


# --- transport and the end of the contact --------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False)
class PersonTransported(Fact):
    """A person left for a facility.

    Source: NEMSIS 3.5 eTimes.09 (unit left scene); who takes people, and whether in restraints:
    NRI, Transportation in Behavioral Health Crisis Services (2022).

    Attributes:
        transported_by: whose vehicle it is; None if nobody said it.
        restrained: whether the person was in restraints on the way.
        responder: who goes with the person. They have left the scene, and are not free before they
            are back in service.
    """

    version = 3

    person: Id
    facility: Facility
    voluntary: bool = True
    transported_by: Transporter | None = None
    restrained: bool | None = None
    responder: Id | None = None
    local: tuple[LocalCode, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class ArrivedAtFacility(Fact):
    """The person is at the facility, and waits for it to accept them.

    Source: NEMSIS 3.5 eTimes.11 (patient arrived at destination).
    """

    version = 2

    person: Id
    facility: Facility
    local: tuple[LocalCode, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class HandOverAccepted(Fact):
    """The receiving facility accepted the person.

    Source: NEMSIS 3.5 eTimes.12 (destination patient transfer of care).
    """

    version = 2

    person: Id
    facility: Facility
    local: tuple[LocalCode, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderBackInService(Fact):
    """A responder who went with a person is free for other calls.

    Source: NEMSIS 3.5 eTimes.13 (unit back in service).
    """

    responder: Id
    person: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class HandedOver(Fact):
    """The scene was handed over to others."""

    to: HandOverTo


@attrs.frozen(kw_only=True, weakref_slot=False)
class SceneCleared(Fact):
    """The last responder left: nobody who was sent is with the incident any more."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class DispositionRecorded(Decision):
    """How the contact ended, as the agency states it."""

    disposition: Disposition
    local: tuple[LocalCode, ...] = ()
