"""Everything that coresponder raises.

CoresponderError
├── InvalidProgram (ValueError)        a program, a policy or a lifecycle with a mistake
├── InvalidEvent (ValueError)          an event that cannot be true, such as one in the future
├── InvalidMapping (ValueError)        a CAD mapping that does not say enough
├── InvalidScenario (ValueError)       a scenario that names something the program lacks
├── InvalidChannels (ValueError)       a channels file that does not say how to reach each
├── UnreadableFile (ValueError)        a file that is empty, cut off or in another encoding
├── Refused (RuntimeError)             a decision that lifecycle or policies do not permit now
├── InvalidCursor (ValueError)         a cursor of another list, or none at all
├── PositionAhead (ValueError)         a position that the feed has not reached
├── PositionChanged (ValueError)       a position at which another event was read
├── NotFound (LookupError)             no such incident, program, event or vault entry
├── AudienceDenied (PermissionError)   a vault entry that is not for this reader
├── ConsentNeeded (PermissionError)    no consent in force covers what was to be shared
├── LegalHold (PermissionError)        words that a legal hold keeps from being erased
├── ViewDenied (PermissionError)       a question that reads what the asker does not see
├── InvalidSignature (ValueError)      a webhook or an anchor that the key did not sign
├── DeliveryFailed (ConnectionError)   a notice that the receiver did not accept
├── MissingExtra (ImportError)         an optional dependency that is not installed
└── StoreError (OSError)
    ├── StoreUnavailable               locked, read-only, full, or no database at all
    ├── OutcomeUnknown                 the answer to a commit was lost: it may be written, or not
    ├── RequestTaken                   a step was recorded under this request already
    ├── VersionConflict                another writer recorded an event first
    ├── ResponderTaken                 another dispatcher sent the responder first
    ├── KeysUnavailable                encrypted words, and no key to read or write them with
    ├── KeyDestroyed                   a key that was destroyed, so that words are forgotten
    └── CorruptRecord                  a row that was changed, lost, or written by a newer version
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from coresponder.hints import MEANT
from coresponder.outputs import redact

if TYPE_CHECKING:
    from coresponder.policy.refusal import Refusal
    from coresponder.roster.staffing import Staffing

__all__ = [
    "AudienceDenied",
    "ConsentNeeded",
    "CoresponderError",
    "CorruptRecord",
    "DeliveryFailed",
    "InvalidChannels",
    "InvalidCursor",
    "InvalidEvent",
    "InvalidMapping",
    "InvalidProgram",
    "InvalidScenario",
    "InvalidSignature",
    "KeyDestroyed",
    "KeysUnavailable",
    "LegalHold",
    "MissingExtra",
    "NotFound",
    "OutcomeUnknown",
    "PositionAhead",
    "PositionChanged",
    "Refused",
    "RequestTaken",
    "ResponderTaken",
    "StoreError",
    "StoreUnavailable",
    "UnreadableFile",
    "VersionConflict",
    "ViewDenied",
    "nearest",
]


class CoresponderError(Exception):
    """The root of the tree: catch it to catch every error of this library. No message contains a
    secret, and each error can be passed to another process.
    """

    def __init__(self, *said: Any) -> None:
        super().__init__(*(redact(each) if isinstance(each, str) else each for each in said))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pass on the text and the data. The arguments that made the error are not kept."""
        return _again, (type(self), self.args, self.__dict__)


def _again(
    cls: type[CoresponderError], said: tuple[Any, ...], data: dict[str, Any]
) -> CoresponderError:
    """Rebuild an error in the process that receives it."""
    error = cls.__new__(cls)
    CoresponderError.__init__(error, *said)
    error.__dict__.update(data)
    return error


class InvalidProgram(CoresponderError, ValueError):
    """A program that cannot be used. `problems` lists every mistake, one line each."""

    def __init__(self, *problems: str, source: str = "program") -> None:
        self.problems = problems
        self.source = source
        super().__init__("\n".join(f"{source}: {problem}" for problem in problems))


class InvalidScenario(CoresponderError, ValueError):
    """A file of scenarios that cannot be played. `problems` lists every mistake, one line each."""

    def __init__(self, *problems: str, source: str = "scenarios") -> None:
        self.problems = problems
        self.source = source
        super().__init__("\n".join(f"{source}: {problem}" for problem in problems))


