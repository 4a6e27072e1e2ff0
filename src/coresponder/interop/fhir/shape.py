"""The shape of what is read of FHIR R4. Another shape is refused with its path; what is not read is
kept, so that it can be named.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from typing import Annotated, Any, ClassVar, TypeVar
from urllib.parse import parse_qsl

import attrs
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from coresponder.domain import events as e
from coresponder.domain.types import parse_instant
from coresponder.errors import UnreadableFile
from coresponder.interop.fhir.codes import OURS
from coresponder.outputs import key_name

__all__ = [
    "Concept", "FhirNews", "Identifier", "Meta", "Period", "Reference", "Resource", "Shape", "Text", "Time", "Told",
    "code_in", "one_of_each", "shaped", "unread", "unread_within", "valued",
]  # fmt: skip


@attrs.frozen(kw_only=True)
class FhirNews:
    """What a resource says that the record does not say yet.

    Attributes:
        events: what would record it; at most one.
        odd: what is unusual about it, such as a move that the published table does not have; the
            event is kept all the same.
        left_out: the parts of it that were not read.
        not_recorded: why it was not recorded, though it may say something new.
    """

    events: tuple[e.Event, ...] = ()
    odd: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    not_recorded: tuple[str, ...] = ()


class Shape(BaseModel):
    """A part of a resource. `silent` are the fields that are not read and say nothing of their own."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow", frozen=True)
    silent: ClassVar[frozenset[str]] = frozenset()


Text = Annotated[str, Field(strict=True, max_length=10_000)]
Time = Annotated[dt.datetime, BeforeValidator(parse_instant)]


_IN_USE = frozenset({None, "usual", "official", "temp", "secondary"})


class Identifier(Shape):
    """A name in a system of names."""

    silent: ClassVar[frozenset[str]] = frozenset({"type", "assigner"})
    system: Text | None = None
    value: Text | None = None
    use: Text | None = None

    @model_validator(mode="after")
    def _is_in_use(self) -> Identifier:
        if (self.system or "").startswith(OURS) and self.use not in _IN_USE:
            raise ValueError("its use does not say that it is still in use")
        return self

    @property
    def names(self) -> tuple[str | None, str | None]:
        """What it names: two that name one thing may differ in the rest."""
        return self.system, self.value


class Coding(Shape):
    """A code in a system of codes."""

    silent: ClassVar[frozenset[str]] = frozenset({"display", "version", "userSelected"})
    system: Text | None = None
    code: Text | None = None


class Concept(Shape):
    """Codes that say one thing, and a text."""

    coding: tuple[Coding, ...] = ()
    text: Text | None = None


class Reference(Shape):
    """Points to a resource, by its place or by its identifier."""

    silent: ClassVar[frozenset[str]] = frozenset({"display"})
    reference: Text | None = None
    type: Text | None = None
    identifier: Identifier = Identifier()

    @property
    def says_two_things(self) -> bool:
        """Whether it names one by its identifier, and points to a contained resource or searches for
        another.
        """
        if self.identifier.value is None:
            return False
        before, asks, query = (self.reference or "").partition("?")
        mine = [("identifier", f"{self.identifier.system}|{self.identifier.value}")]
        return before.startswith("#") or (bool(asks) and parse_qsl(query) != mine)


class Period(Shape):
    """From when until when."""

    start: Time | None = None
    end: Time | None = None


class Meta(Shape):
    """What a server says of a resource."""

    silent: ClassVar[frozenset[str]] = frozenset({"versionId", "profile", "source", "tag"})
    updated: Time | None = Field(default=None, alias="lastUpdated")


class Told(Shape):
    """An extension whose value is a code."""

    url: Text | None = None
    code: Text | None = Field(None, alias="valueCode")


def one_of_each(identifiers: tuple[Identifier, ...]) -> tuple[Identifier, ...]:
    """Return identifiers; raise `ValueError` if there are two in one system of ours."""
    seen: dict[str, str | None] = {}
    for one in identifiers:
        system = one.system or ""
        if system.startswith(OURS) and seen.setdefault(system, one.value) != one.value:
            raise ValueError(
                f"it has two identifiers of the kind {key_name(system.rpartition(':')[2])}"
            )
    return identifiers


class Resource(Shape):
    """What every resource that is read has."""

    kind: Text = Field(alias="resourceType")
    identifiers: Annotated[tuple[Identifier, ...], AfterValidator(one_of_each)] = Field((), alias="identifier")  # fmt: skip
    meta: Meta = Meta()
    modifiers: tuple[Any, ...] = Field((), alias="modifierExtension")

    @property
    def systems(self) -> tuple[str | None, ...]:
        """The systems in which it has an identifier."""
        return tuple(one.system for one in self.identifiers)

    def known_as(self, system: str) -> str | None:
        """Return the identifier in a system, if it has one."""
        return valued(self.identifiers, system)


_Shaped = TypeVar("_Shaped", bound=Shape)


def shaped(shape: type[_Shaped], document: Any) -> _Shaped:
    """Return a document in its shape; raise `UnreadableFile` with the path of what has another."""
    try:
        return shape.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or "resource"
        said = first["msg"].removeprefix("Value error, ")
        raise UnreadableFile(f"{where}: {said}") from None


def valued(identifiers: Iterable[Identifier], system: str) -> str | None:
    """Return the first value in a system."""
    return next((one.value for one in identifiers if one.system == system), None)


def code_in(concept: Concept | None, system: str) -> str | None:
    """Return the first code of a system."""
    codings = concept.coding if concept else ()
    return next((one.code for one in codings if one.system == system), None)


_SILENT = frozenset({"id", "language", "text"})
"""What says nothing of its own: a server's number, and the words that repeat the codes."""


def unread(part: Shape, where: str, known: Collection[str] = ()) -> Iterator[str]:
    """Yield the name of each field that is not read; of one that could be a name, what it is."""
    for key in part.model_extra or {}:
        if key not in _SILENT and key not in part.silent and key not in known:
            yield f"{where}.{key_name(key)}"


def unread_within(part: Shape, where: str) -> Iterator[str]:
    """Yield the name of each field that is not read, in a part and in the parts of it."""
    yield from unread(part, where)
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, Shape):
                yield from unread_within(inner, f"{where}.{field.alias or name}")
