"""What lists answer by index is what folding every history says, page by page."""

import datetime as dt
import json

import attrs
import pytest
from click.testing import CliRunner

from coresponder.cli.commands import commands
from coresponder.domain import events as e
from coresponder.errors import InvalidCursor, PositionAhead
from coresponder.program import load_program
from coresponder.simulation.field import START, Field
from coresponder.stores.base import key_of
from coresponder.stores.memory import MemoryStore
from coresponder.stores.pages import Filters, Page, every
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.program.test_advance import received

HOURS = (0, 5, 12, 30, 24 * 4, 24 * 40)


@pytest.fixture(scope="module", params=["memory", "sqlite"])
def night(request):
    """A night, played into a store."""
    store = MemoryStore() if request.param == "memory" else SqlStore.sqlite(":memory:")
    flow = Workflow(load_program("new-haven-cdcp"), store)
    Field(flow, seed=7).play(40)
    yield flow
    store.close()


def cases(flow):
    return [flow.case(one.incident) for one in every(flow.find)]


@pytest.mark.parametrize("hours", HOURS)
def test_what_is_due_is_what_the_fold_says(night, hours):
    """At any time the list has each obligation of each case as the program says it, the earliest
    due first.
    """
    now = START + dt.timedelta(hours=hours)
    folded = {
        (case.id, one) for case in cases(night) for one in night.program.obligations(case, now)
    }
    listed = [*every(night.due, now, limit=7)]
    assert len(listed) == len(folded)
    assert {(one.incident, one.obligation) for one in listed} == folded
    dues = [one.obligation.due for one in listed if one.obligation.due]
    assert dues == sorted(dues)
    overdue = [one for one in listed if one.obligation.overdue]
    assert [*every(night.due, now, overdue=True)] == overdue
    before = now + dt.timedelta(hours=1)
    assert [*every(night.due, now, before=before)] == [
        one for one in listed if one.obligation.due and one.obligation.due <= before
    ]


def test_filters_keep_what_the_cases_say(night):
    """Each filter keeps the incidents of which it holds, by their histories."""
    known = cases(night)
    chosen = {
        "state": lambda case: {case.state},
        "nature": lambda case: {case.incident.call.nature.value},
        "person": lambda case: {person.id for person in case.incident.people},
        "tier": lambda case: {team.tier for team in case.incident.teams},
    }
    for name, of in chosen.items():
        for value in {one for case in known for one in of(case)}:
            fits = {case.id for case in known if value in of(case)}
            assert {one.incident for one in every(night.find, **{name: value}, limit=3)} == fits
            owed = {one.incident for one in every(night.due, START, **{name: value}, limit=3)}
            assert owed == fits & {one.incident for one in every(night.find, owing=True)}


def test_what_somebody_owns_is_what_the_cases_say(night):
    """The list of an owner has what is theirs in all incidents and nothing else, page by page; the
    owners are those of whom something is listed.
    """
    owed = [*every(night.due, START)]
    owners = {one.obligation.owner for one in owed} - {None}
    assert night.owners() == tuple(sorted(owners))
    assert len(owners) > 1
    for owner in owners:
        theirs = [one for one in owed if one.obligation.owner == owner]
        assert [*every(night.due, START, owner=owner, limit=1)] == theirs
        overdue = [one for one in theirs if one.obligation.overdue]
        assert [*every(night.due, START, owner=owner, overdue=True)] == overdue
        fits = {one.incident for one in theirs}
        assert {one.incident for one in every(night.find, owner=owner, limit=1)} == fits
        late = max(one.obligation.due for one in theirs)
        due = {one.incident for one in theirs if one.obligation.due < late}
        before = late - dt.timedelta(microseconds=1)
        assert {one.incident for one in every(night.find, owner=owner, due_before=before)} == due
    assert night.due(START, owner="clinician-9") == ()


def test_what_is_owed_about_a_person_is_what_their_rules_say(night):
    """Over the incidents that a person is part of: what is per person, and what is per referral or
    follow-up of theirs. What the same incident owes about others, or about nobody, is not.
    """
    known = {case.id: case for case in cases(night)}
    found = dict[str, list[str]]()
    for one in every(night.due, START):
        incident, key = known[one.incident].incident, one.obligation.key
        per = night.program.book[one.obligation.policy].policy.per
        part = {"referral": incident.referral, "follow_up": incident.follow_up}.get(per)
        whom = key if per == "person" else getattr(part and part(key), "person", None)
        if incident.person(whom or "") is not None:
            found.setdefault(whom, []).append((one.incident, one.obligation.policy, key))
    assert len(found) > 3
    people = {person.id for case in known.values() for person in case.incident.people}
    for person in people:
        told = every(night.due, START, about=person, limit=2)
        listed = [(one.incident, one.obligation.policy, one.obligation.key) for one in told]
        assert listed == found.get(person, [])


