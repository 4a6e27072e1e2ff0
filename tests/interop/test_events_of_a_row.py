"""What else a row says becomes events: transports, first aid, a door that stayed closed."""

import pytest

from coresponder.domain import events as e
from coresponder.domain.vocabulary import (
    Alternative,
    AttemptOutcome,
    Facility,
    MedicalAid,
    Role,
    Transporter,
)
from coresponder.errors import InvalidMapping
from coresponder.program import load_program
from tests.interop.exports import mapped, only_case, only_reject, read

HEADER = "id,call,sent,there,left,what,end,beat,pid,to,gone,at ed,took,free,narcan,out\n"
COLUMNS = HEADER.strip().split(",")
CALL = {
    "id": "7", "call": "10:00", "sent": "10:05", "there": "10:15", "left": "10:40", "what": "psych", "end": "ok",
}  # fmt: skip
TIMES = ("call", "sent", "there", "left", "gone", "at ed", "took", "free")
TO = {"column": "to", "codes": {"MMC*": "emergency_department", "SOB": "sobering"}}
WAY = [
    {
        "event": "PersonTransported", "at": "gone", "unit": True,
        "fields": {"facility": TO, "transported_by": "police", "voluntary": False},
    },
    {"event": "ArrivedAtFacility", "at": "at ed", "fields": {"facility": TO}},
    {"event": "HandOverAccepted", "at": "took", "fields": {"facility": TO}},
    {"event": "ResponderBackInService", "at": "free"},
]  # fmt: skip
REST = [
    {
        "event": "MedicalAidGiven",
        "column": "narcan",
        "codes": {"Y": True, "N": False},
        "unit": True,
        "fields": {"aid": "naloxone"},
    },
    {
        "event": "ContactAttempted",
        "column": "out",
        "codes": {"GOA": True, "NA": True},
        "fields": {
            "outcome": {
                "column": "out",
                "codes": {"GOA": "gone_on_arrival", "NA": "nobody_home"},
            }
        },
    },
    {
        "event": "AlternativeTaken",
        "column": "out",
        "codes": {"DIV*": True},
        "fields": {"alternative": "diversion"},
    },
]


def line(**changed):
    """Return a row; its times are those of one day."""
    told = {**CALL, **changed}
    day = {name: f"2026-03-02T{told[name]}:00" for name in TIMES if told.get(name)}
    return ",".join({**told, **day}.get(name, "") for name in COLUMNS) + "\n"


def read_lines(tmp_path, *lines, **changes):
    told = {"event": [*WAY, *REST], "columns__person": "pid", **changes}
    return read(tmp_path, HEADER + "".join(lines), **told)


def of(case, *types):
    return [event for event in case.events if isinstance(event, types)]


RIDE = {
    "pid": "p-9",
    "to": "MMC MAIN",
    "gone": "10:40",
    "at ed": "11:00",
    "took": "13:05",
    "free": "13:20",
}


def test_a_transport_has_its_four_times(tmp_path):
    """Left, arrived, accepted, back in service: of the person of the row, by its unit, to the
    facility that its code means; nothing is out of place under a shipped program.
    """
    case = only_case(read_lines(tmp_path, line(**RIDE)))
    (left,), (there,) = of(case, e.PersonTransported), of(case, e.ArrivedAtFacility)
    (taken,), (free,) = of(case, e.HandOverAccepted), of(case, e.ResponderBackInService)
    assert (left.person, left.facility, left.responder) == (
        "p-9",
        Facility.EMERGENCY_DEPARTMENT,
        "unit-1",
    )
    assert (left.transported_by, left.voluntary) == (Transporter.POLICE, False)
    assert [f"{one.at:%H:%M}" for one in (left, there, taken, free)] == [
        "15:40",
        "16:00",
        "18:05",
        "18:20",
    ]
    assert free.responder == "unit-1"
    assert not any(one.approximate for one in (left, there, taken, free))
    replayed = load_program("cit").replay("7", case.events)
    assert replayed.state == "cleared"
    assert not any(entry.out_of_place for entry in replayed.entries())
    (way,) = replayed.incident.transports
    assert way.accepted_at == taken.at
    codes = {(code.field, code.code) for code in case.events[0].local}
    assert ("to", "MMC MAIN") not in codes


