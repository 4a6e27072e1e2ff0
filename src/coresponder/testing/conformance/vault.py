"""The rules of a vault, and those of a library of programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coresponder.domain import events as e
from coresponder.domain.vocabulary import PersonRole, VoidReason
from coresponder.errors import AudienceDenied, InvalidProgram, LegalHold, NotFound
from coresponder.stores.base import new_words
from coresponder.stores.ports import ProgramLibrary, Vault
from coresponder.testing.conformance.basis import (
    a_step,
    at,
    expect,
    interrupted,
    received,
    refuses,
    whole,
    workflow_on,
)

__all__ = ["PROGRAM_RULES", "VAULT_RULES"]


def the_vault_gives_words_only_to_their_audience(make: Callable[[], Vault]) -> None:
    """The police cannot read clinical words; everybody can read words for everybody."""
    vault = make()
    clinical = vault.remember(
        "north", subject="person-1", kind="note", audience="clinical", text="what was said"
    )
    common = vault.remember(
        "north", subject="person-1", kind="danger", audience="all", text="a dog"
    )
    expect(
        vault.recall("north", clinical.id, audience="clinical").text == "what was said",
        "the audience reads",
    )
    refuses(
        AudienceDenied,
        lambda: vault.recall("north", clinical.id, audience="police"),
        "another audience",
    )
    expect(vault.recall("north", common.id, audience="police").text == "a dog", "words for all")
    expect(
        clinical.digest != common.digest and len(clinical.digest) == 64, "the receipt has a digest"
    )


def the_vault_forgets(make: Callable[[], Vault]) -> None:
    """After `forget`, the words about a subject are gone, and those about others stay."""
    vault = make()
    gone = vault.remember("north", subject="person-1", kind="note", audience="all", text="first")
    kept = vault.remember("north", subject="person-2", kind="note", audience="all", text="second")
    expect(vault.forget("north", "person-1") == 1, "forget says how many there were")
    refuses(NotFound, lambda: vault.recall("north", gone.id, audience="all"), "forgotten words")
    expect(vault.recall("north", kept.id, audience="all").text == "second", "other subjects stay")
    expect(vault.forget("north", "person-1") == 0, "nothing is left to forget")


def the_vault_takes_ids_and_words(make: Callable[[], Vault]) -> None:
    """The vault refuses a name as the subject, and characters that some databases cannot keep;
    nothing refused is kept.
    """
    vault = make()
    for subject, text in (
        ("Jane Doe", "words"),
        ("", "words"),
        ("person-1", "wo\x00rds"),
        ("person-1", "wo\ud800rds"),
    ):
        try:
            vault.remember("north", subject=subject, kind="note", audience="all", text=text)
        except ValueError:
            continue
        raise AssertionError(f"it took {text!r} about {subject!r}")
    expect(vault.forget("north", "person-1") == 0, "nothing was kept")
    told = vault.remember(
        "north",
        subject="person-1",
        kind="note",
        audience="all",
        text="“Señora”, she said \U0001f6d1\n",
    )
    expect(
        vault.recall("north", told.id, audience="all").text == "“Señora”, she said \U0001f6d1\n",
        "other words come back as they were",
    )


def words_about_nobody_are_forgotten_with_anybody(make: Callable[[], Vault]) -> None:
    """Words of an incident that name no subject are forgotten with anybody who is part of it,
    because they may be about that person.
    """
    store = whole(vault=make())
    workflow = workflow_on(store)
    for name in ("one", "two"):
        workflow.receive(received(), incident=name)
        workflow.record(
            name,
            e.PersonInvolved(
                at=at(1), by="officer-1", person=f"person-{name}", role=PersonRole.VICTIM
            ),
        )
        workflow.note(name, f"words of {name}", at=at(2), by="officer-1", audience="all")
    kept: Any = workflow.note(
        "one", "words about another", at=at(3), by="officer-1", audience="all", subject="person-3"
    ).events[0]
    workflow.record(
        "one", e.EnteredInError(at=at(4), by="officer-1", event=2, reason=VoidReason.WRONG_PERSON)
    )
    expect(store.forget("north", "person-one") == 1, "also of somebody who was entered in error")
    expect(
        store.recall("north", kept.entry, audience="all").text == "words about another",
        "words about another stay",
    )
    expect(store.forget("north", "two") == 1, "words about an incident are forgotten with it")


def a_step_brings_its_words(make: Callable[[], Vault]) -> None:
    """Words that are written with a step can be read by the audience that they name."""
    vault = make()
    words = new_words(subject="person-1", kind="note", audience="clinical", text="what was said")
    vault.append(a_step("one", 0, received(), words=(words,)))
    expect(
        vault.recall("north", words.entry.id, audience="clinical").text == "what was said",
        "the words are there",
    )
    refuses(
        AudienceDenied,
        lambda: vault.recall("north", words.entry.id, audience="police"),
        "another audience",
    )


def each_agency_has_its_own_words(make: Callable[[], Vault]) -> None:
    """No agency reads or forgets another agency's words."""
    vault = make()
    told = vault.remember("north", subject="person-1", kind="note", audience="all", text="words")
    refuses(
        NotFound, lambda: vault.recall("south", told.id, audience="all"), "another agency's words"
    )
    expect(vault.forget("south", "person-1") == 0, "another agency has nothing to forget")
    expect(vault.recall("north", told.id, audience="all").text == "words", "the words stay")


