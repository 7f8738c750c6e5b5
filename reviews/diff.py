"""Differences that people can read: per field; in the body block by block, then word by word. Pure.

All text stays text: whoever prints it escapes it.
"""

import json
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from articles.document import ordered_items

WORDS = re.compile(r"\s+|\w+|[^\w\s]")
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")

# Comparing is quadratic at worst; beyond these sizes coarser units are compared instead (S21).
MOST_WORDS = 2_000
MOST_LINES = 1_500
MOST_BLOCKS = 1_500
MOST_PAIRS = 20_000
# Blocks less alike than this read better as one taken out and one put in. Judgement, by looking at real edits.
ALIKE = 0.4


@dataclass(frozen=True, slots=True)
class Part:
    """A run of text: `op` is same, ins or del."""

    op: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph, list, heading or code block: same, added, removed, changed, moved (here) or moved_from (here)."""

    kind: str
    parts: tuple[Part, ...]
    is_code: bool = False

    @property
    def text(self):
        return "".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDifference:
    """What differs in one field: `kind` is added, removed or changed."""

    path: str
    label: str
    kind: str
    blocks: tuple[Block, ...] = field(default=())


def compare(old, new):
    """Return the FieldDifferences between two documents; `old` may be None. Fields that are equal are left out."""
    before, after = dict(_fields(old or {})), dict(_fields(new))
    paths = list(after) + [path for path in before if path not in after]
    paths.sort(key=lambda path: {"title": 0, "meta.summary": 1, "body": 2}.get(path, 3))
    differences = []
    for path in paths:
        was, now = before.get(path), after.get(path)
        if was == now:
            continue
        kind = "added" if was is None else "removed" if now is None else "changed"
        blocks = compare_text(was or "", now or "") if path == "body" else (_block(was or "", now or ""),)
        differences.append(FieldDifference(path=path, label=_label(path), kind=kind, blocks=blocks))
    return differences


def compare_text(old, new):
    """Return the Blocks that turn Markdown `old` into `new`. Joined, they hold both texts completely."""
    before, after = split_blocks(old), split_blocks(new)
    if len(before) + len(after) > MOST_BLOCKS:
        return tuple(_coarse(before, after))
    moved = _moved(before, after)
    blocks = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for op, i1, i2, j1, j2 in matcher.get_opcodes():
        if op == "equal":
            blocks.extend(_whole("same", text) for text in before[i1:i2])
        else:
            blocks.extend(_paired(before[i1:i2], after[j1:j2], moved))
    return tuple(blocks)


def split_blocks(text):
    """Split Markdown into blocks, each with the blank lines behind it; a fenced block stays whole."""
    blocks, lines, fence, ended = [], [], "", False
    for line in text.splitlines(keepends=True):
        if ended and line.strip() and not fence:
            blocks.append("".join(lines))
            lines, ended = [], False
        lines.append(line)
        if fence:
            if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif match := FENCE.match(line):
            fence = match[1]
        ended = not line.strip() and not fence
    return [*blocks, "".join(lines)] if lines else blocks


def reveal(text):
    """Return [(text, name or None)]: invisible characters stand alone with their name, the rest as it is."""
    parts, plain = [], []
    for character in text:
        name = _hidden_name(character)
        if name is None:
            plain.append(character)
            continue
        if plain:
            parts.append(("".join(plain), None))
            plain = []
        parts.append((character, name))
    return [*parts, ("".join(plain), None)] if plain else parts


def _hidden_name(character):
    if character == "\t":
        return "tab"
    if character in " \n" or (character.isprintable() and not character.isspace()):
        return None
    return unicodedata.name(character, f"U+{ord(character):04X}").lower()


def _fields(document, path=""):
    """Yield (path, text) of every field: a map member by member, a list or value as its text."""
    for key, value in ordered_items(path, document):
        place = f"{path}.{key}" if path else key
        if isinstance(value, dict) and value and place.count(".") < 3:
            yield from _fields(value, place)
        elif isinstance(value, list) and all(isinstance(one, str) for one in value):
            yield place, "\n".join(value) or "(empty list)"
        elif isinstance(value, str):
            yield place, value
        else:
            yield place, json.dumps(value, ensure_ascii=False, indent=1)


def _label(path):
    return path.removeprefix("meta.").replace("_", " ").replace(".", " › ")


def _moved(before, after):
    """Return the texts that stand once on each side: where they are not in line, they have moved."""
    here, there = Counter(before), Counter(after)
    return {text for text in here if here[text] == 1 == there[text] and text.strip()}


def _paired(gone, come, moved):
    """Yield the blocks of one stretch that differs: moves, pairs that are alike, and the rest."""
    partners = _partners(
        [text for text in gone if text not in moved], [text for text in come if text not in moved]
    )
    taken = set(partners.values())
    for text in gone:
        if text in moved:
            yield _whole("moved_from", text)
        elif text not in partners:
            yield _whole("removed", text)
    origins = {new: old for old, new in partners.items()}
    for text in come:
        if text in moved:
            yield _whole("moved", text)
        elif text in taken:
            yield _block(origins[text], text)
        else:
            yield _whole("added", text)


def _partners(gone, come):
    """Return {old: new} of blocks that are alike enough to be one block that changed, in the order they stand."""
    if len(gone) * len(come) > MOST_PAIRS:
        return {}
    partners, start = {}, 0
    for old in gone:
        best, where = ALIKE, None
        bag = Counter(WORDS.findall(old[:5_000]))
        for j in range(start, len(come)):
            if _is_code(old) == _is_code(come[j]) and (alike := _likeness(bag, come[j])) > best:
                best, where = alike, j
        if where is not None and old not in partners and come[where] not in partners.values():
            partners[old] = come[where]
            start = where + 1
    return partners


def _likeness(bag, text):
    """Return 0 to 1: the share of words two texts have in common (Dice)."""
    other = Counter(WORDS.findall(text[:5_000]))
    total = sum(bag.values()) + sum(other.values())
    return 2 * sum((bag & other).values()) / total if total else 0.0


def _coarse(before, after):
    """Yield the blocks of texts with too many blocks to align: equal head, the middle whole, equal tail."""
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    yield from (_whole("same", text) for text in before[:head])
    gone, come = "".join(before[head : len(before) - tail]), "".join(after[head : len(after) - tail])
    if gone:
        yield _whole("removed", gone)
    if come:
        yield _whole("added", come)
    yield from (_whole("same", text) for text in before[len(before) - tail :])


def _is_code(text):
    return bool(FENCE.match(text))


def _whole(kind, text):
    op = {"added": "ins", "moved": "ins", "removed": "del", "moved_from": "del"}.get(kind, "same")
    return Block(kind=kind, parts=(Part(op, text),), is_code=_is_code(text))


def _block(old, new):
    """Return one block that changed: code and long texts line by line, prose word by word."""
    if not old or not new:
        return _whole("added" if new else "removed", new or old)
    is_code = _is_code(old) or _is_code(new)
    before, after = (_lines if is_code else WORDS.findall)(old), (_lines if is_code else WORDS.findall)(new)
    if not is_code and max(len(before), len(after)) > MOST_WORDS:
        before, after = _lines(old), _lines(new)
    if max(len(before), len(after)) > MOST_LINES and (is_code or len(before) + len(after) > 2 * MOST_WORDS):
        return Block(kind="changed", parts=(Part("del", old), Part("ins", new)), is_code=is_code)
    return Block(kind="changed", parts=tuple(_merged(before, after)), is_code=is_code)


def _lines(text):
    return text.splitlines(keepends=True)


def _merged(before, after):
    # autojunk calls frequent words junk, which makes readable differences of prose worse; sizes are bounded instead.
    for op, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if op == "equal":
            yield Part("same", "".join(before[i1:i2]))
            continue
        if i2 > i1:
            yield Part("del", "".join(before[i1:i2]))
        if j2 > j1:
            yield Part("ins", "".join(after[j1:j2]))
