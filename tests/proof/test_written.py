"""A review compares every part of a program: each key of a file and each attribute of what is made
of it, whichever is added later.
"""

import copy
import datetime as dt
import functools
import tomllib
import typing

import attrs
import pytest
from pydantic import BaseModel

from coresponder.audit.verdicts import ChangedVerdict
from coresponder.domain.events import Decision
from coresponder.domain.vocabulary import Presence, Role, Technique
from coresponder.lifecycle import Edge, Lifecycle
from coresponder.policy.atoms import Atom
from coresponder.policy.automata import BY_EVENT
from coresponder.policy.bounds import Calendar, Plausible
from coresponder.policy.policy import Policy
from coresponder.policy.templates import Verdict
from coresponder.program import Program, program_from_definition
from coresponder.program.notices import NoticeRule
from coresponder.program.tables import ProgramFile
from coresponder.proof.review import Bearing, compare_programs
from coresponder.proof.written import changes_between
from coresponder.roster.course import Course
from coresponder.roster.staffing import Seat, Tier
from coresponder.stores.memory import MemoryStore
from coresponder.workflow import Workflow
from tests.audit.compared import changed_verdicts
from tests.conftest import at
from tests.program.test_advance import received

FILE = {
    "program": {"id": "p", "version": "1", "title": "City", "authority": "manual", "natures": ["psychosis", "overdose"], "look_ahead": False},
    "calendar": {"time_zone": "America/New_York", "weekend": ["saturday", "sunday"], "holidays": ["2026-07-04", "2026-12-25"]},
    "training": [
        {"id": "cit", "title": "CIT", "hours": 36, "skills": ["mirroring"], "valid": "24 months", "authority": "manual", "renewed_by": ["refresher"], "accepts": ["memphis"]},
        {"id": "refresher"},
        {"id": "memphis", "hours": 40},
    ],
    "tier": [
        {
            "id": "both",
            "model": "primary_co_response",
            "seats": [
                {"role": ["patrol_officer", "cit_officer"], "training": ["cit"], "hours": 40},
                {"role": ["clinician"], "presence": "phone", "training": ["mental_health_license"], "languages": ["es"], "vetted": True},
            ],
            "title": "Two",
            "authority": "manual",
        },
        {"id": "alone", "model": "police_response", "seats": [{"role": "patrol_officer"}], "where": {"incident.children": 0}},
        {"id": "calm", "model": "police_response", "seats": [{"role": "supervisor", "skills": ["mirroring"]}]},
    ],
    "policy": [
        {
            "id": "seen",
            "template": "response",
            "a": {"event": "Screened", "where": {"screening.level": ["moderate", "high"]}},
            "b": {"event": ["ClinicianEngaged", "ExpertConsulted"]},
            "unless": "ConsentDeclined",
            "within": "2 business days",
            "enforcement": "WARN",
            "authority": "manual",
            "because": "Who is in danger is seen.",
        },
        {
            "id": "consent",
            "template": "precedence",
            "a": {"event": "ConsentGiven", "where": {"scope": "services"}},
            "b": "ReferralSent",
            "per": "person",
            "enforcement": "BLOCK",
            "authority": "law",
        },
        {"id": "few", "template": "at_most", "a": "ReferralSent", "count": 2, "authority": "manual", "enforcement": "BLOCK"},
        {"id": "later", "template": "not_succession", "a": "ConsentDeclined", "b": "FollowUpScheduled", "within": "14 d", "authority": "manual"},
        {"id": "rest", "template": "response", "a": "ForceUsed", "b": "ReviewHeld", "after": "1 h", "authority": "manual"},
        {"id": "peer", "template": "precedence", "a": "PeerCalled", "b": "PeerVisited", "enforcement": "BLOCK", "authority": "manual"},
        {"id": "glass", "template": "at_most", "a": "PolicyOverridden", "count": 3, "authority": "manual"},
    ],
    "notice": [
        {"to": "supervisor", "on": "violation", "policies": ["seen"], "channel": "pager", "fields": ["policy"]},
        {"to": "clinician", "on": "due_soon", "before": "15 min"},
    ],
    "event": [
        {"name": "PeerVisited", "kind": "decision", "fields": {"person": "id", "minutes": "integer"}},
        {"name": "PeerCalled", "kind": "decision"},
        {"name": "VanCalled", "kind": "fact"},
    ],
    "lifecycle": {
        "states": ["peer_support"],
        "add": [
            {"event": "PeerVisited", "source": ["cleared", "follow_up"], "target": "peer_support"},
            {"event": "IncidentClosed", "source": "peer_support", "target": "closed"},
        ],
        "forbid": [{"event": "IncidentCancelled", "source": "en_route", "target": "cancelled"}],
    },
    "vocabulary": {"nature": {"10-96": "psychosis", "10-56": "suicide_threat"}},
    "views": {"base": "united-states", "without": ["research"], "roles": ["school_nurse"]},
    "view": [
        {
            "id": "nurse", "role": ["school_nurse", "clinician"], "purpose": ["treatment", "operations"], "event": ["ReferralOffered", "ReferralSent"],
            "whole": ["at", "person"], "coarse": ["referral"], "needs": ["housing"], "own": False, "with_consent": "sharing", "audience": ["clinical"],
            "says": "Not to be passed on.", "authority": "agreement",
        },
        {
            "id": "danger", "role": "clinician", "purpose": "treatment", "event": "Screened", "whole": "at",
            "emergency_access": {"reason": ["imminent_danger"], "lasts": "1 h"}, "authority": "agreement",
        },
    ],
    "retention": [{"kind": ["note"], "keep": "7 y", "after": "entry", "authority": "schedule"}],
}  # fmt: skip

