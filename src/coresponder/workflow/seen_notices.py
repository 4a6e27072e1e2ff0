"""Notices go through the views, too: of what no row shows to its receiver, a notice says only that
there is something, and who can say what (ADR 0175).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator

import attrs

from coresponder.delivery.base import Notifier
from coresponder.domain.spoken import say_word
from coresponder.program import Notice, Program
from coresponder.program.notices import OCCASIONS
from coresponder.proof.dependence import Read, reads_of, reads_of_path
from coresponder.proof.sights import hidden_from_role
from coresponder.stores.ports import Store
from coresponder.stores.relisting import program_named

__all__ = ["SeenNotifier", "programs_in", "seen_notice"]

HIDDEN = "hidden"
"""What a notice is about, if its receiver does not see the event that it is about."""


@attrs.frozen
class SeenNotifier:
    """Carries of each notice what the views show to the role that receives it. `Workflow.deliver`
    and `coresponder relay` use it; put it around the notifier of a relay of your own.

    Args:
        notifier: carries them.
        program_of: returns the program of an incident, and the digest with which its record
            begins; see `programs_in`.
    """

    notifier: Notifier
    program_of: Callable[[str], tuple[Program, str]]

    def send(self, notice: Notice, *, key: str) -> None:
        """Hand on what the receiver sees of a notice; raise if that fails. Where something is hidden
        the key is another one, always the same: from the first, who knows the rules could guess
        which one it is about.
        """
        if notice.about == "unreadable":
            self.notifier.send(notice, key=key)
            return
        program, digest = self.program_of(notice.incident)
        seen = seen_notice(program, notice)
        said = (
            key if seen == notice else hashlib.sha256(f"{digest} {key}".encode()).hexdigest()[:32]
        )
        self.notifier.send(seen, key=said)


def programs_in(
    store: Store, agency: str, programs: dict[str, Program] | None = None
) -> Callable[[str], tuple[Program, str]]:
    """Return a function that says under which program an incident of a store runs, and with which
    digest its record begins.

    Args:
        store: has the incidents.
        agency: whose they are.
        programs: name -> program, for programs built in Python; those of the store are added.
    """
    known = {} if programs is None else programs

    def program_of(incident: str) -> tuple[Program, str]:
        found = store.load(agency, incident)
        return program_named(store, found.program, known), found.rows[0].digest

    return program_of


def seen_notice(program: Program, notice: Notice) -> Notice:
    """Return what a role sees of a notice. What it sees for any purpose counts, because a notice has
    none. A program without views hides nothing from notices.

    Args:
        program: the program of the incident.
        notice: the notice, as the program makes it.
    """
    if not program.views:
        return notice
    told = frozenset(_told(program, notice))
    if hidden_from_role(program, notice.to, told):
        return _masked(program, notice, told)
    fields = {
        path: value
        for path, value in notice.fields.items()
        if not hidden_from_role(program, notice.to, _read_by(program, notice, path))
    }
    seen = attrs.evolve(notice, fields=fields)
    return seen if _sees_cause(program, notice) else attrs.evolve(seen, event="", number=0)


def _told(program: Program, notice: Notice) -> Iterable[Read]:
    """Return what a notice tells by what it is about."""
    if notice.policy is None:
        return [(notice.about, "at")]
    return reads_of(program, program.book[notice.policy])


def _read_by(program: Program, notice: Notice, path: str) -> Iterable[Read]:
    """Return what a field of a notice tells besides."""
    if path.startswith("incident."):
        return reads_of_path(program, path.removeprefix("incident."))
    return () if notice.about in OCCASIONS else [(notice.about, path)]


def _sees_cause(program: Program, notice: Notice) -> bool:
    """Return whether the receiver sees the event that caused a notice. Time has no event."""
    if not notice.event or notice.event in OCCASIONS:
        return True
    return not hidden_from_role(program, notice.to, [(notice.event, "at")])


def _masked(program: Program, notice: Notice, told: frozenset[Read]) -> Notice:
    """Return a notice that says that there is something, and which roles see what."""
    ask = " or ".join(map(say_word, _who_sees(program, told)))
    return Notice(
        incident=notice.incident,
        about=notice.about if notice.about in OCCASIONS else HIDDEN,
        to=notice.to,
        event="",
        number=0,
        channel=notice.channel,
        fields={"ask": ask} if ask else {},
    )


def _who_sees(program: Program, told: frozenset[Read]) -> Iterator[str]:
    roles = dict.fromkeys(role for view in program.views for role in view.roles)
    return (role for role in roles if not hidden_from_role(program, role, told))
