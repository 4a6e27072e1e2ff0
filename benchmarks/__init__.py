"""Costs beside a peer's, with bounds that can be missed: `python -m benchmarks [TOPIC ...]`.

A topic is a file of this folder with one function, which yields a row for each thing it measures:

    def rows(bench: Bench) -> Iterator[Row]:
        yield bench.compare("what_is_measured", ours, peer, most=3.0, peer_does="what it leaves
        out")

`python -m benchmarks` finds the file by that function. `ours` and `peer` take nothing; they run in
turns, in rounds, and the row holds the ratio of each round. A bound is an upper one, near enough to
what is usual that twice our cost is above it. `bench.limit(...)` holds a number against a fixed
bound, where no peer does such work. Where `bench.short` is true, CI is waiting: leave out what
needs a server, the clock on the wall, or more than two seconds.

What is needed to measure (a story of the simulation, a program, a disk's rate) stands in
`benchmarks/field.py`, and the rounds in `benchmarks/measure.py`.
"""
