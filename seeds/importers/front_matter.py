"""What stands before the text of a Markdown file: YAML between ---, TOML between +++, JSON, or Pelican's lines."""

import datetime
import re
import tomllib
from dataclasses import dataclass, field
from typing import Any

from articles.canonical import MAX_DEPTH, BadJSON, read_json
from seeds.importers import plain_yaml
from seeds.importers.plain_yaml import BadYAML

MAX_CHARACTERS = 256 * 1024

# What front matter in YAML or TOML begins with; some name the language (---json).
FENCE = re.compile(r"(---|\+\+\+)[ \t]*((?:yaml|yml|toml|json|js|javascript|coffee|cson)?)")
# A key, as a line of front matter begins with one.
KEY_LINE = re.compile(r"""["']?[\w.@/-][\w.@/-]{0,60}["']?[ \t]*[:=](?:\s|$)""")
# A string as a whole, ended or not and without stepping back, or one bracket.
TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
PELICAN_LINE = re.compile(r"([A-Za-z][\w-]{0,40})[ \t]*:(?:[ \t]+(.*))?")
# Such lines, among the first of which is a title. Nothing in this steps back over a line that it has read.
PELICAN_START = re.compile(
    r"(?:[a-z][\w-]{0,40}+[ \t]*+:[^\n]*+\n(?:[ \t]++[^\n]*+\n)*+){0,20}title[ \t]*:", re.IGNORECASE
)
# A shortcode or a placeholder begins with a brace, too.
OBJECT_START = re.compile(r'\{\s*+["}]')
# A key of many parts takes the parser of TOML time that grows with their square, and no document may be so deep.
KEY_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+"""
DEEP_KEY = re.compile(rf"(?<![\w-])(?:{KEY_PART}){{{MAX_DEPTH}}}")
TOML_PLACE = re.compile(r" \(at line (\d+), column \d+\)")


class Broken(ValueError):
    """Front matter that is not taken: the `line` of the file, and the `reason` for people."""

    def __init__(self, line: int, reason: str):
        super().__init__(f"Line {line}: {reason}")
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """A file's front matter and its text, which begins in `line`; `repeated` are (line, key) of keys written twice."""

    values: dict[str, Any]
    body: str
    line: int = 1
    repeated: list[tuple[int, str]] = field(default_factory=list)


def part(text: str) -> Parted:
    """Part a file's front matter from its text. Raises Broken."""
    begin = len(text) - len(text.lstrip())
    first = text[begin : (text + "\n").index("\n", begin)].rstrip() if begin < len(text) else ""
    if fence := FENCE.fullmatch(first):
        language = fence[2].lower() or ("yaml" if fence[1] == "---" else "toml")
        if not (read := READERS.get(language)):
            raise Broken(_line(text, begin), f"Front matter in {language} is not read; write it as YAML.")
        return _fenced(text, begin, ("---", "...") if fence[1] == "---" else ("+++",), read)
    if OBJECT_START.match(text, begin) and (end := _object_end(text, begin)):
        return _json(text, begin, end)
    if PELICAN_START.match(text, begin):
        return _pelican(text, begin)
    return Parted(values={}, body=text)


def is_there(start: str) -> bool:
    """Say whether a file that begins like this has front matter, as far as its beginning tells."""
    start = start.lstrip()
    if OBJECT_START.match(start):
        # JSON Lines begin so too; behind JSON front matter stands what is no JSON.
        end = _object_end(start, 0)
        return bool(end) and start[end:].lstrip()[:1] not in ("", "{", "[")
    return bool(re.match(rf"{FENCE.pattern}[ \t]*\n", start) or PELICAN_START.match(start))


def _plain(value: Any, depth: int = 1) -> Any:
    """Return a value of TOML as plain JSON, with its dates in ISO form. Raises RecursionError past MAX_DEPTH."""
    if depth > MAX_DEPTH:
        raise RecursionError
    match value:
        case dict():
            return {key: _plain(member, depth + 1) for key, member in value.items()}
        case list():
            return [_plain(member, depth + 1) for member in value]
        case datetime.date() | datetime.time():  # a datetime is a date, too
            return value.isoformat()
    return value


