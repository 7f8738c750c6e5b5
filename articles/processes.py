"""Processes beside this one, each with a pipe of its own: nothing is shared, and none outlives whoever started it."""

import pickle
import signal
import traceback
from collections import deque
from contextlib import suppress
from functools import partial
from itertools import islice
from multiprocessing import get_context

import django
from django.conf import settings

# A fork would take along open connections to the database, and locks that threads hold.
CONTEXT = get_context("spawn")
SECONDS_TO_END = 10


# Nothing of ours is imported here: a new process reads this file before Django is set up.


class Failed(Exception):
    """The work raised something that nobody expects; this is its traceback, as text."""


class Killed(Exception):
    """A process was killed at its work."""


class Process:
    """A process that runs `work(pipe)` until it returns or the pipe ends. `work` is a function of a module."""

    def __init__(self, work):
        self.pipe, theirs = CONTEXT.Pipe()
        self.process = CONTEXT.Process(target=_run, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()  # so that its end is the end of the pipe
        self.send(work)

    def send(self, what):
        with suppress(BrokenPipeError, ConnectionResetError):  # `hear` tells that it is gone
            self.pipe.send(what)

    def hear(self):
        """Wait for what it says next. Raises Killed."""
        try:
            return self.pipe.recv()
        except (EOFError, ConnectionResetError):
            raise Killed("A process was killed at its work.") from None

    def dismiss(self):
        """Let it end by itself."""
        self.pipe.close()
        self.process.join(SECONDS_TO_END)

    def kill(self):
        self.pipe.close()
        self.process.kill()
        self.process.join()


def _run(pipe):
    for number in (signal.SIGINT, signal.SIGTERM):  # they reach whoever started it as well, who decides
        signal.signal(number, signal.SIG_IGN)
    django.setup()
    with suppress(EOFError, OSError):
        pipe.recv()(pipe)


def each(work, items, *, here=0):
    """Yield (item, work(item)) for each of `items`, in their order.

    `work` is a function of a module that asks no database; items and results can be pickled. The first `here` items
    are worked on in this process, since another takes half a second to start; the rest in `PROCESSES` others, or here,
    too, where that is 1. `items` is read in this process, at most one more ahead than there are processes.

    Raises Failed and Killed. Close it (`contextlib.closing`) where it may not be read to its end.
    """
    items = iter(items)
    yield from ((item, work(item)) for item in (islice(items, here) if settings.PROCESSES > 1 else items))
    processes, busy = [], deque()
    try:
        for item in islice(items, settings.PROCESSES):
            processes.append(Process(partial(_answer, work)))
            processes[-1].send(item)
            busy.append((item, processes[-1]))
        while busy:
            following = list(islice(items, 1))  # read while they work
            item, process = busy.popleft()
            is_done, result = process.hear()
            if not is_done:
                raise Failed(result)
            for one in following:
                process.send(one)
                busy.append((one, process))
            yield item, result
    finally:
        for process in processes:
            process.kill()  # it holds nothing that would be lost


def _answer(work, pipe):
    while True:
        item = pipe.recv()
        try:
            answer = pickle.dumps((True, work(item)))
        except Exception:
            answer = pickle.dumps((False, traceback.format_exc()))
        pipe.send_bytes(answer)
