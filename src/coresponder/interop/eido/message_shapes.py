"""What each message of NENA-STA-024 must have, and the codes with which it is answered.

Sources: NENA-STA-024.1a-2023, sections 2.1.5.1 to 2.1.6.5, as the documentation of the library
EidoLib states them element by element; NENA's schema of requestForService for version 1.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

__all__ = ["ACCEPTS", "ANSWERS", "CODES", "SHAPES", "TEXTS", "Body"]

ACCEPTS = 'application/emergency.eido+json; version="1"'
ANSWERS: Mapping[str, str] = {
    "subscribe": "subscribeResponse",
    "unsubscribe": "unsubscribeResponse",
    "event": "eventResponse",
    "terminate": "terminateResponse",
    "requestForService": "response",
}
"""Message -> the response to it."""
_STATUSES: Mapping[int, str] = {
    200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 406: "Not Acceptable", 413: "Payload Too Large",
    481: "Subscription Does Not Exist", 500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable",
}  # fmt: skip
_RESPONSES: Mapping[int, str] = {
    180: "Ringing", 182: "Queued", 200: "OK", 302: "Moved Temporarily", 400: "Bad Request", 403: "Forbidden", 404: "Not Found",
    408: "Request Timeout", 488: "Not Acceptable Here", 500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Server Time-out", 505: "Version Not Supported", 513: "Message Too Large", 603: "Decline",
    606: "Not Acceptable",
}  # fmt: skip
CODES: Mapping[str, tuple[int, ...]] = {
    "subscribeResponse": (200, 400, 403, 404, 406, 413, 481, 500, 503),
    "unsubscribeResponse": (200, 400, 413, 481, 500, 503),
    "eventResponse": (200, 400, 403, 404, 413, 481, 500, 501, 503),
    "terminateResponse": (200, 400, 481, 500, 501, 503),
    "response": tuple(_RESPONSES),
}
"""Response -> the codes that the standard gives to it."""
TEXTS: Mapping[str, Mapping[int, str]] = {
    **dict.fromkeys(CODES, _STATUSES),
    "response": _RESPONSES,
}
"""The text of each code. For a request for service the published schema lists the codes without a
meaning; the texts are those of the same codes in SIP (RFC 3261).
"""


def _ours(accepts: str) -> str:
    """Check that EIDOs of the version that is written are accepted."""
    found = re.match(
        r'\s*application/emergency\.eido\+json\s*;\s*version\s*=\s*"?([\d,. ]+)', accepts
    )
    versions = found[1].replace(" ", "").split(",") if found else []
    if not {"1", "1.0"} & set(versions):
        raise ValueError(f"EIDOs are sent as {ACCEPTS}, which is not accepted")
    return accepts


_Id = Annotated[str, Field(strict=True, min_length=1, max_length=1_000)]
_Seconds = Annotated[int, Field(strict=True, ge=0)]
_Eido = dict[str, Any]


class Body(BaseModel):
    """The body of a message. Its other keys are listed as left out."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow", frozen=True)

    def told(self) -> dict[str, Any]:
        """Return the fields of `Message` that it tells."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in fields.items() if name in _TOLD}


_TOLD = {"id", "subscription", "incident", "expires", "status", "eidos"}


class _Subscribe(Body):
    id: _Id = Field(alias="requestId")
    subscription: _Id | None = Field(default=None, alias="subscriptionId")
    kind: Literal["EIDO"] | None = Field(default=None, alias="requestType")
    which: Literal["single", "new"] | None = Field(default=None, alias="requestSubType")
    accepts: Annotated[_Id, AfterValidator(_ours)] | None = Field(
        default=None, alias="requestAccepts"
    )
    incident: _Id | None = Field(default=None, alias="incidentId")
    expires: _Seconds | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> _Subscribe:
        """Tell a new subscription from one that is kept alive, which has nothing new."""
        asked = {
            "requestType": self.kind,
            "requestSubType": self.which,
            "requestAccepts": self.accepts,
        }
        if self.subscription is not None:
            said = [
                name for name, value in (*asked.items(), ("incidentId", self.incident)) if value
            ]
            if said:
                raise ValueError(f"with a subscriptionId it has no {', '.join(said)}")
            return self
        missing = [name for name, value in asked.items() if value is None]
        if missing:
            raise ValueError(f"a new subscription has {', '.join(missing)}, which is missing")
        if (self.which == "single") != (self.incident is not None):
            raise ValueError("incidentId goes with requestSubType single, and with nothing else")
        return self


class _Ending(Body):
    """An `unsubscribe` or a `terminate`."""

    id: _Id = Field(alias="requestId")
    subscription: _Id = Field(alias="subscriptionId")


class _Event(Body):
    id: _Id = Field(alias="transactionId")
    subscription: _Id = Field(alias="subscriptionId")
    eidos: tuple[_Eido, ...] = Field(alias="notification", min_length=1)


class _RequestForService(Body):
    id: _Id = Field(alias="requestId")
    eido: _Eido

    def told(self) -> dict[str, Any]:
        return {"id": self.id, "eidos": (self.eido,)}


class _Response(Body):
    """A response: what it answers, and its code."""

    of: ClassVar[str]
    status: int = Field(alias="statusCode", strict=True)
    text: str | None = Field(default=None, alias="statusText")

    @model_validator(mode="after")
    def _is_a_code_of_it(self) -> _Response:
        if self.status not in CODES[self.of]:
            known = ", ".join(map(str, CODES[self.of]))
            raise ValueError(f"{self.status} is none of its codes, which are {known}")
        return self


class _SubscribeResponse(_Response):
    of = "subscribeResponse"
    id: _Id = Field(alias="requestId")
    subscription: _Id | None = Field(default=None, alias="subscriptionId")
    expires: _Seconds | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> _SubscribeResponse:
        if self.status == _OK and (self.subscription is None or self.expires is None):
            raise ValueError("an accepted subscription has a subscriptionId and expires")
        return self


class _UnsubscribeResponse(_Response):
    """The standard asks for `requestId`; an example of EidoLib has none, so it may be missing."""

    of = "unsubscribeResponse"
    id: _Id | None = Field(default=None, alias="requestId")
    subscription: _Id = Field(alias="subscriptionId")


class _TerminateResponse(_UnsubscribeResponse):
    of = "terminateResponse"


class _EventResponse(_Response):
    of = "eventResponse"
    id: _Id = Field(alias="transactionId")


class _ServiceResponse(_Response):
    of = "response"
    id: _Id = Field(alias="requestId")
    status: int = Field(alias="responseCode", strict=True)
    text: str | None = Field(default=None, alias="responseText")


_OK = 200
SHAPES: Mapping[str, type[Body]] = {
    "subscribe": _Subscribe,
    "unsubscribe": _Ending,
    "event": _Event,
    "terminate": _Ending,
    "requestForService": _RequestForService,
    "subscribeResponse": _SubscribeResponse,
    "unsubscribeResponse": _UnsubscribeResponse,
    "eventResponse": _EventResponse,
    "terminateResponse": _TerminateResponse,
    "response": _ServiceResponse,
}
"""Message or response -> its body."""
