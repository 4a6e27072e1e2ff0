"""Who sits where: as many seats as possible, each with somebody of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable

__all__ = ["seated"]


def seated(seats: int, who_fit: Callable[[int], Iterable[int]]) -> dict[int, int]:
    """Return the person of each seat that can be filled (augmenting paths), so that no seat stays
    empty because of the order of the seats.

    Args:
        seats: how many there are.
        who_fit: the people who could take a seat, by its number, in order of preference.
    """
    taken: dict[int, int] = {}

    def place(seat: int, seen: set[int]) -> bool:
        for person in who_fit(seat):
            if person in seen:
                continue
            seen.add(person)
            if person not in taken or place(taken[person], seen):
                taken[person] = seat
                return True
        return False

    for seat in range(seats):
        place(seat, set())
    return {seat: person for person, seat in taken.items()}
