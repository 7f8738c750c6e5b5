"""How a difference is laid out on a page: changes numbered, what is unchanged folded, what nobody sees named.

The texts of blocks are written as HTML here, in one go, and not by a template: hostile texts have runs by the
hundred thousand. All that stands in them is escaped.
"""

import re
from dataclasses import replace
from functools import lru_cache, partial
from html import escape
from itertools import groupby

from django.utils.safestring import mark_safe

from reviews.diff import INVISIBLE, Part, reveal

# A longer run of unchanged lines of code, or words of prose, is folded but for so many on either side of a change.
MOST_LINES, LINES_BESIDE = 10, 3
MOST_WORDS, WORDS_BESIDE = 300, 40
# Where more blocks differ than this, those that were added, removed or moved together stand as one.
MOST_CHANGES = 500
# More fields and link targets than this are counted, not listed; they all stand below.
MOST_LISTED = 8
# More spaces in a row are counted, not drawn.
MOST_SPACES = 8

HOW = {
    "added": "Added",
    "removed": "Removed",
    "changed": "Changed",
    "moved": "Moved here",
    "moved_from": "Moved from here",
}
# White space before the first character of a line that takes ink.
INDENTATION = re.compile(r"^(?= *+\t)[ \t]++(?=\S)", re.MULTILINE)
# What the switch "Show marks" shows beside what is invisible. No pattern steps back, so the time is linear.
MARKS = re.compile(
    rf"(?P<unseen>{INVISIBLE.pattern})|(?P<end>\n)|(?P<spaces>[ ]++)"
    r"|(?P<target>(?<=\]\()[^\s<>()]++|https?://[^\s<>()]++)"
    r"|(?P<markup>^(?:\#{1,6}(?=\s)|>|[-+](?=[ ])|\d{1,9}[.)](?=[ ])|(?:`{3,}+|~{3,}+)[^\n]*+)"
    r"|</?[a-z][^<>\n]*+>|[*~`|\\]++|(?<!\w)_++|_++(?!\w)|!?\[|\]\(?+)",
    re.MULTILINE | re.IGNORECASE,
)


def laid_out(difference, *, anchor="change", marks=False):
    """Return what a page prints of the FieldDifferences in `difference`: a summary, then field by field.

    Each block that differs has a number and an address, which begins with `anchor`; `marks` shows the white space
    and the markup of all text.
    """
    tally = _counted(difference)
    blocks = _changes(difference)
    if len(blocks) > MOST_CHANGES:
        difference = [replace(field, blocks=tuple(_merged(field.blocks))) for field in difference]
        blocks = _changes(difference)
    numbers = {id(block): number for number, block in enumerate(blocks, 1)}
    moves = _moves(difference, numbers)

    def laid(block, first=False, last=False):
        shown = {"kind": block.kind, "code": block.is_code, "html": _text_of(block, marks, first, last)}
        number = numbers.get(id(block))
        if number is None:
            return shown
        gone, come = block.targets
        return shown | {
            "how": HOW[block.kind],
            "number": number,
            "of": len(blocks),
            "id": f"{anchor}-{number}",
            "next": f"{anchor}-{number % len(blocks) + 1}",
            "other": f"{anchor}-{moves[number]}" if number in moves else "",
            "gone": gone[:MOST_LISTED],
            "come": come[:MOST_LISTED],
            "more": max(len(gone) - MOST_LISTED, 0) + max(len(come) - MOST_LISTED, 0),
        }

    fields = [
        {
            "path": field.path,
            "label": field.label,
            "kind": field.kind,
            "first": next(f"{anchor}-{numbers[id(block)]}" for block in field.blocks if id(block) in numbers),
            "runs": list(_runs(field.blocks, laid)),
        }
        for field in difference
    ]
    others = [field for field in fields if field["path"] != "body"]
    return {
        "text": tally,
        "fields": fields,
        "others": others,
        "listed": others[:MOST_LISTED],
        "more": max(len(others) - MOST_LISTED, 0),
    }


def _changes(difference):
    return [block for field in difference for block in field.blocks if block.kind != "same"]


def _merged(blocks):
    """Yield `blocks` with each run of blocks that came, went or moved as one; nothing is lost."""
    for (kind, _), run in groupby(blocks, key=lambda block: (block.kind, block.is_code)):
        if kind in ("same", "changed"):
            yield from run
        else:
            run = list(run)
            text = "".join(block.text for block in run)
            yield replace(run[0], parts=(Part(run[0].parts[0].op, text),))


def _counted(difference):
    """Return what happened to the body, in words, or ""."""
    [blocks] = [field.blocks for field in difference if field.path == "body"] or [()]
    kinds = {kind: [block for block in blocks if block.kind == kind] for kind in HOW}
    counts = [(kind, some) for kind, some in kinds.items() if some and kind != "moved_from"]
    counts.sort(key=lambda one: one[0] != "changed")
    things = "block" if any(block.is_code for _, some in counts for block in some) else "paragraph"
    told = [f"{len(some):,} {kind}" for kind, some in counts]
    if told:
        count, kind = told[0].split(" ")
        told[0] = f"{count} {things}{'' if count == '1' else 's'} {kind}"
    return ", ".join(told)


def _moves(difference, numbers):
    """Return {number: number} from each moved block to the place where it stood or stands."""
    places = {}
    for index, field in enumerate(difference):
        for block in field.blocks:
            if block.kind in ("moved", "moved_from"):
                places.setdefault((index, block.text.rstrip("\n")), []).append(numbers[id(block)])
    return {pair[side]: pair[1 - side] for pair in places.values() if len(pair) == 2 for side in (0, 1)}


