"""The messages that carry EIDOs from one system to another, and those that ask another agency to
come (NENA-STA-024.1a, section 2.1; NENA-STA-024.1.1, requestForService), as plain dictionaries. The
host owns the web socket.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar

import attrs
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from coresponder.errors import UnreadableFile
from coresponder.outputs import key_name

__all__ = [
    "RESPONSES",
    "STATUSES",
    "Message",
    "answer",
    "notify",
    "read_message",
    "request_service",
    "subscribe",
]

STATUSES: Mapping[int, str] = {
    200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 406: "Not Acceptable", 413: "Payload Too Large",
    481: "Subscription Does Not Exist", 500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable",
}  # fmt: skip
RESPONSES: Mapping[int, str] = {
    180: "Ringing", 182: "Queued", 200: "OK", 302: "Moved Temporarily", 400: "Bad Request", 403: "Forbidden", 404: "Not Found",
    408: "Request Timeout", 488: "Not Acceptable Here", 500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Server Time-out", 505: "Version Not Supported", 513: "Message Too Large", 603: "Decline",
    606: "Not Acceptable",
}  # fmt: skip
"""The codes that answer a request for service. The published schema lists them without a meaning;
the texts are those of the same codes in SIP (RFC 3261).
"""
_ACCEPTS = 'application/emergency.eido+json; version="1"'
_ANSWERS: Mapping[str, str] = {
    "subscribe": "subscribeResponse",
    "unsubscribe": "unsubscribeResponse",
    "event": "eventResponse",
    "terminate": "terminateResponse",
    "requestForService": "response",
}
_Text = Annotated[str, Field(strict=True, max_length=1_000)]


class _Body(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow", frozen=True)
    request: _Text | None = Field(default=None, alias="requestId")
    subscription: _Text | None = Field(default=None, alias="subscriptionId")
    transaction: _Text | None = Field(default=None, alias="transactionId")
    incident: _Text | None = Field(default=None, alias="incidentId")
    expires: int | None = None
    status: int | None = Field(
        default=None, validation_alias=AliasChoices("statusCode", "responseCode")
    )
    eido: dict[str, Any] | None = None
    notification: tuple[dict[str, Any], ...] = ()


@attrs.frozen(kw_only=True)
class Message:
    """A message as it came.

    Attributes:
        kind: `subscribe`, `unsubscribe`, `event`, `terminate`, `requestForService`, or the response
            to one of them.
        id: the request or transaction that an answer names.
        subscription: the subscription that it belongs to.
        incident: which incident alone is subscribed to; without it all new ones.
        expires: for how many seconds a subscription is asked for, or given.
        status: the status code of a response.
        eidos: what an `event` or a `requestForService` carries.
        left_out: each part of the message that the standard does not have.
    """

    kind: str
    id: str | None = None
    subscription: str | None = None
    incident: str | None = None
    expires: int | None = None
    status: int | None = None
    eidos: tuple[dict[str, Any], ...] = ()
    left_out: tuple[str, ...] = ()


def read_message(message: Any) -> Message:
    """Read a message.

    Raises:
        UnreadableFile: it is not a message of the standard, or its body has another shape.
    """
    known = (*_ANSWERS, *_ANSWERS.values())
    kinds = [kind for kind in known if isinstance(message, dict) and kind in message]
    if len(kinds) != 1:
        raise UnreadableFile(f"a message has one of {', '.join(known)}; this one has {len(kinds)}")
    try:
        body = _Body.model_validate(message[kinds[0]])
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, (kinds[0], *first["loc"])))
        raise UnreadableFile(f"{where}: {first['msg']}") from None
    if kinds == ["requestForService"] and (body.request is None or body.eido is None):
        missing = "requestId" if body.request is None else "eido"
        raise UnreadableFile(f"requestForService.{missing}: it is missing; a request has both")
    return Message(
        kind=kinds[0],
        id=body.transaction or body.request,
        subscription=body.subscription,
        incident=body.incident,
        expires=body.expires,
        status=body.status,
        eidos=body.notification if body.eido is None else (body.eido,),
        left_out=(
            *_unread(message, "message", kinds),
            *_unread(body.model_extra or {}, kinds[0], _NOT_READ),
        ),
    )


_NOT_READ = {"requestType", "requestSubType", "requestAccepts", "statusText", "responseText"}


def _unread(part: Iterable[str], where: str, known: Iterable[str]) -> Iterator[str]:
    for key in part:
        if key not in known:
            yield f"{where}.{key_name(key)}"


def subscribe(
    request: str, *, incident: str | None = None, expires: int | None = None
) -> dict[str, Any]:
    """Return the request to be told of all new incidents, or of one.

    >>> subscribe("r1", incident="i1")["subscribe"]["requestSubType"]
    'single'
    """
    body = {
        "requestId": request,
        "requestType": "EIDO",
        "requestSubType": "single" if incident else "new",
        "requestAccepts": _ACCEPTS,
        "incidentId": incident,
        "expires": expires,
    }
    return {"subscribe": {name: value for name, value in body.items() if value is not None}}


def notify(
    eidos: Iterable[dict[str, Any]], *, subscription: str, transaction: str
) -> dict[str, Any]:
    """Return the message that carries EIDOs to a subscriber."""
    body = {"subscriptionId": subscription, "transactionId": transaction}
    return {"event": {**body, "notification": list(eidos)}}


def request_service(request: str, eido: dict[str, Any]) -> dict[str, Any]:
    """Return the request to another agency to come to the incident of an EIDO."""
    return {"requestForService": {"requestId": request, "eido": eido}}


def answer(
    message: Message,
    *,
    status: int = 200,
    subscription: str | None = None,
    expires: int | None = None,
) -> dict[str, Any]:
    """Return the response to a message: accepted, or declined with another status.

    A request for service may be answered twice: with 182 once it is recorded, then with 200 when a
    team goes or with 603 when none will.

    Args:
        message: what is answered.
        status: one of `STATUSES`; for a request for service, one of `RESPONSES`.
        subscription: the id of the subscription that was made; by default that of the message.
        expires: for how many seconds it was made.

    Raises:
        ValueError: the message is a response itself, or there is no such status.
    """
    if message.kind not in _ANSWERS:
        raise ValueError(f"a {message.kind} is not answered")
    asked = message.kind == "requestForService"
    texts = RESPONSES if asked else STATUSES
    if status not in texts:
        raise ValueError(f"{status} is not a status of the standard: {', '.join(map(str, texts))}")
    if asked:
        said = {"responseCode": status, "responseText": texts[status]}
        return {"response": {"requestId": message.id, **said}}
    id = "transactionId" if message.kind == "event" else "requestId"
    body = {
        id: message.id,
        "subscriptionId": None if message.kind == "event" else subscription or message.subscription,
        "expires": expires,
        "statusCode": status,
        "statusText": STATUSES[status],
    }
    return {
        _ANSWERS[message.kind]: {name: value for name, value in body.items() if value is not None}
    }
