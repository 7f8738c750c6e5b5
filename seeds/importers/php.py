"""PHP's serialize() read back as plain values, which is how WordPress keeps lists in the meta of a post.

Nothing is run or made: an object is a map that names its class. What does not fit exactly is Corrupt, never guessed at.
"""

import math
import re

from articles.canonical import MAX_KEY_LENGTH

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_VALUES = 10_000
# A serialised text in a serialised text: plugins do that once, some twice.
MAX_LAYERS = 3

SERIALISED = re.compile(r"\s*+(?:N;|b:[01];|[id]:[-+.\w]+;|[saOCE]:\d+:)")
STRUCTURE = re.compile(r"(?:a:\d+:\{|[OC]:\d+:\")")
INTEGER = re.compile(rb"[+-]?\d{1,20}")
NUMBER = re.compile(rb"[+-]?(?:\d{1,400}\.?\d{0,400}(?:[eE][+-]?\d{1,4})?|\.\d{1,400}(?:[eE][+-]?\d{1,4})?)")
LENGTH = re.compile(rb"\d{1,9}")
CLASS_KEY = "class"


class Corrupt(ValueError):
    """A text that looks serialised and cannot be read; the message says why."""


def is_serialised(text):
    """Say whether a text looks like the output of serialize()."""
    return bool(SERIALISED.match(text))


def unserialise(text):
    """Return what a text made by serialize() holds: null, booleans, numbers, texts, lists and maps with text keys.

    A PHP array with the keys 0, 1, 2 … is a list; an object is a map with its class under "class"; a reference to a
    single value is that value, one to a map or list is a text that says so. INF and NAN are texts. Serialised texts in
    it are read, too. Raises Corrupt, also past MAX_BYTES, MAX_DEPTH and MAX_VALUES.
    """
    data = text.strip().encode("utf-8", "surrogatepass")
    if len(data) > MAX_BYTES:
        raise Corrupt(f"it is longer than {MAX_BYTES:,} bytes")
    try:
        return _Reader(data).whole()
    except Corrupt:
        # XML turns CRLF into LF, and then every length that counts a line end is too large by one.
        if b"\n" not in data:
            raise
    return _Reader(data.replace(b"\n", b"\r\n")).whole()


class _Reader:
    def __init__(self, data, *, layer=1, budget=None):
        self.data, self.at, self.layer = data, 0, layer
        self.budget = budget or [MAX_VALUES]
        self.slots = []  # what references count: every value but keys and references of the kind R

    def whole(self):
        value = self.value(1)
        if self.at != len(self.data):
            raise Corrupt(f"something follows after its end, at byte {self.at + 1:,}")
        return value

    def value(self, depth):
        self.budget[0] -= 1
        if self.budget[0] < 0:
            raise Corrupt(f"it holds more than {MAX_VALUES:,} values")
        if depth > MAX_DEPTH:
            raise Corrupt(f"it is nested more than {MAX_DEPTH} deep")
        kind = self.data[self.at : self.at + 2]
        self.at += 2
        if kind in (b"r:", b"R:"):
            return self.reference(kind)
        slot = len(self.slots)
        self.slots.append(f"(the same as value {slot + 1} of this)")
        value = self.of_kind(kind, depth)
        if not isinstance(value, dict | list):
            self.slots[slot] = value
        return value

    def of_kind(self, kind, depth):
        match kind:
            case b"N;":
                return None
            case b"b:":
                return self.upto(b";", re.compile(rb"[01]")) == b"1"
            case b"i:":
                return int(self.upto(b";", INTEGER))
            case b"d:":
                return self.double()
            case b"s:":
                return self.nested(self.text(b";"))
            case b"E:":
                return self.text(b";")
            case b"a:":
                return _list_or_map(self.members(depth))
            case b"O:":
                name = self.text(b":")
                return _map([(CLASS_KEY, name), *self.members(depth)])
            case b"C:":
                name = self.text(b":")
                inside = self.sized(self.length(), b"{", b"}")
                return {CLASS_KEY: name, "data": inside}
        raise Corrupt(f"byte {self.at - 1:,} begins no value")

    def double(self):
        end = self.data.find(b";", self.at, self.at + 1000)
        if self.data[self.at : end] in (b"INF", b"-INF", b"NAN"):
            return self.upto(b";", re.compile(rb"-?[A-Z]{3}")).decode()
        written = self.upto(b";", NUMBER)
        number = float(written)
        return number if math.isfinite(number) else written.decode()

    def reference(self, kind):
        number = int(self.upto(b";", LENGTH))
        if not 0 < number <= len(self.slots):
            raise Corrupt(f"it refers to a value {number:,}, which does not stand before that")
        value = self.slots[number - 1]
        if kind == b"r:":
            self.slots.append(value)
        return value

    def members(self, depth):
        """Return the pairs of an array or of an object's properties."""
        count = self.length()
        self.expect(b"{")
        pairs = []
        for _ in range(count):
            pairs.append((self.key(), self.value(depth + 1)))
        self.expect(b"}")
        return pairs

    def key(self):
        kind = self.data[self.at : self.at + 2]
        self.at += 2
        if kind == b"i:":
            return int(self.upto(b";", INTEGER))
        if kind == b"s:":
            # PHP writes \0*\0name and \0Class\0name for what is not public. XML cannot hold the NULs.
            return self.text(b";").rpartition("\0")[2]
        raise Corrupt(f"byte {self.at - 1:,} begins no key")

    def nested(self, text):
        """Read a text that is itself a serialised list or map; any other is a text."""
        if self.layer >= MAX_LAYERS or not STRUCTURE.match(text):
            return text
        try:
            return _Reader(text.encode(), layer=self.layer + 1, budget=self.budget).whole()
        except Corrupt:
            return text

    def text(self, after):
        text = self.sized(self.length(), b'"', b'"')
        self.expect(after)
        return text

    def length(self):
        return int(self.upto(b":", LENGTH))

    def sized(self, size, opening, closing):
        """Return so many bytes between two marks, as text: lengths are counted in bytes."""
        self.expect(opening)
        inside = self.data[self.at : self.at + size]
        self.at += size
        self.expect(closing)
        try:
            return inside.decode()
        except UnicodeDecodeError:
            raise Corrupt(f"a length before byte {self.at:,} ends within a character") from None

    def upto(self, mark, pattern):
        match = pattern.match(self.data, self.at)
        if not match:
            raise Corrupt(f"a number is missing or wrong at byte {self.at + 1:,}")
        self.at = match.end()
        self.expect(mark)
        return match[0]

    def expect(self, mark):
        if not self.data.startswith(mark, self.at):
            raise Corrupt(f"“{mark.decode()}” should stand at byte {self.at + 1:,}")
        self.at += len(mark)


def _list_or_map(pairs):
    if [key for key, _ in pairs] == list(range(len(pairs))):
        return [value for _, value in pairs]
    return _map(pairs)


def _map(pairs):
    """Return a map with keys as a document takes them."""
    result = {}
    for key, value in pairs:
        name = " ".join(str(key).split())
        if name in result:
            raise Corrupt("it has the same key twice")
        if len(name) > MAX_KEY_LENGTH:
            raise Corrupt(f"it has a key longer than {MAX_KEY_LENGTH} characters")
        result[name] = value
    return result