def _runs(blocks, laid):
    """Yield {folded, blocks}: changes and the blocks beside them stand open, what lies between is folded."""
    groups = [(same, list(some)) for same, some in groupby(blocks, key=lambda block: block.kind == "same")]
    for place, (same, some) in enumerate(groups):
        if not same:
            yield {"folded": False, "blocks": [laid(block) for block in some]}
            continue
        begins, ends = place == 0, place == len(groups) - 1
        # Of what begins or ends a text, only one block is beside a change.
        head, tail = 1 - begins, 1 - ends
        if len(some) <= head + tail + 1:
            head, tail = len(some), 0
        shown = [
            laid(block, first=k > 0 or begins, last=k < len(some) - 1 or ends) for k, block in enumerate(some)
        ]
        cuts = (
            (False, shown[:head]),
            (True, shown[head : len(some) - tail]),
            (False, shown[len(some) - tail :]),
        )
        yield from ({"folded": folded, "blocks": cut} for folded, cut in cuts if cut)


# Text ----------------------------------------------------------------------------------------------------------


def _text_of(block, marks, first, last):
    """Return the text of a block as HTML. See `_folded` for `first` and `last`."""
    parts = block.parts
    if block.kind in ("moved", "moved_from") or (block.kind == "same" and not marks):
        # Marks draw line ends, too, so a block that stayed shows which of those behind it came or went.
        parts = (Part("same", block.text),)
    if not marks and block.kind != "changed":
        # The blank lines that part it from the next block are no text of its own.
        parts = (Part(parts[0].op, block.text.rstrip("\n") or block.text),)
    elif not marks and parts[-1].op == "same":
        parts = (*parts[:-1], Part("same", parts[-1].text.rstrip("\n")))
    pieces, before = [], {"del": "\n", "ins": "\n"}
    for place, part in enumerate(parts):
        sides = ("del", "ins") if part.op == "same" else (part.op,)
        draw = _marked if marks else _plain if part.op == "same" else _revealed
        draw = partial(draw, is_code=block.is_code, begins_line=before[sides[-1]] == "\n")
        if part.op == "same":
            ends = {"first": first and place == 0, "last": last and place == len(parts) - 1}
            pieces.append(_folded(part.text, draw, is_code=block.is_code, **ends))
        else:
            pieces.append(f"<{part.op}>{draw(part.text)}</{part.op}>")
        before |= dict.fromkeys(sides, part.text[-1:])
    return mark_safe("".join(pieces))


def _folded(text, draw, *, first, last, is_code):
    """Return unchanged text as HTML; a long one is folded but for what is beside a change.

    Where it is `first` no change stands right before it, and where it is `last` none right behind it.
    """
    boundary, most, beside = ("\n", MOST_LINES, LINES_BESIDE) if is_code else (" ", MOST_WORDS, WORDS_BESIDE)
    cuts = sorted({0, *(match.end() for match in re.finditer(boundary, text)), len(text)})
    if len(cuts) - 1 <= most:
        return draw(text)
    head = 0 if first else cuts[beside]
    tail = len(text) if last else cuts[-1 - beside]
    count = text.count(boundary, head, tail)
    what = f"{count:,} {'lines' if is_code else 'words'} unchanged"
    inside = partial(draw, begins_line=False) if head else draw
    return (
        f'{draw(text[:head])}<details class="same"><summary>{what}</summary>{inside(text[head:tail])}</details>'
        f"{draw(text[tail:], begins_line=False)}"
    )


def _plain(text, *, is_code, begins_line):
    return escape(text)


def _revealed(text, *, is_code, begins_line):
    """Return changed text as HTML: invisible characters stand with their name, since they too were changed.

    In code the tabs a line begins with are drawn: they are there to be seen as such.
    """
    if not is_code:
        return "".join(_named(run, name) for run, name in reveal(text))
    pieces, shown = [], 0
    for match in INDENTATION.finditer(text):
        pieces += [_named(run, name) for run, name in reveal(text[shown : match.start()])]
        pieces.append(match[0].replace("\t", '<span class="tab">\t</span>'))
        shown = match.end()
    return "".join([*pieces, *(_named(run, name) for run, name in reveal(text[shown:]))])


def _named(run, name):
    return f"{_name(name)}{escape(run)}" if name else escape(run)


@lru_cache(1_000)
def _name(name):
    return f'<span class="invisible" dir="ltr">[{escape(name)}]</span>'


def _marked(text, *, is_code, begins_line):
    """Return text as HTML with white space drawn and, outside code, its markup and link targets set apart."""
    # What stands before it decides whether it begins a line; the search starts behind that.
    text = ("\n" if begins_line else "x") + text
    pieces, shown = [], 1
    for match in MARKS.finditer(text, 1):
        pieces.append(escape(text[shown : match.start()]))
        shown, run = match.end(), match[0]
        match match.lastgroup:
            case "end":
                pieces.append('<span class="end"></span>\n')
            case "spaces" | "unseen" if not run.strip(" ") and len(run) <= MOST_SPACES:
                pieces.append('<span class="space"> </span>' * len(run))
            case "unseen" if is_code and not run.strip("\t"):
                pieces.append('<span class="tab">\t</span>' * len(run))
            case "unseen":
                pieces += [_named(one, name) for one, name in reveal(run)]
            case "spaces":
                pieces.append(_named(run, f"space × {len(run):,}"))
            case kind if is_code:
                pieces.append(escape(run))
            case kind:
                pieces.append(f'<span class="{kind}">{escape(run)}</span>')
    return "".join([*pieces, escape(text[shown:])])
