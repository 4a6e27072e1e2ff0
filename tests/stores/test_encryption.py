"""Words encrypted at rest: who can read them, and that destroying a key forgets them."""

import os
import shutil
import signal
import sqlite3
import stat
import threading

import pytest

from coresponder.domain.events import NoteAdded
from coresponder.errors import (
    CorruptRecord,
    KeyDestroyed,
    KeysUnavailable,
    NotFound,
    StoreUnavailable,
)
from coresponder.program import load_program
from coresponder.stores.keys import LocalKeys
from coresponder.stores.sql import SqlStore
from coresponder.testing import STORE_RULES
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.program.test_advance import received

SECRET = "a sentence that nobody else may read"


@pytest.fixture
def keys(tmp_path):
    (tmp_path / "apart").mkdir()
    return LocalKeys.make(tmp_path / "apart" / "night.keys")


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request, tmp_path):
    """A place for a store: a file or a DSN."""
    if request.param == "sqlite":
        return str(tmp_path / "night.db")
    return request.getfixturevalue("postgres").database()


def opened(where, keys=None, **options):
    return SqlStore.open(where, must_exist=False, keys=keys, **options)


def told(store, text=SECRET, subject="person-1", audience="clinical"):
    return store.remember("north", subject=subject, kind="note", audience=audience, text=text)


