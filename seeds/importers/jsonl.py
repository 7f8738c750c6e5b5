"""JSON Lines, one document a line; and a single JSON document over any number of lines."""

import json
import re
from itertools import chain

from articles.canonical import MAX_BYTES
from articles.document import Problem
from seeds.compressed import Broken
from seeds.importers import Item

NAME = "jsonl"
ENDINGS = (".json", ".jsonl", ".ndjson")
CHUNK = 64 * 1024
BLANK = b" \t\r\n"
BOM = b"\xef\xbb\xbf"
# A string as a whole, ended or not and without stepping back, or one bracket.
TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+("?)|[\[\]{}]', re.DOTALL)
REST_OF_STRING = re.compile(rb'(?:[^"\\]++|\\.)*+"', re.DOTALL)
# A line of what an import refused, as it can be downloaded, up to the problem in it and behind that.
REFUSED = re.compile(r'\s*\{\s*"problem"\s*:\s*')
DOCUMENT = re.compile(r'\s*,\s*"document"\s*:\s*')
MAGIC = {
    b"\x1f\x8b": "a gzip file",
    b"PK\x03\x04": "a zip file",
    b"\x28\xb5\x2f\xfd": "a zstd file",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"%PDF": "a PDF file",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
}


def recognises(start):
    """Say whether a file that begins like this holds a JSON object."""
    return start.removeprefix(BOM).lstrip(BLANK).startswith(b"{")


def read(stream, *, name="", limit=MAX_BYTES):
    """Yield the items of a binary stream that holds JSON Lines or one JSON document.

    A document over several lines is told from lines by its first line, which then leaves an object open, and by the
    second, which is then no object of its own. It ends where its brackets do, or before a line that is a document by
    itself, since the first line of a file may be broken in two. A line longer than `limit` bytes is passed over without
    being held in memory, and is an item with a problem. What is neither lines nor a document is one item, whose problem
    says what it is. A line of what an import refused, mended or not, stands for the document in it.
    """
    lines = (item for item in _lines(stream, limit) if item.problem or item.raw.strip(BLANK + BOM))
    first = next(lines, None)
    if first and (reason := _other_kind(first.raw)):
        yield Item(line=first.line, end=first.end, problem=Problem(path="", reason=reason))
        return
    while first:
        second = next(lines, None)
        rest = chain([second] if second else [], lines)
        if first.problem or not _leaves_open(first.raw) or (second and _is_an_object(second.raw)):
            yield from _unwrapped(chain([first], rest))
            return
        whole, first = _whole(first, rest, limit)
        yield whole


def _unwrapped(items):
    """Yield items, those that lie in a line of what an import refused taken out of it."""
    before = None
    for item in items:
        found = _refused(item.raw) if b'"problem"' in item.raw[:100] else None
        if found is None:
            yield item
            continue
        place, raw = found
        if raw != b"null":
            yield Item(line=item.line, end=item.end, raw=raw)
        elif place != before:  # the document of an item stands with the first of its problems
            reason = "There is no document in this line: mend it where it came from."
            yield Item(line=item.line, end=item.end, problem=Problem(path="", reason=reason))
        before = place


def _refused(line):
    """Return (place, document as it is written) of a line of what an import refused; None for any other line."""
    try:
        text = line.strip(BLANK + BOM).decode()
        begin = REFUSED.match(text)
        if not begin:
            return None
        problem, end = json.JSONDecoder().raw_decode(text, begin.end())
        behind = DOCUMENT.match(text, end)
        if not behind or not text.endswith("}") or not isinstance(problem, dict):
            return None
        document = text[behind.end() : -1].strip()
        if document.startswith('"'):  # it was no JSON; its text was mended
            document = json.loads(document)
    except (ValueError, RecursionError):
        return None
    return (problem.get("file"), problem.get("line")), document.encode("utf-8", "surrogatepass")


def _other_kind(start):
    """Say what a file is that begins like this, where it is no JSON of ours; otherwise return ""."""
    if kind := next((kind for magic, kind in MAGIC.items() if start.startswith(magic)), ""):
        return f"This is {kind}. Give the JSON that is in it, as UTF-8."
    if start[257:262] == b"ustar":
        return "This is a tar archive. Unpack it, and give the folder."
    if start.removeprefix(BOM).lstrip(BLANK).startswith(b"["):
        return "This is one list. Write one document a line, without the brackets and commas around them."
    return ""


class _Brackets:
    """How many brackets are open behind what was fed, strings apart."""

    def __init__(self, raw=b""):
        self.open, self.is_in_string = 0, False
        self.feed(raw)

    def feed(self, raw):
        start = 0
        if self.is_in_string:
            rest = REST_OF_STRING.match(raw)
            if not rest:
                return
            start, self.is_in_string = rest.end(), False
        for token in TOKEN.finditer(raw, start):
            if token[0][:1] == b'"':
                self.is_in_string = not token[1]
            else:
                self.open += 1 if token[0] in b"[{" else -1


def _leaves_open(line):
    return line.removeprefix(BOM).lstrip(BLANK).startswith(b"{") and _Brackets(line).open > 0


def _is_an_object(line):
    return line.lstrip(BLANK).startswith(b"{") and _Brackets(line).open == 0


def _is_a_document(line):
    """Say whether a line stands for itself: an object in a larger one is indented, or has no source id."""
    return line.startswith(b"{") and b'"source_id"' in line and _is_an_object(line)


def _whole(first, lines, limit):
    """Return the document that begins with `first`, or its problem where it is too long, and the item behind it."""
    brackets, parts, size, end, problem = _Brackets(first.raw), [first.raw], len(first.raw), first.end, None
    for item in lines:
        if brackets.open <= 0 or _is_a_document(item.raw):
            break
        end = item.end
        size += len(item.raw)
        brackets.feed(item.raw)
        problem = problem or item.problem or (too_long(limit) if size > limit else None)
        if problem:
            parts = []
        else:
            parts.append(item.raw)
    else:
        item = None
    if problem:
        return Item(line=first.line, end=end, problem=problem), item
    return Item(line=first.line, end=end, raw=b"".join(parts)), item


def too_long(limit):
    return Problem(path="", reason=f"This is longer than {limit:,} bytes, the most a document may have.")


def _lines(stream, limit):
    """Yield every line, blank ones too, as an item; at most `limit` bytes of one are ever held.

    Where the stream breaks off, the last item says so: half a line is no document, even where it reads like one.
    """
    number, end = 0, 0
    try:
        for item in _whole_lines(stream, limit):
            number, end = item.line, item.end
            yield item
    except Broken as broken:
        yield Item(line=number + 1, end=end, problem=Problem(path="", reason=str(broken)))


def _whole_lines(stream, limit):
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