def test_a_code_without_a_time_has_that_of_the_contact(tmp_path):
    """It is approximate, and so that no one takes it for measured; a code that says no is no event."""
    with_it, without = read_lines(tmp_path, line(narcan="y"), line(id="8", narcan="N"))
    (aid,) = of(with_it, e.MedicalAidGiven)
    assert (aid.aid, aid.role, aid.person) == (MedicalAid.NALOXONE, Role.PATROL_OFFICER, "7:person")
    assert aid.approximate
    assert f"{aid.at:%H:%M}" == "15:15"
    assert ("narcan", "y") in {(code.field, code.code) for code in with_it.events[0].local}
    assert of(without, e.MedicalAidGiven) == []


def test_one_column_may_say_several_events(tmp_path):
    """Each code of the column is known to one of them."""
    gone, diverted = read_lines(tmp_path, line(out="GOA"), line(id="8", out="DIV 2"))
    assert [one.outcome for one in of(gone, e.ContactAttempted)] == [AttemptOutcome.GONE_ON_ARRIVAL]
    assert [one.alternative for one in of(diverted, e.AlternativeTaken)] == [Alternative.DIVERSION]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"narcan": "perhaps"}, "unknown event code: narcan = 'perhaps'"),
        (RIDE | {"to": "elsewhere"}, "unknown facility code: to = 'elsewhere'"),
        (RIDE | {"to": ""}, "no facility of PersonTransported: to is empty"),
        (RIDE | {"at ed": "10:30"}, "times out of order: ArrivedAtFacility"),
        (RIDE | {"gone": "09:30"}, "times out of order: PersonTransported"),
        (RIDE | {"pid": "Jo Smith"}, "unusable person: pid"),
    ],
)
def test_nothing_is_guessed(tmp_path, changed, reason):
    """What no code says, a facility that is not there, a time before the last and a name for an id
    reject the row, and no reason repeats a name.
    """
    said = only_reject(read_lines(tmp_path, line(**changed))).reason
    assert said.startswith(reason)
    assert "Smith" not in said


def test_a_code_with_a_time_that_is_missing(tmp_path):
    """The event is there, approximate, and the missing time is counted."""
    timed = [{**REST[0], "at": "gone"}]
    timely, late = read_lines(
        tmp_path, line(narcan="Y", gone="10:20"), line(id="8", narcan="Y"), event=timed
    )
    (aid,), (unclear,) = of(timely, e.MedicalAidGiven), of(late, e.MedicalAidGiven)
    assert (f"{aid.at:%H:%M}", aid.approximate) == ("15:20", False)
    assert unclear.approximate
    assert late.faults == ("MedicalAidGiven: no time of its own",)


def test_rows_of_one_incident_repeat_what_it_has(tmp_path):
    """What two units say alike happened once; each unit's own time is its own."""
    case = only_case(
        read_lines(
            tmp_path,
            line(beat="A1", narcan="Y"),
            line(beat="A2", narcan="Y"),
            file__one_row_is="unit",
            columns__unit="beat",
            columns__keep=[],
        )
    )
    assert len(of(case, e.MedicalAidGiven)) == 1


