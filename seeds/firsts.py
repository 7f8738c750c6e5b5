"""Where each source id stood first in what goes in together: on disk, so that memory stays bounded (F13)."""

import sqlite3
from typing import NamedTuple


class First(NamedTuple):
    """Where a source id stood first, and the digest of the document it stood for."""

    file: str
    line: int
    digest: str


class Firsts:
    """Remembers in a database of its own that spills to a temporary file, and is gone with this object."""

    def __init__(self):
        self.database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self.database.execute("PRAGMA journal_mode = OFF")
        self.database.execute("BEGIN")
        self.database.execute("CREATE TABLE firsts (key TEXT PRIMARY KEY, file, line, digest) WITHOUT ROWID")

    def of(self, key, here):
        """Return the First of this source key: what was remembered before, else `here`."""
        added = self.database.execute(
            "INSERT INTO firsts VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", (key, *here)
        )
        if added.rowcount:
            return here
        row = self.database.execute("SELECT file, line, digest FROM firsts WHERE key = ?", (key,)).fetchone()
        return First(*row)
