"""Where an import reads from: files, folders, standard input."""

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ENDINGS = (".json", ".jsonl", ".ndjson")


class Unreadable(Exception):
    """A path that cannot be read; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Source:
    """One stream of documents. `path` is None for standard input."""

    name: str
    path: Path | None

    @property
    def is_file(self):
        """It is a file that can be read again, not standard input or a pipe."""
        return self.path is not None and self.path.is_file()

    @property
    def size(self):
        """Length in bytes, or None where it is not known ahead."""
        return self.path.stat().st_size if self.path and self.is_file else None

    @contextmanager
    def open(self):
        """Open for reading. Raises Unreadable, also where reading fails later on."""
        try:
            if self.path is None:
                yield sys.stdin.buffer
                return
            with self.path.open("rb") as stream:
                yield stream
        except OSError as error:
            raise Unreadable(f"{self.name}: {error.strerror or error}.") from None


def shown(path):
    """Return a path as text that every database takes: names of files may hold bytes that are no UTF-8."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def find(paths):
    """Return the sources that `paths` name, in order. A folder gives its documents sorted; links are not followed.

    Raises Unreadable for a path that is not there, or a folder that holds no documents.
    """
    sources = []
    for given in paths:
        if given == "-":
            sources.append(Source("standard input", None))
            continue
        path = Path(given)
        if path.is_dir():
            inside = sorted(
                file
                for file in path.rglob("*")
                if file.suffix.lower() in ENDINGS and file.is_file() and not _through_a_link(file, path)
            )
            if not inside:
                raise Unreadable(f"{shown(given)}: there is no {', '.join(ENDINGS)} file in this folder.")
            sources.extend(Source(shown(file), file) for file in inside)
        elif path.exists():
            sources.append(Source(shown(given), path))
        else:
            raise Unreadable(f"{shown(given)}: there is no such file or folder.")
    return sources


def _through_a_link(file, root):
    """A link inside a folder could lead anywhere on this machine (S19)."""
    return any(part.is_symlink() for part in [file, *file.parents][: len(file.relative_to(root).parts)])
