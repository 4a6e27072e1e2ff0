"""Read a directory of services that is published as tables: a Tabular Data Package of HSDS, which
is a folder or a zip file of CSV files. Each service comes out as HSDS has it in JSON.

Sources: HSDS 3.0 and 3.1, Serialization and `datapackage.json`; Frictionless Data Package v1.
"""

from __future__ import annotations

import csv
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import attrs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coresponder.documents.reading import read_json
from coresponder.errors import UnreadableFile
from coresponder.interop.sheet import next_row

__all__ = ["Placed", "is_package", "services_in_tables"]

_DESCRIPTOR = "datapackage.json"
_TABLES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "service": ("services.csv", ("id",)),
    "service_at_location": ("service_at_location.csv", ("id", "service_id")),
    "schedule": ("schedules.csv", ("service_id",)),
    "service_area": ("service_areas.csv", ("service_id",)),
    "language": ("languages.csv", ("service_id",)),
    "service_capacity": ("service_capacity.csv", ("service_id",)),
    "required_document": ("required_documents.csv", ("service_id",)),
    "attribute": ("attributes.csv", ("link_id", "taxonomy_term_id")),
    "taxonomy_term": ("taxonomy_terms.csv", ("id",)),
}
"""Each table that is read -> the file that HSDS names for it, and the columns that it must have."""
_PARTS = {
    "schedule": "schedules",
    "service_area": "service_areas",
    "language": "languages",
    "service_capacity": "capacities",
    "required_document": "required_documents",
}
"""Table -> the key under which its rows stand in the JSON of a service."""
_OLD = ("regular_schedule", "holiday_schedule")
_LARGEST = 500_000_000
"""How many bytes the tables of a zip file may have when they are unpacked."""
_Folder = Path | zipfile.Path
Way = tuple[str | int, ...]


@attrs.frozen
class Placed:
    """A service as HSDS has it in JSON, or a part of one.

    Attributes:
        document: its keys.
        places: where it stands in the file, and where each of its parts does, by the way to the part.
        way: the way from the service to this part.
        shared: whether something else has its id, so that an id does not tell which is meant.
    """

    document: Any
    places: dict[Way, str]
    way: Way = ()
    shared: bool = False

    def add(self, key: str, row: _Row, *, shared: bool = False) -> Placed:
        """Put a row into the list under a key, and return it as a part."""
        listed = self.document.setdefault(key, [])
        way = (*self.way, key, len(listed))
        self.places[way] = row.place
        listed.append(row.cells)
        return Placed(row.cells, self.places, way, shared)

    def where(self, way: Way) -> tuple[str, str]:
        """Return the innermost place on a way, and the rest of the way."""
        known = max((one for one in self.places if one == way[: len(one)]), key=len)
        return self.places[known], ".".join(map(str, way[len(known) :]))


@attrs.frozen
class _Row:
    place: str
    cells: dict[str, Any]


class _Described(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="ignore", frozen=True)


class _Dialect(_Described):
    """How the cells of a file are separated (Frictionless CSV Dialect)."""

    delimiter: str = ","
    quotechar: str | None = Field(default='"', alias="quoteChar")
    doublequote: bool = Field(default=True, alias="doubleQuote")
    escapechar: str | None = Field(default=None, alias="escapeChar")
    skipinitialspace: bool = Field(default=False, alias="skipInitialSpace")


class _Schema(_Described):
    missing: frozenset[str] = Field(default=frozenset({""}), alias="missingValues")


class _Resource(_Described):
    """A file of the package."""

    name: str = ""
    path: str
    encoding: str = "utf-8"
    dialect: _Dialect = _Dialect()
    table: _Schema = Field(default=_Schema(), alias="schema")


class _Package(_Described):
    resources: tuple[_Resource, ...]


def is_package(path: Path) -> bool:
    """Return whether a path is a folder, a zip file or a descriptor, which come with tables."""
    described = path.name == _DESCRIPTOR and path.is_file()
    return described or path.is_dir() or zipfile.is_zipfile(path)


