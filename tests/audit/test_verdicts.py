"""Two programs over the same record: the counts of two audits, incident by incident."""

import datetime as dt
import json
import math
from collections import Counter

import attrs
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from coresponder.audit.audit import Rule, auditing
from coresponder.audit.intervals import newcombe_paired, paired_difference
from coresponder.audit.sources import Read, Together, Unreadable, cases_of_calls, cases_under
from coresponder.audit.told_verdicts import told_comparison
from coresponder.audit.verdicts import PairedRule, comparing
from coresponder.cli.commands import commands
from coresponder.domain import events as e
from coresponder.interop import alike
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy
from coresponder.program import Program, load_program
from coresponder.simulation.field import START, Field
from coresponder.stores.memory import MemoryStore
from coresponder.testing.strategies import programs
from coresponder.workflow import Workflow
from tests.audit.test_blocks import CALENDARS, COLUMNS, ROWS, SHIPPED, TYPES, mapped
from tests.conftest import at
from tests.program.test_advance import received

CALL, CAME = Atom(events=("CallReceived",)), Atom(events=("ResponderArrived",))


def quick(minutes, **more):
    """Return a program that wants somebody there in so many minutes."""
    rule = Policy(id="quick", template="response", a=CALL, b=CAME, within=f"{minutes} min")
    others = [Policy(id=id, **rule) for id, rule in more.items()]
    return Program(id="p", version=str(minutes), policies=(rule, *others))


def took(minutes, incident="i-1", **call):
    """Return the events of a call to which somebody came after so many minutes."""
    return incident, (
        attrs.evolve(received(), **call),
        e.ResponderArrived(at=at(minutes), by="cad", responder="r-1"),
    )


def pairs(found, stories):
    """Yield each story under both programs."""
    for incident, happened in stories:
        yield tuple(
            Read(case=program.replay(incident, happened), rows=1)
            for program in (found.old, found.new)
        )


# --- the interval ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "low", "high"),
    [
        ((36, 12, 2, 0), 0.0569, 0.3404),
        ((18, 12, 2, 18), 0.0562, 0.3290),
        ((53, 0, 0, 1), -0.0729, 0.0729),
        ((0, 30, 0, 0), 0.8395, 1.0),
    ],
)
def test_the_interval_of_a_paired_difference_is_newcombes(cells, low, high):
    """Newcombe 1998, Statistics in Medicine 17, 2635: the examples of its second table, method 10."""
    assert newcombe_paired(*cells) == pytest.approx((low, high), abs=1e-4)


def test_a_paired_interval_by_hand():
    """Of 41 incidents 14 count in both, 5 in the new one, none in the old one, 22 in none. Shares
    19/41 and 14/41; Wilson 0.3206..0.6125 and 0.2155..0.4940. 14 x 22 - 0 = 308, corrected by half of
    41 to 287.5; over the root of 19 x 22 x 14 x 27 it is 0.7233.
    """
    new, old = 19 / 41, 14 / 41
    phi = 287.5 / math.sqrt(19 * 22 * 14 * 27)
    assert phi == pytest.approx(0.7233, abs=5e-5)
    below, above = (new - 0.3206, 0.4940 - old), (0.6125 - new, old - 0.2155)
    low, high = (math.sqrt(a * a + b * b - 2 * phi * a * b) for a, b in (below, above))
    assert newcombe_paired(14, 5, 0, 22) == pytest.approx(
        (new - old - low, new - old + high), abs=5e-4
    )


CELLS = st.tuples(*[st.integers(0, 400)] * 4)


