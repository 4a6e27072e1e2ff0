"""What the FBI's use-of-force collection asks is answered as far as the record knows it; what is
missing is named.
"""

import datetime as dt
import json

import pytest
from click.testing import CliRunner

from coresponder.cli.commands import commands
from coresponder.domain import events as e
from coresponder.domain.vocabulary import LocationType
from coresponder.interop.use_of_force import _LOCATIONS, force_report
from coresponder.program import load_program
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow
from tests.conftest import NOON

CIT = load_program("cit")
T0 = dt.datetime(2026, 3, 2, 21, tzinfo=dt.UTC)


def at(n):
    return {"at": T0 + dt.timedelta(minutes=n), "by": "officer-1"}


def told(*events):
    opening = [
        e.CallReceived(**at(0), source="911", nature="psychosis"),
        e.PersonInvolved(**at(1), person="p1", role="person_in_crisis"),
        e.ResponderArrived(**at(5), responder="officer-1", role="cit_officer"),
    ]
    return force_report(CIT.replay("7", [*opening, *events]))


def test_an_incident_without_force_has_no_report():
    """Nothing is asked about it."""
    assert told() is None


def test_hands_on_without_an_injury_is_not_reportable_and_is_still_described():
    """The collection asks for deaths, serious injuries and shots alone."""
    found = told(
        e.LocationRecorded(**at(6), location="home"),
        e.ForceUsed(**at(9), kind="hands_on", person="p1", responder="officer-1"),
        e.InjuryRecorded(**at(9), injured="responder", responder="officer-1"),
        e.SupervisorNotified(**at(20)),
    )
    assert (found.reportable, found.officers, found.location) == ((), 1, "Residence/Home")
    assert found.supervisor and found.officers_injured == ("officer-1",)
    (subject,) = found.subjects
    assert (subject.force, subject.injury, subject.armed) == (("Hands/fists/feet",), None, None)
    assert subject.mental_health
    assert "which officers used force" not in found.missing
    assert "location type" not in found.missing


@pytest.mark.parametrize(
    ("severity", "reportable"),
    [("fatal", ("death",)), ("serious", ("serious bodily injury",)), ("minor", ()), (None, ())],
)
def test_an_injury_makes_it_reportable_by_how_bad_it_is(severity, reportable):
    """Whether the force caused it nobody recorded, so it is to be checked."""
    found = told(
        e.ForceUsed(**at(9), kind="less_lethal", person="p1"),
        e.InjuryRecorded(**at(9), injured="person", person="p1", severity=severity),
    )
    assert found.reportable == reportable
    missing = found.subjects[0].missing
    assert {"which less-lethal weapon", "whether the force caused the injury"} <= set(missing)
    assert ("how badly the subject was hurt" in missing) == (severity is None)
    assert {"which officers used force", "location type"} <= set(found.missing)


def test_a_shot_without_an_injury_is_reportable():
    """A firearm that was only pointed is not; an event entered in error does not count."""
    shot = e.ForceUsed(**at(9), kind="firearm_discharged", person="p1", responder="officer-1")
    weapon = e.WeaponSeen(**at(7), kind="knife", person="p1")
    found = told(weapon, shot)
    assert found.reportable == ("firearm discharge",)
    assert (found.subjects[0].force, found.subjects[0].armed) == (("Firearm",), True)
    assert told(e.ForceUsed(**at(9), kind="firearm_pointed", person="p1")).reportable == ()
    void = e.EnteredInError(**at(30), event=4, reason="did_not_happen")
    assert told(shot, void) is None


def test_every_kind_of_place_has_a_location_type():
    """Of NIBRS, data element 9."""
    assert set(_LOCATIONS) == set(LocationType)


def test_the_command_writes_each_incident_with_force(tmp_path):
    """The earliest first; one that the collection does not ask for has an empty `reportable`, and one
    without force is left out.
    """
    path = tmp_path / "x.db"
    with SqlStore.sqlite(path) as store:
        work = Workflow(load_program("cit"), store)
        for incident, hour, force in (("late", 3, "firearm_discharged"), ("early", 1, "hands_on")):
            when = NOON + dt.timedelta(hours=hour)
            by = {"at": when, "by": "officer-1"}
            used = e.ForceUsed(**by, kind=force, person="p-1", responder="officer-1")
            call = e.CallReceived(**by, source="911", nature="psychosis")
            work.replay(incident, [call, used])
        work.replay("calm", [e.CallReceived(at=NOON, by="d-1", source="911", nature="psychosis")])

    def call(*words):
        done = CliRunner().invoke(commands, ["export", "use-of-force", str(path), *words])
        assert done.exit_code == 0, done.output
        return done.output

    found = json.loads(call())
    assert [(one["incident"], one["reportable"]) for one in found] == [
        ("early", []),
        ("late", ["firearm discharge"]),
    ]
    said = call("-o", str(tmp_path / "force.json"))
    assert "2 incidents with force, of which the collection asks for 1" in said
    assert json.loads((tmp_path / "force.json").read_text("utf-8")) == found
