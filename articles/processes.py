"""Work that needs no database, done in processes beside the one that writes: in order, and only a little ahead.

For pure functions of what they are given. Each process answers one item at a time over a pipe of its own, so nothing is
shared, nothing piles up, and a process whose parent is gone meets the end of its pipe and ends.
"""

import logging
import pickle
import signal
import traceback
from contextlib import suppress
from itertools import islice
from multiprocessing import get_context

import django
from django.conf import settings

# A fork would take along open connections to the database, and locks that threads hold.
CONTEXT = get_context("spawn")
MOST_ATTEMPTS = 2

logger = logging.getLogger(__name__)


class Failed(Exception):
    """The work on an item raised; this is its traceback, as text."""


class Killed(Exception):
    """The process that worked on an item was killed, and so was the next one that took it."""


def each(work, items, *, here=0):
    """Yield (item, work(item)) for each of `items`, in their order.

    `work` is a function of a module that asks no database; items and results can be pickled. The first `here` items
    are worked on in this process, since another takes half a second to start; the rest in `PROCESSES` others, or here,
    too, where that is 1. `items` is read in this process, at most one more ahead than there are processes.

    Work whose process was killed is done again. Raises Failed and Killed. Close it (`contextlib.closing`) where it may
    not be read to its end.
    """
    items = iter(items)
    yield from ((item, work(item)) for item in (islice(items, here) if settings.PROCESSES > 1 else items))
    children = []
    try:
        for item in islice(items, settings.PROCESSES):
            child = _Child(work)
            children.append(child)
            child.take(item)
        while children:
            following = list(islice(items, 1))  # read while they work
            item, result = children[0].item, children[0].result()
            child = children.pop(0)
            if following:
                child.take(*following)
                children.append(child)
            else:
                child.end()
            yield item, result
    finally:
        for child in children:
            child.end()


class _Child:
    """A process that works on one item at a time."""

    def __init__(self, work):
        self.work = work
        self._begin()

    def _begin(self):
        self.pipe, theirs = CONTEXT.Pipe()
        self.process = CONTEXT.Process(target=_serve, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()  # so that its end is the end of the pipe
        self._send(self.work)

    def take(self, item):
        self.item = item
        self._send(item)

    def _send(self, value):
        # Where it is gone, whoever asks for its result learns that.
        with suppress(BrokenPipeError, ConnectionResetError):
            self.pipe.send(value)

    def result(self):
        """Wait for what the work on the item it took gives, and return that."""
        for _ in range(MOST_ATTEMPTS):
            try:
                is_done, value = pickle.loads(self.pipe.recv_bytes())
            except (EOFError, ConnectionResetError):
                self.end()
                logger.warning("A process was killed at its work, which is done again.")
                self._begin()
                self.take(self.item)
                continue
            if not is_done:
                raise Failed(value)
            return value
        self.end()
        raise Killed(f"Two processes in a row were killed at the same work ({self.work.__qualname__}).")

    def end(self):
        self.pipe.close()
        self.process.kill()  # it holds nothing that would be lost
        self.process.join()


def _serve(pipe):
    """Work on what comes through a pipe, until that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches whoever started it, who decides
    django.setup()
    with suppress(EOFError, OSError):
        work = pipe.recv()
        while True:
            pipe.send_bytes(_answer(work, pipe.recv()))


def _answer(work, item):
    try:
        return pickle.dumps((True, work(item)))
    except Exception:
        return pickle.dumps((False, traceback.format_exc()))
