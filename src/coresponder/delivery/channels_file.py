"""The file of channels (TOML), for delivery without Python: it says how each channel is reached.
Secrets are kept elsewhere, and the file says where.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import attrs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coresponder.delivery.base import Notifier
from coresponder.delivery.channels import Channels
from coresponder.delivery.log import LogNotifier
from coresponder.delivery.mail import Mail
from coresponder.delivery.services import Services
from coresponder.delivery.webhook import Webhook
from coresponder.documents.reading import read_toml
from coresponder.domain.vocabulary import Role
from coresponder.errors import InvalidChannels, NotFound, nearest

__all__ = ["channels_from", "load_channels"]

_Timeout = Annotated[float, Field(gt=0, le=30)]
_Text = Annotated[str, Field(min_length=1)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class _Secret(_Table):
    secret_file: _Text | None = None
    secret_env: _Text | None = None


class _Channel(_Secret):
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]


class _Webhook(_Channel):
    kind: Literal["webhook"]
    url: _Text | None = None
    url_file: _Text | None = None
    url_env: _Text | None = None
    source: _Text = "/coresponder"
    timeout: _Timeout = 10.0


class _Mail(_Channel):
    kind: Literal["mail"]
    host: _Text
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    sender: _Text
    receivers: Annotated[
        dict[Role, Annotated[tuple[_Text, ...], Field(min_length=1)]], Field(min_length=1)
    ]
    starttls: bool = True
    user: _Text | None = None
    timeout: _Timeout = 20.0


class _Apprise(_Table):
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
    kind: Literal["apprise"]
    receivers: Annotated[dict[Role, _Secret], Field(min_length=1)]


class _Log(_Table):
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
    kind: Literal["log"]


_Any = Annotated[_Webhook | _Mail | _Apprise | _Log, Field(discriminator="kind")]
_KINDS: Mapping[str, type[BaseModel]] = {
    "webhook": _Webhook,
    "mail": _Mail,
    "apprise": _Apprise,
    "log": _Log,
}


class _File(_Table):
    default: str | None = None
    channel: Annotated[tuple[_Any, ...], Field(min_length=1)]


def load_channels(path: str | Path) -> Channels:
    """Load and check a file of channels. Names of secret files are relative to its own folder.

    Raises:
        NotFound: there is no such file.
        InvalidChannels: the file has mistakes; each is named with its table, key and remedy, and no
            secret is repeated.
        MissingExtra: a channel needs a package that is not installed.
    """
    file = Path(path)
    if not file.is_file():
        raise NotFound(f"{path}: there is no such file of channels")
    try:
        tables = read_toml(file.read_text("utf-8"))
    except ValueError as error:
        raise InvalidChannels(f"this is not TOML: {error}", source=file.name) from None
    return channels_from(tables, source=file.name, folder=file.parent)


def channels_from(
    tables: Mapping[str, Any],
    *,
    source: str = "channels",
    folder: str | Path = ".",
    env: Mapping[str, str] | None = None,
) -> Channels:
    """Make the notifiers of channels that are given as tables.

    Args:
        tables: the tables as in the file.
        source: the name of the file in errors.
        folder: the folder to which the names of secret files are relative.
        env: the environment; by default that of this process.
    """
    try:
        file = _File.model_validate(tables)
    except ValidationError as error:
        raise InvalidChannels(
            *(_explain(problem, tables) for problem in error.errors()), source=source
        ) from None
    secrets = _Secrets(folder=Path(folder), env=os.environ if env is None else env)
    problems, made = _repeated(file), {}
    for table in file.channel:
        secrets.where = f"[[channel]] {table.name!r}"
        found = len(secrets.problems)
        arguments = _ARGUMENTS[table.kind](table, secrets)
        if len(secrets.problems) == found:
            try:
                made[table.name] = _MAKERS[table.kind](**arguments)
            except ValueError as error:
                problems.append(f"{secrets.where}: {error}")
    if problems or secrets.problems:
        raise InvalidChannels(*problems, *secrets.problems, source=source)
    return Channels(made, default=made[file.default] if file.default else None)


def _repeated(file: _File) -> list[str]:
    names = [table.name for table in file.channel]
    problems = [
        f"[[channel]] {name!r}: there are two of this name; give one another"
        for name in sorted({n for n in names if names.count(n) > 1})
    ]
    if file.default is not None and file.default not in names:
        problems.append(
            f"default = {file.default!r}: there is no such channel; {nearest(file.default, names)}"
        )
    return problems


@attrs.define(kw_only=True)
class _Secrets:
    """Looks up secrets in the places that the file names. `problems` collects what is missing, and
    never repeats a secret.
    """

    folder: Path
    env: Mapping[str, str]
    where: str = ""
    problems: list[str] = attrs.field(factory=list)

    def read(
        self,
        table: BaseModel,
        what: str,
        *,
        prefix: str = "secret",
        within: str = "",
        plain: str | None = None,
    ) -> str:
        """Return the secret of a table from the one place that the table names; empty text if there
        is a problem.
        """
        by_file, by_env = getattr(table, f"{prefix}_file"), getattr(table, f"{prefix}_env")
        given = [value for value in (by_file, by_env, plain) if value is not None]
        if len(given) != 1:
            choice = f"{within}{prefix}_file or {within}{prefix}_env" + (
                f" or {prefix}" if prefix == "url" else ""
            )
            self.wrong(f"{what}: write one of {choice}" + ("; there are several" if given else ""))
            return ""
        if by_file is not None:
            return self._from_file(by_file, f"{within}{prefix}_file")
        return plain if plain is not None else self._from_env(by_env, f"{within}{prefix}_env")

    def _from_file(self, name: str, key: str) -> str:
        """Read a file. Its name is not repeated: a person may have written the secret itself
        there.
        """
        text, said = "", "is empty"
        try:
            text = (self.folder / name).read_text("utf-8").strip()
        except OSError as error:
            said = f"cannot be read ({error.strerror})"
        except ValueError:
            said = "is not text in UTF-8"
        if not text:
            self.wrong(
                f"{key}: the file that it names {said}; put the secret there, for the user who runs"
                " the relay to read"
            )
        return text

    def _from_env(self, name: str, key: str) -> str:
        """Read a variable. Its name is not repeated: a person may have written the secret itself
        there.
        """
        text = self.env.get(name, "").strip()
        if not text:
            self.wrong(
                f"{key}: the environment variable that it names is not set, or empty, where the"
                f" relay runs; set it, or use {key[:-3]}file"
            )
        return text

    def wrong(self, problem: str) -> None:
        """Add a problem of the channel that is being read."""
        self.problems.append(f"{self.where}: {problem}")


def _webhook(table: _Webhook, secrets: _Secrets) -> dict[str, Any]:
    if table.url is not None and _has_secret(table.url):
        secrets.problems.append(
            f"{secrets.where}: url has a password or a query in it; put the whole address"
            " elsewhere, and write url_file or url_env"
        )
    url = secrets.read(table, "an address", prefix="url", plain=table.url)
    secret = secrets.read(table, "the secret that is shared with the receiver")
    return {
        "url": url,
        "secret": tuple(secret.split()),
        "source": table.source,
        "timeout": table.timeout,
    }


def _has_secret(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return "@" in parts.netloc or bool(parts.query)


def _mail(table: _Mail, secrets: _Secrets) -> dict[str, Any]:
    password = None
    if table.user is not None:
        password = secrets.read(table, f"the password of user {table.user!r}")
    elif table.secret_file or table.secret_env:
        secrets.wrong("a password without a user; add user")
    given = {
        name: getattr(table, name)
        for name in ("host", "port", "sender", "starttls", "user", "timeout")
    }
    return {
        **given,
        "password": password,
        "receivers": {role.value: addresses for role, addresses in table.receivers.items()},
    }


def _apprise(table: _Apprise, secrets: _Secrets) -> dict[str, Any]:
    read = {
        role.value: secrets.read(
            named, f"the addresses of {role.value!r}", within=f"receivers.{role.value}."
        )
        for role, named in table.receivers.items()
    }
    return {"receivers": {role: tuple(text.split()) for role, text in read.items()}}


_ARGUMENTS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "webhook": _webhook,
    "mail": _mail,
    "apprise": _apprise,
    "log": lambda *_: {},
}
_MAKERS: Mapping[str, Callable[..., Notifier]] = {
    "webhook": Webhook,
    "mail": Mail,
    "apprise": Services,
    "log": LogNotifier,
}
_ELSEWHERE = (
    "a secret does not belong in this file; write secret_file or secret_env, which say where it is"
)
_NOT_HERE = {"secret", "password", "token", "secrets"}


def _explain(problem: Any, tables: Mapping[str, Any]) -> str:
    """Turn one pydantic error into a line that names table, key and remedy. It repeats no value,
    because the value may be a secret.
    """
    where, key, kind = *_locate(problem["loc"], tables), problem["type"]
    if kind == "extra_forbidden":
        name = key.rpartition(".")[2]
        return (
            f"{where}: there is no key {key!r};"
            f" {_ELSEWHERE if name.lower() in _NOT_HERE else nearest(name, _known_keys(problem['loc']))}"
        )
    if kind in {"union_tag_invalid", "union_tag_not_found"}:
        return (
            f"{where}, kind: {nearest(str(_row(problem['loc'], tables).get('kind', '')), _KINDS)}"
        )
    if kind == "enum":
        return (
            f"{where}, {key.removesuffix('.[key]')}: there is no such role;"
            f" {nearest(key.split('.')[1], [role.value for role in Role])}"
        )
    if kind == "model_type" and len(problem["loc"]) > 3:
        return (
            f'{where}, {key}: an address of Apprise holds a token; write {{ secret_env = "NAME" }}'
            ' or { secret_file = "PATH" }'
        )
    if kind in {"tuple_type", "list_type"} and problem["loc"] == ("channel",):
        return "[channel]: each channel is one of a list; write [[channel]], in two brackets"
    remedy = {
        "missing": "it is required; add it",
        "string_pattern_mismatch": "use letters, digits and - . _ only",
    }.get(kind)
    return f"{where}, {key}: {remedy or problem['msg'][0].lower() + problem['msg'][1:]}"


def _row(loc: tuple[Any, ...], tables: Mapping[str, Any]) -> Mapping[str, Any]:
    row = tables["channel"][loc[1]]
    return row if isinstance(row, Mapping) else {}


def _locate(loc: tuple[Any, ...], tables: Mapping[str, Any]) -> tuple[str, str]:
    if loc[0] != "channel" or len(loc) == 1:
        return "file", str(loc[0])
    name = _row(loc, tables).get("name")
    where = f"[[channel]] {name!r}" if isinstance(name, str) else f"[[channel]] number {loc[1] + 1}"
    return where, ".".join(str(part) for part in loc[3:]) or "channel"


def _known_keys(loc: tuple[Any, ...]) -> list[str]:
    if loc[0] != "channel":
        return list(_File.model_fields)
    return list((_Secret if len(loc) > 4 else _KINDS[loc[2]]).model_fields)