def test_a_record_that_cannot_be_listed_may_be_owned_by_anybody():
    """It stands first, whoever is asked for: what it owes is not known."""
    flow = Workflow(load_program("cit"), MemoryStore(), clock=lambda: at(60))
    with SqlStore.sqlite(":memory:") as store:
        for one in (flow, Workflow(load_program("cit"), store, clock=lambda: at(60))):
            one.receive(received(), incident="one")
            one.record(
                "one",
                e.PersonInvolved(at=at(1), by="officer-1", person="sam", role="person_in_crisis"),
            )
            one.store.unlist("default", "one")
            assert [owed.incident for owed in one.store.owed("default", Filters(owner="x"))] == [
                "one"
            ]
            assert [each.incident for each in one.find(owner="x")] == ["one"]
            assert one.owners() == ()


def narrowed(flow):
    """Yield filters of every kind, and pairs of them, by what the incidents are."""
    known = cases(flow)
    people = {person.id for case in known for person in case.incident.people}
    teams = [team for case in known for team in case.incident.teams]
    month = dt.timedelta(days=30)
    one = [
        *({"state": state} for state in sorted({case.state for case in known})[:3]),
        *(
            {"nature": nature}
            for nature in sorted({c.incident.call.nature.value for c in known})[:3]
        ),
        *({"tier": tier} for tier in sorted({team.tier for team in teams})),
        *({"person": person} for person in sorted(people)[:2]),
        *({"responder": id} for id in sorted({m.responder for t in teams for m in t.members})[:2]),
        {"period": (START, START + dt.timedelta(hours=6))},
        {"period": (START - month, START + dt.timedelta(hours=40))},
        {"period": (START - 400 * month, START + 400 * month)},
        {"period": (START + month, START + 2 * month)},
        *({"owner": owner} for owner in flow.owners()),
        {"overdue": True},
    ]
    period = {"period": (START, START + dt.timedelta(hours=8))}
    yield from one
    yield from (period | filters for filters in one[:-5:2])
    yield from ({"overdue": True} | filters for filters in one[1:-1:4])


def test_every_filter_gives_the_same_pages_in_memory_and_by_index(postgres):
    """Whatever leads, each list has the same items in the same order, page by page; what is not on
    the lists stands first.
    """
    program, now = load_program("new-haven-cdcp"), START + dt.timedelta(days=4)
    stores = MemoryStore(), SqlStore.sqlite(":memory:"), SqlStore.postgresql(postgres.database())
    flows = [Workflow(program, store) for store in stores]
    for flow in flows:
        Field(flow, seed=7).play(16)
        flow.store.unlist("default", [one.incident for one in flow.find()][5])
    told = 0
    for filters in narrowed(flows[0]):
        due = [[*every(flow.due, now, limit=6, **filters)] for flow in flows]
        found = [[*every(flow.find, now=now, owing=True, limit=6, **filters)] for flow in flows]
        assert due[0] == due[1] == due[2], filters
        assert found[0] == found[1] == found[2], filters
        told += len(due[0])
    assert told > 40
    for store in stores:
        store.close()


def test_who_relieved_somebody_or_went_with_a_person_is_listed(night):
    """Whoever came to an incident is found by their id, also if nobody sent them; an arrival that
    was entered in error is not.
    """
    flow = attrs.evolve(night, agency="relieved", clock=lambda: at(60))
    flow.receive(received(), incident="one")
    flow.record("one", e.ResponderArrived(at=at(3), by="o-1", responder="o-1"))
    flow.record("one", e.ResponderRelieved(at=at(4), by="o-1", responder="o-1", relieved_by="o-2"))
    gone = e.PersonTransported(at=at(5), by="o-2", person="p-1", facility="home", responder="m-1")
    flow.record("one", gone)
    flow.record("one", e.ResponderArrived(at=at(6), by="o-3", responder="o-3"))
    wrong = flow.case("one").version
    flow.record("one", e.EnteredInError(at=at(7), by="o-3", event=wrong, reason="duplicate"))
    found = {id for id in ("o-1", "o-2", "o-3", "m-1") if flow.find(responder=id)}
    assert found == {"o-1", "o-2", "m-1"}
    assert flow.verify() == ()


def test_a_tick_tells_what_scanning_every_case_would_tell():
    """Whatever the times between the ticks, no notice is missed and none is told twice."""
    flow = Workflow(load_program("new-haven-cdcp"), MemoryStore())
    Field(flow, seed=7).play(40)
    expected = {key_of("default", out.notice) for out in every(flow.store.outbox, "default")}
    known = cases(flow)
    for hours in HOURS:
        now = START + dt.timedelta(hours=hours)
        new = {
            key_of("default", notice)
            for case in known
            for notice in flow.program.notices_due(case, now)
        } - expected
        assert flow.tick(now) == len(new)
        assert flow.tick(now) == 0
        expected |= new
    assert {out.key for out in every(flow.store.outbox, "default")} == expected


def test_a_page_is_a_tuple_that_knows_what_follows():
    """What takes all of a list takes a page; the whole list is never the answer unasked."""
    flow = Workflow(load_program("cit"), MemoryStore(), clock=lambda: at(60))
    for number in range(120):
        flow.receive(received(), incident=f"i-{number:03}")
    page = flow.find()
    assert isinstance(page, Page)
    assert (len(page), page.next is None) == (100, False)
    assert len(flow.due(at(1))) == 100
    assert [one.incident for one in flow.find(after=page.next)][-1] == "i-000"
    assert len([*every(flow.find)]) == 120
    with pytest.raises(ValueError, match="at least 1"):
        flow.find(limit=0)