@given(cells=CELLS)
def test_a_paired_interval_holds_the_difference_and_turns_with_it(cells):
    """It has the difference in it, lies within -1 and 1, and is mirrored if old and new change
    places.
    """
    if not sum(cells):
        return
    both, new, old, neither = cells
    low, high = newcombe_paired(*cells)
    by = (new - old) / sum(cells)
    assert -1 - 1e-9 <= low <= by <= high <= 1 + 1e-9
    assert newcombe_paired(both, old, new, neither) == pytest.approx((-high, -low))


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ((0, 29, 0, 0), "too few to say anything (fewer than 30)"),
        ((0, 30, 0, 0), "higher"),
        ((0, 0, 30, 0), "lower"),
        ((10, 3, 2, 20), "no difference can be told"),
    ],
)
def test_what_is_said_of_a_paired_difference(cells, says):
    """With fewer than 30 incidents nothing is said, however they differ."""
    assert paired_difference(*cells).says == says


# --- the counts -----------------------------------------------------------------------------------


def test_each_incident_is_counted_once_as_both_judge_it():
    """Of three, one is late for both, one for the stricter program, one for none."""
    with comparing(quick(15), quick(5)) as found:
        list(found.take(pairs(found, [took(20, "a"), took(10, "b"), took(2, "c")])))
        rule = found.rules["quick"]
        assert (rule.both, rule.only_old, rule.only_new, rule.neither) == (1, 0, 1, 1)
        assert [one["incident"] for one in found.changed] == ["b"]
        assert [one["now"] for one in found.changed] == [["quick"]]


def test_what_cannot_be_known_leaves_the_shares_and_is_counted_apart():
    """An incident with an approximate time is undetermined under both; one that a program cannot
    judge is in no policy, and is named.
    """
    lost = Unreadable(incident="d", why="its record cannot be read")
    with comparing(quick(15), quick(5)) as found:
        vague = took(10, "b", approximate=True)
        list(found.take([*pairs(found, [took(10, "a"), vague]), (lost, lost)]))
        rule = found.rules["quick"]
        assert (rule.of, rule.only_new, rule.undetermined) == (1, 1, 1)
        assert (found.incidents, found.unreadable) == (2, 1)
        named = [one["incident"] for one in found.changed if one.get("unreadable")]
        assert named == ["d"]


def test_a_policy_of_one_program_stands_apart():
    """It has no difference, but its own share."""
    came = {"template": "existence", "a": CAME}
    old, new = quick(15), quick(15, came=came, never={"template": "absence", "a": CAME})
    with comparing(old, new) as found:
        list(found.take(pairs(found, [took(10)])))
        told = told_comparison(found)
    assert [one.policy for one in told.policies] == ["quick"]
    assert [(one.policy, one.program, one.violated.count, one.of) for one in told.alone] == [
        ("came", "p@15", 0, 1),
        ("never", "p@15", 1, 1),
    ]


def counted(rule):
    return rule.violated, rule.undetermined


def assert_two_audits(found, audits):
    """The counts of a comparison are those of an audit under each program, where both could judge
    everything.
    """
    for policy, rule in found.rules.items():
        old, new = (audit.rules[policy] for audit in audits)
        if not old.undetermined and not new.undetermined:
            assert rule.both + rule.only_old == old.violated, policy
            assert rule.both + rule.only_new == new.violated, policy
        assert rule.of + rule.undetermined == found.incidents
        assert max(old.undetermined, new.undetermined) <= rule.undetermined
    for alone, audit in zip(found.alone, audits, strict=True):
        assert {id: counted(one) for id, one in alone.items()} == {
            id: counted(audit.rules[id]) for id in alone
        }


def test_a_store_comes_to_two_audits_of_it():
    """The played night under two shipped programs, as of one instant."""
    store = MemoryStore()
    Field(Workflow(load_program("cit"), store, clock=lambda: START), seed=4).play(40)
    two, now = [load_program("cit"), load_program("hartford-vt")], START + dt.timedelta(days=30)
    with comparing(*two, now) as found:
        list(found.take(cases_under(two, store, "default")))
        with auditing(two[0], now) as one, auditing(two[1], now) as other:
            for audit in (one, other):
                list(
                    audit.take(case for (case,) in cases_under((audit.program,), store, "default"))
                )
            assert found.incidents == one.incidents == other.incidents == 40
            assert_two_audits(found, (one, other))
            assert sum(rule.both + rule.only_new for rule in found.rules.values())