def services_in_tables(path: Path) -> tuple[tuple[Placed, ...], tuple[str, ...]]:
    """Return the services of a data package, and what cannot be used, each with its file and row.

    Args:
        path: a folder or a zip file with a `datapackage.json`, or with the files that HSDS names; or
            the `datapackage.json`.

    Raises:
        UnreadableFile: there is no table of services, or a table cannot be read as a whole.
    """
    faults: list[str] = []
    with _opened(path.parent if path.name == _DESCRIPTOR else path) as root:
        resources = _resources(root)
        rows = {
            table: [one for file in resources[table] for one in _rows(root, file, table, faults)]
            for table in _TABLES
        }
        faults += _of_hsds_1(root)
    return tuple(_services(rows, faults)), tuple(faults)


def _of_hsds_1(root: _Folder) -> Iterator[str]:
    for file in root.iterdir():
        if file.name.startswith(_OLD):
            yield f"{file.name}: this is a table of HSDS 1, whose hours are not read"


def _services(rows: Mapping[str, list[_Row]], faults: list[str]) -> Iterable[Placed]:
    """Put the rows that belong to a service into its document."""
    services = {
        id: Placed(row.cells, {(): row.place}, shared=shared)
        for id, row, shared in _by_id(rows["service"], faults)
    }
    at_locations: dict[str, Placed] = {}
    for id, row, shared in _by_id(rows["service_at_location"], faults):
        if (service := _owner(row, "service_id", services, faults)) is not None:
            at_locations[id] = service.add("service_at_locations", row, shared=shared)
    owners = {"service_id": services, "service_at_location_id": at_locations}
    for table, key in _PARTS.items():
        for row in rows[table]:
            _add_to_owners(row, key, owners, faults)
    terms = {
        id: Placed(row.cells, {}, shared=shared)
        for id, row, shared in _by_id(rows["taxonomy_term"], faults)
    }
    for row in rows["attribute"]:
        _add_attribute(row, services, terms, faults)
    return services.values()


def _by_id(rows: Iterable[_Row], faults: list[str]) -> Iterator[tuple[str, _Row, bool]]:
    """Yield the first row of each id, and whether another row that says something else has it too."""
    same: dict[str, list[_Row]] = {}
    for row in rows:
        id = row.cells.get("id")
        if id is None:
            faults.append(f"{row.place}: it has no id")
            continue
        if id in same:
            faults.append(f"{row.place}: its id {id} is that of {same[id][0].place}")
        same.setdefault(id, []).append(row)
    for id, (first, *others) in same.items():
        yield id, first, any(one.cells != first.cells for one in others)


def _owner(row: _Row, column: str, known: Mapping[str, Placed], faults: list[str]) -> Placed | None:
    """Return what the id in a column stands for; None if it is empty, or not one thing."""
    id = row.cells.get(column)
    if id is None:
        return None
    if id not in known:
        faults.append(f"{row.place}: {column}: nothing that could be used has the id {id}")
    elif known[id].shared:
        faults.append(f"{row.place}: {column}: several rows have the id {id}; give each its own")
        return None
    return known.get(id)


def _add_to_owners(
    row: _Row, key: str, owners: Mapping[str, Mapping[str, Placed]], faults: list[str]
) -> None:
    """Put a row under a key of the service or the location that it names, or of both. If the location
    is of another service, nobody can tell whose it is.
    """
    named = (_owner(row, column, known, faults) for column, known in owners.items())
    found = [one for one in named if one is not None]
    if any(one.places is not found[0].places for one in found):
        where = " and ".join(f"{column} {row.cells[column]}" for column in owners)
        faults.append(f"{row.place}: {where} are of two services; correct one of them")
        return
    for owner in found:
        owner.add(key, row)


def _add_attribute(
    row: _Row, services: Mapping[str, Placed], terms: Mapping[str, Placed], faults: list[str]
) -> None:
    """Give a service its taxonomy term. Attributes of anything else, and values, are not read."""
    said = row.cells.get("link_entity", "service").casefold()
    if row.cells.get("link_id", "") not in services and said not in {"service", "services"}:
        return
    service = _owner(row, "link_id", services, faults)
    term = _owner(row, "taxonomy_term_id", terms, faults)
    if term is not None and service is not None:
        service.add("attributes", _Row(row.place, {"taxonomy_term": term.document}))


# --- the files ------------------------------------------------------------------------------------


