"""CAD exports: every row is used or rejected with its reason, and nothing is guessed."""

import csv
import json
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from coresponder.domain import events as e
from coresponder.domain.vocabulary import Disposition, Nature
from coresponder.errors import InvalidMapping, NotFound, UnreadableFile
from coresponder.interop.cad import Rejected, RowCase, read_calls
from coresponder.interop.eido import NATURES, read_eido
from coresponder.interop.mapping import load_mapping, mapping_from, match_code
from tests.conftest import SHARED, needs_shared

EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "mappings"
TABLES = {
    "file": {"time_zone": "America/New_York", "placeholders": ["00:00:00"]},
    "columns": {
        "incident": "id", "received": "call", "dispatched": "sent", "arrived": "there", "cleared": "left", "nature": "what", "disposition": "end", "keep": ["beat"],
    },
    "nature": {"psych": "psychosis", "*suic*": "suicide_threat", "n/k": "none"},
    "disposition": {"ok": "resolved_on_scene", "-": "none"},
}  # fmt: skip
HEADER = "id,call,sent,there,left,what,end,beat\n"


def read(tmp_path, text, encoding="utf-8", **changes):
    file = tmp_path / "calls.csv"
    file.write_bytes(text.encode(encoding))
    tables = json.loads(json.dumps(TABLES))
    for path, value in changes.items():
        table, key = path.split("__")
        tables.setdefault(table, {})[key] = value
        if value is None:
            del tables[table][key]
    return list(read_calls(file, mapping_from(tables)))


def row(
    id="7",
    call="2026-03-02T10:00:00",
    sent="2026-03-02T10:05:00",
    there="2026-03-02T10:15:00",
    left="2026-03-02T11:00:00",
    what="psych",
    end="ok",
    beat="B 4",
):
    return ",".join((id, call, sent, there, left, what, end, beat)) + "\n"


def test_a_row_becomes_a_history(tmp_path):
    """Times are put into UTC, local codes are kept beside the standard ones."""
    (case,) = read(tmp_path, HEADER + row())
    assert isinstance(case, RowCase)
    assert [type(event).__name__ for event in case.events] == [
        "CallReceived",
        "TeamDispatched",
        "ResponderArrived",
        "DispositionRecorded",
        "SceneCleared",
    ]
    assert case.events[0].at.isoformat() == "2026-03-02T15:00:00+00:00"
    assert [(c.field, c.code) for c in case.events[0].local] == [("what", "psych"), ("beat", "B 4")]
    assert case.events[3].disposition is Disposition.RESOLVED_ON_SCENE
    assert not any(event.approximate for event in case.events)


def test_the_same_text_is_read_by_the_column_in_which_it_stands(tmp_path):
    """`x` is a nature in one column and a disposition in the other, row after row."""
    tables = {"nature__x": "psychosis", "disposition__x": "resolved_on_scene"}
    text = HEADER + row(what="x", end="x") + row(id="8", what="x", end="x")
    for case in read(tmp_path, text, **tables):
        assert [(c.field, c.code) for c in case.events[0].local] == [("what", "x"), ("beat", "B 4")]
        assert [(c.field, c.code) for c in case.events[3].local] == [("end", "x")]
        assert case.events[0].nature == "psychosis"
        assert case.events[3].disposition is Disposition.RESOLVED_ON_SCENE


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"call": ""}, "no time received"),
        ({"call": "2026-03-02T00:00:00"}, "no time received"),
        ({"call": "yesterday"}, "unreadable time: call = 'yesterday'"),
        (
            {"sent": "2026-03-02T09:00:00"},
            "times out of order: dispatched 2026-03-02 14:00 before received",
        ),
        (
            {"call": "2026-03-08T02:30:00"},
            "time skipped by the clocks: call = 2026-03-08T02:30:00 did not exist in America/New_York",
        ),
        (
            {"what": "10-96"},
            "unknown nature code: what = '10-96'; add it to the mapping under [nature]",
        ),
        ({"what": ""}, "no nature"),
        ({"end": "??"}, "unknown disposition code"),
        ({"id": ""}, "no incident number"),
    ],
)
def test_a_row_that_cannot_be_used_says_why(tmp_path, changed, reason):
    """With its number and the row as it was."""
    good, bad = read(tmp_path, HEADER + row() + row(**{"id": "8", **changed}))
    assert isinstance(good, RowCase)
    assert isinstance(bad, Rejected)
    assert bad.row == 2
    assert reason in bad.reason
    assert len(bad.values) == 8