DRAWN = st.builds(
    lambda program, calendar: attrs.evolve(program, calendar=calendar),
    programs(most=4, types=TYPES),
    CALENDARS,
)


@given(two=st.tuples(DRAWN, DRAWN) | st.tuples(SHIPPED, SHIPPED), table=ROWS)
def test_rows_that_are_judged_together_come_to_what_each_comes_to_alone(
    tmp_path_factory, two, table
):
    """Whatever one program judges together and the other one by one; and to two audits."""
    file = tmp_path_factory.mktemp("export") / "calls.csv"
    file.write_text("\n".join(",".join(row) for row in [COLUMNS, *table]))
    mapping = mapped()

    def read(program):
        return cases_of_calls(program, file, mapping)

    def compared():
        with comparing(*two) as found:
            list(found.take(zip(read(found.old), read(found.new), strict=True)))
            return found, sorted(found.changed, key=json.dumps)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alike, "_OFTEN", 1)
        patch.setattr(alike, "_ROWS", 7)
        assert all(isinstance(one, Together) for one in read(two[0]))
        found, changed = compared()
        patch.setattr("coresponder.audit.sources._together", lambda *_: None)
        alone, changed_alone = compared()
        assert (found.rules, found.alone, found.reasons) == (
            alone.rules,
            alone.alone,
            alone.reasons,
        )
        assert (found.incidents, found.unreadable, changed) == (
            alone.incidents,
            alone.unreadable,
            changed_alone,
        )
        with auditing(two[0]) as one, auditing(two[1]) as other:
            for audit in (one, other):
                list(audit.take(read(audit.program)))
            assert_two_audits(found, (one, other))


# --- what is told ---------------------------------------------------------------------------------


@given(counts=st.tuples(*[st.integers(0, 30)] * 5), least=st.sampled_from([1, 5, 11]))
def test_outside_the_agency_no_small_number_is_told(counts, least):
    """If any part of a policy is small, no number of it is told, for each could give it back."""
    both, old, new, neither, undetermined = counts
    rule = PairedRule(
        policy="p",
        both=both,
        only_old=old,
        only_new=new,
        neither=neither,
        undetermined=undetermined,
    )
    alone = Rule(policy="q", violated=both, pending=old, held=new, undetermined=undetermined)
    with comparing(Program(id="p"), Program(id="p")) as found:
        found.rules, found.alone = {"p": rule}, ({"q": alone}, {})
        told = told_comparison(found, least)
    small = any(0 < count < least for count in counts)
    (one,) = told.policies
    said = json.dumps(attrs.asdict(one))
    assert (one.says.startswith("suppressed")) == small
    assert small == (not any(character.isdigit() for character in said))
    (other,) = told.alone
    few = any(0 < count < least for count in (both, old + new, undetermined))
    assert few == (
        not any(character.isdigit() for character in json.dumps(attrs.astuple(other)[2:]))
    )
    assert (told.changed is None) == (least > 1)


# --- the command ----------------------------------------------------------------------------------

TOML = """
[program]
id = "p"
version = "{minutes}"

[[policy]]
id = "quick"
template = "response"
a = "CallReceived"
b = "ResponderArrived"
within = "{minutes} min"
authority = "local choice"
"""
MAPPING = """
[file]
time_zone = "America/New_York"
[columns]
incident = "id"
received = "call"
arrived = "there"
nature = "what"
[nature]
psych = "mental_health_crisis"
"""


@pytest.fixture
def files(tmp_path):
    for minutes in (15, 5):
        (tmp_path / f"{minutes}.toml").write_text(TOML.format(minutes=minutes))
    (tmp_path / "map.toml").write_text(MAPPING)
    rows = [
        f"{n},2026-03-02T10:00:00,2026-03-02T10:{minutes:02}:00,psych"
        for n, minutes in enumerate([20] * 12 + [10] * 12 + [2] * 12)
    ]
    (tmp_path / "calls.csv").write_text("\n".join(["id,call,there,what", *rows, "x,,,psych"]))
    return tmp_path