@pytest.mark.parametrize("rule", STORE_RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_encrypted_store_keeps_every_rule(kind, rule, tmp_path, keys, request):
    """Encryption changes no answer of a store."""
    made = []

    def make():
        name = (
            tmp_path / f"{len(made)}.db"
            if kind == "sqlite"
            else request.getfixturevalue("postgres").database()
        )
        made.append(opened(name, keys))
        return made[-1]

    rule(make)
    for store in made:
        store.close()


def test_the_words_are_in_no_byte_of_the_file_and_another_process_reads_them(tmp_path, keys):
    """Neither the text nor the salt is in the database or its write-ahead log."""
    path = tmp_path / "night.db"
    with opened(path, keys) as store:
        receipt = told(store)
        for file in tmp_path.glob("night.db*"):
            assert SECRET[:12].encode() not in file.read_bytes()
    with opened(path, LocalKeys(keys.path)) as store:
        assert store.recall("north", receipt.id, audience="clinical").text == SECRET
        assert store.verify("north") == ()
    assert sqlite3.connect(path).execute("SELECT salt FROM coresponder_vault").fetchall() == [("",)]


def test_a_note_is_encrypted_with_its_step_and_its_digest_still_fits(where, keys):
    """The event has the digest of the plain words; `verify` compares them, with the keys."""
    with opened(where, keys) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        flow.receive(received(), incident="one")
        for number in (1, 2, 3):
            step = flow.note(
                "one", f"{SECRET} {number}", at=at(number), by="c-1", audience="all", subject="p-1"
            )
        assert isinstance(step.events[0], NoteAdded)
        assert store.recall("default", step.events[0].entry, audience="all").text.endswith("3")
        assert store.verify("default") == ()
        assert store.forget("default", "p-1") == 3
        assert store.verify("default") == ()
    with opened(where) as store:
        assert store.verify("default") == ()


def test_without_keys_nothing_encrypted_is_read_and_nothing_plain_is_added(where, keys):
    """One error says what to do; what is not about words goes on."""
    with opened(where, keys) as store:
        receipt = told(store)
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        flow.receive(received(), incident="one")
        flow.note("one", SECRET, at=at(1), by="c-1", audience="all")
    with opened(where) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        for act in (
            lambda: store.recall("north", receipt.id, audience="clinical"),
            lambda: told(store),
            lambda: store.forget("north", "person-1"),
            lambda: flow.note("one", SECRET, at=at(2), by="c-1", audience="all"),
        ):
            with pytest.raises(KeysUnavailable, match=r"give the command `--keys FILE`"):
                act()
        assert flow.case("one").version == 2
        assert store.remember("south", subject="p", kind="note", audience="all", text="plain")


def test_another_key_file_is_named_and_so_is_a_missing_one(tmp_path, keys):
    """A key file that belongs to another store is not taken for an empty one."""
    with opened(tmp_path / "night.db", keys) as store:
        receipt = told(store)
    other = LocalKeys.make(tmp_path / "other.keys")
    with opened(tmp_path / "night.db", other) as store:
        with pytest.raises(KeysUnavailable, match="is it the key file of this store"):
            store.recall("north", receipt.id, audience="clinical")
        with pytest.raises(KeysUnavailable, match="is it the key file of this store"):
            told(store)
    with pytest.raises(KeysUnavailable, match="there is no such key file; restore it"):
        LocalKeys(tmp_path / "none.keys")
    with pytest.raises(KeysUnavailable, match="is there already"):
        LocalKeys.make(keys.path)


def test_a_key_file_that_others_may_read_is_refused(keys):
    """It is made for its owner alone, and checked at each use."""
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600
    keys.path.chmod(0o640)
    with pytest.raises(KeysUnavailable, match=r"mode 640\); run `chmod 600"):
        LocalKeys(keys.path)


def test_words_that_are_moved_do_not_open(tmp_path, keys):
    """Text that is copied to another entry, subject, kind, audience or agency is an error, and
    `verify` names the row although its own digest was made anew.
    """
    path = tmp_path / "night.db"
    with opened(path, keys) as store:
        one, two = told(store), told(store, "other words")
    for change in (
        f"text = (SELECT text FROM coresponder_vault WHERE id = '{two.id}')",
        "subject = 'person-2'",
        "kind = 'other'",
        "audience = 'all'",
    ):
        copy = shutil.copy(path, tmp_path / "copy.db")
        with sqlite3.connect(copy) as connection:
            connection.execute(
                f"UPDATE coresponder_vault SET {change}, digest = '' WHERE id = '{one.id}'"
            )
        SqlStore.migrate(copy)
        with opened(copy, keys) as store:
            with pytest.raises(CorruptRecord, match="is not what was written"):
                store.recall("north", one.id, audience="clinical")
            assert any(one.id in fault for fault in store.verify("north"))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE coresponder_vault SET agency = 'south'")
        connection.execute("UPDATE coresponder_key SET agency = 'south'")
    with opened(path, keys) as store, pytest.raises(CorruptRecord):
        store.recall("south", one.id, audience="clinical")


def test_after_forget_a_backup_with_todays_keys_does_not_give_the_words(tmp_path, keys):
    """The backup has the text and the wrapped key; the key service has destroyed what unwraps it.
    Words of others stay readable, and the subject may have new words.
    """
    path = tmp_path / "night.db"
    with opened(path, keys) as store:
        gone, kept = told(store), told(store, subject="person-2")
    shutil.copy(path, tmp_path / "backup.db")
    with opened(path, keys) as store:
        assert store.forget("north", "person-1") == 1
        again = told(store, "new words")
        assert store.recall("north", again.id, audience="clinical").text == "new words"
        assert store.verify("north") == ()
    with opened(tmp_path / "backup.db", LocalKeys(keys.path)) as store:
        with pytest.raises(NotFound, match="forgotten"):
            store.recall("north", gone.id, audience="clinical")
        assert store.recall("north", kept.id, audience="clinical").text == SECRET
        assert store.verify("north") == ()
        later = told(store, "after the restore")
        assert store.recall("north", later.id, audience="clinical").text == "after the restore"
        assert store.scrub() == 1


def test_rotation_rewraps_each_key_and_rewrites_no_text(where, keys, tmp_path):
    """An old copy of the key file no longer opens the store; the new one does."""
    with opened(where, keys) as store:
        ids = [told(store, subject=f"person-{n}").id for n in range(150)]
        texts = _texts(store)
        old = shutil.copy(keys.path, tmp_path / "old.keys")
        assert store.rotate_keys("north") == 150
        assert _texts(store) == texts
        assert store.verify("north") == ()
    with opened(where, LocalKeys(keys.path)) as store:
        assert {store.recall("north", id, audience="clinical").text for id in ids} == {SECRET}
    with opened(where, LocalKeys(old)) as store, pytest.raises(KeysUnavailable, match="as new as"):
        store.recall("north", ids[0], audience="clinical")


def _texts(store):
    with store.connections.reading() as cursor:
        return cursor.execute("SELECT id, text FROM coresponder_vault ORDER BY id").fetchall()


def test_plain_words_are_encrypted_where_they_are(where, keys):
    """After it they read as before, `verify` compares them with the checkpoint that lists the
    plain rows, and a second run finds nothing to do.
    """
    with opened(where) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60), agency="north")
        flow.receive(received(), incident="one")
        ids = [
            flow.note("one", f"{SECRET} {n}", at=at(n), by="c-1", audience="all").events[0].entry
            for n in range(1, 4)
        ]
        ids += [told(store, f"{SECRET} {n}", audience="all").id for n in range(120)]
        store.checkpoint("north", at=at(60))
    with opened(where, keys) as store:
        assert store.encrypt("north", by="admin-1", ground="policy-7") == 123
        assert store.encrypt("north") == 0
        assert all(SECRET not in text for _, text in _texts(store))
        assert all(SECRET in store.recall("north", id, audience="all").text for id in ids)
        assert store.verify("north") == ()
        assert [(one.act, one.entries) for one in store.custody("north")] == [("encrypt", 123)]
    with opened(where) as store:
        assert store.verify("north") == ()


