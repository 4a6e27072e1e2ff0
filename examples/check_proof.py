"""Check a proof with nothing of this library: `python check_proof.py PROOF KEY`.

An agency gives you a proof that it recorded an event, or that one anchor continues an earlier one.
You need the proof, the agency's public key, which you were given before, and `cryptography`. Without
arguments the script checks a proof that it has with it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Wrong(Exception):
    """The proof does not hold."""


def decoded(text: str) -> bytes:
    """Return the bytes of a base64 text."""
    return base64.b64decode(text, validate=True)


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of two hashes (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def head(note: str, key: str) -> tuple[str, int, bytes]:
    """Return the origin, the size and the root of a note that the key signed (C2SP signed-note and
    tlog-checkpoint).
    """
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    name, id, encoded = key.strip().split("+", 2)
    public = decoded(encoded)
    if hashlib.sha256(f"{name}\n".encode() + public).hexdigest()[:8] != id:
        raise Wrong("the key is not whole")
    for line in signatures.splitlines():
        dash, signer, signature = line.split(" ")
        said = decoded(signature)
        if (dash, signer, said[:4].hex()) == ("—", name, id):
            try:
                Ed25519PublicKey.from_public_bytes(public[1:]).verify(said[4:], text.encode())
            except InvalidSignature:
                raise Wrong("the anchor was changed after it was signed") from None
            origin, size, root = text.splitlines()[:3]
            return origin, int(size), decoded(root)
    raise Wrong(f"{name} did not sign the anchor")


def digest(row: dict[str, object]) -> bytes:
    """Return the digest of an event's row, which covers the row before."""
    names = ("previous", "number", "kind", "version", "recorded_at", "body")
    said = "\x1f".join(str(row[name]) for name in names)
    said += f"\x1f{row['request']}" if row["request"] else ""
    return hashlib.sha256(said.encode()).digest()


