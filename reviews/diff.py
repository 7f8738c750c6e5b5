"""Differences that people can read: per field; in the body block by block, then word by word. Pure.

Nothing that differs is left out and nothing is shown twice: the parts of all blocks, joined, are both texts. All text
stays text: whoever prints it escapes it.
"""

import json
import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import groupby
from typing import Any

from articles.canonical import canonical
from articles.document import ordered_items

WORDS = re.compile(r"\s+|\w+|[^\w\s]")
WORD = re.compile(r"\w+")
# An opening fence; what follows backticks must hold none (CommonMark 4.5).
FENCE = re.compile(r" {0,3}(`{3,}(?=[^`\n]*$)|~{3,})", re.MULTILINE)

# Where a link or an image leads, in Markdown and in HTML. No pattern steps back, so the time is linear.
TARGET = re.compile(
    r"\]\([ \t]*+<?+([^\s<>()]++(?:\([^\s<>()]*+\)[^\s<>()]*+)*+)"
    r"|^ {0,3}\[[^\]\n]{1,999}+\]:[ \t]*+<?+([^\s<>]++)"
    r"|<([a-z][a-z0-9+.-]*+:[^\s<>]++)>"
    r"|\b(?:href|src)[ \t]*+=[ \t]*+[\"']?+([^\s\"'<>]++)",
    re.IGNORECASE | re.MULTILINE,
)

# Texts less alike than this read better as one taken out and one put in. Judgement, by looking at real edits.
ALIKE = 0.4
# How far into a text its likeness to another is judged, in characters.
JUDGED = 5_000
# Comparing is quadratic and worse on hostile texts, so it has limits (S21): steps in all, a million or two of
# which take a second; characters of one text compared by words, else by lines; lines of two bodies split into blocks.
MOST_STEPS = 400_000
MOST_BY_WORDS = 100_000
MOST_LINES = 40_000
# Fields that differ and are shown one by one; of a document with more, the rest stands together, line by line.
MOST_FIELDS = 1_000
# What it costs to see how alike two blocks are, in steps. Measured.
PAIR_STEPS = 50
# How often anchors are looked for between anchors. Real texts have none left after two or three rounds.
MOST_ROUNDS = 6

