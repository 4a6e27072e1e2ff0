"""What people say of the response: complaints and their findings, and praise."""

from __future__ import annotations

import attrs

from coresponder.domain.events.base import Fact
from coresponder.domain.types import Id
from coresponder.domain.vocabulary import ComplaintAbout, ComplaintFinding

__all__ = ["ComplaintAnswered", "ComplaintReceived", "PraiseReceived"]


@attrs.frozen(kw_only=True, weakref_slot=False)
class ComplaintReceived(Fact):
    """The person, or somebody for them, complained; the words are not in the log.

    Attributes:
        person: about whose treatment it is.
        responder: of whom the person complains, if it is somebody.
    """

    person: Id
    about: ComplaintAbout
    responder: Id | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class ComplaintAnswered(Fact):
    """The person was told what was found."""

    person: Id
    finding: ComplaintFinding


@attrs.frozen(kw_only=True, weakref_slot=False)
class PraiseReceived(Fact):
    """The person, or somebody for them, praised the response; the words are not in the log.

    Attributes:
        person: about whose treatment it is.
        responder: whom the person praises, if it is somebody.
    """

    person: Id
    responder: Id | None = None
