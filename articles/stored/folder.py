"""The folder of kept pages: one page a few files, written whole or not at all, shared by all processes of a machine.

    live/articles/rolling-back/index.meta       what it is, as JSON: it makes the others true, or is not there
    live/articles/rolling-back/index.gz, .br    its bytes, compressed ahead
    last/...                                    what was cleared, for readers while the database is away
    locks/..., followed                         who works on which page; how far the log of purges was followed

What search engines must be told not to keep has its bytes in `index.own.gz`, so that nginx, which cannot tell them,
leaves it to us. Nothing is trusted that does not have the digest its meta says: what a crash or a stranger left is
a page that is not there.
"""

import contextlib
import fcntl
import gzip
import json
import logging
import os
import time
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock

import brotli

from articles.canonical import digest_bytes
from articles.models.purge import EVERYTHING
from articles.stored.rules import beside

logger = logging.getLogger(__name__)

FORMAT = 1
LOCKS = 256
# How long one who wants the same page, or clears it, waits for who makes it: far longer than any page takes.
WAIT_SECONDS = 5.0
POLL_SECONDS = 0.005
# Of the page in memory: what is asked for all the time. Each process has its own, checked against the file each time.
MOST_IN_MEMORY = 32 * 1024 * 1024
# 9 of 11: the last steps take ten times as long for two parts in a hundred.
BROTLI = 9
LONGEST_NAME = 200  # bytes of one part of a path, with what we put behind it: file systems take 255


@dataclass(slots=True)
class Page:
    """A kept page. `ends` is when it stops being true by itself, in seconds since 1970."""

    headers: list
    digest: str
    made: float
    ends: float
    seen: str
    edition: str
    is_own: bool
    bodies: dict  # encoding: (bytes, their digest)
    answers: dict = field(default_factory=dict)  # what `front` makes of it, once for all who ask

    @property
    def size(self):
        return sum(len(body) for body, _ in self.bodies.values())

    def body(self, encoding):
        """Return (bytes, digest) of this page, compressed so or, for "", as it is."""
        if encoding in self.bodies:
            return self.bodies[encoding]
        return gzip.decompress(self.bodies["gzip"][0]), self.digest


def page_of(content, headers, *, ends, seen, edition, is_own):
    """Return a Page of these bytes, compressed."""
    # No time and no name in it, so that the same page is the same bytes.
    packed = {"gzip": gzip.compress(content, 9, mtime=0), "br": brotli.compress(content, quality=BROTLI)}
    return Page(
        headers=[list(pair) for pair in headers],
        digest=digest_bytes(content),
        made=time.time(),
        ends=ends,
        seen=seen,
        edition=edition,
        is_own=is_own,
        bodies={encoding: (body, digest_bytes(body)) for encoding, body in packed.items()},
    )


SUFFIXES = {"gzip": ".gz", "br": ".br"}