def test_where_a_row_is_an_event_its_status_says_it(tmp_path):
    """A code of the status column may name an event of the library, at the time of the row."""
    log = {
        "file__one_row_is": "event",
        "columns__received": None, "columns__dispatched": None, "columns__arrived": None, "columns__cleared": None,
        "columns__keep": [],
        "columns__status": "out",
        "columns__time": "call",
        "columns__unit": "beat",
        "status__RCV": "received",
        "status__ARV": "arrived",
        "status__CLR": "cleared",
        "event": [
            {
                "event": "PersonTransported",
                "column": "out",
                "codes": {"TRANS*": True},
                "at": "call",
                "unit": True,
                "fields": {"facility": {"column": "to", "codes": {"MMC": "emergency_department"}}},
            }
        ],
    }  # fmt: skip
    steps = (("10:00", "RCV"), ("10:10", "ARV"), ("10:40", "TRANSP"), ("11:30", "CLR"))
    rows = (line(call=at, out=status, beat="A1", to="MMC", end="") for at, status in steps)
    case = only_case(read_lines(tmp_path, *rows, **log))
    assert [type(event).__name__ for event in case.events] == [
        "CallReceived",
        "ResponderArrived",
        "PersonTransported",
        "SceneCleared",
    ]
    assert case.events[2].responder == "A1"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"event": "PersonTransportd", "at": "gone"}, "event: it cannot be mapped; did you mean 'PersonTransported'"),
        ({"event": "CallReceived", "at": "gone"}, "event: it cannot be mapped"),
        ({"event": "NoteAdded", "at": "gone"}, "event: it cannot be mapped"),
        ({"event": "SceneSecured"}, "column: add the column"),
        ({"event": "SceneSecured", "column": "out"}, "codes: write column and codes together"),
        ({"event": "SceneSecured", "at": "gone", "codes": {"Y": True}}, "codes: write column and codes together"),
        ({"event": "MedicalAidGiven", "at": "gone", "fields": {"aid": "naloxon"}}, "fields.aid: did you mean 'naloxone'"),
        ({"event": "MedicalAidGiven", "at": "gone", "fields": {"ade": "naloxone"}}, "fields.ade: the event has no such field; did you mean 'aid'"),
        ({"event": "MedicalAidGiven", "at": "gone"}, "fields.aid: it is required; add it"),
        ({"event": "MedicalAidGiven", "at": "gone", "fields": {"aid": {"column": "out", "codes": {"N": "cpr", "M": "cpx"}}}}, "fields.aid: did you mean 'cpr'"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_when_the_mapping_is_read(table, said):
    """An event, a field or a value that is not there is an error of the mapping, with the nearest."""
    with pytest.raises(InvalidMapping) as caught:
        mapped(event=[table])
    assert f"[[event]] {table['event']!r}, {said}" in str(caught.value)


def test_a_key_that_is_not_there_is_named(tmp_path):
    """So is one inside of a field."""
    with pytest.raises(InvalidMapping, match="did you mean 'column'"):
        mapped(event=[{"event": "SceneSecured", "colum": "out"}])
    with pytest.raises(
        InvalidMapping, match=r"\[event.0.fields.aid.code\]: .* did you mean 'codes'"
    ):
        mapped(
            event=[
                {
                    "event": "MedicalAidGiven",
                    "at": "gone",
                    "fields": {"aid": {"column": "out", "code": {}}},
                }
            ]
        )


def test_a_field_without_codes_is_the_cell(tmp_path):
    """An id of another system is taken as it stands, and a list of grounds from one code."""
    tables = [
        {
            "event": "EmergencyHoldPlaced",
            "column": "narcan",
            "codes": {"H": True},
            "fields": {"grounds": {"column": "out", "codes": {"DTS": "danger_to_self"}}},
        },
        {
            "event": "ReferralOffered",
            "at": "gone",
            "fields": {"referral": {"column": "to"}, "need": "housing"},
        },
    ]
    row = line(narcan="H", out="DTS", to="R-1", gone="10:30")
    case = only_case(read_lines(tmp_path, row, event=tables))
    assert of(case, e.EmergencyHoldPlaced)[0].grounds == ("danger_to_self",)
    assert of(case, e.ReferralOffered)[0].referral == "R-1"


def test_a_language_a_weapon_a_line_and_a_report_are_in_a_row(tmp_path):
    """What a CAD system keeps as a code of a column or as a time becomes the event, and none is out
    of place under a shipped program.
    """
    said = [
        {
            "event": "CommunicationNeedFound", "column": "narcan", "codes": {"SPA": True, "ASL": True},
            "fields": {
                "need": {"column": "narcan", "codes": {"SPA": "spoken_language", "ASL": "sign_language"}},
                "language": {"column": "narcan", "codes": {"SPA": "es", "ASL": "ase"}},
            },
        },
        {
            "event": "WeaponSeen", "column": "out", "codes": {"GUN": True, "KNIFE": True},
            "fields": {"kind": {"column": "out", "codes": {"GUN": "firearm", "KNIFE": "knife"}}},
        },
        {"event": "CallTransferAccepted", "at": "took", "fields": {"to": "988"}},
        {"event": "MandatedReportMade", "at": "free", "fields": {"written": True}},
    ]  # fmt: skip
    row = line(pid="p-9", narcan="SPA", out="GUN", took="10:20", free="10:30")
    case = only_case(read_lines(tmp_path, row, event=said))
    (need,), (seen,) = of(case, e.CommunicationNeedFound), of(case, e.WeaponSeen)
    (taken,), (report,) = of(case, e.CallTransferAccepted), of(case, e.MandatedReportMade)
    assert (need.person, need.need, need.language) == ("p-9", "spoken_language", "es")
    assert (seen.kind, seen.person, seen.approximate) == ("firearm", "p-9", True)
    assert (taken.to, taken.approximate) == ("988", False)
    assert (report.person, report.written) == ("p-9", True)
    replayed = load_program("cit").replay("7", case.events)
    assert not any(entry.out_of_place for entry in replayed.entries())
