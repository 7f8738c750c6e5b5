"""Where in a text a thread was opened, and where that place is in another text.

An anchor is a block of the text by its digest, with the digests of its neighbours, and the words that were chosen in it
with a few before and after; white space counts in none of them. It is found again wherever its block moved, else by
its words, else by its neighbours; else its text is gone, and that is said.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from itertools import islice, takewhile

from articles.rendering import render_parts
from reviews import blocks

MOST_QUOTED = 500
CONTEXT = 32
LIKE_ENOUGH = 4
LONG_ENOUGH = 12  # a word or two may stand anywhere
# A word that stands in a text more often than this tells nothing of a place.
MOST_HITS = 1000
# A heading's link to itself is a sign nobody selects.
UNSAID = re.compile(r'<a [^>]*class="anchor"[^>]*>#</a>|<[^>]*>')


class NotInText(Exception):
    """The words that were to be commented on are not in the text, or more than once."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an anchor is: the number of a part of the body, from 1, or None, and what became of its text."""

    part: int | None
    fate: str  # "here", "changed" around its words, "replaced" by what stands in its place, or "gone"


class Reading:
    """A text as anchors see it. What is not asked for is not worked out."""

    def __init__(self, document):
        self.document = document

    @cached_property
    def parts(self):
        """The blocks of each part of the body."""
        return blocks.body_parts(self.document.body)

    @cached_property
    def digests(self):
        """Their digests, shortened, as they are compared within one article."""
        return [[block.digest[:16] for block in part] for part in self.parts]

    @cached_property
    def words(self):
        """The words of each part of the body, as a browser gives them to who selects them."""
        return [words_of(html) for html, _ in render_parts(self.document.body)]

    @cached_property
    def squeezed(self):
        return [squeezed(words) for words in self.words]

    @cached_property
    def meta(self):
        """{path: digest} of the title and of what else is said beside the body."""
        return {path: block.digest[:16] for path, block in blocks.meta_blocks(self.document).items()}

    def neighbours(self, n):
        """The blocks before and after a part, one each; [] where there is none."""
        return [self.digests[n - 1] if n else [], self.digests[n + 1] if n + 1 < len(self.digests) else []]


def words_of(html):
    return " ".join(unescape(UNSAID.sub("", html)).split())


def squeezed(words):
    return "".join(words.split())


def make(reading, *, part="", quote="", before=""):
    """Return the anchor of a part of the text, by its number or the path of a value, and of words chosen in it.

    Without a part the words say where; without words, too, it is the whole text. `before` is what stands before them,
    where they stand in one part more than once. Raises NotInText.
    """
    quote = " ".join(quote.split())[:MOST_QUOTED]
    everywhere = range(len(reading.digests))
    chosen = [n for n in everywhere if part == str(n + 1)]
    if not chosen and part in reading.meta:
        return {"kind": "meta", "path": part, "blocks": [reading.meta[part]], "quote": quote}
    if part and not chosen:
        raise NotInText("The part you chose is not in this text.")
    if not quote:
        return _anchor(reading, chosen[0]) if chosen else {}
    hits = _hits(reading, quote, chosen) or _hits(reading, quote, everywhere)
    before = squeezed(before)[-CONTEXT:]
    near = [(n, at) for n, at in hits if reading.squeezed[n].endswith(before, 0, at)]
    if not hits:
        raise NotInText(
            "The words you quote are not in this text. Copy them from it, or choose only the part."
        )
    if len({n for n, _ in hits}) > 1 and len({n for n, _ in near}) != 1:
        raise NotInText(
            "The words you quote stand in this text more than once. Choose the part, or quote more."
        )
    n, at = (near or hits)[0]
    return _anchor(reading, n) | _quoted(reading, n, at, quote)


def find(anchor, reading):
    """Return the Place of an anchor in a text."""
    if anchor.get("kind") == "meta":
        there = reading.meta.get(anchor["path"])
        return Place(None, "gone" if there is None else "here" if [there] == anchor["blocks"] else "changed")
    if anchor.get("kind") != "body":
        return Place(None, "gone" if anchor else "here")
    same = [n for n, digests in enumerate(reading.digests) if digests == anchor["blocks"]]
    if same:
        return Place(
            min(same, key=lambda n: (_strangers(anchor, reading, n), abs(n + 1 - anchor["part"]))) + 1, "here"
        )
    for n, fate in ((_by_words(anchor, reading), "changed"), (_by_items(anchor, reading), "changed")):
        if n is not None:
            return Place(n + 1, fate)
    n = _between_neighbours(anchor, reading)
    return Place(None, "gone") if n is None else Place(n + 1, "replaced")


def _anchor(reading, n):
    before, after = reading.neighbours(n)
    words = reading.words[n]
    return {
        "kind": "body",
        "part": n + 1,
        "blocks": reading.digests[n],
        "around": [before[-1:], after[:1]],
        "quote": words if len(words) <= 120 else words[:119].rsplit(" ", 1)[0] + "…",
        "chosen": False,
    }


def _quoted(reading, n, at, quote):
    words, end = reading.squeezed[n], at + len(squeezed(quote))
    return {
        "quote": quote,
        "chosen": True,
        "before": words[max(0, at - CONTEXT) : at],
        "after": words[end : end + CONTEXT],
    }


def _hits(reading, quote, parts):
    """Return [(part, place)] of every time these words stand in these parts."""
    wanted = re.compile(re.escape(squeezed(quote)))
    hits = ((n, hit.start()) for n in parts for hit in wanted.finditer(reading.squeezed[n]))
    return list(islice(hits, MOST_HITS))


def _strangers(anchor, reading, n):
    """How many of the neighbours of a part are not those of the anchor."""
    before, after = reading.neighbours(n)
    return [before[-1:] == anchor["around"][0], after[:1] == anchor["around"][1]].count(False)


def _by_words(anchor, reading):
    """The one part that still holds the words that were chosen, told by what stood around them where there are more."""
    if not anchor["chosen"]:
        return None
    length, alike = len(squeezed(anchor["quote"])), {}
    for n, at in _hits(reading, anchor["quote"], range(len(reading.digests))):
        words = reading.squeezed[n]
        before, after = words[max(0, at - CONTEXT) : at], words[at + length : at + length + CONTEXT]
        same = _alike(before[::-1], anchor["before"][::-1]) + _alike(after, anchor["after"])
        alike[n] = max(same, alike.get(n, 0))
    most = max(alike.values(), default=0)
    best = [n for n in alike if alike[n] == most]
    is_told = len(best) == 1 and (most >= LIKE_ENOUGH or (len(alike) == 1 and length >= LONG_ENOUGH))
    return best[0] if is_told else None


def _alike(one, other):
    """With how many of the same characters two texts begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _by_items(anchor, reading):
    """The one list that has most of the items the list of the anchor had."""
    if len(anchor["blocks"]) < 2:
        return None
    shared = [len(set(digests) & set(anchor["blocks"])) for digests in reading.digests]
    most = max(shared, default=0)
    return shared.index(most) if most and shared.count(most) == 1 else None


def _between_neighbours(anchor, reading):
    """The one part that stands alone between the neighbours of the anchor, where they say so without doubt."""
    before, after = anchor["around"]
    firsts = [digests[:1] for digests in reading.digests]
    lasts = [digests[-1:] for digests in reading.digests]
    if lasts.count(before) > 1 or firsts.count(after) > 1:
        return None
    places = [n for n in range(len(reading.digests)) if _strangers(anchor, reading, n) == 0]
    return places[0] if len(places) == 1 else None
