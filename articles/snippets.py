"""What is shown of a text that was found: where its words stand, marked. Pure, and as inert as any text (P10)."""

import re
from collections import defaultdict

from django.utils.html import escape
from django.utils.safestring import mark_safe

from articles.words import placed_words

LENGTH = 240
# So much stands before the first word that was found.
BEFORE = 60
# A cut moves by so much to fall between two words; scripts without spaces have none.
LEEWAY = 24
# Behind so many characters nothing is looked for, and of so many places the best is chosen.
MOST_LOOKED_AT = 30_000
MOST_PLACES = 200

# What a text is written with and nobody reads: signs of headings, quotes, lists, code, tables and emphasis, addresses
# of links, tags. Each is bounded, since anybody may have written anything.
WRITTEN = re.compile(
    r"!?\[([^\]\[\n]{0,200})\]\([^()\s]{0,500}(?:[ ]\"[^\"\n]{0,200}\")?\)"
    r"|^[ \t]{0,20}(?:(?:\#{1,6}|>|[-*+]|\d{1,9}[.)])[ \t]+)+(?:\[[ xX]\][ \t])?"
    r"|^[ \t]{0,3}(?:`{3,}|~{3,})[^\n]{0,100}$|^[ \t|:-]{3,200}$"
    r"|</?[a-zA-Z][^<>\n]{0,200}>|[*`|]+|(?<!\w)_+|_+(?!\w)",
    re.MULTILINE,
)


def marked(text, terms):
    """Return a text as HTML, with what was looked for in it marked."""
    return _html(text, _joined(_places(text, terms)))


def snippet(body, terms):
    """Return the part of a Markdown text in which the most of what was looked for stands, marked, or nothing."""
    text = " ".join(WRITTEN.sub(_read, body[:MOST_LOOKED_AT]).split())
    places = _places(text, terms)
    if not places:
        return ""
    begin, end = _part_of(text, _best(places))
    inside = [(max(a, begin), min(b, end)) for a, b in _joined(places) if a < end and b > begin]
    shown = _html(text[begin:end], [(a - begin, b - begin) for a, b in inside])
    return mark_safe(f"{'… ' if begin else ''}{shown}{' …' if end < len(text) else ''}")


def _read(found):
    """Return what a reader sees of what is written: of a link its text; what parts words parts them."""
    return (
        ""
        if found[0][0] in "*_`" and found[0][-1] not in " \t\n"
        else f" {WRITTEN.sub(_read, found[1] or '')} "
    )


def _places(text, terms):
    """Return [(begin, end, number of the term)], the first ones, in their order."""
    words = placed_words(text)
    begun = [(number, term.words[0]) for number, term in enumerate(terms) if _is_one_beginning(term)]
    whole = defaultdict(list)
    for number, term in enumerate(terms):
        if not _is_one_beginning(term):
            whole[term.words[0]].append((number, term))
    found = []
    for at, (word, begin, end) in enumerate(words):
        found += [(begin, end, number) for number, first in begun if word.startswith(first)]
        for number, term in whole.get(word, ()):
            row = [one for one, *_ in words[at : at + len(term.words)]]
            if _is_there(term, row):
                found.append((begin, words[at + len(row) - 1][2], number))
        if len(found) >= MOST_PLACES:
            break
    return found


def _is_one_beginning(term):
    return term.is_beginning and len(term.words) == 1


def _is_there(term, row):
    if term.is_beginning:
        return (
            row[:-1] == list(term.words[:-1])
            and len(row) == len(term.words)
            and row[-1].startswith(term.words[-1])
        )
    return row == list(term.words)


def _best(places):
    """Return where the part begins that holds the most terms; the first such."""
    best, most = places[0][0], 0
    for at, (begin, _, _) in enumerate(places):
        inside = {number for a, b, number in places[at:] if b <= begin + LENGTH - BEFORE}
        if len(inside) > most:
            best, most = begin, len(inside)
    return best


def _part_of(text, first):
    begin = max(0, first - BEFORE)
    if begin and (space := text.find(" ", begin, begin + LEEWAY)) >= 0:
        begin = space + 1
    end = min(len(text), begin + LENGTH)
    if end < len(text) and (space := text.rfind(" ", end - LEEWAY, end)) > begin:
        end = space
    return begin, end


def _joined(places):
    """Return [(begin, end)] without overlaps."""
    joined = []
    for begin, end, _ in sorted(places):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _html(text, places):
    parts, at = [], 0
    for begin, end in places:
        parts += [escape(text[at:begin]), "<mark>", escape(text[begin:end]), "</mark>"]
        at = end
    return mark_safe("".join([*parts, escape(text[at:])]))