ANOTHER = "another"
MORE = {"event": "PeerCalled", "source": "cleared", "target": "follow_up"}
KEYS = {
    "program.id": (("program", "id"), ANOTHER),
    "program.version": (("program", "version"), "2"),
    "program.title": (("program", "title"), ANOTHER),
    "program.authority": (("program", "authority"), ANOTHER),
    "program.natures": (("program", "natures"), ["psychosis"]),
    "program.look_ahead": (("program", "look_ahead"), True),
    "program.own_numbers": (("program", "own_numbers"), ["999-999-9999"]),
    "program.plausible": (("program", "plausible"), {"since": dt.date(1990, 1, 1), "lead": "3 d"}),
    "program.plausible.since": (("program", "plausible"), {"since": dt.date(1990, 1, 1)}),
    "program.plausible.lead": (("program", "plausible"), {"lead": "3 d"}),
    "calendar.time_zone": (("calendar", "time_zone"), "America/Chicago"),
    "calendar.weekend": (("calendar", "weekend"), ["sunday"]),
    "calendar.holidays": (("calendar", "holidays"), ["2026-07-04"]),
    "training.id": (("training", 0, "id"), "team_two"),
    "training.title": (("training", 0, "title"), ANOTHER),
    "training.hours": (("training", 2, "hours"), 24),
    "training.skills": (("training", 1, "skills"), ["mirroring"]),
    "training.valid": (("training", 0, "valid"), "36 months"),
    "training.renewed_by": (("training", 0, "renewed_by"), []),
    "training.accepts": (("training", 0, "accepts"), []),
    "training.authority": (("training", 0, "authority"), ANOTHER),
    "tier.where": (("tier", 1, "where"), {"incident.children": {"gt": 0}}),
    "tier.seats.skills": (("tier", 1, "seats", 0, "skills"), ["mirroring"]),
    "tier.seats.languages": (("tier", 0, "seats", 1, "languages"), ["en"]),
    "tier.seats.vetted": (("tier", 0, "seats", 1, "vetted"), False),
    "tier.id": (("tier", 0, "id"), ANOTHER),
    "tier.model": (("tier", 0, "model"), "telehealth"),
    "tier.seats": (("tier", 0, "seats"), [{"role": "clinician"}]),
    "tier.natures": (("tier", 0, "natures"), ["psychosis"]),
    "tier.title": (("tier", 0, "title"), ANOTHER),
    "tier.authority": (("tier", 0, "authority"), ANOTHER),
    "tier.seats.role": (("tier", 0, "seats", 0, "role"), ["patrol_officer"]),
    "tier.seats.presence": (("tier", 0, "seats", 1, "presence"), "video"),
    "tier.seats.training": (("tier", 0, "seats", 0, "training"), ["team_two"]),
    "tier.seats.hours": (("tier", 0, "seats", 0, "hours"), 38),
    "policy.id": (("policy", 4, "id"), ANOTHER),
    "policy.on": (("policy", 6, "on"), "responder"),
    "policy.template": (("policy", 5, "template"), "alternate_precedence"),
    "policy.a": (("policy", 0, "a"), "ForceUsed"),
    "policy.b": (("policy", 0, "b"), "ReviewHeld"),
    "policy.unless": (("policy", 0, "unless"), "ReviewHeld"),
    "policy.within": (("policy", 0, "within"), "3 business days"),
    "policy.after": (("policy", 4, "after"), "2 h"),
    "policy.per": (("policy", 1, "per"), None),
    "policy.count": (("policy", 2, "count"), 3),
    "policy.enforcement": (("policy", 0, "enforcement"), "OBSERVE"),
    "policy.authority": (("policy", 0, "authority"), ANOTHER),
    "policy.because": (("policy", 0, "because"), ANOTHER),
    "policy.a.event": (("policy", 0, "b", "event"), ["ClinicianEngaged"]),
    "policy.a.where": (("policy", 0, "a", "where"), {"screening.level": ["high"]}),
    "notice.to": (("notice", 0, "to"), "clinician"),
    "notice.on": (("notice", 0, "on"), "overdue"),
    "notice.policies": (("notice", 0, "policies"), ["consent"]),
    "notice.channel": (("notice", 0, "channel"), "mail"),
    "notice.before": (("notice", 1, "before"), "30 min"),
    "notice.fields": (("notice", 0, "fields"), ["policy", "key"]),
    "event.name": (("event", 2, "name"), "BusCalled"),
    "event.kind": (("event", 2, "kind"), "decision"),
    "event.fields": (("event", 0, "fields"), {"person": "id"}),
    "lifecycle.states": (("lifecycle",), {"forbid": FILE["lifecycle"]["forbid"]}),
    "lifecycle.add": (("lifecycle", "add"), [*FILE["lifecycle"]["add"], MORE]),
    "lifecycle.forbid": (("lifecycle", "forbid"), []),
    "lifecycle.add.event": (("lifecycle", "add", 0, "event"), "PeerCalled"),
    "lifecycle.add.source": (("lifecycle", "add", 0, "source"), ["cleared"]),
    "lifecycle.add.target": (("lifecycle", "add", 1, "target"), "cancelled"),
    "policy.transfers": (("policy", 0, "transfers"), True),
    "views.base": (("views",), {"roles": ["school_nurse"]}),
    "views.without": (("views", "without"), []),
    "view.id": (("view", 0, "id"), ANOTHER),
    "view.role": (("view", 0, "role"), ["clinician"]),
    "view.purpose": (("view", 0, "purpose"), ["treatment"]),
    "view.event": (("view", 0, "event"), ["ReferralSent"]),
    "view.whole": (("view", 0, "whole"), ["at"]),
    "view.coarse": (("view", 0, "coarse"), []),
    "view.needs": (("view", 0, "needs"), ["housing", "mental_health"]),
    "view.own": (("view", 0, "own"), True),
    "view.with_consent": (("view", 0, "with_consent"), None),
    "view.audience": (("view", 0, "audience"), []),
    "view.says": (("view", 0, "says"), ANOTHER),
    "view.logged": (("view", 0, "logged"), False),
    "view.emergency_access": (("view", 1, "emergency_access"), None),
    "view.emergency_access.reason": (
        ("view", 1, "emergency_access", "reason"),
        ["medical_emergency"],
    ),
    "view.emergency_access.lasts": (("view", 1, "emergency_access", "lasts"), "2 h"),
    "view.authority": (("view", 0, "authority"), ANOTHER),
    "retention.kind": (("retention", 0, "kind"), ["recording"]),
    "retention.keep": (("retention", 0, "keep"), "8 y"),
    "retention.after": (("retention", 0, "after"), "incident_end"),
    "retention.authority": (("retention", 0, "authority"), ANOTHER),
    "vocabulary": (("vocabulary", "nature"), {"10-96": "suicide_threat", "10-56": "psychosis"}),
}
"""Another value for each key that a file may have: where it stands, and what is there instead; None
takes it out.
"""
CALLED = {"program.id", "program.version"}
"""What a program is called: the review's own heading."""
READ = {
    "program.title",
    "program.authority",
    "tier.title",
    "training.title",
    "training.authority",
    "tier.authority",
    "policy.authority",
    "policy.because",
    "view.authority",
    "retention.authority",
}
UNUSED = {"views.roles"}
"""What only lets other rows be written: a role that no view names sees nothing."""
"""What only people read."""


