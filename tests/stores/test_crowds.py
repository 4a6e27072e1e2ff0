"""Crowds: 64 writers on one incident, 64 on 64, two dispatchers who want the same clinician; on
SQLite and on PostgreSQL.
"""

import threading

import attrs
import pytest

from coresponder.domain import events as e
from coresponder.domain.objects import Credential, Responder
from coresponder.errors import Refused, ResponderTaken, VersionConflict
from coresponder.program import Override, load_program
from coresponder.roster.staffing import Staffing
from coresponder.stores.base import Append, Summary
from coresponder.stores.memory import MemoryStore
from coresponder.stores.sql import SqlStore
from coresponder.stores.sql_steps import ENGAGE
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.program.test_advance import received

CROWD = 64


@pytest.fixture(params=["sqlite", "postgresql"])
def name(request, tmp_path):
    """A store by its name, with tables."""
    name = (
        str(tmp_path / "crowd.db")
        if request.param == "sqlite"
        else request.getfixturevalue("postgres").database()
    )
    SqlStore.open(name, must_exist=False).close()
    return name


def flow(store):
    return Workflow(load_program("cit"), store, clock=lambda: at(60))


def together(count, work):
    """Run `work(number)` in that many threads at the same moment; return what each came to."""
    start, results = threading.Barrier(count), [None] * count

    def run(number):
        start.wait(30)
        try:
            results[number] = work(number)
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return results


def test_of_64_writers_on_one_incident_exactly_one_wins_each_version(name):
    """In one process, sharing commits: who loses is told so; versions are dense; the chain
    verifies.
    """
    with SqlStore.open(name) as store:
        shared = flow(store)
        shared.receive(received(), incident="one")
        for version in (1, 2, 3):
            found = together(
                CROWD,
                lambda n, v=version: shared.record(
                    "one", e.WeaponSeen(at=at(v), by=f"officer-{n}"), expected=v
                ),
            )
            assert [type(one) for one in found].count(VersionConflict) == CROWD - 1
            assert [one.case.version for one in found if not isinstance(one, Exception)] == [
                version + 1
            ]
        found = together(
            CROWD, lambda n: shared.record("one", e.WeaponSeen(at=at(5), by=f"officer-{n}"))
        )
        assert [one for one in found if isinstance(one, Exception)] == []
        assert [row.number for row in store.load("default", "one").rows] == list(
            range(1, 4 + CROWD + 1)
        )
        assert sorted(event.by for event in shared.case("one").history[4:]) == sorted(
            f"officer-{n}" for n in range(CROWD)
        )
        assert store.verify("default") == ()


def test_64_writers_on_64_incidents(name):
    """Nobody is refused, and every incident has its own events in order."""
    with SqlStore.open(name) as store:
        shared = flow(store)

        def work(number):
            shared.receive(received(), incident=f"incident-{number}")
            for minute in (1, 2, 3):
                shared.record(
                    f"incident-{number}",
                    e.WeaponSeen(at=at(minute), by=f"officer-{number}"),
                    expected=minute,
                )

        assert together(CROWD, work) == [None] * CROWD
        assert [s.version for s in store.find("default")] == [4] * CROWD
        assert store.verify("default") == ()


def test_stores_of_their_own_share_the_database(name):
    """Eight stores, as eight processes have them, on one incident and on their own."""

    def work(number):
        with SqlStore.open(name) as store:
            own = flow(store)
            own.receive(received(), incident=f"own-{number}")
            try:
                own.receive(received(), incident="one")
            except VersionConflict:
                return False
            return True

    found = together(8, work)
    assert found.count(True) == 1
    assert found.count(False) == 7
    with SqlStore.open(name) as store:
        assert len(store.find("default")) == 9
        assert store.verify("default") == ()


def officer(id):
    return Responder(
        id=id,
        role="patrol_officer",
        status="available",
        credentials=(Credential(training="basic_de_escalation", hours=8),),
    )


CLINICIANS = (
    Responder(
        id="clinician-1",
        role="clinician",
        status="available",
        credentials=(Credential(training="mental_health_license"),),
    ),
    Responder(
        id="clinician-2",
        role="clinician",
        status="available",
        credentials=(Credential(training="mental_health_license"),),
    ),
)


def crew(number):
    cit = Responder(
        id=f"cit-{number}",
        role="cit_officer",
        status="available",
        credentials=(
            Credential(training="cit", hours=40),
            Credential(training="basic_de_escalation", hours=8),
        ),
    )
    return (cit, *CLINICIANS)