def diff(files, *options, code=1):
    found = CliRunner().invoke(
        commands, ["diff", *(str(files / f"{one}.toml") for one in (15, 5)), *map(str, options)]
    )
    assert found.exit_code == code, found.output
    return found.output


def test_the_command_compares_an_export(files):
    """12 of 36 come late for both, 12 only for the new one: 33.3 % and 66.7 %. By hand, with Wilson
    0.5034..0.7979 and 0.2021..0.4966 and a correlation of (12 x 12 - 18) / 288: 17.2 to 46.8.
    """
    source = ("--calls", files / "calls.csv", "--mapping", files / "map.toml")
    text = " ".join(diff(files, *source).split())
    assert "36 judged by both programs; 1 rows could not be used" in text
    told = json.loads(diff(files, *source, "--format", "json"))
    (record,) = told["record"]
    (one,) = record["policies"]
    assert (one["old"]["count"], one["new"]["count"], one["of"]) == (12, 24, 36)
    phi = (12 * 12 - 18) / 288
    low = 1 / 3 - math.sqrt(0.1633**2 + 0.1633**2 - 2 * phi * 0.1633**2)
    high = 1 / 3 + math.sqrt(0.1312**2 + 0.1312**2 - 2 * phi * 0.1312**2)
    assert (one["low"], one["high"]) == pytest.approx((low, high), abs=5e-4)
    assert one["says"] == "higher"
    assert Counter(tuple(each["now"]) for each in told["incidents"]) == {("quick",): 12}


def test_a_page_and_whatever_else_leaves_the_agency_has_no_ids(files):
    """A page hides small numbers by default; `--least` does so elsewhere, and `--least 1` shows all on
    a page.
    """
    source = ("--calls", files / "calls.csv", "--mapping", files / "map.toml")
    page = diff(files, *source, "--format", "html")
    assert "33.3%" in page
    assert "stays in the agency" not in page
    assert "stays in the agency" in diff(files, *source, "--format", "html", "--least", 1)
    hidden = diff(files, *source, "--format", "html", "--least", 13)
    assert "Suppressed because a number is too small (1): quick" in hidden
    assert "33.3%" not in hidden
    told = json.loads(diff(files, *source, "--format", "json", "--least", 13))
    assert "incidents" not in told
    assert told["record"][0]["policies"][0]["of"] is None
    assert "would get another verdict" not in diff(files, *source, "--least", 11)


def test_a_store_and_a_log_of_its_events_say_the_same(files):
    """Incidents as of one instant; a store has its responders as well."""
    ran = CliRunner().invoke(
        commands,
        ["run", str(files / "15.toml"), "--incidents", "40", "--store", str(files / "n.db")],
    )
    assert ran.exit_code == 0, ran.output
    log = files / "n.parquet"
    done = CliRunner().invoke(commands, ["export", "events", str(files / "n.db"), "-o", str(log)])
    assert done.exit_code == 0, done.output
    options = ("--now", "2026-06-01T00:00:00Z", "--format", "json")
    kept = json.loads(diff(files, "--store", files / "n.db", *options))
    logged = json.loads(diff(files, "--events", log, *options))
    assert [one["subject"] for one in kept["record"]] == ["incident", "responder"]
    assert kept["record"][0] == logged["record"][0]
    assert kept["record"][0]["policies"][0]["old"]["count"] > 0
    by_id = [sorted(each["incidents"], key=lambda one: one["incident"]) for each in (kept, logged)]
    assert by_id[0] == by_id[1]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--calls", "c.csv"), "--calls and --mapping go together"),
        (("--mapping", "m.toml"), "name what is to be judged"),
        (("--store", "a.db", "--events", "b.parquet"), "name what is to be judged"),
        (("--store", "cit"), "is a program"),
    ],
)
def test_a_source_that_is_half_named_is_refused(files, options, says):
    """Before anything is read, with what to do."""
    assert says in " ".join(diff(files, *options, code=2).split())
