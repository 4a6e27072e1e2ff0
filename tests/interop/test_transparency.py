"""Anchors and proofs, checked by the script that knows nothing of this library."""

import base64
import datetime as dt
import hashlib
import importlib.util
import json
import random
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from coresponder.errors import CoresponderError, InvalidSignature, NotFound, UnreadableFile
from coresponder.interop.transparency.anchors import Anchor, faults_against, read_anchors
from coresponder.interop.transparency.proofs import consistency_proof, inclusion_proof
from coresponder.interop.transparency.signed_note import SigningKey, VerifyingKey
from coresponder.interop.transparency.tree import Tree, root_of
from coresponder.stores.codec import Stored, chain, genesis

AT = dt.datetime(2026, 3, 2, 17, 30, tzinfo=dt.UTC)
KEY = SigningKey.make("records.example.org")
PUBLIC = VerifyingKey.parse(str(KEY))


def _script() -> Any:
    path = Path(__file__).parents[2] / "examples" / "check_proof.py"
    spec = importlib.util.spec_from_file_location("check_proof", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT = _script()


def _rows(count: int, agency: str = "metro") -> tuple[list[Stored], list[str]]:
    """Return the rows of one incident, and the digest before each."""
    rows, before = [], [genesis(agency, "i-1", "cit")]
    for number in range(1, count + 1):
        said = (number, "NoteAdded", 1, AT.isoformat(), f'{{"entry":"n-{number}"}}')
        digest = chain(before[-1], *said, request="r" if number % 3 == 0 else "")
        rows.append(
            Stored(
                said[0],
                said[1],
                1,
                AT.isoformat(),
                *said[3:],
                digest,
                "r" if number % 3 == 0 else "",
            )
        )
        before.append(digest)
    return rows, before


ROWS, BEFORE = _rows(40)


def _entries(start: int, stop: int) -> Iterator[bytes]:
    return (bytes.fromhex(row.digest) for row in ROWS[start:stop])


def _roots(entries: Iterable[bytes], sizes: Collection[int]) -> dict[int, bytes]:
    tree = Tree()
    found = {0: tree.root}
    for entry in entries:
        tree.add(entry)
        found[tree.size] = tree.root
    return {size: found[size] for size in sizes}


def _anchor(size: int, **more: Any) -> Anchor:
    made = {"agency": "metro", "size": size, "root": root_of(_entries(0, size)), "made_at": AT}
    return Anchor(**made | more)


def _read(*anchors: Anchor) -> tuple[Anchor, ...]:
    return read_anchors("".join(anchor.signed(KEY) for anchor in anchors), PUBLIC)


def test_the_roots_are_those_of_certificate_transparency() -> None:
    """The tree is that of RFC 6962: these entries and roots are its well-known examples."""
    entries = [bytes.fromhex(text) for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )]  # fmt: skip
    known = {
        0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }
    assert _roots(entries, known) == {size: bytes.fromhex(text) for size, text in known.items()}


def test_every_event_is_proved_to_whoever_has_the_key() -> None:
    """For each event of each anchor the script computes the event's digest and the root again."""
    for anchor in _read(*map(_anchor, range(1, 41))):
        for position in range(1, anchor.size + 1):
            at = {"position": position, "previous": BEFORE[position - 1]}
            proof = inclusion_proof(anchor, _entries, row=ROWS[position - 1], **at)
            said = SCRIPT.check(proof, str(KEY))
            assert f"is event {position} of {anchor.size} of records.example.org/metro" in said


def test_an_event_after_the_anchor_has_no_proof_yet() -> None:
    """An event that was recorded later is not said to be anchored."""
    (anchor,) = _read(_anchor(3))
    with pytest.raises(NotFound, match="make an anchor first"):
        inclusion_proof(anchor, _entries, position=4, previous=BEFORE[3], row=ROWS[3])


def test_every_anchor_continues_every_earlier_one() -> None:
    """Between any two anchors of one log there is a proof, and with another root there is none."""
    anchors = _read(*map(_anchor, range(41)))
    for later in anchors:
        for earlier in anchors[: later.size + 1]:
            proof = consistency_proof(earlier, later, _entries)
            assert str(earlier.size) in SCRIPT.check(proof, str(KEY))
            if earlier.size:
                (other,) = _read(_anchor(earlier.size, root=hashlib.sha256(b"x").digest()))
                with pytest.raises(SCRIPT.Wrong):
                    SCRIPT.check(consistency_proof(other, later, _entries), str(KEY))


def test_a_proof_with_one_other_character_does_not_hold() -> None:
    """Whatever character of the event, the path, the index or the anchor is another, the proof
    fails.
    """
    (anchor,) = _read(_anchor(11))
    proof = inclusion_proof(anchor, _entries, position=6, previous=BEFORE[5], row=ROWS[5])
    draw = random.Random(1)
    for _ in range(3_000):
        at = draw.randrange(len(proof))
        other = draw.choice("0aZ+/= \n")
        changed = proof[:at] + other + proof[at + 1 :]
        if changed == proof or _same(changed, proof):
            continue
        with pytest.raises((SCRIPT.Wrong, ValueError, KeyError, TypeError, AttributeError)):
            said = SCRIPT.check(changed, str(KEY))
            raise AssertionError(f"{at}: {said}")


def _same(changed: str, proof: str) -> bool:
    """Return whether two proofs differ only in bits that base64 leaves out, or in white space."""

    def meant(text: str) -> list[Any]:
        found: list[Any] = []
        for word in text.split():
            try:
                found.append(base64.b64decode(word))
            except ValueError:
                found.append(word)
        return found

    return meant(changed) == meant(proof)


