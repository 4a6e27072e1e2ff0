"""Count over a set of cases, as `coresponder run` prints it, in flat memory."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from typing import Any

import attrs

from coresponder.domain.events import (
    AlternativeTaken,
    ArrivedAtFacility,
    CallReceived,
    ChargeableOffenseFound,
    Event,
    HandOverAccepted,
    ResponderArrived,
    ResponderBackInService,
    TeamDispatched,
    TeamUnavailable,
    WarrantFound,
)
from coresponder.domain.vocabulary import Alternative
from coresponder.program import Case, Program

__all__ = ["Minutes", "Tally"]

_DOUBT = 0.05


@attrs.define
class Minutes:
    """Durations in whole minutes, kept as a histogram."""

    counts: Counter[int] = attrs.field(factory=Counter)

    def add(self, length: dt.timedelta, times: int = 1) -> None:
        """Count one duration. A negative one is left out: its times are in the wrong order."""
        if length >= dt.timedelta():
            self.counts[int(length.total_seconds() // 60)] += times

    @property
    def total(self) -> int:
        """The number of durations."""
        return self.counts.total()

    def percentile(self, share: float) -> int | None:
        """Return the smallest number of minutes that covers `share` (0 to 1) of the durations."""
        need, seen = share * self.total, 0
        for minutes in sorted(self.counts):
            seen += self.counts[minutes]
            if seen >= need:
                return minutes
        return None

    def tells(self, share: float) -> bool:
        """Return whether there are enough durations to report a percentile.

        Enough means that with 95 % confidence the longest duration is not below the percentile
        (share ** n <= 5 %): 5 for a median, 29 for 90 %.
        """
        return self.total >= self.needed(share)

    @staticmethod
    def needed(share: float) -> int:
        """Return how many durations are needed to report a percentile."""
        return math.ceil(math.log(_DOUBT) / math.log(share))

    @property
    def mean(self) -> float | None:
        """The mean in minutes."""
        return sum(m * n for m, n in self.counts.items()) / self.total if self.total else None


@attrs.define
class Tally:
    """Counts over cases. An event that has two numbers is counted once.

    Attributes:
        duplicates: cases that were merged into another one, and are not counted.
        by_tier: cases with a team of the tier, whether it has one or several.
        several_tiers: cases that count under more than one tier.
        without_team: cases that asked for a team and never got one.
        not_sent: cases without a team that never asked for one.
        undetermined: policy -> cases in which its verdict depends on a time that is only
            approximate.
        overdue: what is overdue, unless its deadline is only approximate (`owed_about`).
        arrestable: people for whose arrest there were grounds: an offense or a warrant.
        instead: what people took in place of an arrest. Without grounds for an arrest, only
            deflection counts.
        to_acceptance: the time from a person's arrival at a facility until it accepts them.
        to_service: the time from then until the responder who went along is back in service.
    """

    program: Program
    incidents: int = 0
    duplicates: int = 0
    events: int = 0
    by_state: Counter[str] = attrs.field(factory=Counter)
    by_disposition: Counter[str] = attrs.field(factory=Counter)
    by_tier: Counter[str] = attrs.field(factory=Counter)
    several_tiers: int = 0
    without_team: int = 0
    not_sent: int = 0
    by_nature: Counter[str] = attrs.field(factory=Counter)
    by_event: Counter[str] = attrs.field(factory=Counter)
    violations: Counter[str] = attrs.field(factory=Counter)
    undetermined: Counter[str] = attrs.field(factory=Counter)
    out_of_place: int = 0
    doubtful: int = 0
    voided: int = 0
    approximate: int = 0
    owed: int = 0
    overdue: int = 0
    owed_about: int = 0
    arrestable: int = 0
    instead: Counter[str] = attrs.field(factory=Counter)
    to_dispatch: Minutes = attrs.field(factory=Minutes)
    to_arrival: Minutes = attrs.field(factory=Minutes)
    to_acceptance: Minutes = attrs.field(factory=Minutes)
    to_service: Minutes = attrs.field(factory=Minutes)

    def add(self, case: Case, now: dt.datetime) -> None:
        """Count one case as it stands at `now`."""
        incident, program = case.incident, self.program
        if incident.merged_into is not None:
            self.duplicates += 1
            return
        self.incidents += 1
        self.events += case.version
        self.by_state[case.state] += 1
        self.by_disposition[incident.disposition.value if incident.disposition else "none"] += 1
        tiers = {team.tier for team in incident.teams}
        self.by_tier.update(tiers)
        self.several_tiers += len(tiers) > 1
        if not incident.teams:
            asked = any(
                entry.happened and isinstance(entry.event, TeamUnavailable)
                for entry in case.entries()
            )
            self.without_team += asked
            self.not_sent += not asked
        if incident.call is not None:
            self.by_nature[incident.call.nature.value] += 1
        self.by_event.update(type(event).__name__ for event in case.history)
        self.approximate += sum(event.approximate for event in case.history)
        self.doubtful += len(case.findings.doubtful)
        self.out_of_place += len(case.findings.out_of_place)
        self.voided += len(case.findings.voided)
        self.violations.update(violation.policy for violation in program.violations(case, now))
        self.undetermined.update(program.undetermined(case))
        obligations = program.obligations(case, now)
        self.owed += len(obligations)
        self.overdue += sum(o.overdue and not o.approximate for o in obligations)
        self.owed_about += sum(o.approximate for o in obligations)
        self._avoided(case)
        self._time(case)

    def _avoided(self, case: Case) -> None:
        """Count each person once: for the grounds, and for each alternative that they took."""
        happened = [entry.event for entry in case.entries() if entry.happened]
        grounds = {
            event.person
            for event in happened
            if isinstance(event, ChargeableOffenseFound | WarrantFound)
        }
        taken = {
            (event.person, event.alternative)
            for event in happened
            if isinstance(event, AlternativeTaken)
            and (event.person in grounds or event.alternative is Alternative.DEFLECTION)
        }
        self.arrestable += len(grounds)
        self.instead.update(alternative.value for _, alternative in taken)

    def _time(self, case: Case) -> None:
        first: dict[type[Any], dt.datetime] = {}
        there: dict[str, dt.datetime] = {}
        for entry in case.entries():
            if entry.happened and not entry.event.approximate and not entry.doubtful:
                first.setdefault(type(entry.event), entry.event.at)
                self._wait(entry.event, there)
        received, sent, arrived = (
            first.get(CallReceived),
            first.get(TeamDispatched),
            first.get(ResponderArrived),
        )
        if received and sent:
            self.to_dispatch.add(sent - received)
        if received and arrived:
            self.to_arrival.add(arrived - received)

    def _wait(self, event: Event, there: dict[str, dt.datetime]) -> None:
        """Count how long a person and the responder who went along were at a facility since
        `there`.
        """
        if isinstance(event, ArrivedAtFacility):
            there[event.person] = event.at
        elif isinstance(event, HandOverAccepted) and event.person in there:
            self.to_acceptance.add(event.at - there[event.person])
        elif isinstance(event, ResponderBackInService) and event.person in there:
            self.to_service.add(event.at - there[event.person])
