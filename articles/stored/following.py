"""What goes on beside the answers, in a thread of each process: clearing what others changed, and counting.

One process of a machine follows the log of purges for all of them, since they share the folder; where it dies, another
does so a moment later. Each one writes down its own counts. While the database is away both wait for it: nothing is
cleared then, since nothing changes, and counts are kept.
"""

import atexit
import contextlib
import logging
import os
import threading
import time

from django.db import Error, connection

from articles.models import Purge
from articles.models.purge import HEARD_WITHIN
from articles.stored import counting, making

logger = logging.getLogger(__name__)

# P7: a withdrawal is seen everywhere within a second.
PAUSE_SECONDS = 0.4
COUNTS_SECONDS = 10

_started_in = None
_starting = threading.Lock()


def start():
    """Begin to follow, once in each process: a fork has none of its parent's threads."""
    global _started_in
    if making.folder() is None or _started_in == os.getpid():
        return
    with _starting:
        if _started_in != os.getpid():
            _started_in = os.getpid()
            threading.Thread(target=_run, name="following", daemon=True).start()
            atexit.register(counting.flush_quietly)


def _run():
    follower = Follower(making.folder())
    counted = time.monotonic()
    while True:
        try:
            follower.step()
            if time.monotonic() - counted >= COUNTS_SECONDS:
                counting.flush()
                counted = time.monotonic()
        except Error:
            with contextlib.suppress(Error):
                connection.close()
        except Exception:
            logger.exception("Kept pages could not be cleared. It is tried again.")
        time.sleep(PAUSE_SECONDS)


class Follower:
    """Follows the log of purges for one folder. A purge may be met twice, and never is one left out."""

    def __init__(self, folder):
        self.folder = folder
        self.done = {}  # the purges met since `place`, by id

    def step(self):
        """Clear what is new in the log, if no other process does so. Raises Error while the database is away."""
        with self.folder.following() as is_ours:
            if not is_ours:
                self.done = {}
                return
            place = self.folder.place(HEARD_WITHIN)
            purges, behind = Purge.objects.since(place)
            if purges is None:
                # Nobody knows what was missed.
                self.folder.empty()
            else:
                self._clear(purges)
            self.folder.follow(behind)

    def _clear(self, purges):
        met = {}
        for purge in purges:
            met[purge.pk] = purge.pk in self.done or self.folder.clear(purge)
        self.done = {pk for pk, is_done in met.items() if is_done}
        if not all(met.values()):
            raise TimeoutError("A page was being made for too long; it is cleared again.")