def test_a_row_too_short(tmp_path):
    """It is counted, not skipped."""
    (bad,) = read(tmp_path, HEADER + "7,2026-03-02T10:00:00\n")
    assert bad.reason == "row too short: 2 cells, the header has 8"


def test_missing_and_placeholder_times_are_named(tmp_path):
    """They are faults of a row that is used all the same."""
    (case,) = read(tmp_path, HEADER + row(sent="", there="2026-03-02T00:00:00", left="NA", end="-"))
    assert case.faults == ("dispatched: missing", "arrived: placeholder", "cleared: missing")
    assert [type(event).__name__ for event in case.events] == ["CallReceived"]
    (case,) = read(tmp_path, HEADER + row(left=""))
    assert case.events[-1].approximate


def test_out_of_order_rows_can_be_kept_and_are_named(tmp_path):
    """The mapping decides; the history is in the order of its clocks."""
    (case,) = read(tmp_path, HEADER + row(sent="2026-03-02T10:30:00"), file__out_of_order="keep")
    assert case.faults == ("out of order: arrived before dispatched",)


def test_a_time_that_came_twice_is_approximate(tmp_path):
    """The hour that the clocks repeat in autumn."""
    (case,) = read(
        tmp_path, HEADER + row(call="2026-11-01T01:30:00", sent="", there="", left="", end="-")
    )
    assert case.events[0].approximate
    (case,) = read(
        tmp_path,
        HEADER + row(call="2026-11-01T01:30:00-05:00", sent="", there="", left="", end="-"),
    )
    assert not case.events[0].approximate


def test_times_as_an_export_writes_them(tmp_path):
    """Formats are tried in order."""
    text = HEADER + row(call="3/2/2026 10:00", sent="", there="", left="", end="-")
    (case,) = read(tmp_path, text, file__time_formats=["%d.%m.%Y", "%m/%d/%Y %H:%M"])
    assert case.events[0].at.hour == 15


PARTS = {
    "year": "call",
    "month": "sent",
    "weekday": "there",
    "hour": "left",
    "fill_day": "first matching weekday",
}


@pytest.mark.parametrize(
    ("values", "parts", "found"),
    [
        (("2014", "January", "Wednesday", "4"), {}, "2014-01-01T09:00:00+00:00"),
        (("2014", "Feb", "Mon", "4"), {}, "2014-02-03T09:00:00+00:00"),
        (("2014", "2", "Mon", "4"), {"fill_day": "first"}, "2014-02-01T09:00:00+00:00"),
        (("2014", "3", "x", ""), {"fill_day": "first", "fill_hour": 12}, "2014-03-01T17:00:00+00:00"),
        (("2014", "3", "9", "2"), {"day": "there", "minute": "left"}, "time skipped"),
        (("2014", "3", "10", "2"), {"day": "there", "minute": "left"}, "2014-03-10T06:02:00+00:00"),
        (("2014", "3", "32", "2"), {"day": "there"}, "impossible date"),
        (("2014", "3", "Caturday", "2"), {}, "not a day of the week"),
        (("2014", "13", "Monday", "2"), {}, "impossible date"),
        (("2014", "3", "Monday", "25"), {}, "impossible date"),
        (("2014", "3", "Monday", ""), {}, "no hour"),
        (("2014", "3", "", "2"), {"fill_day": None}, "no day"),
        (("2014", "March", "Sunday", "2"), {"hour": None, "fill_hour": 2}, "2014-03-02T07:00:00+00:00"),
    ],
)  # fmt: skip
def test_times_in_parts(tmp_path, values, parts, found):
    """What is filled is what the mapping says, and is approximate."""
    call, sent, there, left = values
    columns = {k: v for k, v in {**PARTS, **parts}.items() if v is not None}
    text = HEADER + row(call=call, sent=sent, there=there, left=left)
    (case,) = read(
        tmp_path,
        text,
        columns__received=columns,
        columns__dispatched=None,
        columns__arrived=None,
        columns__cleared=None,
    )
    if isinstance(case, Rejected):
        assert found in case.reason
    else:
        assert case.events[0].at.isoformat() == found
        assert case.events[0].approximate is ("day" not in parts)