def tables_of(model, prefix=""):
    """Yield every key of a file, `table.key`; all atoms are one table, and all edges."""
    for name, field in model.model_fields.items():
        inner = next(
            (each for each in nested(field.annotation) if issubclass(each, BaseModel)), None
        )
        path = f"{prefix}{name}"
        if inner is None or prefix:
            yield path
        if inner is not None:
            yield from tables_of(inner, ONE_TABLE.get(path, path) + ".")


ONE_TABLE = {
    "policy.b": "policy.a",
    "policy.unless": "policy.a",
    "lifecycle.forbid": "lifecycle.add",
}


def nested(hint):
    arguments = typing.get_args(hint)
    return (
        [each for one in arguments for each in nested(one)]
        if arguments
        else [hint]
        if isinstance(hint, type)
        else []
    )


def rewritten(path):
    """Return the program of the file with another value for a key."""
    file = copy.deepcopy(FILE)
    (*way, last), value = KEYS[path]
    row = functools.reduce(lambda here, name: here[name], way, file)
    if value is None:
        del row[last]
    else:
        row[last] = value
    return program_from_definition(file)


def test_every_key_of_a_file_has_another_value_here():
    """Who adds a key to a program's file adds it to this list, and so to the review."""
    assert set(tables_of(ProgramFile)) == {*KEYS, *UNUSED}


