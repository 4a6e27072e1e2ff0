"""Fill as many seats as possible, each with a different person."""

from __future__ import annotations

from collections.abc import Callable, Iterable

__all__ = ["seated"]


def seated(seats: int, who_fit: Callable[[int], Iterable[int]]) -> dict[int, int]:
    """Return the person for each seat that can be filled. Augmenting paths make sure that no seat
    stays empty only because of the order of the seats.

    Args:
        seats: the number of seats.
        who_fit: returns for the number of a seat the people who could take it, in order of
            preference.
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