class InvalidChannels(CoresponderError, ValueError):
    """A file of channels that cannot be used. `problems` lists every mistake, one line each."""

    def __init__(self, *problems: str, source: str = "channels") -> None:
        self.problems = problems
        self.source = source
        super().__init__("\n".join(f"{source}: {problem}" for problem in problems))


class InvalidEvent(CoresponderError, ValueError):
    """An event that cannot be recorded as it is."""


class InvalidMapping(CoresponderError, ValueError):
    """A mapping file that cannot be used to read calls."""


class UnreadableFile(CoresponderError, ValueError):
    """An input file that cannot be read at all."""


class Refused(CoresponderError, RuntimeError):
    """A decision that is not permitted now. `refusals` says why and what would satisfy each.

    To record it anyway, pass `override=Override(by=..., reason=...)`. The decision is then
    recorded, and the override is counted.
    """

    def __init__(self, event: str, refusals: tuple[Refusal, ...]) -> None:
        self.event = event
        self.refusals = refusals
        reasons = "; ".join(str(refusal) for refusal in refusals)
        super().__init__(
            f"{event} is refused: {reasons} If it must be done now, record it with an override."
        )


class InvalidCursor(CoresponderError, ValueError):
    """A cursor that does not belong to the list that was asked for."""

    def __init__(self, cursor: str) -> None:
        super().__init__(
            f"{cursor!r} is not a cursor of this list; give `next` of the previous page with the same filters, or leave `after` out to begin with the first page"
        )


class PositionAhead(CoresponderError, ValueError):
    """A position that the feed has not reached. The store may be an older copy of the one that
    gave it.

    Attributes:
        after: the position.
        last: the last position of the feed.
    """

    def __init__(self, after: int, last: int) -> None:
        super().__init__(
            f"position {after} was given, but the feed ends at {last}; if the store was restored from an older backup, read the feed again from a position before that backup, or from 0: what follows it may differ from what was read"
        )
        self.after = after
        self.last = last


class PositionChanged(CoresponderError, ValueError):
    """A position at which the feed has another event than the one that was read. The store was
    restored from an older backup, and its feed has grown past the position since.

    Attributes:
        position: the position.
    """

    def __init__(self, position: int) -> None:
        super().__init__(
            f"position {position} has another event than the one that was read: the store was restored from an older backup, and has gone on since; read again from a cursor that is older than the backup, or from 0, and pass over each event whose id you have"
        )
        self.position = position


class NotFound(CoresponderError, LookupError):
    """Nothing is stored under this id."""


class AudienceDenied(CoresponderError, PermissionError):
    """The vault entry exists, but this audience may not read it."""


class ConsentNeeded(CoresponderError, PermissionError):
    """No consent in force covers what was to be shared. Nothing was shared.

    Attributes:
        lapse: why the consents that were given do not cover it; None if none was given.
    """

    def __init__(
        self, person: str, scope: str, receiver: str | None, purpose: str, lapse: str | None
    ) -> None:
        self.person = person
        self.scope = scope
        self.receiver = receiver
        self.purpose = purpose
        self.lapse = lapse
        why = f"; the last one: {lapse.replace('_', ' ')}" if lapse else "; none was given"
        super().__init__(
            f"no consent of {person} to {scope.replace('_', ' ')} covers {receiver or 'a receiver that is not named'} for {purpose}{why}. Nothing was shared; ask for a consent, or give the law that permits it as the basis"
        )


class LegalHold(CoresponderError, PermissionError):
    """Words that must not be erased now. Nothing was erased.

    Attributes:
        holds: the numbers of the holds, each in the agency's custody record.
    """

    def __init__(self, said: str, holds: tuple[int, ...]) -> None:
        self.holds: tuple[int, ...] = holds
        super().__init__(said)


class ViewDenied(CoresponderError, PermissionError):
    """A filter or a question reads what the program's views do not show to the viewer."""


class InvalidSignature(CoresponderError, ValueError):
    """A webhook or an anchor whose signature, time or headers do not match. Do not use it."""


class DeliveryFailed(CoresponderError, ConnectionError):
    """A receiver did not accept a notice.

    Attributes:
        final: another attempt is useless, because the receiver said that it is gone.
        after: how long the receiver asked to wait before the next attempt.
    """

    def __init__(
        self, said: str, *, final: bool = False, after: dt.timedelta | None = None
    ) -> None:
        self.final: bool = final
        self.after: dt.timedelta | None = after
        super().__init__(said)


