"""A code of an export may mean a word of the agency's own program, and a row can say any event."""

import datetime as dt
import enum
import json
import os
import typing

import attrs
import pytest

from coresponder.audit.audit import auditing
from coresponder.audit.sources import Together, cases_of_calls
from coresponder.domain import events as e
from coresponder.domain.objects import LocalCode
from coresponder.errors import InvalidMapping
from coresponder.interop.cad import read_calls
from coresponder.interop.mapping import load_mapping, mapping_from
from coresponder.program import load_program
from tests.interop.exports import HEADER, SAVED, TABLES, mapped, only_case, read, row

PROGRAM = """
[program]
id = "my-city"
version = "1"
[calendar]
time_zone = "America/New_York"
[vocabulary.nature]
wandering = "welfare_check"
none = "other"
[vocabulary.disposition]
"taken home" = "handed_to_family"
[vocabulary.facility]
mercy = "emergency_department"
[[policy]]
id = "no-wanderer-unseen"
template = "response"
within = "7 d"
authority = "local choice"
a = { event = "CallReceived", where = { nature = "wandering" } }
b = { event = "Screened" }
enforcement = "WARN"
"""
OWN = {
    "nature": {"wandering": "welfare_check", "none": "other"},
    "disposition": {"taken home": "handed_to_family"},
    "facility": {"mercy": "emergency_department"},
}
CODES = {"W": "wandering", "psych": "psychosis", "N": "none"}


def test_the_standard_value_drives_and_both_words_are_kept(tmp_path):
    """The code of the export stands beside the word that it means, each under its field."""
    content = HEADER + row(what="W", end="HOME")
    found = read(tmp_path, content, own_words=OWN, nature=CODES, disposition={"HOME": "taken home"})
    case = only_case(found)
    call = case.events[0]
    ended = next(one for one in case.events if isinstance(one, e.DispositionRecorded))
    assert (call.nature, ended.disposition) == ("welfare_check", "handed_to_family")
    assert {LocalCode(field="what", code="W"), LocalCode(field="nature", code="wandering")} < {
        *call.local
    }
    assert set(ended.local) == {
        LocalCode(field="end", code="HOME"),
        LocalCode(field="disposition", code="taken home"),
    }


def test_none_says_nothing_also_where_a_program_has_such_a_word(tmp_path):
    """The words of the mapping's own keep their meaning."""
    content = HEADER + row(what="N")
    case = only_case(
        read(tmp_path, content, own_words=OWN, nature=CODES, defaults__nature="trespass")
    )
    assert case.events[0].nature == "trespass"
    assert LocalCode(field="nature", code="none") not in case.events[0].local


@pytest.mark.parametrize("column", [False, True])
def test_a_further_event_has_own_words_too(tmp_path, column):
    """As a value that is given, and as the meaning of a code."""
    to = {"column": "end", "codes": {"ok": "mercy"}} if column else "mercy"
    ride = {"event": "PersonTransported", "at": "left", "fields": {"facility": to}}
    case = only_case(read(tmp_path, HEADER + row(), own_words=OWN, event=[ride]))
    (there,) = (one for one in case.events if isinstance(one, e.PersonTransported))
    assert there.facility == "emergency_department"
    assert there.local == (LocalCode(field="facility", code="mercy"),)


def test_an_unknown_word_is_refused_with_the_nearest():
    """Own words are among those that are meant; without the program nobody knows them."""
    with pytest.raises(InvalidMapping, match="did you mean 'wandering'"):
        mapped(own_words=OWN, nature={"W": "wanderin"})
    ride = {"event": "PersonTransported", "at": "left", "fields": {"facility": "mersy"}}
    with pytest.raises(InvalidMapping, match="mercy"):
        mapped(own_words=OWN, event=[ride])
    with pytest.raises(InvalidMapping, match=r"\[nature\] 'W' = 'wandering'"):
        mapped(nature=CODES)