class Folder:
    """Kept pages under `root`. `edition` names everything else they depend on, such as templates and settings."""

    def __init__(self, root, edition):
        self.root, self.edition = Path(root), edition
        self._memory, self._in_memory, self._remembering = {}, 0, Lock()
        for part in ("live", "last", "locks"):
            (self.root / part).mkdir(parents=True, exist_ok=True)

    # Reading -----------------------------------------------------------------------------------------------------

    def fresh(self, path):
        """Return the page kept of `path`, or None where there is none that is true now."""
        meta, mark, page = self._memory.get(path) or (self._place("live", path), None, None)
        if meta is None:
            return None
        try:
            there = os.stat(meta)
        except OSError:
            return None
        now = (there.st_mtime_ns, there.st_ino, there.st_size)
        if now != mark:
            page = self._read(Path(meta))
            if page is None:
                return None
            self._remember(path, str(meta), now, page)
        return page if page.ends > time.time() and page.edition == self.edition else None

    def last(self, path):
        """Return the last page kept of `path`, true or not, or None: for while nobody can make a better one."""
        for part in ("live", "last"):
            meta = self._place(part, path)
            if meta and (page := self._read(meta)):
                return page
        return None

    def _read(self, meta):
        try:
            with open(meta, "rb") as file:
                said = json.loads(file.read())
            if said["format"] != FORMAT:
                return None
            bodies = {}
            for encoding, digest in said["bodies"].items():
                with open(_body(meta, encoding, said["is_own"]), "rb") as file:
                    bodies[encoding] = file.read(), digest
            if any(digest_bytes(body) != digest for body, digest in bodies.values()):
                return None  # written at this moment, or damaged
            names = ("headers", "digest", "made", "ends", "seen", "edition", "is_own")
            return Page(**{name: said[name] for name in names}, bodies={**bodies})
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def _remember(self, path, meta, mark, page):
        with self._remembering:
            if before := self._memory.pop(path, None):
                self._in_memory -= before[2].size
            self._memory[path] = meta, mark, page
            self._in_memory += page.size
            while self._in_memory > MOST_IN_MEMORY and len(self._memory) > 1:
                _, _, gone = self._memory.pop(next(iter(self._memory)))
                self._in_memory -= gone.size

    def has(self, path):
        """Say whether a page is kept of `path` that is true now, going by its meta alone."""
        meta = self._place("live", path)
        try:
            said = json.loads(meta.read_bytes()) if meta else {}
        except (OSError, ValueError):
            return False
        return said.get("edition") == self.edition and said.get("ends", 0) > time.time()

    # Writing -----------------------------------------------------------------------------------------------------

    @contextmanager
    def lock(self, path, wait=WAIT_SECONDS):
        """Hold what is kept of `path` against all who make or clear it; yields whether it was to be had in time.

        Taken from whoever dies with it. Pages share locks, so nobody may hold two.
        """
        number = zlib.crc32(path.encode("utf-8", "surrogatepass")) % LOCKS
        with self._flock(self.root / "locks" / str(number), wait) as is_ours:
            yield is_ours

    @contextmanager
    def following(self):
        """Be the one process that follows the log here; yields whether no other one is."""
        with self._flock(self.root / "locks" / "following", 0) as is_ours:
            yield is_ours

    @contextmanager
    def _flock(self, name, wait):
        until = time.monotonic() + wait
        try:
            file = os.open(name, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            logger.error("No lock could be made at %s: %s.", name, error.strerror)
            yield False
            return
        try:
            while not (is_ours := _locked(file)) and time.monotonic() < until:
                time.sleep(POLL_SECONDS)
            yield is_ours
        finally:
            os.close(file)  # which lets it go

    def keep(self, path, page):
        """Keep `page` as that of `path`. The caller holds its lock. Where there is no place for it, nothing is kept."""
        meta = self._place("live", path)
        if meta is None:
            return
        said = {
            "format": FORMAT,
            "headers": page.headers,
            "digest": page.digest,
            "made": page.made,
            "ends": page.ends,
            "seen": page.seen,
            "edition": page.edition,
            "is_own": page.is_own,
            "bodies": {encoding: digest for encoding, (_, digest) in page.bodies.items()},
        }
        try:
            meta.parent.mkdir(parents=True, exist_ok=True)
            # What it was before goes first: never is there a meta beside bytes that nginx would serve without it.
            self._remove(meta)
            for encoding, (body, _) in page.bodies.items():
                _replace(_body(meta, encoding, page.is_own), body)
            _replace(meta, json.dumps(said).encode())
        except OSError as error:
            logger.error("A page could not be kept at %s: %s.", meta, error.strerror)

    def clear(self, purge):
        """Clear what is kept of a purge's addresses and is not of later. Returns whether all of it could be."""
        everything = EVERYTHING in purge.paths
        if everything:
            self._wait_for_makers()
        paths = self._paths() if everything else {one for path in purge.paths for one in beside(path)}
        done = [self._clear(path, purge) for path in sorted(paths)]
        return all(done)

    def _wait_for_makers(self):
        """Wait for all who are making a page now: what they keep was read before, and must be there to be cleared."""
        for number in range(LOCKS):
            with self._flock(self.root / "locks" / str(number), WAIT_SECONDS):
                pass

    def _paths(self):
        """Return the addresses of all that is kept."""
        found = set()
        for part in ("live", "last"):
            for meta in (self.root / part).rglob("*.meta"):
                name = str(meta.relative_to(self.root / part)).removesuffix(".meta")
                found.add("/" + (name.removesuffix("index") if meta.name == "index.meta" else name))
        return found

    def _clear(self, path, purge):
        meta, last = self._place("live", path), self._place("last", path)
        if meta is None:
            return True
        # Whoever makes it at this moment has read what was before: so it is waited for, though nothing is there yet.
        with self.lock(path) as is_ours:
            # Cleared even where whoever makes it hangs; then it is cleared once more.
            try:
                if not self._knows(meta, purge):
                    if purge.hard:
                        self._remove(meta)
                    else:
                        self._put_aside(meta, last)
                if purge.hard and not self._knows(last, purge):
                    self._remove(last)
            except OSError as error:
                logger.error("A kept page could not be cleared at %s: %s.", meta, error.strerror)
                return False
            return is_ours

    def _knows(self, meta, purge):
        try:
            return purge.is_known(json.loads(meta.read_bytes())["seen"])
        except FileNotFoundError:
            return True
        except (ValueError, KeyError, TypeError):
            return False

    def _put_aside(self, meta, last):
        last.parent.mkdir(parents=True, exist_ok=True)
        self._remove(last)
        page = self._read(meta)
        if page is None:
            return self._remove(meta)
        # The meta goes first and comes last, so that it never stands beside other bytes.
        said = meta.read_bytes()
        meta.unlink()
        for encoding in page.bodies:
            os.replace(_body(meta, encoding, page.is_own), _body(last, encoding, page.is_own))
        _replace(last, said)

    def _remove(self, meta):
        for gone in (meta, *(_body(meta, encoding, own) for encoding in SUFFIXES for own in (True, False))):
            gone.unlink(missing_ok=True)

    def empty(self):
        """Clear all there is, in both parts, as nothing is known of it."""
        self._wait_for_makers()
        for part in ("live", "last"):
            for folder, _, names in os.walk(self.root / part, topdown=False):
                for name in names:
                    Path(folder, name).unlink(missing_ok=True)
                if Path(folder) != self.root / part:
                    with contextlib.suppress(OSError):  # somebody keeps a page there at this moment
                        Path(folder).rmdir()

    # How far the log was followed --------------------------------------------------------------------------------

    def place(self, within):
        """Return the place up to which the log was followed, or None where that is unknown or longer ago."""
        try:
            said = json.loads((self.root / "followed").read_bytes())
            return said["place"] if time.time() - said["at"] < within.total_seconds() else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def follow(self, place):
        """Note that the log was followed up to `place`, now."""
        _replace(self.root / "followed", json.dumps({"place": place, "at": time.time()}).encode())

    def _place(self, part, path):
        """Return where the meta of a path is, or None where no file can have that name."""
        name = path[1:] + "index" if path.endswith("/") else path[1:]
        if any(len(os.fsencode(one)) > LONGEST_NAME for one in name.split("/")):
            return None
        return self.root / part / f"{name}.meta"


def _body(meta, encoding, is_own):
    return meta.with_name(meta.name.removesuffix(".meta") + ".own" * is_own + SUFFIXES[encoding])


def _locked(file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _replace(place, content):
    """Write a file that is there whole or not at all."""
    with NamedTemporaryFile(dir=place.parent, prefix=".", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.chmod(file.name, 0o644)  # nginx is another user
            os.replace(file.name, place)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise
