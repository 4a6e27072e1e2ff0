"""The machines carry what really happens, and are sound."""

import json

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transitions import MachineError

from coresponder.domain.vocabulary import ReferralStatus
from coresponder.errors import InvalidProgram
from coresponder.lifecycle import (
    FOLLOW_UP,
    INCIDENT,
    REFERRAL,
    RESPONDER,
    Edge,
    Lifecycle,
    event_name,
    trigger_name,
)
from tests.conftest import SHARED, needs_shared

ALL = (INCIDENT, REFERRAL, FOLLOW_UP, RESPONDER)


@attrs.define(slots=False, eq=False)
class Row:
    """A host's own mutable record."""

    state: str | None = None
    status: str | None = None


@pytest.mark.parametrize("lifecycle", ALL, ids=lambda x: x.name)
@given(data=st.data())
def test_the_table_and_transitions_agree(lifecycle, data):
    """Both walk the same way, and where the table has no edge `transitions` refuses."""
    row = Row()
    lifecycle.attach(row)
    state = lifecycle.initial
    for event in data.draw(st.lists(st.sampled_from(sorted(lifecycle.table)), max_size=12)):
        target = lifecycle.target(event, state)
        if target is None:
            with pytest.raises(MachineError):
                getattr(row, trigger_name(event))()
        else:
            getattr(row, trigger_name(event))()
            state = target
        assert row.state == state


@pytest.mark.parametrize(
    ("story", "end"),
    [
        ("CallReceived CallTriaged DispositionRecorded IncidentClosed", "closed"),
        ("CallReceived CallTriaged TeamDispatched ResponderEnRoute IncidentCancelled", "cancelled"),
        ("CallReceived TeamDispatched ResponderArrived DispositionRecorded SceneCleared IncidentClosed", "closed"),
        ("CallReceived ResponderArrived SecondaryResponseRequested TeamDispatched ContactMade SceneCleared", "cleared"),
        ("CallReceived TeamDispatched ResponderArrived HandedOver SceneCleared IncidentClosed", "closed"),
        ("CallReceived FollowUpScheduled FollowUpDone IncidentClosed", "closed"),
        ("CallReceived FollowUpDone ReferralOffered ReferralSent FollowUpScheduled FollowUpMissed IncidentClosed IncidentReopened", "follow_up"),
    ],
)  # fmt: skip
def test_what_really_happens_has_a_way(story, end):
    """By telephone, cancelled, nobody found, officer-initiated, handed over, begun as a visit,
    re-opened.
    """
    state = INCIDENT.initial
    for event in story.split():
        state = INCIDENT.target(event, state)
        assert state is not None, event
    assert state == end


def test_reopening_is_the_only_way_out_of_closed():
    """No other event has an edge there."""
    assert [e.event for e in INCIDENT.edges if e.source == "closed"] == ["IncidentReopened"]
    assert not [e for e in INCIDENT.edges if e.source == "cancelled"]


@needs_shared
def test_referrals_follow_the_sdoh_states():
    """Every published edge is ours; what is ours alone is a draft that is declined or taken back."""
    published = json.loads((SHARED / "fhir" / "sdohcc_referral_transitions.json").read_text())[
        "transitions"
    ]
    theirs = {(a, b) for a, targets in published.items() for b in targets}
    ours = {(e.source, e.target) for e in REFERRAL.edges if e.source != "new"}
    assert theirs <= ours
    assert ours - theirs == {("draft", "cancelled")}
    assert {s.value for s in ReferralStatus} - set(REFERRAL.states) == {"entered-in-error"}


def test_mermaid_is_drawn_without_a_model():
    """Every state that moves and every end is in the drawing."""
    drawn = REFERRAL.mermaid()
    assert drawn.startswith("stateDiagram-v2\n    [*] --> new")
    assert 'state "in-progress" as in_progress' in drawn
    assert "completed --> [*]" in drawn


def test_names_and_triggers_are_inverse():
    """`transitions` has snake-case triggers."""
    assert all(
        event_name(trigger_name(event)) == event for lifecycle in ALL for event in lifecycle.table
    )


def test_attach_takes_a_state_that_is_there_and_refuses_another():
    """A host's column may have any name."""
    row = Row(status="on_scene")
    INCIDENT.attach(row, attribute="status")
    row.scene_cleared()
    assert row.status == "cleared"
    with pytest.raises(ValueError, match="did you mean 'on_scene'"):
        INCIDENT.attach(Row(state="on_scen"))


def test_a_program_adds_and_forbids():
    """An added state is reachable and can finish; a forbidden edge is gone."""
    more = INCIDENT.extend(
        states=["sheltered"],
        edges=[
            Edge("PersonTransported", "engaged", "sheltered"),
            Edge("SceneCleared", "sheltered", "cleared"),
        ],
        forbid=[Edge("PersonTransported", "engaged", "engaged")],
    )
    assert more.target("PersonTransported", "engaged") == "sheltered"
    assert INCIDENT.target("PersonTransported", "engaged") == "engaged"
    assert more.regulates("SceneCleared")
    assert "engaged" in more.sources("SceneCleared")


@pytest.mark.parametrize(
    ("states", "edges", "forbid", "said"),
    [
        (["lost"], [], [], "cannot be reached"),
        (["lost"], [Edge("SceneCleared", "new", "lost")], [], "can never finish"),
        ([], [Edge("SceneCleared", "closed", "cleared")], [], "out of the end state closed"),
        ([], [Edge("SceneCleared", "engagd", "cleared")], [], "did you mean 'engaged'"),
        (
            [],
            [Edge("SceneCleared", "engaged", "closed")],
            [],
            "leads from engaged to cleared and to closed",
        ),
        ([], [], [Edge("SceneCleared", "new", "closed")], "which is not there: it goes from"),
        ([], [], [Edge("SceneCleard", "new", "closed")], "did you mean 'SceneCleared'"),
    ],
)
def test_an_unsound_extension_is_refused_with_a_cure(states, edges, forbid, said):
    """Unreachable, stuck, out of an end, unknown, ambiguous, not there."""
    with pytest.raises(InvalidProgram, match=said):
        INCIDENT.extend(states=states, edges=edges, forbid=forbid)


def test_a_lifecycle_without_reopening_says_so():
    """The message for a machine whose ends are final."""
    with pytest.raises(InvalidProgram, match="only nothing may"):
        Lifecycle(
            name="x",
            initial="a",
            states=("a",),
            final=frozenset({"a"}),
            edges=(Edge("E", "a", "a"),),
        )


def test_an_edge_says_itself_and_a_picture_draws_an_edge_once():
    """Edges of the same two states share an arrow; one that leads back is not drawn."""
    assert str(Edge("Begun", "new", "open")) == "Begun: new -> open"
    loop, back = Edge("Noted", "open", "open"), Edge("Ended", "open", "done")
    drawn = Lifecycle(
        name="own",
        states=("new", "open", "done"),
        initial="new",
        final=frozenset({"done"}),
        edges=(Edge("Begun", "new", "open"), loop, back),
    ).mermaid()
    assert drawn.count("-->") == 4
    assert "open --> done: Ended" in drawn
    assert "Noted" not in drawn