def test_an_anchor_comes_back_as_it_was_signed() -> None:
    """Agency, size, root, time and checkpoint are read back; a note keeps its text."""
    made = [_anchor(0), _anchor(3, checkpoint=(12, "ab" * 32)), _anchor(5, agency="metro.roster")]
    assert list(_read(*made)) == made
    assert "".join(anchor.note for anchor in _read(*made)) == "".join(a.signed(KEY) for a in made)


@pytest.mark.parametrize("cut", range(1, 200, 7))
def test_a_file_that_was_cut_or_changed_is_said(cut: int) -> None:
    """A file that lacks its end, or in which one byte is another, is an error with its line."""
    whole = _anchor(3).signed(KEY) + _anchor(5).signed(KEY)
    for text in (whole[:-cut], whole[: cut - 1] + "~" + whole[cut:]):
        with pytest.raises((UnreadableFile, InvalidSignature), match="line"):
            read_anchors(text, PUBLIC, source="anchors.txt")


def test_another_key_does_not_speak_for_the_agency() -> None:
    """A note of another key is refused, even if it has the same name; beside ours it is left
    aside.
    """
    other = SigningKey.make(KEY.name)
    with pytest.raises(InvalidSignature, match="give the key that signed"):
        read_anchors(_anchor(3).signed(other), PUBLIC)
    note = _anchor(3).signed(KEY)
    witnessed = note + _anchor(3).signed(other).rpartition("\n\n")[2]
    assert read_anchors(witnessed, PUBLIC)[0].size == 3


def test_a_key_is_one_line_and_hides_its_secret() -> None:
    """A key is read back from its line; nothing that is printed by mistake has the secret."""
    again = SigningKey.parse(KEY.secret() + "\n")
    assert (again.name, again.public) == (KEY.name, KEY.public)
    secret = KEY.secret().split("+", 4)[-1]
    assert secret not in f"{KEY!r} {KEY}"
    for line in ("", "x", KEY.secret(), str(KEY)[:-4], str(KEY).replace("records", "record")):
        with pytest.raises(UnreadableFile):
            VerifyingKey.parse(line)
    for line in ("", str(KEY), KEY.secret()[:-4], KEY.secret().replace("records", "record")):
        with pytest.raises(UnreadableFile):
            SigningKey.parse(line)
    with pytest.raises(UnreadableFile, match="no space and no plus"):
        SigningKey.make("two words")


def test_what_departs_first_is_named() -> None:
    """The earliest anchor that the store does not fit is named, with the one before it."""
    anchors = [
        _anchor(n, made_at=AT + dt.timedelta(days=n), checkpoint=(n, f"{n:064x}"))
        for n in (3, 6, 9)
    ]
    sealed = [f"{n:064x}" for n in range(1, 10)]
    sizes = [anchor.size for anchor in anchors]
    there = _roots(_entries(0, 40), sizes)

    def faults(**more: Any) -> list[str]:
        now: dict[str, Any] = {"size": 40, "roots": there, "checkpoints": sealed}
        return list(faults_against(anchors, **now | more))

    assert faults() == []
    (gone,) = faults(size=7)
    assert "the anchor of 2026-03-11 17:30:00 UTC knew 9 events of metro, and 7 of them" in gone
    (other,) = faults(roots={**there, 6: bytes(32), 9: bytes(32)})
    assert "recorded between the anchor of 2026-03-05" in other and "2026-03-08" in other
    (first,) = faults(roots=dict.fromkeys(sizes, bytes(32)))
    assert "recorded before the anchor of 2026-03-05" in first
    (words,) = faults(checkpoints=[*sealed[:5], "f" * 64, *sealed[6:]])
    assert "checkpoint 6 of metro is not the one that was anchored" in words
    (fewer,) = faults(checkpoints=sealed[:4])
    assert "knew checkpoint 6 of metro, and 4 are there" in fewer


def _mutated(draw: random.Random, text: str) -> str:
    at = draw.randrange(len(text) + 1)
    return draw.choice(
        [
            text[:at],
            text[:at]
            + draw.choice(["\n", "\n\n", "— ", "\x00", "+", "é", "=", "9" * 40, " "])
            + text[at:],
            text[:at] + text[at + draw.randrange(1, 9) :],
            text + text[:at],
        ]
    )


def _hostile(count: int) -> None:
    draw = random.Random(count)
    note = _anchor(3, checkpoint=(1, "0" * 64)).signed(KEY)
    for _ in range(count):
        for read in (
            lambda text: read_anchors(text, PUBLIC),
            VerifyingKey.parse,
            SigningKey.parse,
        ):
            text = _mutated(draw, draw.choice([note, str(KEY), KEY.secret(), note + note]))
            try:
                found = read(text)
            except CoresponderError:
                continue
            assert found


def test_odd_files_are_an_answer_or_one_error() -> None:
    """A file that was changed at random is read, or it is one error of the library."""
    _hostile(300)


@pytest.mark.slow
def test_many_odd_files_are_an_answer_or_one_error() -> None:
    """The same of 100,000 files of each kind."""
    _hostile(100_000)


def test_a_proof_of_consistency_is_json_with_both_notes() -> None:
    """A keeper of anchors gets the hashes under the name that RFC 6962 gives them."""
    before, after = _read(_anchor(3), _anchor(7))
    said = json.loads(consistency_proof(before, after, _entries))
    assert [*said] == ["first", "second", "consistency"]
    assert said["second"] == after.note
