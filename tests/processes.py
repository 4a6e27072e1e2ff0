"""Processes that do something at one moment."""

import multiprocessing

_SPAWN = multiprocessing.get_context("spawn")


def at_once(do, *arguments, seconds=120):
    """Run a function in one process for each of some tuples of arguments, which get a barrier as the
    last one. Each process must end well.
    """
    barrier = _SPAWN.Barrier(len(arguments))
    processes = [_SPAWN.Process(target=do, args=(*one, barrier)) for one in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join(seconds)
    assert [process.exitcode for process in processes] == [0] * len(processes)