def test_every_stage_has_its_event(tmp_path):
    """Triage and travel too, when there are columns for them."""
    more = {
        "columns__triaged": "call",
        "columns__en_route": "sent",
        "columns__engaged": "there",
        "columns__source": "beat",
        "source__x": "911",
    }
    (case,) = read(tmp_path, HEADER + row(beat="x"), **more)
    names = [type(event).__name__ for event in case.events]
    assert names == [
        "CallReceived",
        "CallTriaged",
        "TeamDispatched",
        "ResponderEnRoute",
        "ResponderArrived",
        "ContactMade",
        "DispositionRecorded",
        "SceneCleared",
    ]
    assert case.events[0].source == "911"


def test_files_that_cannot_be_read(tmp_path):
    """Empty, header only, no such encoding, no such column, no such file."""
    with pytest.raises(
        UnreadableFile, match="the file is empty; the first row must name the columns"
    ):
        read(tmp_path, "")
    assert read(tmp_path, HEADER) == []
    assert (
        len(
            read(
                tmp_path, HEADER + row(beat="caf\xe9"), encoding="latin-1", file__encoding="latin-1"
            )
        )
        == 1
    )
    with pytest.raises(InvalidMapping, match="encoding = 'utf-9' is not known"):
        read(tmp_path, HEADER, file__encoding="utf-9")
    with pytest.raises(InvalidMapping, match="the file has no column 'beet'; did you mean 'beat'"):
        read(tmp_path, HEADER, columns__keep=["beet"])
    with pytest.raises(NotFound):
        list(read_calls(tmp_path / "none.csv", mapping_from(TABLES)))


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path):
    """As spreadsheets write it."""
    assert len(read(tmp_path, "\ufeff" + HEADER + row())) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"file": {}}, r"\[file.time_zone\]: it is required"),
        ({"file": {"time_zone": "Mars"}}, "write it like 'America/New_York'"),
        ({"file": {"time_zone": "UTC", "delimeter": ";"}}, "did you mean 'delimiter'"),
        ({"colums": {}}, "did you mean 'columns'"),
        ({"nature": {"x": "psycosis"}}, "did you mean 'psychosis'"),
        ({"team": {"roles": ["cop"]}}, "team.roles"),
    ],
)
def test_a_bad_mapping_says_table_key_and_cure(change, said):
    """Before any row is read."""
    with pytest.raises(InvalidMapping, match=said):
        mapping_from({**TABLES, **change})


