"""Where an import reads from: files, folders, standard input; compressed or not."""

import fcntl
import hashlib
import io
import os
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from seeds import compressed, formats

START = 64 * 1024  # bytes by which a format is recognised
CHUNK = 1024 * 1024


class Unreadable(Exception):
    """A path that cannot be read; the message says which and why."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of a source. `inside` is its path below a folder that was given, with slashes; else its name.

    `problem` says why a folder inside could not be listed: it stands for the files that may be in it.
    """

    name: str
    path: Path | None
    inside: str
    in_folder: bool = False
    problem: str = ""

    @contextmanager
    def open(self):
        """Open for reading, and yield the stream of what is in it, unpacked, and its first bytes.

        The stream stands at its beginning, and pipes lose nothing. Raises Unreadable, also where reading fails later.
        """
        if self.problem:
            raise Unreadable(f"{self.name}: {self.problem}")
        try:
            if self.path is None:
                yield begun(sys.stdin.buffer)
                return
            with self.path.open("rb") as stream:
                if self.in_folder and self.path.is_symlink():
                    raise Unreadable(f"{self.name}: This became a link meanwhile.")
                yield begun(stream)
        except OSError as error:
            raise Unreadable(f"{self.name}: {error.strerror or error}.") from None


@dataclass(frozen=True, slots=True)
class Source:
    """One path that was given: a file, a folder of files, or standard input where `path` is None."""

    name: str
    path: Path | None
    format: str = "auto"
    inside: str = ""  # what the file is called, where its path does not say

    def files(self):
        """Yield the files in the order of their names. Links inside a folder are not followed (S19)."""
        if self.path is None or not self.path.is_dir():
            yield File(self.name, self.path, self.inside or (self.path.name if self.path else ""))
            return
        for path, problem in _walk(self.path):
            if problem and path == self.path:
                raise Unreadable(f"{self.name}: {problem}")
            if problem or self.takes(path.name):
                inside = shown(path.relative_to(self.path).as_posix())
                yield File(shown(path), path, inside, in_folder=True, problem=problem)

    def takes(self, name):
        """Whether a file of this name in a folder is one to read."""
        found = formats.by_ending(name)
        return found is not None and self.format in ("auto", found.NAME)

    @property
    def is_file(self):
        """It is a file or folder that can be read again, not standard input or a pipe."""
        return self.path is not None and (self.path.is_file() or self.path.is_dir())

    @property
    def size(self):
        """Length in bytes, or None where it is not known ahead, as of compressed files."""
        if not self.is_file:
            return None
        try:
            return self._size()
        except Unreadable:
            return None

    def _size(self):
        total = 0
        for file in self.files():
            try:
                with file.path.open("rb") as stream:
                    if compressed.is_compressed(stream.read(4)):
                        return None
                total += file.path.stat().st_size
            except OSError:
                return None
        return total

    @contextmanager
    def held(self):
        """Hold this source on this machine until the end, and yield the Hold. The system lets go of the dead."""
        hold = Hold(self.path if self.is_file else None)
        try:
            yield hold
        finally:
            hold.end()


class Hold:
    """One process's hold on a source. Who comes to it while nobody reads it is alone, and others wait to be let in.

    So no two of them begin at the same time, and whoever is alone knows that what another began, it left.
    """

    def __init__(self, path):
        self.place, self.is_alone = None, False
        if path is None:
            return
        with suppress(OSError):
            self.place = os.open(path, os.O_RDONLY)
            self.is_alone = self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not self.is_alone:
                self._lock(fcntl.LOCK_SH)

    def let_in(self):
        """Let others read the source beside this process."""
        if self.is_alone:
            self._lock(fcntl.LOCK_SH)

    def end(self):
        if self.place is not None:
            os.close(self.place)
            self.place = None

    def _lock(self, how):
        try:
            fcntl.flock(self.place, how)
        except OSError:
            return False
        return True


class Prefix:
    """The digest of what a source holds up to an offset, with the names of its files; read once however often asked.

    An offset counts the unpacked bytes of all files, one behind the other.
    """

    def __init__(self, source):
        self.digest, self.done, self.is_file = hashlib.sha256(), 0, source.is_file
        self.pieces = _pieces(source)
        self.left = b""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.pieces.close()

    def up_to(self, offset):
        """Return the digest of the first `offset` bytes; empty for what is no file. Offsets only rise."""
        if not self.is_file:
            return ""
        while self.done < offset:
            if not self.left:
                piece = next(self.pieces, None)
                if piece is None:
                    break  # it has become shorter: then this is the digest of another
                name, self.left = piece
                self.digest.update(name)
            piece = self.left[: offset - self.done]
            self.left = self.left[len(piece) :]
            self.digest.update(piece)
            self.done += len(piece)
        return self.digest.hexdigest()


def _pieces(source):
    """Yield (name of a file that begins here, bytes)."""
    for file in source.files():
        name = b"\0" + os.fsencode(file.inside) + b"\0" if file.in_folder else b""
        try:
            with file.open() as (stream, _):
                while piece := stream.read1(CHUNK):
                    yield name, piece
                    name = b""
        except (Unreadable, compressed.Broken):
            continue


def begun(stream):
    """Return a stream that stands at the beginning of what is in `stream`, unpacked, and its first bytes."""
    start = _start_of(stream)
    if compressed.is_compressed(start):
        stream = compressed.unpacked(stream, start)
        try:
            start = stream.peek(START)
        except compressed.Broken:
            start = b""  # reading says so again
        return stream, start
    if stream.seekable():
        stream.seek(0)
        return stream, start
    return _rejoined(stream, start), start


def _start_of(stream):
    """Read a first line, or START bytes of it: a pipe may give it in pieces, and then wait."""
    start = b""
    while b"\n" not in start.lstrip() and len(start) < START and (piece := stream.read1(START)):
        start += piece
    return start


class _Rejoined(io.RawIOBase):
    """What was read of a pipe already, and then the rest of it."""

    def __init__(self, stream, start):
        self.stream, self.start = stream, start

    def readable(self):
        return True

    def readinto(self, buffer):
        raw = self.start[: len(buffer)] if self.start else self.stream.read1(len(buffer))
        self.start = self.start[len(raw) :]
        buffer[: len(raw)] = raw
        return len(raw)


def _rejoined(stream, start):
    """Return a buffered stream of `start` and what is left of `stream`."""
    return io.BufferedReader(_Rejoined(stream, start), START)


def shown(path):
    """Return a path as text that every database takes: names of files may hold bytes that are no UTF-8."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _walk(folder):
    """Yield (path, "") for all regular files below a folder in order, and (path, why) for a folder without its names.

    At no time more than the names of one folder are held.
    """
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        yield folder, f"{error.strerror or error}."
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path))
        elif entry.is_file(follow_symlinks=False):
            yield Path(entry.path), ""


def find(paths, format="auto"):
    """Return the sources that `paths` name, in order.

    Raises Unreadable for a path that is not there, or a folder that holds no documents.
    """
    return [_source(given, format) for given in paths]


def _source(given, format):
    if given == "-":
        return Source("standard input", None, format)
    source = Source(shown(given), Path(given), format)
    if not source.path.exists():
        raise Unreadable(f"{source.name}: there is no such file or folder.")
    if source.path.is_dir() and next(source.files(), None) is None:
        known = formats.FORMATS if format == "auto" else (formats.named(format),)
        endings = ", ".join(ending for one in known for ending in one.ENDINGS)
        raise Unreadable(f"{source.name}: there is no {endings} file in this folder.")
    return source
