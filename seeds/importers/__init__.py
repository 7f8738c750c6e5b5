"""Formats that articles come in, one file each. docs/formats.md says how to add one.

A format is a module with these names, listed in FORMATS of seeds/formats.py:

NAME                          how --format names it
ENDINGS                       what files of it in a folder end in, such as (".jsonl",)
recognises(start)             whether the first bytes of a file look like it; the first of FORMATS that says so reads it
read(stream, *, name)         yields an Item for each article in a binary stream, in bounded memory; `name` is the
                              file's path below what was given on the command line, with slashes

A reader never raises for bad content: what cannot be read is an Item that carries its problem, and reading goes on
behind it. Only what its stream raises goes through it (seeds.compressed.Broken, OSError); the importer reports that.
Streams may be of any length, and those that cannot seek say so.
"""

from dataclasses import dataclass
from typing import Any

from articles.document import Alteration, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One article as it stands in a source: `raw` JSON or its `value`, or the `problem` that hides it.

    `line` counts from 1; `end` is the byte offset behind the item. `altered` is what the reader itself changed or kept
    as it found it, `redirects` are paths (/2019/05/old-name/) at which the article stood before.
    """

    line: int
    end: int
    raw: bytes = b""
    value: Any = None
    problem: Problem | None = None
    altered: tuple[Alteration, ...] = ()
    redirects: tuple[str, ...] = ()