def test_a_mapping_file_must_be_there_and_toml(tmp_path):
    """Two ways to be wrong."""
    with pytest.raises(NotFound):
        load_mapping(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("[file")
    with pytest.raises(InvalidMapping, match="not TOML"):
        load_mapping(tmp_path / "bad.toml")


def test_codes_match_exactly_before_patterns():
    """Case does not matter; without a match there is none."""
    codes = {"*a*": "first", "ab": "second"}
    assert match_code(codes, "AB ") == "second"
    assert match_code(codes, "xay") == "first"
    assert match_code(codes, "xyz") is None


@needs_shared
def test_the_shape_of_a_real_mobile_crisis_export():
    """Every one of 2,000 rows is a case or is rejected; the counts are those of a second,
    independent reading.
    """
    path = SHARED / "mobile-crisis-shape" / "calls.csv"
    found = list(read_calls(path, load_mapping(EXAMPLES / "mobile-crisis.toml")))
    cases, rejected = (
        [f for f in found if isinstance(f, RowCase)],
        [f for f in found if isinstance(f, Rejected)],
    )
    assert len(cases) + len(rejected) == len(found) == 2000
    assert [f.row for f in found] == list(range(1, 2001))
    times = [
        "Dispatch Request Date & Time",
        "Dispatch Date & Time",
        "Arrival on Scene Date & Time",
        "Engagement with Client Date & Time",
        "MCIT Departure Date & Time",
    ]
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    written = [[r[t] for t in times if r[t] and not r[t].endswith("T00:00:00")] for r in rows]
    out_of_order = {
        i
        for i, (r, w) in enumerate(zip(rows, written, strict=True), 1)
        if w != sorted(w) and r[times[0]] and not r[times[0]].endswith("T00:00:00")
    }
    named = {f.row for f in rejected if f.reason.startswith("times out of order")}
    skipped = {f.row for f in rejected if f.reason.startswith("time skipped")}
    assert named == out_of_order - skipped
    reasons = Counter(f.reason.split(":")[0] for f in rejected)
    assert set(reasons) == {"times out of order", "no time received", "time skipped by the clocks"}


@needs_shared
def test_the_published_figures_of_toronto_are_reproduced():
    """31,944 calls: the counts by division and neighbourhood, and the apprehension rate."""
    published = json.loads((SHARED / "toronto-pic" / "published_figures.json").read_text())
    divisions, hoods, held = Counter(), Counter(), Counter()
    mapping = load_mapping(EXAMPLES / "toronto-pic.toml")
    total = 0
    for case in read_calls(SHARED / "toronto-pic" / "persons_in_crisis_data.csv", mapping):
        assert isinstance(case, RowCase), case
        total += 1
        local = {code.field: code.code for code in case.events[0].local}
        divisions[local.get("division")] += 1
        hoods[local.get("hood_140")] += 1
        if any(
            isinstance(event, e.DispositionRecorded)
            and event.disposition is Disposition.EMERGENCY_HOLD
            for event in case.events
        ):
            held[local.get("division")] += 1
        assert case.events[0].approximate
    figures, ours = published["published"], published["ours"]
    assert total == ours["rows"]
    assert (divisions["D14"], divisions["D51"]) == (figures["calls_D14"], figures["calls_D51"])
    assert [hoods[n] for n in ("73", "75", "76")] == [
        figures[f"neighbourhood_{n}"] for n in (73, 75, 76)
    ]
    rate = 100 * held.total() / total
    assert round(rate) == figures["apprehension_rate_pct"]
    assert round(rate, 4) == ours["apprehension_rate_pct_exact"]
    rates = {d: held[d] / n for d, n in divisions.items() if d and d.startswith("D") and n > 100}
    assert min(rates, key=rates.get) == figures["lowest_rate_division"]
    assert max(rates, key=rates.get) == figures["highest_rate_division"]
    assert min((d for d in rates), key=divisions.get) == figures["fewest_calls_division"]
    assert round(rates["D51"], 6) == ours["D51_rate"]


@needs_shared
def test_local_call_types_of_five_cities_have_a_nature():
    """All 3,227 are mapped; those of the shared taxonomy's behavioral health and domestic violence
    are not `other`.
    """
    codes = tomllib.loads((EXAMPLES / "us-911-natures.toml").read_text())["nature"]
    rows = list(
        csv.DictReader(
            (SHARED / "vera-dataclinic-911" / "call_types.csv").read_text("utf-8").splitlines()
        )
    )
    assert len(rows) == 3227
    found = [(r["Field 1"], r["Category"], Nature(match_code(codes, r["Field 1"]))) for r in rows]
    missed = [
        f
        for f in found
        if f[1] in {"Behavioral Health", "Domestic Violence"} and f[2] is Nature.OTHER
    ]
    assert missed == []
    crisis = {
        Nature.SUICIDE_ATTEMPT,
        Nature.SUICIDE_THREAT,
        Nature.MENTAL_HEALTH_CRISIS,
        Nature.PSYCHOSIS,
    }
    wrong = [
        f
        for f in found
        if f[2] in crisis
        and f[1] in {"Property Crime", "Alarms", "Traffic", "Drugs", "Liquor Violations"}
    ]
    assert wrong == []


@needs_shared
def test_the_official_eido_sample_is_read():
    """Its caller becomes a person with an opaque id; what was not read is named."""
    found = read_eido(SHARED / "eido" / "official-samples" / "Sample call transfer EIDO.json")
    assert found.incident == "urn:emergency:uid:incidentid:a56e556d871:bcf.state.pa.us"
    received, caller = found.events
    assert received.at.isoformat() == "2021-04-30T18:40:00+00:00"
    assert received.source == "911"
    assert "@" not in received.by and "tjones" not in received.by
    assert (caller.role, caller.person) == ("caller", "123e4567-abcd-12d3-a456-426614174000")
    assert {"locationComponent", "additionalDataComponent"} <= set(found.left_out)
    known = {
        r["Value"]
        for r in csv.DictReader(
            (SHARED / "eido" / "registries" / "incident_type_common_registry.csv")
            .read_text("utf-8-sig")
            .splitlines()
        )
    }
    assert set(NATURES) <= known


def test_eido_natures_roles_and_faults(tmp_path):
    """Registry codes drive and are kept; a file without id, time or zone is refused."""
    file = tmp_path / "eido.json"

    def eido(**document):
        file.write_text(json.dumps({"$id": "a b", **document}))
        return read_eido(file)

    found = eido(
        lastUpdateTimeStamp="2026-03-02T10:00:00Z",
        incidentComponent={"incidentTypeCommonRegistryText": "SUICTHRT"},
        personComponent=[{"$id": "p", "personIncidentRoleRegistryText": ["Victim", "Bystander"]}],
    )
    assert (found.incident, found.events[0].nature, found.events[0].local[0].code) == (
        "incident+7975b3ba33f8",
        "suicide_threat",
        "SUICTHRT",
    )
    assert found.left_out == ("personComponent[0]: role Bystander",)
    for bad, said in (
        ({}, "when it began"),
        ({"lastUpdateTimeStamp": "x"}, "is not a time; write it like"),
        ({"lastUpdateTimeStamp": "2026-03-02T10:00:00"}, "no time zone"),
    ):
        with pytest.raises(UnreadableFile, match=said):
            eido(**bad)
    file.write_text("[]")
    with pytest.raises(UnreadableFile, match="an EIDO is one object"):
        read_eido(file)
    file.write_text("{")
    with pytest.raises(UnreadableFile, match="not JSON"):
        read_eido(file)
    with pytest.raises(NotFound):
        read_eido(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[file]\ntime_zone = "America/New_York"\ntime_zone = "UTC"\n',
            "m.toml: line 3: file.time_zone is given twice, first on line 2",
        ),
        ("[file\n", "m.toml: line 1: this is not TOML: a bracket is missing"),
        ("[file]\ntime_zone = 5\n", "m.toml: line 2, [file.time_zone]: it must be text in quotes"),
    ],
)
def test_a_mistake_in_a_mapping_names_its_line(tmp_path, text, said):
    """The line, the table, the key and the remedy, in our words."""
    file = tmp_path / "m.toml"
    file.write_text(text)
    with pytest.raises(InvalidMapping) as caught:
        load_mapping(file)
    assert said in str(caught.value)


