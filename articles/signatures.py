"""How alike two texts are, and the few numbers by which a look-alike is found among a million.

Two texts are alike in as many words as stand in a run of three that the other has too, of the words of both bodies
(without case, mark-up and punctuation): so a changed word costs little more than itself, and a paragraph that moved
costs nothing. The title counts for nothing.

Each run of three is one number, a shingle. A sketch is the smallest shingles of a text and one number for all of its
words: texts alike have many of them in common, since which numbers are small has nothing to do with where they stand.
Pure: no models and no database.
"""

import re
import struct
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b

# Raise it when the same text gets other numbers; `rebuild_signatures` then makes all signatures anew.
FORMAT = 1

SAMPLE = 31  # with the number for all of the words, 32 numbers of 8 bytes
# In less than this, a few turns of phrase are most of the text.
LEAST_WORDS = 50

# Scripts without spaces have a word at each character. Nothing longer than 64 is one word.
ALONE = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
LONGEST_WORD = 64
WORD = re.compile(rf"[{ALONE}]|[^\W_{ALONE}]{{1,{LONGEST_WORD}}}")
# Bytes of ASCII as they stand in a word, and spaces for those that stand in none.
LETTERS = bytes(byte if byte < 128 and chr(byte).isalnum() else ord(" ") for byte in range(256)).lower()
MASK = (1 << 63) - 1  # what a signed column of 8 bytes holds


@dataclass(frozen=True)
class Written:
    """The words of a body, with one space between them."""

    text: str

    @classmethod
    def of(cls, body):
        return cls(" ".join(_words_in(body)))

    @cached_property
    def words(self):
        return self.text.split()

    @cached_property
    def sketch(self):
        """At most 32 numbers, that of all words first, then the smallest shingles; none for a text too short to say."""
        words = self.words
        if len(words) < LEAST_WORDS:
            return ()
        numbers = list(map(_number, words))
        shingles = {
            # Odd factors, each another: the same words in another order are another shingle.
            (first + 3 * second + 5 * third) & MASK
            for first, second, third in zip(numbers, numbers[1:], numbers[2:], strict=False)
        }
        return _digest(self.text), *sorted(shingles)[:SAMPLE]

    @cached_property
    def runs(self):
        """Every three words in a row, in their order. Held against those of another text they need no numbers."""
        words = self.words
        return list(zip(words, words[1:], words[2:], strict=False))

    @cached_property
    def run_set(self):
        return frozenset(self.runs)


def likeness(one, other):
    """Return in how many of a hundred words two texts are alike, rounded down: 100 is said where all are."""
    words = len(one.words) + len(other.words)
    shared = one.run_set.intersection(other.runs)
    return 100 * (_covered(one, shared) + _covered(other, shared)) // words if words else 0


def in_common(sketch, other):
    """Return how many numbers two sketches have in common, of 32; as many are taken for more of a shorter one."""
    least = min(len(sketch), len(other))
    return len(set(sketch).intersection(other)) * (SAMPLE + 1) // least if least else 0


def packed(sketch):
    """Return a sketch as bytes, at most 256 of them."""
    return struct.pack(f">{len(sketch)}q", *sketch)


def unpacked(data):
    """Return the sketch that these bytes hold."""
    data = bytes(data)
    return struct.unpack(f">{len(data) // 8}q", data)


def _words_in(body):
    if body.isascii():
        # The same in less than half of the time.
        words = body.encode().translate(LETTERS).decode().split()
        if max(map(len, words), default=0) <= LONGEST_WORD:
            return words
    return WORD.findall(body.casefold())


def _covered(text, runs):
    """Return how many words of a text stand in one of these runs."""
    # A byte for each run, 1 where it is one of them; each covers itself and the two words behind it.
    found = int.from_bytes(bytes(map(runs.__contains__, text.runs))) << 16
    return (found | found >> 8 | found >> 16).bit_count()


# Drafts of one house share their words: most are met again. Bounded, since somebody may send a million new ones.
@lru_cache(maxsize=1 << 16)
def _number(word):
    return _digest(word)


def _digest(text):
    made = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, person=b"shingle%d" % FORMAT)
    return int.from_bytes(made.digest()) & MASK
