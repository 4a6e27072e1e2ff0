"""CloudEvents 1.0: the decoder takes what the specification takes and nothing else; what we write,
it reads.
"""

import datetime as dt
import json
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from coresponder.delivery.cloudevents import (
    CloudEvent,
    envelope,
    parse_batch,
    parse_cloudevent,
    parse_http,
)
from coresponder.errors import InvalidEvent
from coresponder.program import Notice
from tests.conftest import SHARED, at, needs_shared

FOLDER = SHARED / "events" / "cloudevents-conformance"
MINIMAL = {"specversion": "1.0", "id": "1", "type": "t", "source": "/s"}


def vectors(name, key):
    path = FOLDER / "format-json" / name
    if not path.is_file():
        return []
    return [
        pytest.param(test[key], test, id=test["id"])
        for test in json.loads(path.read_text("utf-8-sig"))["tests"]
        if key in test
    ]


@needs_shared
@pytest.mark.parametrize(("event", "test"), vectors("valid-events.json", "event"))
def test_a_valid_event_is_read_and_written_back(event, test):
    """Each attribute has its value; an attribute that is null is one that is absent."""
    found = parse_cloudevent(json.dumps(event))
    again = parse_cloudevent(found.to_json())
    assert again == found
    for name, value in event.items():
        if name == "time" and value is not None:
            assert found.time == dt.datetime(2018, 4, 5, 17, 31, tzinfo=dt.UTC)
        elif name == "data_base64":
            assert isinstance(found.data, bytes)
        elif name != "specversion":
            assert getattr(found, name, found.extensions.get(name)) == value


@needs_shared
@pytest.mark.parametrize(("event", "test"), vectors("invalid-events.json", "event"))
def test_an_invalid_event_is_refused(event, test):
    """With the attribute's name, and what it must be."""
    with pytest.raises(InvalidEvent) as refused:
        parse_cloudevent(json.dumps(event))
    assert len(str(refused.value)) > 15


@needs_shared
@pytest.mark.parametrize(("batch", "test"), vectors("valid-batches.json", "batch"))
def test_a_valid_batch_is_read(batch, test):
    """All events, in order; none is an empty batch."""
    assert [one.id for one in parse_batch(json.dumps(batch))] == [one["id"] for one in batch]


@needs_shared
@pytest.mark.parametrize(("batch", "test"), vectors("invalid-batches.json", "batch"))
def test_an_invalid_batch_is_refused_whole(batch, test):
    """Which event is wrong is said."""
    with pytest.raises(InvalidEvent, match="event [12] of the batch"):
        parse_batch(json.dumps(batch))


@needs_shared
def test_the_events_of_the_yaml_vectors_survive_both_http_modes():
    """Attributes and data are the same after binary and structured mode."""
    seen = 0
    for document in yaml.safe_load_all((FOLDER / "yaml" / "v1_minimum.yaml").read_text("utf-8")):
        context, body = document["ContextAttributes"], document["Data"].encode()
        sent = {
            f"ce-{name}": str(value) for name, value in context.items() if name != "datacontenttype"
        }
        event = parse_http(sent | {"Content-Type": context["datacontenttype"]}, body)
        assert (event.id, event.source, event.type) == (
            context["id"],
            context["source"],
            context["type"],
        )
        assert event.data == (
            json.loads(body) if "json" in context["datacontenttype"] else body.decode()
        )
        assert (
            parse_http({"content-type": "application/cloudevents+json"}, event.to_json().encode())
            == event
        )
        seen += 1
    assert seen == 6