# What takes no ink: white space, controls, and Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt,
# with the blank Braille pattern and the format characters for annotations. Space and line feed are ordinary here.
HIDDEN = (
    "\x00-\x09\x0b-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f"
    "\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Spaces count where nobody sees them. No pattern steps back, so the time is linear.
INVISIBLE = re.compile(rf"[{HIDDEN}]++|(?<! ) ++(?=[\r\n])|\A ++\Z")
# Of more invisible characters in a row only the number is told, unless they are all the same.
MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Part:
    """A run of text: `op` is same, ins or del."""

    op: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph, list, heading or code block: same, added, removed, changed, moved (here) or moved_from (here).

    A block that is the same has a part for blank lines behind it where it stands last on one side only.
    """

    kind: str
    parts: tuple[Part, ...]
    is_code: bool = False

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)

    @property
    def targets(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Where links led before and do no more, and where they lead now and did not: what a reader hardly sees."""
        if self.kind != "changed" or self.is_code:
            return (), ()
        old, new = (
            dict.fromkeys("".join(found) for found in TARGET.findall(self.side(op))) for op in ("del", "ins")
        )
        return tuple(target for target in old if target not in new), tuple(
            target for target in new if target not in old
        )

    def side(self, op: str) -> str:
        """Return the text as it was (`op` is del) or is now (ins)."""
        return "".join(part.text for part in self.parts if part.op in ("same", op))


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDifference:
    """What differs in one field: `kind` is added, removed or changed."""

    path: str
    label: str
    kind: str
    blocks: tuple[Block, ...] = ()


type Field = tuple[str, ...]
type Pairs = list[tuple[int, int]]

LABELS: dict[Field, str] = {("lang",): "language", ("dir",): "direction of the text"}


class Effort:
    """How much work may still be done. Where there is not enough left, the answer is coarser."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def affords(self, steps: int) -> bool:
        """Take `steps` from what is left, if there are as many."""
        if steps > self.left:
            return False
        self.left -= steps
        return True


def compare(old: dict[str, Any] | None, new: dict[str, Any]) -> list[FieldDifference]:
    """Return the differences between two documents, field by field; `old` may be None.

    Fields that are equal in their canonical bytes are left out; title, summary and body come first.
    """
    before, after = dict(_fields(old or {})), dict(_fields(new))
    fields = [
        field
        for field in [*after, *(field for field in before if field not in after)]
        if not (field in before and field in after and _equal(before[field], after[field]))
    ]
    fields.sort(key=lambda field: {("title",): 0, ("meta", "summary"): 1, ("body",): 2}.get(field, 3))
    effort, differences = Effort(MOST_STEPS), []
    for field in fields[:MOST_FIELDS]:
        if field == ("body",):
            blocks = compare_text(before.get(field, ""), after.get(field, ""))
        else:
            values = [side[field] for side in (before, after) if field in side]
            was, now = (_texts(side[field], values) if field in side else [] for side in (before, after))
            both_single = len(was) == len(now) == 1
            blocks = (_changed(was[0], now[0], effort),) if both_single else tuple(_blocks(was, now, effort))
        kind = "added" if field not in before else "removed" if field not in after else "changed"
        differences.append(
            FieldDifference(path=".".join(field), label=_label(field), kind=kind, blocks=blocks)
        )
    if rest := fields[MOST_FIELDS:]:
        differences.append(_together(rest, before, after, effort))
    return differences


def compare_text(old: str, new: str) -> tuple[Block, ...]:
    """Return the Blocks that turn Markdown `old` into `new`."""
    if old.count("\n") + new.count("\n") > MOST_LINES:
        return tuple(_coarse(old, new))
    before, after = split_blocks(old), split_blocks(new)
    return tuple(_blocks(before, after, Effort(MOST_STEPS), key=_without_blank_lines))


def split_blocks(text: str) -> list[str]:
    """Split Markdown into blocks, each with the blank lines behind it; a fenced block stays whole."""
    blocks: list[str] = []
    lines: list[str] = []
    fence, ended = "", False
    for line in _lines(text):
        opened = None if fence else FENCE.match(line)
        if lines and not fence and (opened or (ended and line.strip())):
            blocks.append("".join(lines))
            lines, ended = [], False
        lines.append(line)
        if opened:
            fence = opened[1]
        elif fence:
            mark = line.strip()
            if mark.startswith(fence) and not mark.strip(fence[0]):
                fence, ended = "", True
        else:
            ended = not line.strip()
    return [*blocks, "".join(lines)] if lines else blocks


def reveal(text: str) -> list[tuple[str, str | None]]:
    """Return [(text, name or None)]: invisible characters stand alone with their name, the rest as it is.

    Spaces are named before the end of a line, and where there is nothing else.
    """
    parts: list[tuple[str, str | None]] = []
    shown = 0
    for match in INVISIBLE.finditer(text):
        if match.start() > shown:
            parts.append((text[shown : match.start()], None))
        parts += _named(match[0])
        shown = match.end()
    return [*parts, (text[shown:], None)] if shown < len(text) else parts


def _named(run: str) -> list[tuple[str, str | None]]:
    if len(run) > 1 and run == run[0] * len(run):
        return [(run, f"{_name(run[0])} × {len(run):,}")]
    if len(run) > MOST_NAMED:
        return [(run, f"{len(run):,} invisible characters")]
    return [(character, _name(character)) for character in run]


@lru_cache(1_000)
def _name(character: str) -> str:
    names = {"\t": "tab", "\r": "carriage return"}  # controls have no names in Unicode
    return names.get(character) or unicodedata.name(character, "").lower() or f"U+{ord(character):04X}"


# Fields ---------------------------------------------------------------------------------------------------------


def _fields(value: dict[str, Any], above: Field = ()) -> Iterator[tuple[Field, Any]]:
    """Yield (field, value) of each leaf and list; documents nest at most MAX_DEPTH deep."""
    for key, inner in ordered_items(".".join(above), value):
        field = (*above, key)
        if isinstance(inner, dict) and inner:
            yield from _fields(inner, field)
        else:
            yield field, inner


def _equal(was: Any, now: Any) -> bool:
    # Python holds 1 and True for equal, alone and in lists; the digest does not.
    if type(was) is type(now) and not isinstance(was, dict | list):
        return bool(was == now)
    return canonical(was) == canonical(now)


def _texts(value: Any, values: list[Any]) -> list[str]:
    """Return `value` as texts, a list's items one by one, so that no two of `values` look the same.

    Strings stand bare where there is nothing else they could be taken for, and so do names with their types.
    """
    if all(isinstance(one, str) for one in values) and any(values):
        return [value]
    if all(isinstance(one, list) for one in values) and any(values):
        if all(_is_named(item) for one in values for item in one):
            return [f"{item['name']} ({item['type']})" for item in value]
        bare = all(isinstance(item, str) and item for one in values for item in one)
        return value if bare else [_json(item) for item in value]
    return [_json(value)]


def _is_named(item: Any) -> bool:
    """Say whether an item is an entity that can be written as "name (type)" and nothing else is written so."""
    return (
        isinstance(item, dict)
        and item.keys() == {"name", "type"}
        and all(isinstance(text, str) and "(" not in text for text in item.values())
    )


def _together(
    fields: list[Field], before: dict[Field, Any], after: dict[Field, Any], effort: Effort
) -> FieldDifference:
    """Return fields that are too many to stand one by one as one, a line for each, compared by lines."""
    was, now = (
        [f"{_json('.'.join(field))}: {_json(side[field])}\n" for field in fields if field in side]
        for side in (before, after)
    )
    block = Block(kind="changed", parts=_joined(_edits(was, now, effort)), is_code=True)
    return FieldDifference(path="", label=f"{len(fields):,} more fields", kind="changed", blocks=(block,))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _label(field: Field) -> str:
    shown = field[1:] if field[0] == "meta" and len(field) > 1 else field
    return LABELS.get(field) or " › ".join(shown).replace("_", " ")


# Blocks ---------------------------------------------------------------------------------------------------------


def _blocks(
    before: list[str], after: list[str], effort: Effort, key: Callable[[str], str] = str
) -> Iterator[Block]:
    """Yield the Blocks that turn `before` into `after`.

    Texts with the same `key`, which is what they begin with, are one block that stayed.
    """
    olds, news = [key(text) for text in before], [key(text) for text in after]
    here, there = Counter(olds), Counter(news)
    # A text that stands once on each side and yet is not in line with the others has moved.
    movable = {text for text in here if here[text] == there[text] == 1 and text.strip()}
    i = j = 0
    for x, y in [*_matching(olds, news, effort), (len(before), len(after))]:
        gone = [(text, key(text) in movable) for text in before[i:x]]
        come = [(text, key(text) in movable) for text in after[j:y]]
        yield from _differing(gone, come, effort)
        if x < len(before):
            ends_one = (x + 1 == len(before)) != (y + 1 == len(after))
            yield _kept(olds[x], before[x], after[y], ends_one=ends_one)
        i, j = x + 1, y + 1


def _kept(head: str, old: str, new: str, *, ends_one: bool) -> Block:
    """Return a block that stayed: `head`, and the blank lines behind it on both sides.

    Where it ends one of the texts, they belong to what was put in or taken out behind it, and are no change of its own.
    """
    if old == new:
        return _whole("same", old)
    parts = (("same", head), ("del", old[len(head) :]), ("ins", new[len(head) :]))
    return Block(
        kind="same" if ends_one else "changed",
        parts=tuple(Part(op, text) for op, text in parts if text),
        is_code=_is_code(old),
    )


def _differing(gone: list[tuple[str, bool]], come: list[tuple[str, bool]], effort: Effort) -> Iterator[Block]:
    """Yield the blocks of one stretch, given as (text, has it moved): moves, pairs that are alike, and the rest."""
    i = j = 0
    for x, y in [*_partners(gone, come, effort), (len(gone), len(come))]:
        yield from (_whole("moved_from" if moved else "removed", text) for text, moved in gone[i:x])
        yield from (_whole("moved" if moved else "added", text) for text, moved in come[j:y])
        if x < len(gone):
            yield _changed(gone[x][0], come[y][0], effort)
        i, j = x + 1, y + 1


def _partners(gone: list[tuple[str, bool]], come: list[tuple[str, bool]], effort: Effort) -> Pairs:
    """Return the pairs (i, j), rising, of blocks that are one block that changed; the most alike choose first."""
    if gone > come:  # the way there and the way back show the same
        return _turned(_partners(come, gone, effort))
    pairs = len(gone) * len(come)
    if not pairs or not effort.affords(pairs * PAIR_STEPS):
        return []
    olds = [(i, _is_code(text), _vocabulary(text)) for i, (text, moved) in enumerate(gone) if not moved]
    news = [(j, _is_code(text), _vocabulary(text)) for j, (text, moved) in enumerate(come) if not moved]
    alike = [
        (likeness, i, j)
        for i, old_is_code, old_words in olds
        for j, new_is_code, new_words in news
        if old_is_code == new_is_code and (likeness := _likeness(old_words, new_words)) >= ALIKE
    ]
    chosen: Pairs = []
    for _, i, j in sorted(alike, key=lambda one: -one[0]):
        # In order with all that chose before, and partner of none of them.
        if all((i - x) * (j - y) > 0 for x, y in chosen):
            chosen.append((i, j))
    return sorted(chosen)


def _vocabulary(text: str) -> set[str]:
    return set(WORD.findall(text[:JUDGED]))


def _likeness(words: set[str], others: set[str]) -> float:
    """Return 0 to 1: the share of their words that two texts have in common (Dice's coefficient)."""
    return 2 * len(words & others) / (len(words) + len(others) or 1)


def _coarse(old: str, new: str) -> Iterator[Block]:
    """Yield the blocks of texts with too many lines to align: equal head, what differs whole, equal tail."""
    head, gone, come, tail = _ends(old, new, "\n")
    for kind, text in (("same", head), ("removed", gone), ("added", come), ("same", tail)):
        if text:
            yield _whole(kind, text)


def _changed(old: str, new: str, effort: Effort) -> Block:
    is_code = _is_code(old) or _is_code(new)
    return Block(kind="changed", parts=_parts(old, new, effort), is_code=is_code)


def _whole(kind: str, text: str) -> Block:
    op = {"added": "ins", "moved": "ins", "removed": "del", "moved_from": "del"}.get(kind, "same")
    return Block(kind=kind, parts=(Part(op, text),), is_code=_is_code(text))


def _is_code(text: str) -> bool:
    return bool(FENCE.match(text))


def _without_blank_lines(text: str) -> str:
    return text.rstrip("\n")


# Parts ----------------------------------------------------------------------------------------------------------


def _parts(old: str, new: str, effort: Effort) -> tuple[Part, ...]:
    """Return the Parts that turn `old` into `new`: code and long texts line by line, prose word by word."""
    is_code = _is_code(old) or _is_code(new)
    head, gone, come, tail = _ends(old, new, "\n" if is_code else " ")
    by_lines = is_code or max(len(gone), len(come)) > MOST_BY_WORDS
    if not by_lines and _likeness(_vocabulary(gone), _vocabulary(come)) < ALIKE:
        effort = Effort(0)  # rewritten: single words that happen to stand in both would only be confetti
    split = _lines if by_lines else WORDS.findall
    return _joined([("same", head), *_edits(split(gone), split(come), effort), ("same", tail)])


def _joined(ops: Iterable[tuple[str, str]]) -> tuple[Part, ...]:
    runs = groupby(((op, text) for op, text in ops if text), key=lambda one: one[0])
    return tuple(Part(op, "".join(text for _, text in run)) for op, run in runs)


def _edits(before: list[str], after: list[str], effort: Effort) -> Iterator[tuple[str, str]]:
    i = j = 0
    for x, y in [*_matching(before, after, effort), (len(before), len(after))]:
        yield "del", "".join(before[i:x])
        yield "ins", "".join(after[j:y])
        yield "same", "".join(before[x : x + 1])
        i, j = x + 1, y + 1


def _lines(text: str) -> list[str]:
    # Not splitlines(): Markdown knows no line ends but this one.
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _ends(old: str, new: str, boundary: str) -> tuple[str, str, str, str]:
    """Return (head, rest of old, rest of new, tail): what two texts begin and end with, up to a `boundary`.

    Costs next to nothing whatever the size, and most edits are one small change.
    """
    size = _longest(min(len(old), len(new)), lambda k: old[:k] == new[:k])
    if size < max(len(old), len(new)):
        size = old.rfind(boundary, 0, size) + 1
    head, old, new = old[:size], old[size:], new[size:]
    size = _longest(min(len(old), len(new)), lambda k: old[len(old) - k :] == new[len(new) - k :])
    if size < max(len(old), len(new)):
        at = old.find(boundary, len(old) - size)
        size = len(old) - at - 1 if at >= 0 else 0
    return head, old[: len(old) - size], new[: len(new) - size], old[len(old) - size :]


def _longest(most: int, holds: Callable[[int], bool]) -> int:
    """Return the largest number up to `most` for which `holds`, which holds for all below it."""
    return bisect_left(range(most), True, key=lambda k: not holds(k + 1))


# Alignment ------------------------------------------------------------------------------------------------------


def _matching(before: list[str], after: list[str], effort: Effort, rounds: int = MOST_ROUNDS) -> Pairs:
    """Return the pairs (i, j), rising, of places that hold the same text and stay in line.

    Texts that stand once on each side are anchors (patience diff, Bram Cohen); difflib aligns what is between them.
    """
    if before > after:  # the way there and the way back show the same
        return _turned(_matching(after, before, effort, rounds))
    shortest = min(len(before), len(after))
    head = next((k for k in range(shortest) if before[k] != after[k]), shortest)
    tail = next((k for k in range(shortest - head) if before[-1 - k] != after[-1 - k]), shortest - head)
    olds, news = before[head : len(before) - tail], after[head : len(after) - tail]
    middle: Pairs = []
    if olds and news and effort.affords(len(olds) + len(news)):
        anchors = _anchors(olds, news) if rounds else []
        if not anchors:
            middle = _densest(olds, news, effort)
        i = j = 0
        for x, y in [*anchors, (len(olds), len(news))] if anchors else []:
            if x > i and y > j:
                inner = _matching(olds[i:x], news[j:y], effort, rounds - 1)
                middle += [(i + a, j + b) for a, b in inner]
            if x < len(olds):
                middle.append((x, y))
            i, j = x + 1, y + 1
    return [
        *((k, k) for k in range(head)),
        *((head + i, head + j) for i, j in middle),
        *((len(before) - k, len(after) - k) for k in range(tail, 0, -1)),
    ]


def _turned(pairs: Pairs) -> Pairs:
    return [(j, i) for i, j in pairs]


def _anchors(before: list[str], after: list[str]) -> Pairs:
    here, there = Counter(before), Counter(after)
    place = {text: j for j, text in enumerate(after)}
    return _rising(
        (i, place[text])
        for i, text in enumerate(before)
        if here[text] == there[text] == 1 and not _is_blank(text)
    )


def _rising(pairs: Iterable[tuple[int, int]]) -> Pairs:
    """Return the longest choice of `pairs`, which come in order of their first number, whose second rises too."""
    ends: list[int] = []  # the smallest second number that a choice of each length can end with
    links: list[Any] = []  # that choice: its last pair, and the link to what is before it
    for pair in pairs:
        length = bisect_left(ends, pair[1])
        link = (pair, links[length - 1] if length else None)
        ends[length : length + 1], links[length : length + 1] = [pair[1]], [link]
    chosen: Pairs = []
    end = links[-1] if links else None
    while end:
        pair, end = end
        chosen.append(pair)
    return chosen[::-1]


def _densest(before: list[str], after: list[str], effort: Effort) -> Pairs:
    """Return what difflib aligns, or nothing where that could take too long."""
    here, there = Counter(before), Counter(after)
    common = [(here[text], there[text]) for text in here.keys() & there.keys() if not _is_blank(text)]
    # Each pass looks at all pairs of equal texts and finds at least one match; it is followed by one on either side.
    passes = 1 + 2 * sum(min(counts) for counts in common)
    if not effort.affords((len(before) + sum(a * b for a, b in common)) * passes):
        return []
    # White space is no anchor, and without autojunk frequent words may be: they are few enough here.
    matcher = SequenceMatcher(_is_blank, before, after, autojunk=False)
    return [(i + k, j + k) for i, j, size in matcher.get_matching_blocks() for k in range(size)]


def _is_blank(text: str) -> bool:
    return not text.strip()
