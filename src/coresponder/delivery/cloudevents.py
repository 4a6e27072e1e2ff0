"""CloudEvents 1.0: the envelope of a notice for other systems, and a strict decoder.

Source: CloudEvents specification 1.0.2, JSON event format and HTTP protocol binding (CNCF).
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import attrs

from coresponder.documents.reading import read_json
from coresponder.domain.types import utc
from coresponder.errors import InvalidEvent
from coresponder.outputs import described
from coresponder.program.case import Notice

__all__ = ["CloudEvent", "envelope", "parse_batch", "parse_cloudevent", "parse_http"]

_CONTEXT = ("id", "source", "type", "subject", "datacontenttype", "dataschema", "time")
_REQUIRED = ("id", "source", "type", "specversion")
_NAME = re.compile(r"[a-z0-9]{1,}")
_MEDIA_TYPE = re.compile(
    r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(\s*;\s*[\w!#$&^.+-]+=(\"[^\"]*\"|[^\s;\"]+))*", re.ASCII
)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_INTEGERS = range(-(2**31), 2**31)
_JSON = "application/json"


@attrs.frozen(kw_only=True)
class CloudEvent:
    """One event in its envelope. `data` is JSON, text or bytes, as `datacontenttype` says; None if
    there is none.
    """

    id: str
    source: str
    type: str
    subject: str | None = None
    datacontenttype: str | None = None
    dataschema: str | None = None
    time: dt.datetime | None = None
    extensions: Mapping[str, str | int | bool] = attrs.field(factory=dict)
    data: Any = None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form of the event.

        Raises:
            InvalidEvent: the event does not keep the specification: its id is empty, its time has
                no zone, an attribute name has capitals, and so on.
        """
        found: dict[str, Any] = {
            "specversion": "1.0",
            **{n: getattr(self, n) for n in _CONTEXT if getattr(self, n) is not None},
            **self.extensions,
        }
        if self.time is not None:
            found["time"] = _written(self.time)
        if isinstance(self.data, bytes):
            found["data_base64"] = base64.b64encode(self.data).decode()
        elif self.data is not None:
            found["data"] = self.data
        _event(found)
        return found

    def to_json(self) -> str:
        """Return the event as compact JSON (media type `application/cloudevents+json`)."""
        values = self.to_dict()
        try:
            text = json.dumps(values, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
            text.encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidEvent(
                f"data: this is not JSON ({type(error).__name__}); give text, numbers, lists and"
                " objects, or bytes"
            ) from None
        return text

    def to_headers(self) -> dict[str, str]:
        """Return the headers of the binary HTTP mode; the body is the data."""
        values = {"specversion": "1.0", **self.to_dict()}
        skipped = {"data", "data_base64", "datacontenttype"}
        found = {
            f"ce-{name}": _percent(value) for name, value in values.items() if name not in skipped
        }
        return found | ({"content-type": self.datacontenttype} if self.datacontenttype else {})


def envelope(
    notice: Notice, *, key: str, source: str = "/coresponder", kind: str = "coresponder.notice"
) -> CloudEvent:
    """Put a notice into an envelope. The id is the idempotency key, the subject is the incident,
    and the type ends in what the notice is about.
    """
    data = {
        name: value for name, value in notice.to_dict().items() if value not in (None, "", {}, 0)
    }
    return CloudEvent(
        id=key,
        source=source,
        type=f"{kind}.{notice.about}",
        subject=notice.incident,
        datacontenttype=_JSON,
        data=data,
    )


def parse_cloudevent(text: str | bytes) -> CloudEvent:
    """Parse one event in the JSON format.

    Raises:
        InvalidEvent: the text is not a CloudEvent 1.0; the error names the attribute and what it
            must be.
    """
    return _event(_load(text))


def parse_batch(text: str | bytes) -> tuple[CloudEvent, ...]:
    """Parse a batch in the JSON format; raise `InvalidEvent` if any of its events is wrong."""
    found = _load(text)
    if not isinstance(found, list):
        raise InvalidEvent("a CloudEvents batch is a JSON array of events")
    return tuple(
        _event(one, where=f"event {number} of the batch: ")
        for number, one in enumerate(found, start=1)
    )


def parse_http(headers: Mapping[str, str], body: bytes) -> CloudEvent:
    """Parse an HTTP message in structured mode (`application/cloudevents+json`) or binary mode
    (`ce-` headers).
    """
    named = {name.lower(): value for name, value in headers.items()}
    content = named.get("content-type", "")
    media = content.partition(";")[0].strip().lower()
    if media == "application/cloudevents+json":
        return parse_cloudevent(body)
    if media.startswith("application/cloudevents"):
        raise InvalidEvent(
            "this content type is not supported; send one event as application/cloudevents+json"
        )
    values: dict[str, Any] = {
        name.removeprefix("ce-"): _unpercent(value)
        for name, value in named.items()
        if name.startswith("ce-")
    }
    if forbidden := {"data", "data_base64", "datacontenttype"} & values.keys():
        raise InvalidEvent(
            f"header ce-{min(forbidden)} has no meaning; the content type is in content-type and"
            " the data in the body"
        )
    if content:
        values["datacontenttype"] = content
    event = _event(values)
    return attrs.evolve(event, data=_body(event.datacontenttype, body)) if body else event


def _load(text: str | bytes) -> Any:
    try:
        return read_json(text, parse_constant=_no_constant)
    except ValueError as error:
        raise InvalidEvent(f"this is not JSON of a CloudEvent: {error}") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _event(values: Any, where: str = "") -> CloudEvent:
    if not isinstance(values, dict):
        raise InvalidEvent(f"{where}a CloudEvent is a JSON object, not {type(values).__name__}")
    try:
        return _checked(
            {name: value for name, value in values.items() if value is not None or name == "data"}
        )
    except ValueError as error:
        raise InvalidEvent(f"{where}{error}") from None


def _checked(values: dict[str, Any]) -> CloudEvent:
    for name in _REQUIRED:
        if name not in values:
            raise ValueError(f"{name!r} is missing; every CloudEvent has it")
    if values["specversion"] != "1.0":
        raise ValueError(f"specversion: {described(values['specversion'])}; only '1.0' is read")
    for name in _CONTEXT:
        if name in values:
            _check_text(name, values[name])
    if "data" in values and "data_base64" in values:
        raise ValueError("'data' and 'data_base64' exclude one another")
    known = {*_CONTEXT, "specversion", "data", "data_base64"}
    extensions = {
        name: _extension(name, value) for name, value in values.items() if name not in known
    }
    context = {name: values[name] for name in _CONTEXT if name in values}
    for name in {"source", "dataschema"} & context.keys():
        _check_uri(name, context[name])
    if "datacontenttype" in context and not _MEDIA_TYPE.fullmatch(context["datacontenttype"]):
        raise ValueError(
            f"datacontenttype: {described(context['datacontenttype'])} is not a media type like"
            " 'application/json'"
        )
    if "time" in context:
        context["time"] = _instant(context["time"])
    data = _bytes(values["data_base64"]) if "data_base64" in values else values.get("data")
    return CloudEvent(**context, extensions=extensions, data=data)


def _check_text(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise ValueError(f"{name}: {described(value)} is not text")  # noqa: TRY004 - one error type for every mistake of a sender
    if not value:
        raise ValueError(f"{name} is empty; leave it out or give it a value")
    if _CONTROL.search(value):
        raise ValueError(f"{name} holds control characters")


def _check_uri(name: str, value: str) -> None:
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = None
    if parts is None or " " in value or (name == "dataschema" and not parts.scheme):
        raise ValueError(
            f"{name}: {described(value)} is not a"
            f" URI{'' if name == 'dataschema' else ' or a reference to one'}"
        )


def _extension(name: str, value: Any) -> str | int | bool:
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} is not an attribute name: use only lower-case letters and digits"
        )
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        if _CONTROL.search(value):
            raise ValueError(f"{name} holds control characters")
        return value
    if isinstance(value, int) and value in _INTEGERS:
        return value
    raise ValueError(
        f"{name}: {described(value)}; an extension is text, true or false, or a whole number of 32"
        " bits"
    )


