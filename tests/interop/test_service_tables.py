"""A directory that is published as tables says what the same directory says as JSON; each row that
cannot be used is named with its file and its number.
"""

import csv
import json
import shutil
import zipfile

import pytest

from coresponder.errors import UnreadableFile
from coresponder.interop import service_tables
from coresponder.interop.services import load_directory
from tests.conftest import needs_shared
from tests.interop.test_services import EXAMPLES, weekly

LISTS = {
    "schedules": "schedules.csv",
    "service_areas": "service_areas.csv",
    "languages": "languages.csv",
    "capacities": "service_capacity.csv",
    "required_documents": "required_documents.csv",
}


def flat(row):
    return {key: value for key, value in row.items() if not isinstance(value, dict | list)}


def tables_of(services):
    """Return the tables of services in JSON, as HSDS serializes them: each list refers to its owner."""
    tables = {"services.csv": [flat(one) for one in services]}

    def put(file, row):
        rows = tables.setdefault(file, [])
        rows.append({"id": f"{file}-{len(rows)}"} | row)

    for service in services:
        owner = {"service_id": service["id"]}
        for key, file in LISTS.items():
            for one in service.get(key, ()):
                put(file, flat(one) | owner)
        for number, place in enumerate(service.get("service_at_locations", ())):
            at = {"service_at_location_id": f"{service['id']}-at-{number}"}
            put("service_at_location.csv", owner | {"id": at["service_at_location_id"]})
            for key, file in LISTS.items():
                for one in place.get(key, ()):
                    put(file, flat(one) | at)
        for one in service.get("attributes", ()):
            link = {"link_id": service["id"], "link_entity": "service"}
            if term := one.get("taxonomy_term"):
                link["taxonomy_term_id"] = id = f"t{len(tables.get('taxonomy_terms.csv', ()))}"
                put("taxonomy_terms.csv", flat(term) | {"id": id})
            put("attributes.csv", link)
    return tables


def write_tables(folder, tables, **how):
    """Write tables with every column that HSDS asks of them."""
    folder.mkdir(exist_ok=True)
    for file, rows in tables.items():
        needed = next(one for name, one in service_tables._TABLES.values() if name == file)
        names = dict.fromkeys([*needed, *(key for row in rows for key in row)])
        with (folder / file).open("w", encoding="utf-8", newline="") as text:
            writer = csv.DictWriter(text, names, **how)
            writer.writeheader()
            writer.writerows(rows)
    return folder


def directory():
    return [
        {
            "id": "s1", "name": "Walk-in, nights", "status": "active", "minimum_age": 12, "maximum_age": 17,
            "schedules": [weekly(), weekly("SA,SU", "22:00", "06:00", timezone=-6)],
            "service_areas": [{"name": "North"}, {"name": "South", "extent": "S"}],
            "languages": [{"code": "es", "name": "Spanish"}],
            "required_documents": [{"document": "Photo ID"}],
            "capacities": [{"available": 0, "updated": "2026-11-27T08:00Z"}],
            "attributes": [{"taxonomy_term": {"code": "BH", "name": "Shelter"}}, {"taxonomy_term": None}],
            "service_at_locations": [
                {"schedules": [weekly("MO", dtstart="2026-01-05", interval=2)], "service_areas": [{"name": "East"}]},
                {"schedules": []},
            ],
        },
        {"id": "s2", "name": "Line", "status": "inactive"},
    ]  # fmt: skip


def test_tables_and_json_are_the_same_directory(tmp_path):
    """Every key that is read comes out the same from both, numbers as numbers, and from a zip too."""
    (tmp_path / "d.json").write_text(json.dumps(directory()))
    folder = write_tables(tmp_path / "tables", tables_of(directory()))
    shutil.make_archive(str(tmp_path / "flat"), "zip", folder)
    shutil.make_archive(str(tmp_path / "inside"), "zip", tmp_path, "tables")
    expected = load_directory(tmp_path / "d.json")
    assert len(expected.services) == 2 and [one.name for one in expected.services[0].all_areas] == ["North", "South", "East"]  # fmt: skip
    for path in (folder, tmp_path / "flat.zip", tmp_path / "inside.zip"):
        assert without_empty(load_directory(path)) == without_empty(expected)


def without_empty(found):
    """Return what a directory says; an attribute without a term says nothing."""
    said = [one.model_dump() for one in found.services]
    for one in said:
        one["attributes"] = [term for term in one["attributes"] if term["taxonomy_term"]]
    return said, found.unreadable