def included(entry: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Return the root to which a path leads from an entry (RFC 9162, 2.1.3.2)."""
    at, last, found = index, size - 1, hashlib.sha256(b"\x00" + entry).digest()
    if at > last:
        raise Wrong("the event is not among those that were anchored")
    for step in path:
        if last == 0:
            raise Wrong("the path is too long")
        if at % 2 or at == last:
            found = node(step, found)
            while at and not at % 2:
                at, last = at // 2, last // 2
        else:
            found = node(found, step)
        at, last = at // 2, last // 2
    if last:
        raise Wrong("the path is too short")
    return found


def continued(old: int, before: bytes, size: int, path: list[bytes]) -> tuple[bytes, bytes]:
    """Return the earlier and the later root to which a path leads (RFC 9162, 2.1.4.2)."""
    if old == size and not path:
        return before, before
    if not 0 < old < size:
        raise Wrong("the later anchor has fewer events")
    path = [before, *path] if old & (old - 1) == 0 else path
    if not path:
        raise Wrong("the path is too short")
    at, last = old - 1, size - 1
    while at % 2:
        at, last = at // 2, last // 2
    then = now = path[0]
    for step in path[1:]:
        if last == 0:
            raise Wrong("the path is too long")
        if at % 2 or at == last:
            then, now = node(step, then), node(step, now)
            while at and not at % 2:
                at, last = at // 2, last // 2
        else:
            now = node(now, step)
        at, last = at // 2, last // 2
    if last:
        raise Wrong("the path is too short")
    return then, now


def check_inclusion(proof: str, key: str) -> str:
    """Check that an event is in an anchored log (C2SP tlog-proof); return what is known then."""
    said, _, note = proof.partition("\n\n")
    version, extra, index, *path = said.splitlines()
    if version != "c2sp.org/tlog-proof@v1":
        raise Wrong("this is no proof of the kind that the script knows")
    origin, size, root = head(note, key)
    row = json.loads(decoded(extra.removeprefix("extra ")))
    at = int(index.removeprefix("index "))
    if included(digest(row), at, size, [decoded(line) for line in path]) != root:
        raise Wrong("the event is not in the log that was anchored")
    return (
        f"{row['kind']}, recorded at {row['recorded_at']}, is event {at + 1} of {size} of {origin}"
    )


def check_consistency(proof: str, key: str) -> str:
    """Check that one anchor continues another; return what is known then."""
    said = json.loads(proof)
    origin, old, before = head(said["first"], key)
    later, size, after = head(said["second"], key)
    path = [decoded(step) for step in said["consistency"]]
    if origin != later:
        raise Wrong("the two anchors are of two agencies")
    if old and continued(old, before, size, path) != (before, after):
        raise Wrong("the later anchor does not continue the earlier one: events were rewritten")
    return f"the {size} events of {origin} begin with the {old} that were anchored before"


def check(proof: str, key: str) -> str:
    """Check a proof of either kind."""
    return (check_consistency if proof.startswith("{") else check_inclusion)(proof, key)


SAMPLE_KEY = "records.example.org+fbcf1c99+AeQjdnGwsNMEpqhTWyx/v7ZGjMHvxdjHIB2Xg872y1L0"
SAMPLE = """\
c2sp.org/tlog-proof@v1
extra eyJwcmV2aW91cyI6ICJjYmFhZjAyZDM1NDVkNDY2YzY3NTk3YzVhMjk0M2Y5NDIwMmRlZjg2ZTMwNWIzZGQ3NTNjZjI5MTIwZDY2NDg5IiwgIm51bWJlciI6IDMsICJraW5kIjogIkluY2lkZW50TGlua2VkIiwgInZlcnNpb24iOiAxLCAicmVjb3JkZWRfYXQiOiAiMjAyNi0wMS0xMFQwMDozNjozMi4wODE5MjErMDA6MDAiLCAiYm9keSI6ICJ7XCJhdFwiOlwiMjAyNi0wMS0xMFQwMDozNjozMi4wODE5MjFaXCIsXCJieVwiOlwiZGlzcGF0Y2hlci0xXCIsXCJhcHByb3hpbWF0ZVwiOmZhbHNlLFwib3RoZXJcIjpcIm5pZ2h0LTEtMDAwMDUtYWdhaW5cIixcImxpbmtcIjpcImR1cGxpY2F0ZVwifSIsICJyZXF1ZXN0IjogImEwMDA4NjU3YTcyMDExOWFjZTgzMGU5MWM3NTE3YTJjIn0=
index 65
6oOyMC6mwsE9P6KxmGzYK6mUj4F55HmbieA6QPCNs50=
HNcnLn3ygJF339WQu4Jfv2iEA+KgD3kZwzcUGeXugQU=
bBYhNnrZFEpEFV54gn68QrT/Dwy5e6zau6+aPt268cE=
bEQn2TKRgCnrPFAZ/v3kDkz9jPx4Y9Z7Cl/G+4K3Jbg=
DVfS1otpMSH9oh3X49Lne57q4oFwPM5D/iFs+P+f9ms=
hUfiy2S9+k0V2Q2w4vS297xaUzTOC0tqH9rYpomEOO8=
8B2QEjV+k/nRWuew4GXTH3MJye3IHNhgsPfQF5kA5r0=
2ya86ct9tbzkeVlZybHlpi9Thx396PxLE9L0X7X0TkA=
ngfW0Bba1WjwI9VJmuRrpUro19S6S2wjA/8Cr6pJ1yo=

records.example.org/default
281
HNHnMLtT8cRiQNC/djLnX6sx4xUxTcKaE6sFIkR37Q0=
made 2026-11-27T23:49:34.541842+00:00
checkpoint 2 e1450374c10b562ed6ed0866bfb0a3403f0963120758d2c2cfad9aa4419509d8

— records.example.org +88cmfFOyI3rGmmT+kWp5lJswZtJSgrxGIUxDS1i1vgyGUg31wpk1cOM8cZfCM9K/+VLgCEA/0t2Y5TK66J4tmhr4QA=
"""

if __name__ == "__main__":
    files = [Path(name).read_text(encoding="utf-8") for name in sys.argv[1:3]]
    try:
        print(check(*(files if len(files) == 2 else (SAMPLE, SAMPLE_KEY))))
    except (Wrong, ValueError, KeyError) as wrong:
        sys.exit(f"the proof does not hold: {wrong}")