def test_a_destroyed_name_is_never_used_again(keys):
    """Neither to unwrap nor to wrap; destroying again does nothing."""
    wrapped = keys.wrap("name", b"k" * 32)
    assert keys.unwrap("name", wrapped) == b"k" * 32
    newer = keys.wrap("name", b"k" * 32)
    keys.destroy("name", but=newer)
    assert keys.unwrap("name", newer) == b"k" * 32
    with pytest.raises(KeysUnavailable):
        keys.unwrap("name", wrapped)
    for _ in range(2):
        keys.destroy("name")
    with pytest.raises(KeyDestroyed):
        keys.unwrap("name", newer)
    with pytest.raises(KeyDestroyed):
        keys.wrap("name", b"k" * 32)


def test_a_key_in_memory_is_not_used_after_forget_elsewhere(where, keys):
    """A process that has the key in memory makes a new one for new words, also for a note that one
    statement writes.
    """
    with opened(where, keys) as writer, opened(where, keys) as other:
        flow = Workflow(load_program("cit"), writer, clock=lambda: at(60), agency="north")
        flow.receive(received(), incident="one")
        for act in (
            lambda n: told(writer, f"words {n}").id,
            lambda n: (
                flow.note(
                    "one", f"words {n}", at=at(n), by="c-1", audience="clinical", subject="person-1"
                )
                .events[0]
                .entry
            ),
        ):
            before = act(1)
            assert other.forget("north", "person-1") == 1
            after = act(2)
            assert other.recall("north", after, audience="clinical").text == "words 2"
            with pytest.raises(NotFound):
                writer.recall("north", before, audience="clinical")
            assert other.forget("north", "person-1") == 1
        assert writer.verify("north") == ()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_forget_that_is_killed_is_finished_by_the_next(where, keys, moment):
    """Killed before or after the key is destroyed: nobody reads the words, the next `forget` and
    `scrub` finish, and new words are readable meanwhile.
    """
    with opened(where, keys) as store:
        gone, kept = told(store), told(store, subject="person-2")
    for finish in (
        lambda store: store.forget("north", "person-1"),
        lambda store: store.scrub(),
    ):
        child = os.fork()
        if child == 0:
            opened(where, Dies(keys, moment)).forget("north", "person-1")
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 9
        with opened(where, keys) as store:
            with pytest.raises(NotFound):
                store.recall("north", gone.id, audience="clinical")
            assert store.verify("north") == ()
            assert finish(store) == 1
            assert store.verify("north") == ()
            gone = told(store)
            assert store.recall("north", gone.id, audience="clinical").text == SECRET
            assert store.recall("north", kept.id, audience="clinical").text == SECRET


class Dies:
    """A key service whose process is killed while it destroys a key."""

    def __init__(self, keys, moment):
        self.keys, self.moment = keys, moment
        self.wrap, self.unwrap = keys.wrap, keys.unwrap

    def destroy(self, name, *, but=None):
        if self.moment == "after":
            self.keys.destroy(name, but=but)
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_rotation_that_is_killed_leaves_every_text_readable(where, keys):
    """Killed when the row has the new wrapped key and the old wrapping key is still there."""
    with opened(where, keys) as store:
        ids = [told(store, subject=f"person-{n}").id for n in range(3)]
    child = os.fork()
    if child == 0:
        opened(where, Dies(keys, "before")).rotate_keys("north")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 9
    with opened(where, keys) as store:
        assert {store.recall("north", id, audience="clinical").text for id in ids} == {SECRET}
        assert store.rotate_keys("north") == 3
    with opened(where, keys) as store:
        assert {store.recall("north", id, audience="clinical").text for id in ids} == {SECRET}


class RotatesFirst:
    """A key service: another process rotates the keys after a key's row was read and before it is
    unwrapped.
    """

    def __init__(self, keys, where):
        self.keys, self.where = keys, where
        self.wrap, self.destroy = keys.wrap, keys.destroy

    def unwrap(self, name, wrapped):
        if self.where:
            where, self.where = self.where, None
            with opened(where, self.keys) as other:
                assert other.rotate_keys("north") == 1
        return self.keys.unwrap(name, wrapped)


