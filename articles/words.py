"""The words by which texts are found, the same on every engine; and what somebody looks for, as such words.

A word is a run of letters and digits, without case and accents; `C++`, `C#` and their like are words, too. Scripts
without spaces have a word at each character: it and the next one, so that any two of them in a row are found, and more
are a phrase. Pure: no models and no database.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache

# Raise it when the same text gets other words; all rows are then due anew. Python's tables of characters count, too.
FORMAT = f"2 {unicodedata.unidata_version}"

# Of one text so many words are kept: PostgreSQL counts no place beyond 16,383. The title and the lead come first.
MOST_WORDS = 16_000
MOST_LEADING = 1_000
LONGEST_WORD = 64
# What somebody types is cut to this before anything looks at it.
LONGEST_ASKED = 1_000
MOST_TERMS = 16
MOST_IN_PHRASE = 32
# A shorter beginning is that of too many words.
SHORTEST_BEGINNING = 2

# An article is found under so many things; documents may name more.
MOST_THINGS = 400

TITLE, LEAD, THING = "t/", "l/", "f/"

ALONE = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
# Accents, vowel points of Arabic and Hebrew, and what nobody sees: soft hyphens, joiners, marks of direction.
UNSEEN = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670"
    "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
WORD = re.compile(rf"(?<![^\W_])[a-z](?:\+\+|\#)(?![^\W_])|[{ALONE}]+|[^\W_{ALONE}]+")
# Bytes of ASCII as they stand in a word, and spaces for those that stand in none; and all letters and digits as one.
LETTERS = bytes(byte if byte < 128 and chr(byte).isalnum() else ord(" ") for byte in range(256)).lower()
SHAPES = bytes(ord("a") if byte < 128 and chr(byte).isalnum() else byte for byte in range(256))
QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
TERM = re.compile(r'"([^"]*)"?|([^\s"]+)')


def folded(text):
    """Return a text without case, accents and what nobody sees."""
    if text.isascii():
        return text.lower()
    bare = UNSEEN.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFKC", bare.casefold())


def words_in(text, *, is_asked=False):
    """Return the words of a text in their order; of what is asked, the last character stands within the one before."""
    if text.isascii() and (plain := _plain_words_in(text.encode())) is not None:
        return plain
    found = []
    for word in WORD.findall(folded(text)):
        if word[0] < "\u0e00" or not RUN.match(word):
            found.append(word[:LONGEST_WORD])
            continue
        found += [word[at : at + 2] for at in range(len(word))]
    if is_asked and len(found) > 1 and RUN.match(found[-1]) and found[-2][1:] == found[-1]:
        found.pop()
    return found


RUN = re.compile(f"[{ALONE}]")


def _plain_words_in(text):
    """Return the words of ASCII in a quarter of the time; None where there may be a `C++` or a `C#` among them."""
    shapes = text.translate(SHAPES)
    if b"a#" in shapes or b"a++" in shapes:
        return None
    words = text.translate(LETTERS).decode().split()
    if max(map(len, words), default=0) > LONGEST_WORD:
        return [word[:LONGEST_WORD] for word in words]
    return words


def placed_words(text):
    """Return [(word, where it begins, where it ends)]: the words of `words_in`, and their places in the text."""
    if text.isascii():
        spelt, places = text.lower(), range(len(text) + 1)
    else:
        single = [_folded_one(one) for one in text]
        spelt, places = "".join(single), [at for at, one in enumerate(single) for _ in one]
        places.append(len(text))
    found = []
    for match in WORD.finditer(spelt):
        begin, end = match.span()
        if not RUN.match(match[0]):
            found.append((match[0][:LONGEST_WORD], places[begin], places[end - 1] + 1))
            continue
        for at in range(begin, end):
            last = min(at + 2, end)
            found.append((spelt[at:last], places[at], places[last - 1] + 1))
    return found


@lru_cache(maxsize=10_000)
def _folded_one(character):
    return folded(character)


def thing(kind, key):
    """Return the word by which an article is found under a thing: of what kind it is, and its folded name.

    Nobody can type one: a slash parts words.
    """
    return THING + hashlib.sha256(f"{kind}\n{key}".encode()).hexdigest()[:16]


def line(title, lead, texts, things=()):
    """Return the words of one row: its things, those of the title, those of the lead (the title's again), and all.

    All but the last are marked as such, so that an index keeps them apart.
    """
    title = words_in(title)[:MOST_LEADING]
    leading = [*title, *words_in("\n".join(lead))][:MOST_LEADING]
    found = list(dict.fromkeys(things))[:MOST_THINGS]
    found += [TITLE + word for word in title] + [LEAD + word for word in leading] + leading
    return (found + words_in("\n".join(texts)))[:MOST_WORDS]


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand in a row; the last of them may be only the beginning of a word."""

    words: tuple
    is_beginning: bool = False


@dataclass(frozen=True)
class Asked:
    """What somebody looks for: all of its terms. Anything that can be typed makes one, perhaps without any term.

    `things` are words of `thing`: an article is under one of each tuple.
    """

    terms: tuple
    things: tuple = ()

    @classmethod
    def of(cls, written, things=()):
        """Read what was typed. What stands in quotes, or without a space between, is a phrase."""
        written = str(written)[:LONGEST_ASKED].translate(QUOTES)
        found = {}
        typed = list(TERM.finditer(written))
        for match in typed:
            quoted, plain = match.groups()
            words = tuple(words_in(quoted if plain is None else plain, is_asked=True)[:MOST_IN_PHRASE])
            if not words:
                continue
            is_last = match is typed[-1] and plain is not None and len(words[-1]) >= SHORTEST_BEGINNING
            found[
                Term(words, is_beginning=is_last or (bool(RUN.match(words[-1])) and len(words[-1]) == 1))
            ] = 1
        return cls(tuple(found)[:MOST_TERMS], tuple(things))

    @cached_property
    def has_phrases(self):
        return any(len(term.words) > 1 for term in self.terms)

    def __bool__(self):
        return bool(self.terms or self.things)
