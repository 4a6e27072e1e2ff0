"""No word that the rows hide is in any byte that a window gives out.

Every text of a random history is a marker of its own. What a viewer may see is read from the rows
alone; each door is then searched for every other marker.
"""

import contextlib
import random
import re

import attrs
import pytest

from coresponder import (
    AudienceDenied,
    CoresponderError,
    MemoryStore,
    Viewer,
    Workflow,
    load_program,
    shipped_programs,
)
from coresponder.domain.events import EVENT_TYPES, CallReceived, EnteredInError, NoteAdded
from coresponder.testing.windows import looks_like
from coresponder.workflow import Window
from tests.conftest import NOON, at
from tests.testing.test_windows import SIGHTS, drawn, rows_of

MARK = re.compile(r"zq\d+")
PEOPLE = ("person", "identified_as", "protects", "subject", "referral", "follow_up")
AUDIENCES = ("police", "clinical", "all")
VIEWERS = 4
"""How many viewers of one role and purpose look at one history."""
HISTORIES = 3
"""How many histories the quick test has; the slow one has enough for 1,000,000 looks."""


class Marks:
    """Gives out markers. A person, a referral and a follow-up come again."""

    def __init__(self, draw):
        self.draw, self.count = draw, 0
        self.pools = {name: [self.new(), self.new()] for name in PEOPLE}

    def new(self):
        self.count += 1
        return f"zq{self.count}"

    def of(self, name):
        return self.draw.choice(self.pools[name]) if name in self.pools else self.new()

    def event(self, cls, minute):
        """Return an event whose every text is a marker."""
        event = attrs.evolve(self.draw.choice(drawn(cls)), at=at(minute))
        for field in attrs.fields(cls):
            value = getattr(event, field.name)
            if type(value) is str or (value is None and field.name in PEOPLE):
                event = attrs.evolve(event, **{field.name: self.of(field.name)})
            elif isinstance(value, tuple) and value and type(value[0]) is str:
                event = attrs.evolve(event, **{field.name: tuple(self.new() for _ in value)})
        return event


def history(draw, program):
    """Return a workflow with one incident of markers, its case, and the markers of its words."""
    marks = Marks(draw)
    names = [name for name in EVENT_TYPES if EVENT_TYPES[name] not in {EnteredInError, NoteAdded}]
    story = [marks.event(CallReceived, 0)]
    story += [
        marks.event(EVENT_TYPES[draw.choice(names)], n) for n in range(1, draw.randint(6, 25))
    ]
    workflow = Workflow(program, MemoryStore(), clock=lambda: at(3000), recognizer=None)
    workflow.replay("one", story)
    words = {}
    for audience in AUDIENCES:
        text, subject = marks.new(), draw.choice([None, *marks.pools["person"]])
        step = workflow.note("one", text, at=NOON, by="c-1", audience=audience, subject=subject)
        words[step.events[-1].entry] = (audience, text)
    return workflow, workflow.case("one"), words, marks


def shown(program, case, words, rows):
    """Return the markers that the rows show, whatever their conditions."""
    found, zone = set(), program.calendar.time_zone
    for event in case.recorded():
        named = [row for row in rows if row.names(type(event).__name__)]
        found |= {*MARK.findall(repr(looks_like(event, rows=named, zone=zone)))}
    opened = {audience for row in rows for audience in row.audiences}
    return found | {text for audience, text in words.values() if audience in opened}


def given_out(window, words):
    """Return every byte that a window gives out, errors too."""
    doors = [
        lambda: [(line, str(line), line.to_dict()) for line in window.timeline("one")],
        lambda: window.view("one"),
        lambda: window.states("one"),
        lambda: [(str(one), one) for one in window.permitted("one")],
        lambda: [(str(one.obligation), one) for one in window.due()],
        lambda: [window.due(limit=1).next, window.find(limit=1).next, *window.find()],
        lambda: window.find(nature="psychosis"),
        *(lambda entry=entry: window.recall("one", entry) for entry in words),
    ]
    return b"".join(map(answer, doors))


def answer(door):
    try:
        return repr(door()).encode()
    except CoresponderError as error:
        return str(error).encode()


def look(seed, viewers=VIEWERS):
    """Look at one random history as every role for every purpose; return how many looks there were,
    and how many markers were hidden from them.
    """
    draw = random.Random(seed)
    program = load_program(draw.choice(shipped_programs()))
    workflow, case, words, marks = history(draw, program)
    looks = hidden = 0
    for role, purpose in SIGHTS:
        may = shown(program, case, words, rows_of(program, role, purpose))
        for _ in range(viewers):
            who = draw.choice([*marks.pools["person"], "v-1"])
            viewer = Viewer(id=who, roles=(role,), agency=draw.choice([None, "agency-1"]))
            found = given_out(workflow.as_(viewer, purpose), words)
            told = {*MARK.findall(found.decode())} - may - {*words} - {who}
            assert not told, f"seed {seed}: {role} for {purpose.value} was told {sorted(told)}"
            looks += 1
            hidden += marks.count - len(may)
    return looks, hidden


def test_no_hidden_word_leaves_a_window():
    """Every role and purpose, over a few random histories."""
    looks, hidden = map(sum, zip(*(look(seed, 1) for seed in range(HISTORIES)), strict=True))
    assert looks == HISTORIES * len(SIGHTS)
    assert hidden > looks


@pytest.mark.slow
def test_no_hidden_word_leaves_a_window_in_a_million_looks():
    """1,000,000 random (history, viewer, purpose)."""
    seed, looks = HISTORIES, 0
    while looks < 1_000_000:
        looks += look(seed)[0]
        seed += 1


def open_timeline(window, incident):
    return [
        attrs.evolve(line, fields=event.to_dict())
        for line, event in zip(
            window.view(incident).lines, window.workflow.case(incident).history, strict=False
        )
    ]


def open_recall(window, incident, entry):
    """Give out words, whoever asks."""
    store, agency = window.workflow.store, window.workflow.agency
    for audience in AUDIENCES:
        with contextlib.suppress(AudienceDenied):
            return store.recall(agency, entry, audience=audience).text
    return None


@pytest.mark.parametrize(("door", "mutant"), [("timeline", open_timeline), ("recall", open_recall)])
def test_a_door_that_gives_out_everything_is_caught(monkeypatch, door, mutant):
    """The search finds what such a door gives out."""
    monkeypatch.setattr(Window, door, mutant)
    with pytest.raises(AssertionError, match="was told"):
        look(1, 1)