def test_a_rule_that_names_an_own_word_judges_the_rows_that_mean_it(tmp_path):
    """Many rows that are judged together come to the same as each by itself."""
    program_file, calls, file = (tmp_path / name for name in ("p.toml", "c.csv", "m.toml"))
    program_file.write_text(PROGRAM)
    rows = [row(id=str(i), what="W" if i % 3 else "psych") for i in range(240)]
    calls.write_text(HEADER + "".join(rows))
    os.utime(calls, (SAVED, SAVED))
    tables = {**TABLES, "nature": CODES}
    file.write_text(as_toml(tables))
    program = load_program(program_file)
    mapping = load_mapping(file, own_words=program.own_words)
    assert mapping == mapping_from(tables, own_words=program.own_words)
    now = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    alone = [program.replay(one.incident, one.events) for one in read_calls(calls, mapping)]
    owed = [bool(program.obligations(case, now)) for case in alone]
    assert owed == [i % 3 > 0 for i in range(240)]
    with auditing(program, now) as audit:
        read_in = list(cases_of_calls(program, calls, mapping, now=now))
        assert any(isinstance(one, Together) for one in read_in)
        for _ in audit.take(read_in):
            pass
        assert audit.incidents == 240
        assert audit.rules["no-wanderer-unseen"].violated == 160


def as_toml(tables):
    """Return tables as TOML; a JSON value is a TOML value here."""
    return "".join(
        f"[{name}]\n" + "".join(f"{json.dumps(k)} = {json.dumps(v)}\n" for k, v in table.items())
        for name, table in tables.items()
    )


MAPPED_ELSEWHERE = {
    "CallReceived", "CallTriaged", "TeamDispatched", "DispositionRecorded", "SceneCleared",
    "IncidentCancelled",
}  # fmt: skip
"""What `[columns]` has keys for."""
OF_THE_LOG = {
    "EmergencyAccessOpened",
    "EmergencyAccessReviewed",
    "IncidentLinked",
    "NoteAdded",
    "EnteredInError",
    "PolicyOverridden",
}
"""What speaks of other entries of the log, which an export does not have."""
WITH_A_RECORD = {"Screened", "CarePlanShared"}
"""What needs a record of several values, for which a row has no form."""


def fields_of(cls):
    """Return a value for each field that an event type requires, as a mapping gives it."""
    hints, found = typing.get_type_hints(cls), {}
    for one in attrs.fields(cls):
        hint = hints[one.name]
        if typing.get_origin(hint) is tuple:
            hint = typing.get_args(hint)[0]
        if one.default is not attrs.NOTHING or one.name in {"at", "by", "person", "responder"}:
            continue
        if isinstance(hint, type) and issubclass(hint, enum.Enum):
            found[one.name] = next(iter(hint)).value
        else:
            found[one.name] = {bool: True, int: 8, dt.datetime: "2026-03-02T10:00:00Z"}.get(
                hint, "x-1"
            )
    return found


@pytest.mark.parametrize("name", e.EVENT_TYPES)
def test_a_row_can_say_every_event(tmp_path, name):
    """Each event type of the library is read from a row, or has its reason here."""
    said = {"event": name, "at": "left", "unit": True, "fields": fields_of(e.EVENT_TYPES[name])}
    if name in MAPPED_ELSEWHERE | OF_THE_LOG | WITH_A_RECORD:
        with pytest.raises(InvalidMapping, match=name):
            mapped(event=[said])
        return
    case = only_case(read(tmp_path, HEADER + row(), event=[said]))
    assert name in {type(event).__name__ for event in case.events}


def test_a_number_of_a_cell_is_a_number(tmp_path):
    """A score is the digits of its cell; anything else, or a score off its scale, rejects the row."""
    said = {
        "event": "SurveyAnswered", "at": "left", "fields": {"score": {"column": "beat"}},
    }  # fmt: skip
    case = only_case(read(tmp_path, HEADER + row(beat="28"), event=[said]))
    (answer,) = (one for one in case.events if isinstance(one, e.SurveyAnswered))
    assert answer.score == 28
    (refused,) = read(tmp_path, HEADER + row(beat="many"), event=[said])
    assert refused.reason.startswith("unusable value")
    (refused,) = read(tmp_path, HEADER + row(beat="33"), event=[said])
    assert refused.reason.startswith("unusable value: score 33 of SurveyAnswered")
