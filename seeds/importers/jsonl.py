"""JSON Lines, one document a line; and a single JSON document over any number of lines."""

from articles.canonical import MAX_BYTES
from articles.document import Problem
from seeds.importers import Item

CHUNK = 64 * 1024
BLANK = b" \t\r\n"
BOM = b"\xef\xbb\xbf"


def read(stream, *, limit=MAX_BYTES):
    """Yield the items of a binary stream that holds JSON Lines or one JSON document.

    A document is told from lines by its first line, which is then no whole JSON object. A line longer than `limit`
    bytes is passed over without being held in memory, and is an item with a problem.
    """
    lines = _lines(stream, limit)
    first = next((item for item in lines if item.problem or item.raw.strip(BLANK + BOM)), None)
    if first is None:
        return
    if first.problem is None and _opens_a_document(first.raw):
        yield _whole(first, lines, limit)
        return
    yield first
    for item in lines:
        if item.problem or item.raw.strip(BLANK):
            yield item


def _opens_a_document(line):
    """Say whether a first line begins one object and leaves it open for the lines below."""
    text = line.removeprefix(BOM).strip(BLANK)
    return text.startswith(b"{") and not text.endswith(b"}")


def _whole(first, lines, limit):
    """Return all that is left as one item, or its problem where it is longer than `limit`."""
    parts, size, end, long = [first.raw], len(first.raw), first.end, False
    for item in lines:
        end = item.end
        size += len(item.raw)
        long = long or item.problem is not None or size > limit
        if long:
            parts = []
        else:
            parts.append(item.raw)
    if long:
        return Item(line=first.line, end=end, problem=too_long(limit))
    return Item(line=first.line, end=end, raw=b"".join(parts))


def too_long(limit):
    return Problem(path="", reason=f"This is longer than {limit:,} bytes, the most a document may have.")


def _lines(stream, limit):
    """Yield every line, blank ones too, as an item; at most `limit` bytes of one are ever held."""
    number, end = 0, 0
    while piece := stream.readline(limit + 1):
        number += 1
        end += len(piece)
        if len(piece) <= limit or piece.endswith(b"\n"):
            yield Item(line=number, end=end, raw=piece)
            continue
        while piece and not piece.endswith(b"\n"):
            piece = stream.readline(CHUNK)
            end += len(piece)
        yield Item(line=number, end=end, problem=too_long(limit))