def test_two_dispatchers_who_grab_the_same_clinician(name):
    """Exactly one wins; the other is told who has her and who is next, nothing of hers is written,
    and she may go on with the next.
    """
    with SqlStore.open(name) as store, SqlStore.open(name) as other:
        desks = [flow(store), flow(other)]
        for number, desk in enumerate(desks):
            desk.receive(received(), incident=f"incident-{number}")
            desk.record(
                f"incident-{number}",
                e.CallTriaged(at=at(1), by="dispatcher-1", nature="psychosis", qualifies=True),
            )
        for turn in range(1, 9):
            found = together(
                2,
                lambda n, t=turn: desks[n].dispatch(
                    f"incident-{n}", crew(n), at=at(2 * t), by=f"dispatcher-{n}"
                ),
            )
            lost = [one for one in found if isinstance(one, ResponderTaken)]
            won = [number for number, one in enumerate(found) if not isinstance(one, Exception)]
            assert len(lost) == len(won) == 1, found
            taken = lost[0]
            assert (taken.responder, taken.incident) == ("clinician-1", f"incident-{won[0]}")
            assert "clinician-2" in {m.responder for m in taken.next.team.members}
            assert "clinician-2" in str(taken)
            loser = 1 - won[0]
            assert {x.incident for x in store.engaged("default")} == {f"incident-{won[0]}"}
            assert desks[loser].case(f"incident-{loser}").version == (
                desks[loser].store.version("default", f"incident-{loser}")
            )
            for one in found[won[0]][0].team.members:
                desks[won[0]].record(
                    f"incident-{won[0]}",
                    e.ResponderCleared(
                        at=at(2 * turn + 1), by="officer-1", responder=one.responder
                    ),
                )
            assert store.engaged("default") == ()
        assert store.verify("default") == ()


def test_checkpoints_made_at_the_same_moment(name):
    """While others write: each maker is told of one that is there, they follow one another, and
    every row is on one.
    """
    with SqlStore.open(name) as store, SqlStore.open(name) as other:
        desk = flow(store)

        def work(number):
            if number == 2:
                return [desk.receive(received(), incident=f"{turn}-{n}") for n in range(5)] and None
            return (store, other)[number].checkpoint("default", at=at(turn))

        for turn in range(12):
            desk.receive(received(), incident=f"{turn}")
            told = together(3, work)[:2]
            assert set(told) <= set(store.checkpoints("default")), told
        store.checkpoint("default", at=at(99))
        assert store.verify("default") == ()
        with store.connections.reading() as cursor:
            assert cursor.execute(
                "SELECT count(*) FROM coresponder_incident WHERE sealed = 0"
            ).fetchone() == (0,)


def test_verify_while_others_write(name):
    """It looks at one moment: what is written and sealed meanwhile is no fault."""
    with SqlStore.open(name) as store, SqlStore.open(name) as other:
        desk, done = flow(other), threading.Event()

        def work(number):
            if number == 0:
                try:
                    return [store.verify("default") for _ in range(8)]
                finally:
                    done.set()
            turn = 0
            while not done.is_set():
                desk.receive(received(), incident=f"{number}-{turn}")
                desk.record(
                    f"{number}-{turn}",
                    e.ResponderArrived(at=at(1), by="officer-1", responder=f"officer-{number}"),
                )
                other.checkpoint("default", at=at(turn))
                turn += 1
            return []

        assert set(together(3, work)[0]) == {()}


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    made = MemoryStore() if request.param == "memory" else SqlStore.sqlite(tmp_path / "x.db")
    yield made
    made.close()


def sent(desk, incident, members, minute):
    desk.receive(received(minute), incident=incident)
    return desk.dispatch(incident, members, at=at(minute + 1), by="dispatcher-1")


def test_who_cleared_or_whose_incident_ended_can_be_sent_again(store):
    """Cleared, the scene cleared, the dispatch entered in error: each sets free; a fact moves; an
    override takes over.
    """
    desk = flow(store)
    busy = lambda: {x.responder: x.incident for x in store.engaged("default")}
    sent(desk, "one", [officer("officer-1")], 0)
    assert busy() == {"officer-1": "one"}
    with pytest.raises(
        ResponderTaken,
        match="officer-1 is with incident one since 2026-03-02 13:00 UTC; nothing was written. Nobody else could go",
    ):
        sent(desk, "two", [officer("officer-1")], 2)
    desk.record("one", e.ResponderCleared(at=at(4), by="officer-1", responder="officer-1"))
    assert busy() == {}
    desk.dispatch("two", [officer("officer-1")], at=at(5), by="dispatcher-1")
    number = desk.case("two").version
    desk.record(
        "two", e.EnteredInError(at=at(6), by="dispatcher-1", event=number, reason="wrong_incident")
    )
    assert busy() == {}
    desk.record("one", e.ResponderArrived(at=at(7), by="officer-1", responder="officer-1"))
    assert busy() == {"officer-1": "one"}
    desk.record("two", e.ResponderArrived(at=at(8), by="officer-1", responder="officer-1"))
    assert busy() == {"officer-1": "two"}
    desk.record("one", e.SceneCleared(at=at(9), by="officer-1"))
    assert busy() == {"officer-1": "two"}
    assert store.verify("default") == ()


def test_an_override_takes_a_responder_over(store):
    """Break glass: nobody is stranded because a list says that she is elsewhere; the override is on
    the record.
    """
    desk = flow(store)
    _, step = sent(desk, "one", [officer("officer-1")], 0)
    desk.receive(received(2), incident="two")
    team = step.events[-1].team
    with pytest.raises(ResponderTaken, match="Send somebody else"):
        desk.record("two", e.TeamDispatched(at=at(3), by="dispatcher-1", team=team))
    desk.record(
        "two",
        e.TeamDispatched(at=at(3), by="dispatcher-1", team=team),
        override=Override(by="sergeant-1", reason="imminent_danger"),
    )
    assert {x.responder: x.incident for x in store.engaged("default")} == {"officer-1": "two"}