def test_a_rotation_between_reading_a_key_and_unwrapping_it_stops_nobody(where, keys):
    """Whoever writes, reads or rotates meanwhile reads the key's row again. A row that is as it was
    read and a key that the service does not know are an error, not a loop.
    """
    with opened(where, keys) as store:
        first = told(store)

    def meanwhile():
        return opened(where, RotatesFirst(keys, where))

    with meanwhile() as store:
        second = told(store)
    for id in (first.id, second.id):
        with meanwhile() as store:
            assert store.recall("north", id, audience="clinical").text == SECRET
    with meanwhile() as store:
        assert store.rotate_keys("north") == 0
    with opened(where, keys) as store:
        assert store.recall("north", second.id, audience="clinical").text == SECRET
        assert store.verify("north") == ()
    other = LocalKeys.make(keys.path.with_name("other.keys"))
    with opened(where, other) as store, pytest.raises(KeysUnavailable, match="try again"):
        store.recall("north", first.id, audience="clinical")


def test_writers_forget_and_rotation_meet(where, keys):
    """Whatever meets, each entry is readable or forgotten, and none is readable once the last
    `forget` has returned.
    """
    opened(where, keys).close()
    receipts, wrong = [], []

    def write():
        with opened(where, keys) as store:
            for _ in range(25):
                receipts.append(told(store).id)

    def other(act):
        with opened(where, keys) as store:
            for _ in range(8):
                try:
                    act(store)
                except StoreUnavailable:  # SQLite: a reader holds the write-ahead log
                    continue
                except Exception as error:
                    wrong.append(error)

    work = [
        threading.Thread(target=write),
        threading.Thread(target=write),
        threading.Thread(target=other, args=(lambda s: s.forget("north", "person-1"),)),
        threading.Thread(target=other, args=(lambda s: s.rotate_keys("north"),)),
    ]
    for one in work:
        one.start()
    for one in work:
        one.join()
    assert wrong == [] and len(receipts) == 50
    with opened(where, keys) as store:
        kept = store.connections
        with kept.reading() as cursor:
            there = {
                row[0]
                for row in cursor.execute("SELECT id FROM coresponder_vault WHERE subject <> ''")
            }
        for id in receipts:
            if id in there:
                assert store.recall("north", id, audience="clinical").text == SECRET
        assert store.forget("north", "person-1") == len(there)
        for id in receipts:
            with pytest.raises(NotFound):
                store.recall("north", id, audience="clinical")
        assert store.verify("north") == ()


def test_no_file_of_postgresql_ever_has_the_words(postgres, keys):
    """Neither the tables nor the write-ahead log nor a temporary file has them, before and after
    `forget`.
    """
    if not hasattr(postgres, "folder"):
        pytest.skip("the files of a server that is given are not here")
    words = "not one byte of this sentence is on the disk"
    with opened(postgres.database(), keys) as store:
        told(store, words)
        plain = opened(postgres.database())
        told(plain, "but this sentence is")
        for connection in (store.connections, plain.connections):
            with connection.reading() as cursor:
                cursor.execute("CHECKPOINT")
        assert _somewhere(postgres.folder, b"but this sentence is")
        assert not _somewhere(postgres.folder, words[:20].encode())
        assert store.forget("north", "person-1") == 1
        assert not _somewhere(postgres.folder, words[:20].encode())
        plain.close()


def _somewhere(folder, words):
    return any(
        words in path.read_bytes()
        for path in (folder / "data").rglob("*")
        if path.is_file() and path.suffix != ".sock"
    )


def test_in_the_hosts_transaction_a_rollback_keeps_the_words(tmp_path, keys):
    """`forget` marks the keys; only after the commit does `scrub` destroy them."""
    path = tmp_path / "night.db"
    with opened(path, keys) as store:
        receipt = told(store)
    for end in ("rollback", "commit"):
        connection = sqlite3.connect(path)
        assert SqlStore.join(connection, keys=keys).forget("north", "person-1") == 1
        getattr(connection, end)()
        connection.close()
        with opened(path, keys) as store:
            if end == "rollback":
                assert store.recall("north", receipt.id, audience="clinical").text == SECRET
            else:
                with pytest.raises(NotFound):
                    store.recall("north", receipt.id, audience="clinical")
                assert list(store._in_state("north", "going"))
                store.scrub()
                assert not list(store._in_state("north", "going"))
