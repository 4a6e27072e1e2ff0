"""The messages that carry EIDOs from one system to another, and those that ask another agency to
come (NENA-STA-024.1a, section 2.1; NENA-STA-024.1.1, requestForService), as plain dictionaries. The
host owns the web socket.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
from pydantic import ValidationError

from coresponder.errors import UnreadableFile
from coresponder.interop.eido.message_shapes import ACCEPTS, ANSWERS, CODES, SHAPES, TEXTS, Body
from coresponder.interop.eido.problems import first_problem
from coresponder.outputs import key_name

__all__ = [
    "Message",
    "answer",
    "answer_unreadable",
    "notify",
    "read_message",
    "request_service",
    "subscribe",
]


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
        UnreadableFile: it is not a message of the standard, or lacks what a message of its kind
            must have. `answer_unreadable` answers it.
    """
    kind = _kind(message)
    try:
        body: Body = SHAPES[kind].model_validate(message[kind])
    except ValidationError as error:
        raise UnreadableFile(first_problem(error, kind)) from None
    return Message(
        kind=kind,
        left_out=(
            *(f"message.{key_name(key)}" for key in message if key != kind),
            *(f"{kind}.{key_name(key)}" for key in body.model_extra or ()),
        ),
        **body.told(),
    )


def _kind(message: Any) -> str:
    """Return which message it is; raise `UnreadableFile` if it is not one message of the standard."""
    kinds = [kind for kind in SHAPES if isinstance(message, dict) and kind in message]
    if len(kinds) == 1:
        return kinds[0]
    has = ", ".join(map(key_name, message)) if isinstance(message, dict) else ""
    raise UnreadableFile(
        f"a message is a JSON object with one of {', '.join(SHAPES)}; this one has {has or 'none'}"
    )


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
        "requestAccepts": ACCEPTS,
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
        status: a code that the standard gives to this response.
        subscription: the id of the subscription that was made; by default that of the message.
        expires: for how many seconds it was made; by default as long as was asked for.

    Raises:
        ValueError: the message is a response itself, the status is none of this response, or a
            subscription is accepted without an id or an end.
    """
    if message.kind not in ANSWERS:
        raise ValueError(f"a {message.kind} is not answered")
    kind = ANSWERS[message.kind]
    if status not in CODES[kind]:
        raise ValueError(
            f"{status} is not a status of a {kind}: {', '.join(map(str, CODES[kind]))}"
        )
    if kind == "response":
        said = {"responseCode": status, "responseText": TEXTS[kind][status]}
        return {kind: {"requestId": message.id, **said}}
    stated = {"statusCode": status, "statusText": TEXTS[kind][status]}
    if kind == "eventResponse":
        return {kind: {"transactionId": message.id, **stated}}
    body: dict[str, Any] = {
        "requestId": message.id,
        "subscriptionId": subscription or message.subscription,
    }
    if kind == "subscribeResponse" and status == _OK:
        body["expires"] = message.expires if expires is None else expires
        if None in body.values():
            raise ValueError("an accepted subscription has an id and an end: give both")
    given = {name: value for name, value in body.items() if value is not None}
    return {kind: {**given, **stated}}


_OK, _BAD = 200, 400


def answer_unreadable(message: Any) -> dict[str, Any] | None:
    """Return the response 400 (bad request) to a message that `read_message` refused; None if it is
    a response, or has no id that an answer could name.

    >>> answer_unreadable({"subscribe": {"requestId": "r1", "requestType": "LOST"}})
    {'subscribeResponse': {'requestId': 'r1', 'statusCode': 400, 'statusText': 'Bad Request'}}
    """
    try:
        kind = _kind(message)
    except UnreadableFile:
        return None
    body = message[kind]
    named = "transactionId" if kind == "event" else "requestId"
    id = body.get(named) if isinstance(body, dict) else None
    if kind not in ANSWERS or not isinstance(id, str) or not id:
        return None
    subscription = body.get("subscriptionId")
    known = subscription if isinstance(subscription, str) else None
    return answer(Message(kind=kind, id=id, subscription=known), status=_BAD)