@needs_shared
@pytest.mark.parametrize("name", ["service_full", "service_list", "organization_full"])
def test_each_example_of_hsds_is_the_same_as_tables(name, tmp_path):
    """The examples in JSON that have a service, written as tables and read again."""
    document = json.loads((EXAMPLES / f"{name}.json").read_text("utf-8"))
    services = document.get("contents") or document.get("services") or [document]
    folder = write_tables(tmp_path / "tables", tables_of(services))
    assert load_directory(folder) == load_directory(EXAMPLES / f"{name}.json")


@needs_shared
def test_the_example_tables_of_hsds_are_their_example_in_json(tmp_path):
    """The 21 tables, but for their attribute, which is of nothing in them. Their descriptor is a link
    to another folder, and is refused with what to do.
    """
    with pytest.raises(
        UnreadableFile, match=r"datapackage\.json: this is not JSON.*without this file"
    ):
        load_directory(EXAMPLES / "csv")
    for file in (EXAMPLES / "csv").glob("*.csv"):
        shutil.copyfile(file, tmp_path / file.name)
    (expected,) = load_directory(EXAMPLES / "service_full.json").services
    found = load_directory(tmp_path)
    assert found.unreadable == ()
    assert found.services == (expected.model_copy(update={"attributes": ()}),)


def test_each_row_that_cannot_be_used_is_named_with_its_file_and_its_number(tmp_path):
    """A service with a wrong part is not used, as in JSON; the others are."""
    tables = tables_of(directory())
    tables["services.csv"] += [
        {"id": "s2", "name": "Line", "status": "inactive"},
        {"name": "no id", "status": "active"},
        {"id": "s3", "name": "of no status", "minimum_age": "twelve"},
    ]
    tables["schedules.csv"] += [
        {"id": "x", "service_id": "s2", "freq": "HOURLY", "interval": "0"},
        {"id": "y", "service_id": "s9"},
        {"id": "z"},  # the hours of a building: not read
    ]
    tables["attributes.csv"] += [
        {"id": "a", "link_id": "s1", "taxonomy_term_id": "t9"},
        {"id": "b", "link_id": "o1", "link_entity": "organization", "taxonomy_term_id": "t0"},
        {"id": "c", "link_id": "s9", "link_entity": "service", "taxonomy_term_id": "t0"},
    ]
    folder = write_tables(tmp_path / "tables", tables)
    with (folder / "languages.csv").open("a") as text:
        text.write("\n1,2\n")
    found = load_directory(folder)
    assert [one.id for one in found.services] == ["s1"]
    assert [text.split(": ")[0] for text in found.unreadable] == [
        "languages.csv, row 3",
        "services.csv, row 3",
        "services.csv, row 4",
        "schedules.csv, row 5",
        "attributes.csv, row 3",
        "attributes.csv, row 5",
        "schedules.csv, row 4",
        "services.csv, row 5",
    ]
    assert found.unreadable[0] == "languages.csv, row 3: it has 2 cells, and the header 4"
    assert found.unreadable[1] == "services.csv, row 3: its id s2 is that of services.csv, row 2"
    assert found.unreadable[6].startswith("schedules.csv, row 4: freq: Input should be")
    assert found.unreadable[6].endswith("; so services.csv, row 2 is not used")


def test_rows_of_an_id_that_two_services_have_belong_to_neither(tmp_path):
    """The first service is kept without them, the second is named, and so is each such row."""
    tables = tables_of(directory())
    tables["services.csv"] += [{"id": "s1", "name": "Another", "status": "active"}]
    tables["schedules.csv"] += [{"id": "x", "service_id": "s1", **weekly("SU")}]
    found = load_directory(write_tables(tmp_path / "tables", tables))
    assert [one.name for one in found.services] == ["Walk-in, nights", "Line"]
    assert found.services[0].all_schedules == found.services[0].attributes == ()
    assert found.unreadable[0] == "services.csv, row 3: its id s1 is that of services.csv, row 1"
    lost = [text for text in found.unreadable if "service_id: several rows have the id s1" in text]
    own = [row for rows in tables.values() for row in rows if row.get("service_id") == "s1"]
    assert len(lost) == len(own)
    assert sum("link_id: several rows have the id s1" in text for text in found.unreadable) == 2


def test_a_table_of_hsds_1_is_named(tmp_path):
    """Its hours would be missing in silence."""
    folder = write_tables(tmp_path / "tables", tables_of(directory()))
    (folder / "holiday_schedules.csv").write_text("id,service_id,closed\n1,s1,True\n")
    assert load_directory(folder).unreadable == (
        "holiday_schedules.csv: this is a table of HSDS 1, whose hours are not read",
    )