def a_batch_of_words_is_all_or_nothing(make: Callable[[], Vault]) -> None:
    """A failure inside a batch undoes the whole batch."""
    vault = make()
    words = new_words(subject="person-1", kind="note", audience="all", text="words")
    interrupted(vault, lambda: vault.append(a_step("one", 0, received(), words=(words,))))
    refuses(
        NotFound,
        lambda: vault.recall("north", words.entry.id, audience="all"),
        "words of an interrupted batch",
    )
    with vault.batch():
        vault.append(a_step("one", 0, received(), words=(words,)))
    expect(vault.forget("north", "person-1") == 1, "a whole batch is written")


def a_legal_hold_keeps_words(make: Callable[[], Vault]) -> None:
    """Nothing is forgotten that a hold keeps, and the error names the hold. Each of two holds is
    released by itself, and the record tells all of it.
    """
    vault = make()
    told = vault.remember("north", subject="person-1", kind="note", audience="all", text="words")
    by_court, by_chief = (
        vault.hold("north", "person-1", by=by, ground="case-7", at=at(1))
        for by in ("court-1", "chief-1")
    )
    vault.release("north", by_chief.number, by="chief-1", ground="closed", at=at(2))
    refuses(NotFound, lambda: vault.release("north", 99, by="x", ground="y"), "an unknown hold")
    try:
        vault.forget("north", "person-1")
        raise AssertionError("held words were forgotten")
    except LegalHold as held:
        expect(held.holds == (by_court.number,), "the error names the hold that is in force")
        expect("court-1" in str(held) and "case-7" in str(held), "it says who placed it, and why")
    expect(vault.discard("north", [told.id]) == 0, "a hold keeps single entries, too")
    expect(vault.recall("north", told.id, audience="all").text == "words", "the words are there")
    expect([one.number for one in vault.holds("north")] == [by_court.number], "one is in force")
    expect(vault.holds("south") == (), "another agency has no holds")
    vault.release("north", by_court.number, by="court-1", ground="closed", at=at(3))
    gone = vault.forget("north", "person-1", by="person-1", ground="request", at=at(4))
    expect(gone == 1, "a hold that was released keeps nothing")
    found = [(one.number, one.act, one.subject, one.by) for one in vault.custody("north")]
    expect(
        found
        == [
            (1, "hold", "person-1", "court-1"),
            (2, "hold", "person-1", "chief-1"),
            (3, "release", "person-1", "chief-1"),
            (4, "release", "person-1", "court-1"),
            (5, "forget", "person-1", "person-1"),
        ],
        f"the record has each act once: {found}",
    )
    expect([one.number for one in vault.custody("north", after=4)] == [5], "it is read in pages")


def a_hold_covers_what_a_family_shares(make: Callable[[], Vault]) -> None:
    """A hold on one member of a family keeps what their incident says of all of them, and a hold on
    an incident keeps what was noted in it about anybody.
    """
    store = whole(vault=make())
    workflow = workflow_on(store)
    for name, people in (("one", ("mother", "child")), ("two", ("mother",))):
        workflow.receive(received(), incident=name)
        for person in people:
            workflow.record(
                name,
                e.PersonInvolved(at=at(1), by="o-1", person=person, role=PersonRole.VICTIM),
            )
    shared: Any = workflow.note("one", "shared", at=at(2), by="o-1", audience="all").events[0]
    own: Any = workflow.note(
        "two", "own", at=at(2), by="o-1", audience="all", subject="mother"
    ).events[0]
    on_child = store.hold("north", "child", by="court-1", ground="case-7")
    refuses(LegalHold, lambda: store.forget("north", "mother"), "shared words are held")
    expect(store.recall("north", shared.entry, audience="all").text == "shared", "they stay")
    expect(store.recall("north", own.entry, audience="all").text == "own", "nothing was erased")
    store.release("north", on_child.number, by="court-1", ground="closed")
    store.hold("north", "two", by="court-1", ground="case-8")
    refuses(LegalHold, lambda: store.forget("north", "mother"), "an incident is held")
    expect(store.forget("north", "child") == 1, "what no hold covers is forgotten")


