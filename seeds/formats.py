"""Which formats there are, and which one a file is in. seeds/importers/__init__.py says what a format is."""

from pathlib import PurePath

from seeds import compressed
from seeds.importers import jsonl, markdown, wxr

# The first that recognises a file reads it.
FORMATS = (wxr, jsonl, markdown)
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

    Where these fit more than one, the ending decides: front matter may be JSON, too. What fits none is read as JSON
    Lines, which says what else it is.
    """
    by_name = by_ending(name)
    if by_name and (in_folder or by_name.recognises(start)):
        return by_name
    return recognised(start) or by_name or jsonl