@needs_shared
def test_the_http_binding_feature():
    """Both outlines of the feature file, with each of their content types."""
    text = (FOLDER / "features" / "http-protocol-binding.feature").read_text()
    tried = 0
    for outline in text.split("Scenario Outline:")[1:]:
        request = re.search(r'Given an HTTP request\s+"""\n(.*?)"""', outline, re.DOTALL)[1]
        head, _, body = re.sub(r"^        ", "", request, flags=re.MULTILINE).partition("\n\n")
        wanted = dict(
            re.findall(
                r"\|\s+(\w+)\s+\|\s+(\S.*?)\s+\|",
                outline.partition("attributes are:")[2].partition("And the data")[0],
            )
        )
        for kind in [
            line.strip(" |")
            for line in outline.partition("Examples:")[2].splitlines()
            if "application/" in line
        ]:
            named = dict(line.split(": ", 1) for line in head.splitlines()[1:])
            event = parse_http(
                {k: v.replace("<contentType>", kind) for k, v in named.items()}, body.encode()
            )
            found = event.to_dict()
            for key, value in wanted.items():
                if key != "key":
                    assert found[key] == value.replace("<contentType>", kind)
            assert event.data == {"message": "Hello World!"}
            tried += 1
    assert tried == 4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": None}, "'id' is missing"), ({"id": "a\nb"}, "control characters"), ({"specversion": 1.0}, "only '1.0'"), ({"ext": 2**31}, "32 bits"),
        ({"ext": {"a": 1}}, "an extension is"), ({"ext": 1.5}, "an extension is"), ({"ext": "a\x00"}, "control"), ({"data_base64": "%%"}, "not base64"),
        ({"data_base64": 5}, "not base64"), ({"time": "2026-02-30T00:00:00Z"}, "not a time that exists"), ({"time": "2026-03-02t12:00:00z "}, "RFC 3339"),
        ({"dataschema": "relative/path"}, "not a URI"), ({"source": "http://[broken"}, "not a URI or a reference"), ({"source": "a b"}, "not a URI"),
        ({"datacontenttype": "text/plain; x"}, "media type"), ({"time": 5}, "not text"), ({"data": 1, "data_base64": "AA=="}, "exclude"),
    ],
)  # fmt: skip
def test_each_error_names_the_attribute(change, said):
    """What a person who debugs the sender needs."""
    with pytest.raises(InvalidEvent, match=re.escape(said)):
        parse_cloudevent(json.dumps(MINIMAL | change))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "5",
        '{"id": "a", "id": "b"}',
        '{"specversion": NaN}',
        b"\xff",
        "[" * 100_000,
        '"x"',
    ],
)
def test_what_is_no_event_at_all(text):
    """Not JSON, not an object, a name twice, NaN, not UTF-8, nested without end."""
    with pytest.raises(InvalidEvent):
        parse_cloudevent(text)
    with pytest.raises(InvalidEvent):
        parse_batch(text if text not in ("[]",) else "{}")


def test_http_modes_that_are_not_read_say_so():
    """A batch type, avro, reserved headers, a body that is not what its type says."""
    ok = {"ce-specversion": "1.0", "ce-id": "1", "ce-type": "t", "ce-source": "/s"}
    assert parse_http(ok, b"").data is None
    assert parse_http(ok | {"ce-subject": '"a%20b"'}, b"").subject == "a b"
    assert parse_http(ok | {"content-type": "image/png"}, b"\x89P").data == b"\x89P"
    assert parse_http(ok | {"content-type": "text/plain; charset=latin-1"}, b"\xe9").data == "é"
    for headers, body in (
        ({"content-type": "application/cloudevents-batch+json"}, b"[]"), ({"content-type": "application/cloudevents+avro"}, b""),
        (ok | {"ce-data": "x"}, b""), (ok | {"ce-datacontenttype": "x/y"}, b""), (ok | {"content-type": "application/json"}, b"{"),
        (ok | {"content-type": "text/plain; charset=nonsense"}, b"x"), ({}, b"{}"), (ok | {"ce-subject": "%ff"}, b""),
    ):  # fmt: skip
        with pytest.raises(InvalidEvent):
            parse_http(headers, body)


words = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda c: st.lists(c) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), c),
)


@given(
    id=words,
    subject=st.none() | words,
    data=plain | st.binary(),
    time=st.none() | st.datetimes(timezones=st.just(dt.UTC)),
    number=st.integers(-(2**31), 2**31 - 1),
)
def test_what_is_written_is_read(id, subject, data, time, number):
    """Any event, through JSON and through binary HTTP headers."""
    event = CloudEvent(
        id=id,
        source="/s",
        type="t",
        subject=subject,
        data=data,
        time=time,
        extensions={"number": number, "flag": True},
    )
    assert parse_cloudevent(event.to_json()) == event
    found = parse_http(event.to_headers(), b"")
    assert (found.id, found.subject, found.time) == (id, subject, time)


def test_the_envelope_of_a_notice():
    """Its id is the key, its subject the incident; the data is what the notice says and no more."""
    notice = Notice(
        incident="i-1",
        about="TeamUnavailable",
        to="supervisor",
        event="TeamUnavailable",
        number=2,
        due=at(5),
    )
    event = envelope(notice, key="k")
    assert parse_cloudevent(event.to_json()) == event
    assert event.type == "coresponder.notice.TeamUnavailable"
    assert event.data == {
        "incident": "i-1",
        "about": "TeamUnavailable",
        "to": "supervisor",
        "event": "TeamUnavailable",
        "number": 2,
        "due": "2026-03-02T12:05:00Z",
    }
