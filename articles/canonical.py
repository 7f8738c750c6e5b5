"""One value, one sequence of bytes: canonical JSON (RFC 8785), its digest, and the strict reading of JSON."""

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

import rfc8785

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 64
MAX_VALUES = 20_000
MAX_KEY_LENGTH = 200
# The largest whole number that every JSON reader keeps exactly (RFC 8785 appendix D, RFC 7493 section 2.2).
MAX_INTEGER = 2**53 - 1

# What the encoder of the standard library may write otherwise than RFC 8785 says: whole numbers with a fraction (7.0),
# exponents, and numbers of 16 digits and more; and keys with characters beyond the basic plane, which are sorted by
# UTF-16. A match inside a text is no harm: the slow way writes the same bytes.
NUMBER_IN_DOUBT = re.compile(rb"[:\[,]-?\d+(?:\.0[,}\]]|(?:\.\d+)?e|\d{15})")
BEYOND_BASIC_PLANE = re.compile(rb"[\xf0-\xf4]")
# How `faults` may come to object to a text: half a character, or a NUL, which the parser takes in no other form.
SUSPECT = ("\\u0000", "\\ud", "\\uD")
# The parser recurses for each bracket that is open; so few are no danger for any stack.
FEW_BRACKETS = 500

# Where a value stands: None for the whole, else its parent's place with its own key or index.
# Places are chains, so that walking a large value copies no long paths; `path_of` writes one out.
type Place = tuple[Place | None, str | int] | None


class BadJSON(ValueError):
    """Bytes that are no JSON we take: `reason` for people, `path` of the value where it is known."""

    def __init__(self, reason: str, path: str = ""):
        super().__init__(f"{path}: {reason}" if path else reason)
        self.reason = reason
        self.path = path


class NumberText(str):
    """A number as it was written, because RFC 8785 cannot hold it without changing it."""


class RepeatedKey(dict):
    """An object that was written with the same key twice; `repeated` is that key."""

    repeated: str


_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
).encode


def canonical(value: Any) -> bytes:
    """Return the RFC 8785 bytes of `value`, whose keys are texts.

    Raises ValueError for what they cannot hold (see `faults`).
    """
    if type(value) is str:
        return _encode(value).encode()
    if not isinstance(value, dict | list):
        return rfc8785.dumps(value)
    content = _encode(value).encode()
    if NUMBER_IN_DOUBT.search(content) or (not content.isascii() and BEYOND_BASIC_PLANE.search(content)):
        return rfc8785.dumps(value)
    return content


def canonical_members(mapping: dict[str, Any]) -> dict[str, bytes]:
    """Return the canonical bytes of each member, to be joined in more than one way."""
    return {key: canonical(member) for key, member in mapping.items()}


def joined(members: dict[str, bytes]) -> bytes:
    """Return the canonical bytes of the map that has these members."""
    keys = sorted(members, key=lambda key: key.encode("utf-16-be"))
    return b"{" + b",".join(canonical(key) + b":" + members[key] for key in keys) + b"}"


def digest(value: Any) -> str:
    """Return the SHA-256 of the canonical bytes of `value`, in lower-case hexadecimal."""
    return digest_bytes(canonical(value))