@pytest.mark.parametrize("column", ["nature", "keep"])
def test_a_text_too_long_for_a_code_is_named_and_not_cut(tmp_path, column):
    """Half a code would be another code: what cannot be kept is named in the row's faults, and
    nothing of it is repeated.
    """
    long = "psych " + "x" * 75
    changed = {"nature": {"what": long}, "keep": {"beat": long}}[column]
    (case,) = read(
        tmp_path, HEADER + row(**changed), nature__psych=None, **{"nature__*psych*": "psychosis"}
    )
    name = {"nature": "what", "keep": "beat"}[column]
    assert any(
        fault.startswith(f"{name} is not kept: a text of 81 characters") for fault in case.faults
    )
    assert name not in {code.field for code in case.events[0].local}
    assert long[:40] not in str(case.faults)


def test_an_eido_text_too_long_is_named_and_long_ids_stay_apart(tmp_path):
    """A code that is no code is listed as left out; two ids that differ only at the end are never
    made one.
    """
    file = tmp_path / "eido.json"
    document = {
        "$id": "a",
        "lastUpdateTimeStamp": "2026-03-02T10:00:00Z",
        "incidentComponent": {"incidentTypeCommonRegistryText": "S" * 81},
    }
    file.write_text(json.dumps(document))
    found = read_eido(file)
    assert [one.field for one in found.events[0].local] == [
        "issuingElementIdentification",
        "incidentComponent.lastUpdateTimeStamp",
    ]
    assert found.left_out == (
        "incidentTypeCommonRegistryText: a text of 81 characters is not a code",
    )
    found = set()
    for end in "ab":
        file.write_text(json.dumps({**document, "$id": "a" * 128 + end}))
        found.add(read_eido(file).incident)
    assert len(found) == 2