@pytest.mark.parametrize("cursor", ["", "x", "bm8=", "WyJhIiwgMV0="])
def test_what_is_no_cursor_is_refused_and_says_what_to_do(cursor):
    """A cursor that was cut off or made up is no page of anything."""
    flow = Workflow(load_program("cit"), MemoryStore(), clock=lambda: at(60))
    with pytest.raises(InvalidCursor, match="leave `after` out"):
        flow.find(after=cursor)


def test_an_obligation_that_no_policy_of_the_program_knows_is_named(tmp_path):
    """A row of the list that a forger wrote is named in its place, and stops nothing."""
    with SqlStore.sqlite(tmp_path / "forged.db") as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        flow.receive(received(), incident="one")
        flow.record("one", e.TeamUnavailable(at=at(2), by="dispatcher-1"))
        owed = flow.due(at(3))
        with store.engine.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE coresponder_obligation SET policy = 'made-up' WHERE policy = 'nobody-to-send'"
            )
        again = flow.due(at(3))
    assert len(again) == len(owed)
    (forged,) = (one for one in again if one.unreadable)
    assert "no policy 'made-up'" in forged.obligation.why
    assert [one for one in again if not one.unreadable] == [
        one for one in owed if one.obligation.policy != "nobody-to-send"
    ]


def test_the_command_line_turns_the_pages(tmp_path):
    """`find` and `due` print a page and the cursor of the next one."""
    path = str(tmp_path / "night.db")
    with SqlStore.sqlite(path) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        for name in ("one", "two", "three"):
            flow.receive(received(), incident=name)
            flow.record(name, e.TeamUnavailable(at=at(2), by="dispatcher-1"))

    def asked(*words):
        found = CliRunner().invoke(commands, [words[0], path, *words[1:], "--format", "json"])
        assert found.exit_code == 0, found.output
        return json.loads(found.output)

    first = asked("find", "--limit", "2")
    rest = asked("find", "--limit", "2", "--after", first["next"])
    found = [one["incident"] for one in first["incidents"] + rest["incidents"]]
    assert (found, rest["next"]) == (["two", "three", "one"], None)
    owed = asked("due", "--limit", "1", "--now", at(3).isoformat())
    assert len(owed["owed"]) == 1
    said = CliRunner().invoke(commands, ["find", path, "--limit", "1", "--owing"])
    assert "There is more. Next: the same command with --after " in said.output
    assert "owes" in said.output
    said = CliRunner().invoke(commands, ["find", path, "--until", at(-1).isoformat()])
    assert said.output == "No incident fits.\n"
    refused = CliRunner().invoke(commands, ["find", path, "--after", owed["next"]])
    assert refused.exit_code == 2
    assert "is not a cursor of this list" in refused.output + refused.stderr
    said = CliRunner().invoke(commands, ["due", path, "--owner", "peer-1"])
    assert said.exit_code == 0
    assert "nobody owns anything that is owed" in said.stderr
    wrong = CliRunner().invoke(commands, ["find", path, "--from", "yesterday"])
    assert (wrong.exit_code, "--from" in wrong.output) == (2, True)


def test_a_misspelled_owner_is_told_who_is_meant(tmp_path):
    """An empty list of somebody who owns nothing says so, and names who is spelled alike."""
    path = str(tmp_path / "night.db")
    with SqlStore.sqlite(path) as store:
        flow = Workflow(load_program("new-haven-cdcp"), store)
        Field(flow, seed=7).play(40)
        (first, *_) = flow.owners()
    right, wrong = (
        {
            name: CliRunner().invoke(commands, [name, path, "--owner", owner])
            for name in ("due", "find")
        }
        for owner in (first, first.replace("cli", "ci"))
    )
    for name in ("due", "find"):
        assert (right[name].exit_code, right[name].stderr) == (0, "")
        assert f"did you mean {first!r}?" in wrong[name].stderr
        assert wrong[name].stdout in {"Nothing is owed.\n", "No incident fits.\n"}
    about = CliRunner().invoke(commands, ["due", path, "--about", "nobody-here"])
    assert about.stdout == "Nothing is owed.\n"


def test_a_page_has_no_largest_size(any_store):
    """A limit or a position that no database counts to is taken, or is ahead of the feed."""
    work = Workflow(load_program("cit"), any_store)
    work.receive(received(), incident="7")
    huge = 2**63
    assert [one.incident for one in work.find(limit=huge)] == ["7"]
    assert len(work.due(at(60), limit=huge)) == len(work.due(at(60)))
    assert any_store.outbox("default", limit=huge) == any_store.outbox("default")
    assert any_store.kept("default", limit=huge) == any_store.kept("default")
    assert len(work.feed(limit=huge)) == 1
    with pytest.raises(PositionAhead, match="the feed ends at 1"):
        work.feed(after=huge)