def test_the_descriptor_says_where_the_tables_are_and_how_they_are_written(tmp_path):
    """Path, encoding, delimiter, and which cells mean that nothing is said."""
    folder = tmp_path / "package"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "ours.csv").write_bytes(
        "ID ;name;status;minimum_age\ns1;Caf\xe9;active;N/A\n".encode("latin-1")
    )
    (folder / "services.csv").write_text("id,name,status\nother,Other,active\n")
    resource = {
        "name": "service", "path": "data/ours.csv", "encoding": "latin-1",
        "dialect": {"delimiter": ";"}, "schema": {"fields": [], "missingValues": ["", "N/A"]},
    }  # fmt: skip
    (folder / "datapackage.json").write_text(json.dumps({"resources": [resource]}))
    for path in (folder, folder / "datapackage.json"):
        (one,) = load_directory(path).services
        assert (one.id, one.name, one.minimum_age) == ("s1", "Caf\xe9", None)


@pytest.mark.parametrize(
    ("resource", "why"),
    [
        ({"path": "/etc/hosts"}, "/etc/hosts is outside the package"),
        ({"path": "../services.csv"}, "is outside the package"),
        ({"path": "https://example.org/services.csv"}, "is outside the package"),
        ({"path": "none.csv"}, "none.csv is not there"),
        ({"path": ["services.csv"]}, r"resources\.0\.path"),
        ({"path": "services.csv", "encoding": "utf-16"}, "this is not utf-16"),
        ({"path": "services.csv", "encoding": "klingon"}, "encoding or dialect"),
        ({"path": "services.csv", "dialect": {"delimiter": "::"}}, "encoding or dialect"),
        ({"path": "services.csv", "dialect": {"delimiter": ";"}}, "there is no column id"),
        ({"path": "twice.csv"}, "name is there twice"),
        ({"path": "quote.csv"}, "this is not CSV"),
    ],
)
def test_a_package_that_cannot_be_read_as_a_whole_is_refused(resource, why, tmp_path):
    """With the file and the remedy; nothing outside the package is opened."""
    (tmp_path / "services.csv").write_text("id,name,status\ns1,A,active\n")
    (tmp_path / "twice.csv").write_text("id,name,status,Name\ns1,A,active,B\n")
    (tmp_path / "quote.csv").write_text('id,name,status\ns1,A,"active\ns2,B,active\n')
    (tmp_path / "datapackage.json").write_text(
        json.dumps({"resources": [{"name": "service"} | resource]})
    )
    with pytest.raises(UnreadableFile, match=why):
        load_directory(tmp_path)


def test_what_is_no_package_is_refused(tmp_path, monkeypatch):
    """An empty folder, one table alone, and zip files that are damaged or grow too large."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnreadableFile, match="no service in it"):
        load_directory(tmp_path / "empty")
    folder = write_tables(tmp_path / "tables", tables_of(directory()))
    with pytest.raises(UnreadableFile, match="one table of several"):
        load_directory(folder / "services.csv")
    shutil.make_archive(str(tmp_path / "whole"), "zip", folder)
    whole = bytearray((tmp_path / "whole.zip").read_bytes())
    with zipfile.ZipFile(tmp_path / "whole.zip") as packed:
        begins = packed.getinfo("services.csv").header_offset
    whole[begins + 50 : begins + 60] = b"\0" * 10
    (tmp_path / "damaged.zip").write_bytes(whole)
    with pytest.raises(UnreadableFile, match="the zip file is damaged"):
        load_directory(tmp_path / "damaged.zip")
    monkeypatch.setattr(service_tables, "_LARGEST", 100)
    with pytest.raises(UnreadableFile, match="more than 100 bytes"):
        load_directory(tmp_path / "whole.zip")


@pytest.mark.parametrize("key", ["schedules", "languages"])
def test_a_row_that_names_a_service_and_the_location_of_another_is_of_neither(tmp_path, key):
    """Hours that are somebody else's send a person to a closed door: the row is named. One that names
    a service and its own location is of both.
    """
    row = {"schedules": weekly(), "languages": {"name": "Spanish", "code": "es"}}[key]
    at = {"service_at_location_id": "L1"}
    tables = {
        "services.csv": [{"id": id, "name": id, "status": "active"} for id in ("a", "c")],
        "service_at_location.csv": [{"id": "L1", "service_id": "a"}],
        LISTS[key]: [flat(row) | at | {"service_id": "c"}, flat(row) | at | {"service_id": "a"}],
    }
    services, faults = service_tables.services_in_tables(write_tables(tmp_path / "t", tables))
    a, c = (one.document for one in services)
    (fault,) = faults
    assert fault.startswith(f"{LISTS[key]}, row 1: ") and "are of two services" in fault
    assert key not in c and len(a[key]) == len(a["service_at_locations"][0][key]) == 1
