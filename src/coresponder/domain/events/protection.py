"""Offenses, rights, reports and orders, and what is offered in the place of an arrest."""

from __future__ import annotations

import attrs

from coresponder.domain.events.base import Decision, Fact
from coresponder.domain.types import Id
from coresponder.domain.vocabulary import (
    Alternative,
    CrimeAgainst,
    DangerLevel,
    NoContactGround,
    OrderKind,
    Presence,
    ProtectionAgency,
)

__all__ = [
    "AbuseSuspected",
    "AdvocateDeclined",
    "AdvocateReached",
    "AdvocateRecordShared",
    "AdvocateRequested",
    "AlternativeDeclined",
    "AlternativeOffered",
    "AlternativeTaken",
    "ChargeableOffenseFound",
    "DangerAssessed",
    "DeathNotificationMade",
    "MandatedReportAccepted",
    "MandatedReportMade",
    "MandatedReportScreenedOut",
    "NoContactLifted",
    "NoContactMarked",
    "ProtectiveOrderDenied",
    "ProtectiveOrderFound",
    "ProtectiveOrderIssued",
    "ProtectiveOrderRequested",
    "VictimRightsTold",
    "WarrantFound",
]


# --- offenses, rights, reports and orders --------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False)
class ChargeableOffenseFound(Fact):
    """An officer had grounds to arrest the person for an offense."""

    person: Id
    against: CrimeAgainst | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class WarrantFound(Fact):
    """There is a warrant for the person's arrest."""

    person: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class VictimRightsTold(Fact):
    """A victim was told their rights, and where to find help."""

    person: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class DangerAssessed(Fact):
    """A victim was asked how much danger they are in; the answers are not in the log."""

    person: Id
    level: DangerLevel


@attrs.frozen(kw_only=True, weakref_slot=False)
class AdvocateRequested(Fact):
    """A victim advocate was called for the person."""

    person: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class AdvocateDeclined(Fact):
    """The person wants no advocate now."""

    person: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class AdvocateRecordShared(Decision):
    """What an advocate knows of the person was given to somebody else."""

    person: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class DeathNotificationMade(Fact):
    """Somebody was told that a person who was close to them has died.

    Attributes:
        person: who was told.
        notifiers: how many went, or called.
    """

    person: Id
    notifiers: int = attrs.field(validator=attrs.validators.ge(1))
    presence: Presence = Presence.IN_PERSON


@attrs.frozen(kw_only=True, weakref_slot=False)
class AdvocateReached(Fact):
    """A victim advocate talks with the person, in person or on a hotline."""

    person: Id
    presence: Presence = Presence.PHONE


@attrs.frozen(kw_only=True, weakref_slot=False)
class AbuseSuspected(Fact):
    """There is reasonable cause to suspect that somebody abused or neglected the person."""

    person: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class MandatedReportMade(Fact):
    """Abuse or neglect of the person was reported, as the law asks.

    Attributes:
        written: the written report, which follows the one by phone or online.
    """

    person: Id
    agency: ProtectionAgency = ProtectionAgency.CHILD_PROTECTION
    written: bool = False


@attrs.frozen(kw_only=True, weakref_slot=False)
class MandatedReportAccepted(Fact):
    """The agency looks into the report."""

    person: Id
    agency: ProtectionAgency = ProtectionAgency.CHILD_PROTECTION


@attrs.frozen(kw_only=True, weakref_slot=False)
class MandatedReportScreenedOut(Fact):
    """The agency does not look into the report: it does not meet what the law asks."""

    person: Id
    agency: ProtectionAgency = ProtectionAgency.CHILD_PROTECTION


@attrs.frozen(kw_only=True, weakref_slot=False)
class NoContactMarked(Fact):
    """Two people are kept apart: neither is told anything of the other, not even where they are.

    Source: 34 U.S.C. 12291(b)(2), confidentiality of victims (VAWA).

    Attributes:
        person: who must keep away.
        protects: whom it protects.
    """

    person: Id
    protects: Id
    ground: NoContactGround


@attrs.frozen(kw_only=True, weakref_slot=False)
class NoContactLifted(Fact):
    """Two people are no longer kept apart."""

    person: Id
    protects: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class ProtectiveOrderFound(Fact):
    """A court order that protects somebody from the person is in force.

    Attributes:
        person: whom it restrains.
    """

    person: Id
    order: OrderKind


@attrs.frozen(kw_only=True, weakref_slot=False)
class ProtectiveOrderRequested(Fact):
    """A court was asked for an order, by whoever may ask in that state.

    Attributes:
        person: whom it would restrain.
    """

    person: Id
    order: OrderKind


@attrs.frozen(kw_only=True, weakref_slot=False)
class ProtectiveOrderIssued(Fact):
    """The court issued the order.

    Attributes:
        person: whom it restrains.
    """

    person: Id
    order: OrderKind


@attrs.frozen(kw_only=True, weakref_slot=False)
class ProtectiveOrderDenied(Fact):
    """The court did not issue the order.

    Attributes:
        person: whom it would have restrained.
    """

    person: Id
    order: OrderKind


@attrs.frozen(kw_only=True, weakref_slot=False)
class AlternativeOffered(Fact):
    """A person was offered something in the place of an arrest."""

    person: Id
    alternative: Alternative


@attrs.frozen(kw_only=True, weakref_slot=False)
class AlternativeTaken(Fact):
    """The person took what was offered in the place of an arrest."""

    person: Id
    alternative: Alternative


@attrs.frozen(kw_only=True, weakref_slot=False)
class AlternativeDeclined(Fact):
    """The person did not want what was offered in the place of an arrest."""

    person: Id
    alternative: Alternative