@pytest.mark.parametrize("path", [path for path in KEYS if path not in CALLED])
def test_no_key_of_a_file_changes_unseen(path):
    """Something is said, and only what people read leaves the two the same."""
    old, new = program_from_definition(FILE), rewritten(path)
    review = compare_programs(old, new)
    assert review.changes
    assert (review.conclusion == "the same") == (path in READ), review
    assert all(change.bearing is Bearing.WORDS for change in review.changes) == (path in READ)


@pytest.mark.parametrize("path", sorted(CALLED))
def test_what_a_program_is_called_is_in_the_heading(path):
    """Another name or version is no difference in itself."""
    review = compare_programs(program_from_definition(FILE), rewritten(path))
    assert review.old != review.new
    assert (review.changes, review.conclusion) == ((), "the same")


WHOLE = program_from_definition(FILE)
ATTRIBUTES = {
    "Program.policies": WHOLE.policies[1:],
    "Program.trainings": WHOLE.trainings[1:],
    "Course.id": ANOTHER,
    "Course.title": ANOTHER,
    "Course.hours": 24,
    "Course.skills": (),
    "Course.valid": "",
    "Course.renewed_by": (),
    "Course.accepts": (),
    "Course.authority": ANOTHER,
    "Program.tiers": WHOLE.tiers[::-1],
    "Program.notices": WHOLE.notices[1:],
    "Program.lifecycle": WHOLE.lifecycle.extend(
        forbid=[Edge("IncidentCancelled", "received", "cancelled")]
    ),
    "Program.calendar": Calendar(),
    "Program.events": WHOLE.events[:2],
    "Program.own_words": {},
    "Program.natures": (),
    "Program.look_ahead": True,
    "Program.own_numbers": ("999-999-9999",),
    "Program.views": WHOLE.views[1:],
    "Program.retention": (),
    "Program.title": ANOTHER,
    "Program.authority": ANOTHER,
    "Policy.id": ANOTHER,
    "Policy.on": "responder",
    "Policy.template": "precedence",
    "Policy.a": Atom(events="ForceUsed"),
    "Policy.b": Atom(events="ReviewHeld"),
    "Policy.unless": None,
    "Policy.within": "3 business days",
    "Policy.after": None,
    "Policy.per": "person",
    "Policy.count": 2,
    "Policy.enforcement": "OBSERVE",
    "Policy.authority": ANOTHER,
    "Policy.because": ANOTHER,
    "Policy.automaton": None,
    "Policy.transfers": True,
    "Atom.events": ("ForceUsed",),
    "Atom.where": {"screening.level": "high"},
    "Tier.id": ANOTHER,
    "Tier.model": "telehealth",
    "Tier.seats": WHOLE.tiers[1].seats,
    "Tier.natures": ("psychosis",),
    "Tier.title": ANOTHER,
    "Tier.authority": ANOTHER,
    "Tier.where": {"incident.children": 1},
    "Seat.skills": (Technique.MIRRORING,),
    "Seat.languages": ("fr",),
    "Seat.vetted": True,
    "Seat.roles": (Role.CLINICIAN,),
    "Seat.presence": Presence.VIDEO,
    "Seat.training": (),
    "Seat.hours": 24,
    "NoticeRule.to": "clinician",
    "NoticeRule.on": "overdue",
    "NoticeRule.policies": (),
    "NoticeRule.channel": ANOTHER,
    "NoticeRule.before": None,
    "NoticeRule.fields": (),
    "Lifecycle.name": ANOTHER,
    "Lifecycle.initial": "received",
    "Lifecycle.states": (*WHOLE.lifecycle.states, "respite"),
    "Lifecycle.edges": WHOLE.lifecycle.edges[:-1],
    "Lifecycle.final": frozenset({"closed"}),
    "Lifecycle.reopens": frozenset(),
    "Edge.event": "WeaponSeen",
    "Edge.source": "on_scene",
    "Edge.target": "engaged",
    "Program.plausible": Plausible(lead=dt.timedelta(days=3)),
    "Calendar.time_zone": Calendar().time_zone,
    "Calendar.weekend": frozenset({6}),
    "Calendar.holidays": frozenset(),
}
"""Another value for each attribute that a program is made of."""


