"""Which formats there are, and which one a file is in. seeds/importers/__init__.py says what a format is."""

from pathlib import PurePath

from seeds import compressed
from seeds.importers import jsonl, markdown, wxr

# The first that recognises a file reads it. Front matter may be JSON, so Markdown is asked before JSON Lines: it takes
# only what has something other than JSON behind it.
FORMATS = (wxr, markdown, jsonl)
NAMES = tuple(format.NAME for format in FORMATS)


def named(name):
    """Return the format of this name; None for auto."""
    return next((format for format in FORMATS if name == format.NAME), None)


def recognised(start):
    """Return the format of a file that begins with these bytes, or None."""
    return next((format for format in FORMATS if format.recognises(start)), None)


def by_ending(name):
    """Return the format that files of this name are in, compressed or not, or None."""
    path = PurePath(name.lower())
    if path.suffix in compressed.ENDINGS:
        path = path.with_suffix("")
    return next((format for format in FORMATS if path.suffix in format.ENDINGS), None)


def chosen(name, start, *, in_folder):
    """Return the format to read a file with: in a folder by its ending, else by its first bytes.

    What is neither is read as JSON Lines, which says what else it is.
    """
    by_name = by_ending(name)
    return (by_name if in_folder else None) or recognised(start) or by_name or jsonl