def _instant(text: str) -> dt.datetime:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(
            f"time: {described(text)} is not an RFC 3339 timestamp like '2026-03-02T12:00:00Z'"
        )
    fraction = (found[2] or "")[:7]  # a datetime holds microseconds
    try:
        return dt.datetime.fromisoformat(
            f"{found[1].upper()}{fraction}{found[3].upper().replace('Z', '+00:00')}"
        )
    except ValueError:
        raise ValueError(f"time: {described(text)} is not a time that exists") from None


def _written(time: dt.datetime) -> str:
    """Write an instant after RFC 3339, which knows no seconds in an offset."""
    try:
        return utc(time).isoformat().replace("+00:00", "Z")
    except (TypeError, ValueError) as error:
        raise InvalidEvent(f"time: {error}") from None


def _bytes(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise ValueError("'data_base64' is not base64") from None


def _body(content: str | None, body: bytes) -> Any:
    """Return JSON as its value, text as text, and anything else as bytes."""
    media, _, parameters = (content or _JSON).partition(";")
    media = media.strip().lower()
    charset = next(
        (
            p.partition("=")[2].strip().strip('"')
            for p in parameters.split(";")
            if p.strip().lower().startswith("charset=")
        ),
        "utf-8",
    )
    if not (
        media == _JSON or media.endswith(("+json", "+xml", "/xml")) or media.startswith("text/")
    ):
        return body
    try:
        text = body.decode(charset)
        return read_json(text) if media == _JSON or media.endswith("+json") else text
    except (LookupError, ValueError) as error:
        raise InvalidEvent(f"the body is not {media} in {charset}: {error}") from None


def _percent(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return quote(text, safe="".join(chr(c) for c in range(0x21, 0x7F) if chr(c) not in '"%'))


def _unpercent(value: str) -> str:
    text = value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise InvalidEvent(
            f"a header value ({described(value)}) is not percent-encoded UTF-8"
        ) from None