def test_every_attribute_that_a_program_is_made_of_has_another_value_here():
    """Who adds an attribute adds it to this list, and so to the review. The definition is what the
    file says, and each key of it has its test; the subject is in no file.
    """
    made_of = (Program, Policy, Atom, Course, Tier, Seat, NoticeRule, Lifecycle, Edge, Calendar)
    known = {
        f"{cls.__name__}.{field.name}"
        for cls in made_of
        for field in attrs.fields(cls)
        if field.init
    }
    left_out = {f"Program.{name}" for name in ("id", "version", "definition", "subject")}
    assert known == {*ATTRIBUTES, *left_out}


class Unchecked:
    """Stands for a program that was made somehow: the comparison reads attributes, and asks nothing
    else of them.
    """

    def __init__(self, program, **other):
        vars(self).update(
            {field.name: getattr(program, field.name) for field in attrs.fields(Program)} | other
        )


def changed(record, name, value):
    """Return a copy of a frozen record with another value, without its checks."""
    made = object.__new__(type(record))
    for field in attrs.fields(type(record)):
        object.__setattr__(
            made, field.name, value if field.name == name else getattr(record, field.name)
        )
    return made


@pytest.mark.parametrize("attribute", [name for name in ATTRIBUTES if name != "Policy.automaton"])
def test_no_attribute_changes_unsaid(attribute):
    """Whatever differs in a program, or in what it is made of, is said."""
    cls, _, name = attribute.partition(".")
    value = ATTRIBUTES[attribute]
    policy, tier = WHOLE.policies[0], WHOLE.tiers[0]
    if name == "after":
        policy = WHOLE.policies[4]
    notice = WHOLE.notices[1 if name == "before" else 0]
    made = {
        "Program": lambda: {name: value},
        "Policy": lambda: {
            "policies": (
                changed(policy, name, value),
                *(p for p in WHOLE.policies if p is not policy),
            )
        },
        "Atom": lambda: {
            "policies": (changed(policy, "a", changed(policy.a, name, value)), *WHOLE.policies[1:])
        },
        "Course": lambda: {
            "trainings": (changed(WHOLE.trainings[0], name, value), *WHOLE.trainings[1:])
        },
        "Tier": lambda: {"tiers": (changed(tier, name, value), *WHOLE.tiers[1:])},
        "Seat": lambda: {
            "tiers": (
                changed(tier, "seats", (changed(tier.seats[0], name, value), tier.seats[1])),
                *WHOLE.tiers[1:],
            )
        },
        "NoticeRule": lambda: {
            "notices": (
                changed(notice, name, value),
                *(rule for rule in WHOLE.notices if rule is not notice),
            )
        },
        "Lifecycle": lambda: {"lifecycle": changed(WHOLE.lifecycle, name, value)},
        "Edge": lambda: {
            "lifecycle": changed(
                WHOLE.lifecycle,
                "edges",
                (changed(WHOLE.lifecycle.edges[0], name, value), *WHOLE.lifecycle.edges[1:]),
            )
        },
        "Calendar": lambda: {"calendar": changed(WHOLE.calendar, name, value)},
    }[cls]()
    said = list(changes_between(WHOLE, Unchecked(WHOLE, **made)))
    assert said
    assert all(change.bearing is Bearing.WORDS for change in said) == (
        name in {"title", "authority", "because", "name"} and cls != "Edge"
    )
    assert list(changes_between(WHOLE, Unchecked(WHOLE))) == []