class MissingExtra(CoresponderError, ImportError):
    """An optional dependency is missing. `extra` is the name to install."""

    def __init__(self, extra: str, needed_for: str) -> None:
        self.extra = extra
        super().__init__(f"{needed_for} needs more packages: pip install 'coresponder[{extra}]'")


class StoreError(CoresponderError, OSError):
    """The store could not do what was asked. Nothing of the step was written, unless the error is
    an `OutcomeUnknown`.
    """


class StoreUnavailable(StoreError):
    """The database cannot be reached or written to now."""


class OutcomeUnknown(StoreError):
    """The answer to a commit was lost: either the whole step was written, or nothing.

    Attributes:
        request: record the same step again with `request=` this, at any time and from any
            process; it is written only once.
    """

    def __init__(self, where: str, said: str, request: str = "") -> None:
        self.where: str = where
        self.said: str = said
        self.request: str = request
        remedy = (
            f"record it again with request={request!r}: it is written once"
            if request
            else "look whether it is there before you repeat it"
        )
        super().__init__(
            f"{where}: the answer to the commit was lost ({said}), so the outcome is unknown: all"
            f" of it was written, or nothing; {remedy}"
        )

    def __reduce__(self) -> Any:
        """Rebuild it in another process."""
        return type(self), (self.where, self.said, self.request)


class RequestTaken(StoreError):
    """A step was recorded under this request already. Nothing was written now."""

    def __init__(self, request: str) -> None:
        self.request = request
        super().__init__(
            f"a step was recorded under request {request!r} already; nothing was written now, give"
            " another step another request"
        )

    def __reduce__(self) -> Any:
        """Rebuild it in another process."""
        return type(self), (self.request,)


class VersionConflict(StoreError):
    """Another writer was first. Load the case again, and see what changed before you repeat the
    step.
    """

    def __init__(self, incident: str, expected: int, found: int) -> None:
        self.incident: str = incident
        self.expected: int = expected
        self.found: int = found
        super().__init__(
            f"incident {incident}: the step was made on version {expected}, the store has version"
            f" {found}; load the case again and repeat the step if it is still right"
        )


class ResponderTaken(StoreError):
    """A responder is busy with another incident. Nothing was written.

    Attributes:
        responder: the responder who is taken.
        incident: the incident that the responder is assigned to.
        since: when the assignment was recorded.
        next: the team that could go instead, chosen from the responders who are free; None if no
            other team was looked for.
    """

    def __init__(
        self, responder: str, incident: str, since: dt.datetime, next: Staffing | None = None
    ) -> None:
        self.responder: str = responder
        self.incident: str = incident
        self.since: dt.datetime = since
        self.next: Staffing | None = next
        super().__init__(
            f"{responder} is with incident {incident} since {since:%Y-%m-%d %H:%M} UTC; nothing was"
            f" written. {self._next()} If that is not so any more, record that the responder"
            " cleared"
        )

    def _next(self) -> str:
        if self.next is None:
            return "Send somebody else."
        if self.next.team is None:
            return f"Nobody else could go: {self.next.reason}."
        return (
            f"Next would be {', '.join(m.responder for m in self.next.team.members)}"
            f" ({self.next.team.tier})."
        )


class KeysUnavailable(StoreError):
    """The keys of encrypted words are not there or cannot be used. Nothing was read or written."""


class KeyDestroyed(StoreError):
    """A key service destroyed this key: what was encrypted with it is forgotten."""


class CorruptRecord(StoreError):
    """A stored row differs from what was written."""


def _squeezed(name: str) -> str:
    return "".join(c for c in name.lower() if c not in " -_")


def nearest(name: str, known: Iterable[str], *, before: str = "") -> str:
    """Return a hint: the known name that is probably meant, else the most similar one, or all
    known names if none is similar. `before` is what stands before the name in what was written, such
    as `screening.`; the hint has it, so that it can be written as it stands.
    """
    names = sorted(known)
    written = _squeezed(name)
    meant = [other for other in MEANT.get(written, ()) if other in names]
    same = [other for other in names if _squeezed(other) == written]
    similar = meant or same or difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if similar:
        return f"did you mean {before + similar[0]!r}?"
    return "known: " + ", ".join(before + one for one in names[:40]) if names else "there are none"
