"""Differences that people can read: per field; in the body block by block, then word by word. Pure.

Nothing that differs is left out and nothing is shown twice: the parts of all blocks, joined, are both texts. All text
stays text: whoever prints it escapes it.
"""

import json
import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any

from articles.canonical import canonical
from articles.document import ordered_items

WORDS = re.compile(r"\s+|\w+|[^\w\s]")
WORD = re.compile(r"\w+")
# An opening fence; what follows backticks must hold none (CommonMark 4.5).
FENCE = re.compile(r" {0,3}(`{3,}(?=[^`\n]*$)|~{3,})", re.MULTILINE)

# Texts less alike than this read better as one taken out and one put in. Judgement, by looking at real edits.
ALIKE = 0.4
# How far into a text its likeness to another is judged, in characters.
JUDGED = 5_000
# Comparing is quadratic and worse on hostile texts, so it has limits (S21): steps in all, some 10 million of which
# take a second; characters of one text compared by words, else by lines; lines of two bodies split into blocks.
MOST_STEPS = 1_000_000
MOST_BY_WORDS = 100_000
MOST_LINES = 40_000
# How often anchors are looked for between anchors. Real texts have none left after two or three rounds.
MOST_ROUNDS = 6

# What takes no ink: white space, controls, and Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt,
# with the blank Braille pattern and the format characters for annotations. Space and line feed are ordinary here.
HIDDEN = (
    "\x00-\x09\x0b-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f"
    "\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# One character and its repetitions stand as one; spaces count where nobody sees them.
INVISIBLE = re.compile(rf"(?P<one>[{HIDDEN}])(?P=one)*|(?P<end> +)(?=\n)|\A(?P<all> +)\Z")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDifference:
    """What differs in one field: `kind` is added, removed or changed."""

    path: str
    label: str
    kind: str
    blocks: tuple[Block, ...] = ()


type Field = tuple[str, ...]
type Pairs = list[tuple[int, int]]


class Effort:
    """How much work may still be done. Where there is not enough left, the answer is coarser."""

    def __init__(self) -> None:
        self.left = MOST_STEPS

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
    fields = [*after, *(field for field in before if field not in after)]
    fields.sort(key=lambda field: {("title",): 0, ("meta", "summary"): 1, ("body",): 2}.get(field, 3))
    effort, differences = Effort(), []
    for field in fields:
        if field in before and field in after and _equal(before[field], after[field]):
            continue
        if field == ("body",):
            blocks = compare_text(before.get(field, ""), after.get(field, ""))
        else:
            values = [side[field] for side in (before, after) if field in side]
            was, now = (_texts(side[field], values) if field in side else [] for side in (before, after))
            blocks = tuple(_blocks(was, now, effort))
        kind = "added" if field not in before else "removed" if field not in after else "changed"
        differences.append(
            FieldDifference(path=".".join(field), label=_label(field), kind=kind, blocks=blocks)
        )
    return differences


def compare_text(old: str, new: str) -> tuple[Block, ...]:
    """Return the Blocks that turn Markdown `old` into `new`."""
    if old.count("\n") + new.count("\n") > MOST_LINES:
        return tuple(_coarse(old, new))
    return tuple(_blocks(split_blocks(old), split_blocks(new), Effort(), key=_without_blank_lines))


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
        parts.append((match[0], _hidden_name(match[0])))
        shown = match.end()
    return [*parts, (text[shown:], None)] if shown < len(text) else parts


def _hidden_name(run: str) -> str:
    names = {"\t": "tab", "\r": "carriage return", "\xa0": "no-break space"}
    character = run[0]
    name = names.get(character) or unicodedata.name(character, "").lower() or f"U+{ord(character):04X}"
    return f"{name} × {len(run):,}" if len(run) > 1 else name


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
    # Python holds 1 and True for equal; the digest does not.
    if isinstance(was, str) and isinstance(now, str):
        return was == now
    return canonical(was) == canonical(now)


def _texts(value: Any, values: list[Any]) -> list[str]:
    """Return `value` as texts, a list's items one by one, so that no two of `values` look the same.

    Strings stand bare where there is nothing else they could be taken for.
    """
    if all(isinstance(one, str) for one in values) and any(values):
        return [value]
    if all(isinstance(one, list) for one in values) and any(values):
        bare = all(isinstance(item, str) and item for one in values for item in one)
        return value if bare else [_json(item) for item in value]
    return [_json(value)]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _label(field: Field) -> str:
    shown = field[1:] if field[0] == "meta" and len(field) > 1 else field
    return " › ".join(shown).replace("_", " ")


# Blocks ---------------------------------------------------------------------------------------------------------


def _blocks(
    before: list[str], after: list[str], effort: Effort, key: Callable[[str], str] = str
) -> Iterator[Block]:
    """Yield the Blocks that turn `before` into `after`; texts with the same `key` are one block that stayed."""
    olds, news = [key(text) for text in before], [key(text) for text in after]
    here, there = Counter(olds), Counter(news)
    # Such a block is an anchor. Where it is not in line with the others, it has moved.
    movable = {text for text in here if here[text] == there[text] == 1 and text.strip()}
    for gone, come in _gaps(_matching(olds, news, effort), len(before), len(after)):
        yield from _differing(before[gone], after[come], [k in movable for k in olds[gone]], movable, key, effort)
        if gone.stop < len(before):
            yield _kept(
                before[gone.stop],
                after[come.stop],
                ends_one=(gone.stop == len(before) - 1) != (come.stop == len(after) - 1),
                effort=effort,
            )


def _kept(old: str, new: str, *, ends_one: bool, effort: Effort) -> Block:
    """Return a block that stayed. Blank lines behind it are no change of its own where it `ends_one` of the texts."""
    if old == new:
        return _whole("same", old)
    return Block(kind="same" if ends_one else "changed", parts=_parts(old, new, effort), is_code=_is_code(old))


def _differing(gone, come, movable, key, effort):
    pass


def _whole(kind: str, text: str) -> Block:
    op = {"added": "ins", "moved": "ins", "removed": "del", "moved_from": "del"}.get(kind, "same")
    return Block(kind=kind, parts=(Part(op, text),), is_code=_is_code(text))
