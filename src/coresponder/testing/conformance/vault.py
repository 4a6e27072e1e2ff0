"""The rules of a vault, and those of a library of programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coresponder.domain import events as e
from coresponder.domain.vocabulary import PersonRole, VoidReason
from coresponder.errors import AudienceDenied, InvalidProgram, NotFound
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


VAULT_RULES: tuple[Callable[[Callable[[], Vault]], None], ...] = (
    the_vault_gives_words_only_to_their_audience,
    the_vault_forgets,
    the_vault_takes_ids_and_words,
    words_about_nobody_are_forgotten_with_anybody,
    a_step_brings_its_words,
    each_agency_has_its_own_words,
    a_batch_of_words_is_all_or_nothing,
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