def single_entries_are_discarded(make: Callable[[], Vault]) -> None:
    """`discard` erases the entries that are named and no others; a name twice counts once."""
    vault = make()
    one, two = (
        vault.remember("north", subject="person-1", kind="note", audience="all", text=text)
        for text in ("one", "two")
    )
    ids = [one.id, one.id, "none"]
    expect(vault.discard("south", ids) == 0, "another agency's entries stay")
    expect(vault.discard("north", ids, by="clerk-1", ground="7-years", at=at(1)) == 1, "one is")
    refuses(NotFound, lambda: vault.recall("north", one.id, audience="all"), "it is gone")
    expect(vault.recall("north", two.id, audience="all").text == "two", "the other stays")
    (record,) = vault.custody("north")
    expect((record.act, record.entries) == ("discard", 1), "the record counts them")
    expect(vault.discard("north", [two.id]) == 1, "the last one is discarded, too")


def entries_are_listed_without_their_words(make: Callable[[], Vault]) -> None:
    """`kept` lists each entry once, page by page, without words, and `holds` names the holds that
    keep one of them.
    """
    vault = make()
    told = {
        vault.remember("north", subject=who, kind="note", audience="all", text="words").id: who
        for who in ("person-1", "person-2", "person-3")
    }
    first = vault.kept("north", limit=2)
    rest = vault.kept("north", limit=2, after=(first[-1].incident, first[-1].id))
    found = {one.id: one.subject for one in (*first, *rest)}
    expect((len(first), len(rest), found) == (2, 1, told), "each once")
    expect(all(one.kind == "note" and one.entered_at for one in first), "kind and time are known")
    expect(vault.kept("south") == (), "another agency has none")
    hold = vault.hold("north", "person-2", by="court-1", ground="case-7")
    keeping = {who: vault.holds("north", entry=id) for id, who in told.items()}
    expect(
        keeping == {"person-1": (), "person-2": (hold,), "person-3": ()}, "the hold keeps its own"
    )
    vault.discard("north", [id for id, who in told.items() if who == "person-1"])
    expect(len(vault.kept("north")) == 2, "what was erased is not listed")


def the_record_has_no_names(make: Callable[[], Vault]) -> None:
    """Who placed a hold is an id, and a hold without a ground is refused."""
    vault = make()
    for by, ground in (("Jane Doe", "case-7"), ("court-1", ""), ("", "case-7")):
        try:
            vault.hold("north", "person-1", by=by, ground=ground)
        except ValueError:
            continue
        raise AssertionError(f"it took a hold by {by!r} on the ground {ground!r}")
    expect(vault.holds("north") == (), "nothing refused is kept")


VAULT_RULES: tuple[Callable[[Callable[[], Vault]], None], ...] = (
    the_vault_gives_words_only_to_their_audience,
    the_vault_forgets,
    the_vault_takes_ids_and_words,
    words_about_nobody_are_forgotten_with_anybody,
    a_step_brings_its_words,
    each_agency_has_its_own_words,
    a_batch_of_words_is_all_or_nothing,
    a_legal_hold_keeps_words,
    a_hold_covers_what_a_family_shares,
    single_entries_are_discarded,
    entries_are_listed_without_their_words,
    the_record_has_no_names,
)
"""Every rule of a vault; each takes a factory that makes an empty vault."""


def a_program_keeps_its_version(make: Callable[[], ProgramLibrary]) -> None:
    """A program that differs from the one kept under the same version is refused."""
    library = make()
    library.save_program("mine@1", {"program": {"id": "mine"}})
    library.save_program("mine@1", {"program": {"id": "mine"}})
    refuses(
        InvalidProgram,
        lambda: library.save_program("mine@1", {"program": {"id": "other"}}),
        "a changed program",
    )
    expect(
        library.load_program("mine@1") == {"program": {"id": "mine"}}, "the definition comes back"
    )
    expect(library.programs() == ("mine@1",), "programs are listed")


def an_unknown_program_is_not_found(make: Callable[[], ProgramLibrary]) -> None:
    """A program that was never saved is not found."""
    library = make()
    refuses(NotFound, lambda: library.load_program("none@1"), "an unknown program")


PROGRAM_RULES: tuple[Callable[[Callable[[], ProgramLibrary]], None], ...] = (
    a_program_keeps_its_version,
    an_unknown_program_is_not_found,
)
"""Every rule of a program library; each takes a factory that makes an empty library."""