def test_an_own_automaton_that_differs_is_searched_and_not_settled():
    """What it does cannot be read from a file; the stories that were tried are named."""
    first, second = (
        Policy(id="own", a=Atom(events="ForceUsed"), automaton=Counting(most)) for most in (1, 2)
    )
    review = compare_programs(
        Program(id="p", policies=[first]), Program(id="p", version="2", policies=[second])
    )
    assert [(d.effect, len(d.story)) for d in review.differences] == [("judged otherwise now", 3)]
    far = attrs.evolve(first, automaton=Counting(2, name="other"))
    review = compare_programs(
        Program(id="p", policies=[second]), Program(id="p", version="2", policies=[far])
    )
    assert (review.conclusion, review.differences) == ("not settled", ())
    assert "own: written differently, and nothing that shows it was found" in review.undetermined[0]


@attrs.frozen
class Counting:
    """Broken by more than so many."""

    most: int
    name: str = ""

    def start(self, opening):
        return 0

    def step(self, cell, letters, at):
        more = min(cell + bool(letters & 1), self.most + 1)
        return more, BY_EVENT if more > self.most else 0

    def deadline(self, cell):
        return None

    def verdict(self, cell, now):
        return Verdict.HOLDING


OWN = """
[program]
id = "peers"
version = "1"

[[event]]
name = "PeerVisited"
kind = "decision"
fields = { person = "id", minutes = "integer" }

[[policy]]
id = "called-first"
template = "precedence"
a = "ContactMade"
b = { event = "PeerVisited", where = { minutes = { ge = 10 } } }
enforcement = "BLOCK"
authority = "local choice"
"""


def own(*changes):
    text = OWN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return program_from_definition(tomllib.loads(text))


def test_a_rule_on_an_own_event_is_compared():
    """The class is made for each program that is loaded; what is compared is its name and shape."""
    review = compare_programs(own(), own(("ge = 10", "ge = 20")))
    assert ("allowed now", "PeerVisited") in [
        (d.effect, d.story[-1].event) for d in review.differences
    ]
    assert compare_programs(own(), own()).conclusion == "the same"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('kind = "decision"', 'kind = "fact"', "decision with person id, minutes integer -> fact"),
        ('minutes = "integer" }', 'minutes = "integer", van = "code" }', "van code"),
        ('minutes = "integer"', 'minutes = "number"', "minutes number"),
    ],
)
def test_an_own_event_of_another_shape_is_compared_as_far_as_it_can_be(old, new, says):
    """Stories are told with the fields of both; where two types of a field cannot be joined, none
    is told, and that is said.
    """
    warn = ('"BLOCK"', '"WARN"')
    review = compare_programs(own(warn), own(warn, (old, new), ("ge = 10", "ge = 20")))
    assert [change.part for change in review.changes] == ["policy", "event"]
    assert says in review.changes[1].text
    assert review.conclusion == "not the same"
    told = "stories take PeerVisited with the fields of both" in " ".join(review.scope)
    assert told != any("cannot be merged" in text for text in review.undetermined)
    assert bool(review.differences) == ("number" not in new)


