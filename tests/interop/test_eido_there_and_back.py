"""An incident goes to another agency and comes back: nothing is new to the one, nor to the other."""

import pytest
from hypothesis import HealthCheck, assume, given, settings

from coresponder.domain import events as e
from coresponder.interop.eido import eido_from, eido_of, news_of
from coresponder.testing import journeys
from tests.interop.test_eido import CIT

A, B = "a.example.org", "b.example.org"


def told(case, sender, receiver):
    return eido_from(eido_of(case, agency=sender), agency=receiver)


def after(case, news):
    return CIT.replay(case.id, [*case.recorded(), *news.events])


def check_there_and_back(case):
    """B takes the incident on under its own number and tells it to A, twice each."""
    there = CIT.replay("S-1", news_of(told(case, A, B), CIT.open("S-1")).events)
    for _ in range(2):
        back = news_of(told(there, B, A), case)
        assert {type(event) for event in back.events} <= {e.IncidentLinked}
        assert back.refused == back.not_recorded == ()
        case = after(case, back)
        again = news_of(told(case, A, B), there)
        assert {type(event) for event in again.events} <= {e.IncidentLinked}
        assert again.refused == again.not_recorded == ()
        there = after(there, again)
    assert news_of(told(there, B, A), case).events == news_of(told(case, A, B), there).events == ()


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(journeys("cit"))
def test_what_comes_back_is_no_news(journey):
    """Drawn incidents, also with late, void and misplaced events."""
    assume(journey.case.incident.call is not None)
    check_there_and_back(journey.case)


@pytest.mark.slow
@settings(max_examples=10_000, suppress_health_check=list(HealthCheck), deadline=None)
@given(journeys("cit"))
def test_what_comes_back_is_no_news_ten_thousand_times(journey):
    """The same, ten thousand times."""
    assume(journey.case.incident.call is not None)
    check_there_and_back(journey.case)