def digest_bytes(content: bytes) -> str:
    """Return the SHA-256 of `content`, in lower-case hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def read_json(raw: bytes | str) -> Any:
    """Return the value written in `raw`, a single JSON text of at most MAX_BYTES in UTF-8.

    Numbers that RFC 8785 would change come back as NumberText. Raises BadJSON for everything that is not
    JSON, and for what `faults` names.
    """
    text = _text_of(raw)
    brackets = text.count("[") + text.count("{")
    if brackets > FEW_BRACKETS:
        _check_depth(text)
    is_suspect = (
        isinstance(raw, str)
        or brackets + text.count(",") >= MAX_VALUES
        or ("\\u" in text and any(suspect in text for suspect in SUSPECT))
    )
    try:
        value = _decode(text)
    except _Suspect:
        is_suspect, value = True, _decode_all(text)
    except json.JSONDecodeError as error:
        raise BadJSON(f"This is not JSON: {_explained(error)}.") from error
    # Asking is much cheaper than `faults`, which looks at each value.
    if is_suspect or (brackets > MAX_DEPTH and isinstance(value, dict | list) and _is_deep(value)):
        for path, reason in faults(value):
            raise BadJSON(reason, path)
    return value


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for container in level:
            below += container.values() if isinstance(container, dict) else container
        level = [member for member in below if isinstance(member, dict | list)]
        if not level:
            return False
    return True


def faults(value: Any) -> Iterator[tuple[str, str]]:
    """Yield (path, reason) for everything in `value` that cannot be kept, from the outside in.

    That is what RFC 8785 cannot hold (NaN, infinities, lone surrogates, repeated keys, what is no JSON at
    all), what databases cannot (NUL), and what is past MAX_DEPTH, MAX_VALUES or MAX_KEY_LENGTH. Never
    recurses.
    """
    waiting: list[tuple[Place, Any, int]] = [(None, value, 1)]
    seen = 0
    while waiting:
        place, value, depth = waiting.pop()
        seen += 1
        if seen > MAX_VALUES:
            yield "", f"There are more than {MAX_VALUES:,} values in this."
            return
        if reason := _fault(value):
            yield path_of(place), reason
        if not isinstance(value, dict | list):
            continue
        if depth > MAX_DEPTH:
            yield path_of(place), _too_deep()
        elif isinstance(value, list):
            waiting += [((place, index), value[index], depth + 1) for index in reversed(range(len(value)))]
        else:
            waiting += [((place, key), value[key], depth + 1) for key in reversed(value)]


def path_of(place: Place) -> str:
    """Write a place as people read it, such as `meta.entities[2].name`; very long ones are cut."""
    steps = []
    while place:
        place, step = place
        steps.append(_step(step))
    path = "".join(reversed(steps)).removeprefix(".")
    return path if len(path) <= 200 else f"{path[:100]}…{path[-99:]}"


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    shown = _shown(step)
    return f".{shown}" if re.fullmatch(r"[^\W\d][\w -]*", shown) else f'["{shown}"]'


def _shown(key: str) -> str:
    """The start of a key, as one line can show it: what is invisible or could turn text around is spelled out."""
    start = str(key)[:60]
    if start.isprintable():
        return start
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in start)


def _text_of(raw: bytes | str) -> str:
    # A text has at least as many bytes as characters, so a huge one is refused before it is copied.
    if len(raw) > MAX_BYTES or (
        isinstance(raw, str) and len(raw.encode("utf-8", "surrogatepass")) > MAX_BYTES
    ):
        raise BadJSON(f"This is longer than {MAX_BYTES:,} bytes, the limit for one document.")
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
    except UnicodeDecodeError as error:
        raise BadJSON(
            f"This is not UTF-8: byte {error.start + 1:,} does not belong. Save it as UTF-8."
        ) from error
    text = text.removeprefix("\ufeff")  # a byte order mark, which some editors write
    if not text.strip():
        raise BadJSON("This is empty.")
    return text


def _check_depth(text: str) -> None:
    """Refuse deep nesting before the parser sees it, since the parser recurses.

    The pattern takes a whole string at once, ended or not and without stepping back, so the time is linear.
    """
    depth = 0
    for token in re.finditer(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', text, re.DOTALL):
        if token[0] in ("[", "{"):
            depth += 1
        elif token[0] in ("]", "}"):
            depth -= 1
        if depth > MAX_DEPTH:
            raise BadJSON(_too_deep())


def _too_deep() -> str:
    return f"Lists and maps are nested more than {MAX_DEPTH} deep."


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        value = RepeatedKey(value)
        value.repeated = next(key for key in counts if counts[key] > 1)
    return value


class _Suspect(Exception):
    """Raised while reading what `faults` objects to, so that it is read again, whole, to say where."""


def _plain_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs) or max(map(len, value), default=0) > MAX_KEY_LENGTH:
        raise _Suspect
    return value


def _plain_constant(written: str) -> float:
    raise _Suspect  # NaN, or an infinity


def _whole_number(written: str) -> int | NumberText:
    if len(written) <= 15:
        return int(written)
    # The length is asked first: Python refuses to convert thousands of digits, and none of those are kept.
    if len(written) <= 17 and abs(int(written)) <= MAX_INTEGER:
        return int(written)
    return NumberText(written)


def _fraction(written: str) -> float | NumberText:
    number = float(written)
    try:
        exact = abs(number) <= MAX_INTEGER and Decimal(written) == Decimal(repr(number))
    except InvalidOperation:  # an exponent beyond what even Decimal holds
        exact = False
    return number if exact else NumberText(written)


def _fault(value: Any) -> str:
    """Say what is wrong with this value by itself, or with the keys of this map; empty when nothing is."""
    match value:
        case None | bool() | list():
            return ""
        case str():
            reason = _text_fault(value)
            return f"The text {reason}" if reason else ""
        case float():
            return "" if math.isfinite(value) else "NaN and infinities are not numbers that JSON can hold."
        case int():
            # Python refuses to write out more digits than this (about 4,300).
            return "" if value.bit_length() < 14_000 else "The number has thousands of digits."
        case dict():
            return _keys_fault(value)
    return f"A value of the kind {type(value).__name__} is not JSON."


def _keys_fault(value: dict) -> str:
    if isinstance(value, RepeatedKey):
        return f"The key “{_shown(value.repeated)}” is written twice in the same map."
    for key in value:
        if not isinstance(key, str):
            return f"The key {_shown(key)} is not a text."
        if len(key) > MAX_KEY_LENGTH:
            return f"A key is {len(key):,} characters long; the limit is {MAX_KEY_LENGTH}."
        if reason := _text_fault(key):
            return f"The key “{_shown(key)}” {reason}"
    return ""


def _text_fault(text: str) -> str:
    if "\0" in text:
        return "holds a NUL character (\\u0000)."
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        return f"holds half a character (\\u{ord(text[error.start]):04x}, a lone surrogate)."
    return ""


_decode = json.JSONDecoder(
    object_pairs_hook=_plain_object,
    parse_int=_whole_number,
    parse_float=_fraction,
    parse_constant=_plain_constant,
).decode
_decode_all = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_whole_number, parse_float=_fraction, parse_constant=float
).decode


def _explained(error: json.JSONDecodeError) -> str:
    """Put the parser's words into ours, and say where. The line is left out where there is only one."""
    reason = next((ours for theirs, ours in _PARSER_WORDS if error.msg.startswith(theirs)), error.msg)
    column = f"column {error.colno:,}"
    return f"{reason}, at {f'line {error.lineno:,}, ' if '\n' in error.doc.strip() else ''}{column}"


_PARSER_WORDS = [
    ("Expecting value", "a value is missing or misspelt"),
    ("Expecting property name", "a key in double quotes is missing"),
    ("Expecting ':'", "a colon is missing after a key"),
    ("Expecting ','", "a comma or a closing bracket is missing"),
    ("Illegal trailing comma", "a comma stands before a closing bracket"),
    ("Unterminated string", "a text in double quotes does not end"),
    (
        "Invalid control character",
        "a line end, tab or other control character stands inside a text; escape it",
    ),
    ("Invalid \\", "a backslash is followed by something JSON does not know"),
    ("Extra data", "something follows after the end of the value"),
]