def test_recorded_events_of_another_shape_are_judged_by_both():
    """What was stored under a program with a field more is no unreadable row; where the two cannot
    be joined, it is told.
    """
    warn = ('"BLOCK"', '"WARN"')
    old, store = own(warn), MemoryStore()
    flow = Workflow(old, store, clock=lambda: at(60))
    flow.receive(received(), incident="a")
    flow.record(
        "a", old.event_type("PeerVisited")(at=at(1), by="peer-1", person="person-1", minutes=15)
    )
    fewer = own(warn, ('person = "id", ', ""), ("ge = 10", "ge = 20"))
    assert list(changed_verdicts(store, "default", old, fewer)) == [
        ChangedVerdict(incident="a", no_longer=("called-first",))
    ]
    assert list(changed_verdicts(store, "default", old, own(warn))) == []
    (found,) = changed_verdicts(
        store,
        "default",
        old,
        own(warn, ('person = "id", ', ""), ('minutes = "integer"', 'minutes = "number"')),
    )
    assert "person" in found.unreadable or "PeerVisited" in found.unreadable


def test_an_own_event_that_only_one_program_has():
    """An edge on it is told as a step that the other does not have."""
    edge = '\n[lifecycle]\nadd = [{ event = "PeerVisited", source = "cleared", target = "follow_up" }]\n'
    more = program_from_definition(tomllib.loads(OWN + edge))
    none = program_from_definition(tomllib.loads(OWN.split("[[event]]", maxsplit=1)[0]))
    assert ("allowed now", "PeerVisited") in [
        (d.effect, d.story[-1].event) for d in compare_programs(none, more).differences
    ]
    assert ("refused now", "PeerVisited") in [
        (d.effect, d.story[-1].event) for d in compare_programs(more, none).differences
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"within": "72 h"}, {"within": "3 d"}),
        (
            {"b": Atom(events=("ReviewHeld", "ForceUsed"))},
            {"b": Atom(events=("ForceUsed", "ReviewHeld"))},
        ),
        (
            {"a": Atom(events="Screened", where={"screening.level": ["high", "low"]})},
            {"a": Atom(events="Screened", where={"screening.level": ["low", "high"]})},
        ),
        ({"because": "One."}, {"because": "Two."}),
    ],
)
def test_the_same_in_other_words_is_the_same(old, new):
    """It is said that it is written differently, and that nothing else is."""
    rule = Policy(
        id="r", template="response", a=Atom(events="Screened"), b=Atom(events="ClinicianEngaged")
    )
    one, two = (
        Program(id="p", version=str(i), policies=[attrs.evolve(rule, **each)])
        for i, each in enumerate((old, new))
    )
    review = compare_programs(one, two)
    assert [change.bearing for change in review.changes] == [Bearing.WORDS]
    assert review.conclusion == "the same"


def test_a_rule_per_person_that_is_written_otherwise_and_shows_nothing_is_not_settled():
    """Two values of a key were tried: that is no proof for three."""
    rule = Policy(
        id="r",
        template="precedence",
        a=Atom(events="ConsentGiven"),
        b=Atom(events="ReferralSent"),
        per="person",
        enforcement="BLOCK",
    )
    wider = attrs.evolve(rule, a=Atom(events=("ConsentGiven", "ContactMade")), per=None)
    assert (
        compare_programs(
            Program(id="p", policies=[rule]), Program(id="p", policies=[wider])
        ).conclusion
        == "not the same"
    )
    never = Atom(events="ConsentGiven", where={"incident.children": {"ge": 0}})
    review = compare_programs(
        Program(id="p", policies=[rule]), Program(id="p", policies=[attrs.evolve(rule, a=never)])
    )
    assert (review.conclusion, review.differences) == ("not settled", ())
    assert "one or two persons" in review.undetermined[0]


def van(**fields):
    return attrs.make_class(
        "VanSent",
        {name: attrs.field(default=0, type=hint) for name, hint in fields.items()},
        bases=(Decision,),
        frozen=True,
        kw_only=True,
    )


def test_a_class_of_python_with_other_fields_cannot_be_joined():
    """It is said that no story was told; the fields are compared all the same."""
    rules = [
        Policy(
            id="r", template="at_most", a=Atom(events="VanSent"), count=most, enforcement="BLOCK"
        )
        for most in (1, 2)
    ]
    one, two = (
        Program(id="p", events=[cls], policies=[rule])
        for cls, rule in zip((van(miles=int), van(minutes=int)), rules, strict=True)
    )
    review = compare_programs(one, two)
    assert review.undetermined == (
        "no stories were compared: the two declare VanSent with fields that cannot be merged",
    )
    assert "VanSent: decision with miles int -> decision with minutes int" in [
        change.text for change in review.changes
    ]
    assert review.conclusion == "not the same"