def _fenced(text, begin, ends, read):
    """Part at the line that ends the front matter; what only begins with a rule has none."""
    after = text.find("\n", begin) + 1
    end = after
    while after and end < len(text):
        line_end = text.find("\n", end)
        line = text[end : line_end if line_end >= 0 else len(text)]
        if line.rstrip() in ends:
            break
        end += len(line) + 1
    else:
        if after and KEY_LINE.match(text, after):
            near = text.find(f"\n{ends[0]}", after)
            if 0 <= near < after + MAX_CHARACTERS:
                raise Broken(
                    _line(text, near + 1),
                    f"The front matter does not end: there is more than {ends[0]} here.",
                )
            raise Broken(
                _line(text, begin), f"The front matter that begins here does not end: {ends[0]} is missing."
            )
        return Parted(values={}, body=text)
    first = _line(text, after)
    values, repeated = read(_bounded(text[after:end], first), first)
    body_line = _line(text, end) + 1
    return Parted(values=values, repeated=repeated, body=text[end + len(line) + 1 :], line=body_line)


def _yaml(written, first):
    try:
        values, repeated = plain_yaml.load(written)
    except BadYAML as bad:
        raise Broken(first + bad.line - 1, bad.reason) from bad
    return _map(values, first), [(first + line - 1, key) for line, key in repeated]


def _toml(written, first):
    if deep := DEEP_KEY.search(written):
        line = first + written.count("\n", 0, deep.start())
        raise Broken(line, f"A key has more than {MAX_DEPTH} parts.")
    try:
        return _plain(tomllib.loads(written, parse_float=plain_yaml.value_of)), []
    except RecursionError:
        raise Broken(first, f"Lists and maps are nested more than {MAX_DEPTH} deep.") from None
    except ValueError as error:
        place = TOML_PLACE.search(str(error))
        at_end = "at end of document" in str(error)
        line = int(place[1]) if place else written.count("\n") if at_end else 1
        reason = TOML_PLACE.sub("", str(error)).removesuffix(" (at end of document)")[:200]
        raise Broken(first + line - 1, f"This is no TOML that can be read: {reason}.") from error


def _json(text, begin, end):
    first = _line(text, begin)
    values, repeated = _json_object(_bounded(text[begin:end], first), first)
    rest = text.find("\n", end)
    if text[end : rest if rest >= 0 else len(text)].strip():
        raise Broken(_line(text, end), "Something stands behind the JSON object, in its last line.")
    body = text[rest + 1 :] if rest >= 0 else ""
    return Parted(values=values, repeated=repeated, body=body, line=_line(text, end) + 1)


def _json_object(written, first):
    try:
        return _map(read_json(written), first), []
    except BadJSON as bad:
        place = re.search(r"line ([\d,]+)", bad.reason)
        line = int(place[1].replace(",", "")) if place else 1
        reason = re.sub(r" line [\d,]+,", "", bad.reason)
        raise Broken(first + line - 1, f"{bad.path}: {reason}" if bad.path else reason) from bad


READERS = {"yaml": _yaml, "yml": _yaml, "toml": _toml, "json": _json_object}


def _pelican(text, begin):
    """Read `Key: value` lines up to a blank one; lines that are indented go on with the value before."""
    values: dict[str, list[str]] = {}
    repeated, key, at = [], "", begin
    line = _line(text, begin)
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        written = text[at:end]
        if not written.strip():
            break
        if key and written[0] in " \t":
            values[key].append(written.strip())
        elif match := PELICAN_LINE.fullmatch(written):
            key = match[1].lower()
            if key in values:
                repeated.append((line, key))
            values[key] = [(match[2] or "").strip()]
        else:
            break  # the text begins without a blank line before it
        at, line = end + 1, line + 1
    _bounded(text[begin:at], line)
    joined = {key: "\n".join(lines).strip() for key, lines in values.items()}
    return Parted(values=joined, repeated=repeated, body=text[at:], line=line)


def _object_end(text, begin):
    """Return where the JSON object that begins here ends, or 0 where it does not."""
    depth = 0
    for token in TOKEN.finditer(text, begin):
        depth += (token[0] in ("[", "{")) - (token[0] in ("]", "}"))
        if depth == 0:
            return token.end()
    return 0


def _bounded(written, line):
    if len(written) > MAX_CHARACTERS:
        raise Broken(line, f"The front matter is longer than {MAX_CHARACTERS:,} characters.")
    return written


def _map(values, line):
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise Broken(
            line,
            "Front matter must be keys and values. A rule at the beginning needs a blank line before it.",
        )
    return values


def _line(text, at):
    return text.count("\n", 0, at) + 1
