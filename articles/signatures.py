"""How alike two texts are, and the few numbers by which a look-alike is found among a million.

Of the words of a body (without case, mark-up and punctuation) every three in a row are one number, a shingle. Two
texts are alike in as many words as stand in a shingle that the other has too, of the words of both: so a changed word
costs little more than itself, and a paragraph that moved costs nothing. The title counts for nothing.

A sketch is the smallest numbers of a text and one for all of its words: texts alike have many of them in common, since
which numbers are small has nothing to do with where they stand. Pure: no models and no database.
"""

import re
import struct
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b

# Raise it when the same text gets other numbers; `rebuild_signatures` then makes all signatures anew.
FORMAT = 1

SHINGLE = 3
SAMPLE = 31  # with the number for all of the words, 32 numbers of 8 bytes
# In less than this, a few turns of phrase are most of the text.
LEAST_WORDS = 50

# Scripts without spaces have a word at each character. Nothing longer than 64 is one word.
ALONE = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
WORD = re.compile(rf"[{ALONE}]|[^\W_{ALONE}]{{1,64}}")
MASK = (1 << 63) - 1  # what a signed column of 8 bytes holds


@dataclass(frozen=True)
class Written:
    """The words of a body as numbers."""

    words: tuple

    @classmethod
    def of(cls, body):
        return cls(tuple(WORD.findall(body.casefold())))

    @cached_property
    def shingles(self):
        """The number of every three words in a row, in their order."""
        numbers = list(map(_number, self.words))
        return [
            # Odd factors, each another: the same words in another order are another shingle.
            (first + 3 * second + 5 * third) & MASK
            for first, second, third in zip(numbers, numbers[1:], numbers[2:], strict=False)
        ]

    @cached_property
    def shingle_set(self):
        return frozenset(self.shingles)

    @cached_property
    def sketch(self):
        """At most 32 numbers, that of all words first, then the smallest shingles; none for a text too short to say."""
        if len(self.words) < LEAST_WORDS:
            return ()
        return _digest(" ".join(self.words)), *sorted(self.shingle_set)[:SAMPLE]


def likeness(one, other):
    """Return in how many of a hundred words two texts are alike, rounded down: 100 is said where all are."""
    words = len(one.words) + len(other.words)
    shared = _shared(one, other) + _shared(other, one)
    return 100 * shared // words if words else 0


def packed(sketch):
    """Return a sketch as bytes, at most 256 of them."""
    return struct.pack(f">{len(sketch)}q", *sketch)


def unpacked(data):
    """Return the sketch that these bytes hold."""
    data = bytes(data)
    return struct.unpack(f">{len(data) // 8}q", data)


def _shared(one, other):
    """Return how many words of `one` stand in a shingle that `other` has too."""
    there, shared, counted = other.shingle_set, 0, 0
    for place, shingle in enumerate(one.shingles):
        if shingle in there:
            end = place + SHINGLE
            shared += end - max(place, counted)
            counted = end
    return shared


# Drafts of one house share their words: most are met again. Bounded, since somebody may send a million new ones.
@lru_cache(maxsize=1 << 16)
def _number(word):
    return _digest(word)


def _digest(text):
    made = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, person=b"shingle%d" % FORMAT)
    return int.from_bytes(made.digest()) & MASK
