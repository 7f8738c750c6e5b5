"""Bytes to text, for formats that are written by hand: encodings, byte order marks, characters that do not belong."""

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

CHUNK = 64 * 1024
# The longer marks first: the one of UTF-32 begins like that of UTF-16.
MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
LINE_ENDS = re.compile(r"\r\n?")
# Controls other than tab and LF, byte order marks within the text, and what Unicode says is no character.
UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
# More lines than these are counted, not listed.
MOST_LINES = 10


class NoText(Exception):
    """Bytes that are no text at all; the message says so to people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """Text with LF line ends and nothing in it that a document may not hold; `notes` say what that took, and where."""

    text: str
    notes: tuple[str, ...] = ()


def read_all(stream, limit):
    """Return (bytes, size): all that a binary stream holds, or None where that is longer than `limit` bytes."""
    raw = stream.read(limit + 1)
    if len(raw) <= limit:
        return raw, len(raw)
    size = len(raw)
    while piece := stream.read(CHUNK):
        size += len(piece)
    return None, size


def decode(raw: bytes) -> Decoded:
    """Return the text in `raw`: UTF-8, or what its byte order mark says, or else Windows-1252.

    Bytes that are no UTF-8 are read as Windows-1252 only where nothing beyond ASCII is UTF-8: in a file that is UTF-8
    but for a few bytes, those become U+FFFD. Raises NoText.
    """
    mark, encoding = next(((mark, name) for mark, name in MARKS if raw.startswith(mark)), (b"", "utf-8"))
    content = raw[len(mark) :]
    notes = []
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        if not mark and _is_single_byte(content):
            encoding = "cp1252"
        text = content.decode(encoding, "replace")
        if encoding == "cp1252":
            beyond = (match.start() for match in re.finditer(r"[^\x00-\x7f]", text))
            notes.append(f"{lines_of(text, beyond)}: this is no UTF-8, and was read as Windows-1252.")
        if places := lines_of(text, (match.start() for match in re.finditer("\ufffd", text))):
            name = "Windows-1252" if encoding == "cp1252" else encoding.upper()
            notes.append(f"{places}: what is no {name} became “\ufffd”.")
    text = LINE_ENDS.sub("\n", text)
    unfit = [match.start() for match in UNFIT.finditer(text)]
    if len(unfit) > max(8, len(text) // 10):
        raise NoText("This is no text: too much of it is control characters.")
    if unfit:
        notes.append(f"{lines_of(text, unfit)}: control characters were removed.")
        text = UNFIT.sub("", text)
    return Decoded(text=text, notes=tuple(notes))


def lines_of(text: str, offsets: Iterable[int]) -> str:
    """Name the lines of these places, such as “Lines 3, 9 and 14”; empty where there is no place."""
    ends = [match.start() for match in re.finditer("\r\n?|\n", text)]
    return named_lines(bisect_left(ends, offset) + 1 for offset in offsets)


def named_lines(numbers: Iterable[int]) -> str:
    """Write line numbers out, such as “Lines 3, 9 and 14”; each once, the first of many and how many more there are."""
    lines = sorted(set(numbers))
    if not lines:
        return ""
    if len(lines) == 1:
        return f"Line {lines[0]:,}"
    shown = [f"{line:,}" for line in lines[:MOST_LINES]]
    if more := len(lines) - len(shown):
        return f"Lines {', '.join(shown)} and {more:,} more"
    return f"Lines {', '.join(shown[:-1])} and {shown[-1]}"


def _is_single_byte(content: bytes) -> bool:
    """Say whether nothing beyond ASCII in this is UTF-8, which text in Windows-1252 practically never is."""
    for run in BEYOND_ASCII.finditer(content):
        if any(char != "\ufffd" for char in run[0].decode("utf-8", "replace")):
            return False
    return True