@contextmanager
def _opened(path: Path) -> Iterator[_Folder]:
    """Open a folder or a zip file at the folder in which the tables stand."""
    if path.is_dir():
        yield _inner(path)
        return
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(one.file_size for one in packed.infolist()) > _LARGEST:
                raise UnreadableFile(
                    f"{path.name}: unpacked, it has more than {_LARGEST:,} bytes; unpack it, and"
                    " give the folder"
                )
            yield _inner(zipfile.Path(packed))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnreadableFile(
            f"{path.name}: the zip file is damaged, or needs a password ({error}); unpack it, and"
            " give the folder"
        ) from None


def _inner(root: _Folder) -> _Folder:
    """Return the folder with the tables: this one, or the one folder in it that has them."""
    if _has_tables(root):
        return root
    inner = [one for one in root.iterdir() if one.is_dir() and _has_tables(one)]
    if len(inner) != 1:
        raise UnreadableFile(
            f"{root.name}: there is no service in it; a directory of HSDS has {_DESCRIPTOR} or"
            f" {_TABLES['service'][0]}, or is JSON"
        )
    return inner[0]


def _has_tables(folder: _Folder) -> bool:
    return any((folder / name).is_file() for name in (_DESCRIPTOR, _TABLES["service"][0]))


def _resources(root: _Folder) -> dict[str, list[_Resource]]:
    """Return the files of each table: those that the descriptor names, or those that HSDS names."""
    descriptor = root / _DESCRIPTOR
    if not descriptor.is_file():
        named = [_Resource(name=table, path=file) for table, (file, _) in _TABLES.items()]
        listed = [one for one in named if (root / one.path).is_file()]
    else:
        listed = [*_described(descriptor.read_bytes()).resources]
    return {
        table: [one for one in listed if one.name == table or one.path == file]
        for table, (file, _) in _TABLES.items()
    }


def _described(text: bytes) -> _Package:
    try:
        return _Package.model_validate(read_json(text.decode("utf-8-sig")))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        why = f"{where}: {first['msg']}"
    except ValueError as error:
        why = f"this is not JSON: {error}"
    raise UnreadableFile(
        f"{_DESCRIPTOR}: {why}; without this file, the tables are taken by the names of HSDS"
    )


def _rows(root: _Folder, file: _Resource, table: str, faults: list[str]) -> Iterator[_Row]:
    """Yield the rows of a table, without the cells that are empty."""
    with _text(root, file) as reader:
        header = [cell.strip().casefold() for cell in next_row(reader) or ()]
        _check(header, file.path, table)
        for number, cells in enumerate(iter(lambda: next_row(reader), None), 1):
            place = f"{file.path}, row {number}"
            if cells and len(cells) != len(header):
                faults.append(f"{place}: it has {len(cells)} cells, and the header {len(header)}")
            elif cells:
                said = zip(header, map(str.strip, cells), strict=True)
                yield _Row(place, {key: one for key, one in said if one not in file.table.missing})


def _check(header: list[str], name: str, table: str) -> None:
    wrong = [f"there is no column {one}" for one in _TABLES[table][1] if one not in header]
    wrong += [f"{one} is there twice" for one in set(header) if header.count(one) > 1]
    if wrong:
        raise UnreadableFile(f"{name}: {', '.join(sorted(wrong))}; correct the first row")


@contextmanager
def _text(root: _Folder, file: _Resource) -> Iterator[Any]:
    """Open a file of the package as CSV."""
    parts = file.path.replace("\\", "/").split("/")
    outside = parts[0] == "" or ".." in parts or ":" in file.path
    if outside or not (root / file.path).is_file():
        where = "is outside the package" if outside else "is not there"
        raise UnreadableFile(
            f"{_DESCRIPTOR}: {file.path} {where}; correct its path, or leave it out"
        )
    encoding = "utf-8-sig" if file.encoding.casefold() in {"utf-8", "utf8"} else file.encoding
    try:
        with (root / file.path).open("r", encoding=encoding, newline="") as text:
            yield csv.reader(text, strict=True, **file.dialect.model_dump())
    except csv.Error as error:
        raise UnreadableFile(f"{file.path}: this is not CSV: {error}") from None
    except UnicodeError as error:
        raise UnreadableFile(
            f"{file.path}: this is not {file.encoding} ({error}); save it as UTF-8, or set its"
            f" encoding in {_DESCRIPTOR}"
        ) from None
    except (LookupError, TypeError) as error:
        raise UnreadableFile(
            f"{_DESCRIPTOR}: {file.path}: its encoding or dialect is not known ({error})"
        ) from None
