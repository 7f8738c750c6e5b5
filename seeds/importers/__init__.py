"""Readers of what articles come in. Each is a generator of items, one an article, in bounded memory.

A reader takes a binary stream and yields `Item`s. It never raises for bad content: what cannot be read is an item
that carries its problem, and reading goes on behind it.
"""

from dataclasses import dataclass

from articles.document import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One article as it stands in a source: `raw` for articles.document.parse, or the `problem` that hides it.

    `line` counts from 1; `end` is the byte offset behind the item.
    """

    line: int
    end: int
    raw: bytes = b""
    problem: Problem | None = None