def test_the_same_team_dispatched_again_and_again_is_sent_once(store):
    """A host that repeats its call gets the step that is there, in another process too; an event by
    hand is refused; both write nothing.
    """
    desk = flow(store)
    staffing, step = sent(desk, "one", [officer("officer-1")], 0)
    for minute in range(2, 17):
        again = flow(store).dispatch(
            "one", [officer("officer-1")], at=at(minute), by="dispatcher-1"
        )
        assert again == (Staffing(team=staffing.team), step)
    with pytest.raises(Refused, match="officer-1 was already sent to this incident"):
        flow(store).record(
            "one", e.TeamDispatched(at=at(17), by="dispatcher-1", team=staffing.team)
        )
    doubled = attrs.evolve(staffing.team, members=staffing.team.members * 2)
    with pytest.raises(Refused, match="two seats in one team"):
        desk.record("one", e.TeamDispatched(at=at(17), by="dispatcher-1", team=doubled))
    assert desk.case("one").version == store.version("default", "one") == step.case.version
    assert [x.incident for x in store.engaged("default")] == ["one"]
    desk.dispatch("one", [officer("officer-2")], at=at(18), by="dispatcher-1")
    both = attrs.evolve(
        staffing.team,
        members=(*staffing.team.members, *desk.case("one").incident.teams[-1].members),
    )
    with pytest.raises(Refused, match="officer-1 and officer-2 were already sent"):
        desk.record("one", e.TeamDispatched(at=at(19), by="dispatcher-1", team=both))
    desk.record(
        "one",
        e.TeamDispatched(at=at(19), by="dispatcher-1", team=both),
        override=Override(by="sergeant-1", reason="imminent_danger"),
    )
    desk.record("one", e.SceneCleared(at=at(20), by="officer-1"))
    assert store.engaged("default") == ()
    assert store.verify("default") == ()


def test_two_dispatchers_of_one_incident_send_a_team_once(name):
    """Both are told of the same step, also when the clock of one is behind."""
    with SqlStore.open(name) as store, SqlStore.open(name) as other:
        desks = [flow(store), flow(other)]
        for turn in range(6):
            desks[0].receive(received(), incident=f"{turn}")
            members = [officer(f"officer-{turn}")]
            found = together(
                2,
                lambda n, t=turn, m=members: desks[n].dispatch(
                    f"{t}", m, at=at(5 - n), by=f"dispatcher-{n}"
                ),
            )
            assert found[0][1].events == found[1][1].events, found
            assert store.version("default", f"{turn}") == 2


def test_who_was_taken_to_another_incident_is_not_called_sent(store):
    """The list of who is busy knows better than the incident she left: it says where she is, and an
    override brings her back.
    """
    desk = flow(store)
    staffing, _ = sent(desk, "one", [officer("officer-1")], 0)
    desk.receive(received(2), incident="two")
    desk.record("two", e.ResponderArrived(at=at(3), by="officer-1", responder="officer-1"))
    event = e.TeamDispatched(at=at(4), by="dispatcher-1", team=staffing.team)
    with pytest.raises(ResponderTaken, match="officer-1 is with incident two"):
        desk.record("one", event)
    desk.record("one", event, override=Override(by="sergeant-1", reason="imminent_danger"))
    assert [x.incident for x in store.engaged("default")] == ["one"]


def test_a_refused_dispatch_engages_nobody(store):
    """What the program does not permit leaves no trace in the list of who is busy."""
    desk = flow(store)
    desk.receive(received(), incident="one")
    desk.record("one", e.IncidentCancelled(at=at(1), by="dispatcher-1"))
    with pytest.raises(Refused):
        desk.dispatch("one", [officer("officer-1")], at=at(2), by="dispatcher-1")
    assert store.engaged("default") == ()


def test_a_responder_who_becomes_free_while_it_is_asked_is_engaged(tmp_path):
    """Between the attempt and the question another incident let go of her: it is tried again, and
    nobody is told that nobody has her.
    """
    store = SqlStore.sqlite(tmp_path / "x.db")
    tries = []

    class Cursor:
        rowcount = 0

        def execute(self, text, values):
            if text == ENGAGE.on(store.dialect):
                tries.append(values["incident"])
                self.rowcount = len(tries) - 1
            return self

        def fetchone(self):
            return ("", "2026-03-02T12:00:00.000000+00:00")

    summary = Summary(
        incident="one",
        program=load_program("cit").name,
        state="en_route",
        version=1,
        opened_at=at(0),
    )
    store._engage(
        Cursor(),
        Append(
            agency="default",
            expected=0,
            rows=(),
            recorded_at=at(1),
            summary=summary,
            engages=("officer-1",),
        ),
    )
    assert tries == ["one", "one"]
    store.close()
