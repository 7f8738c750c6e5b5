"""The text of a Markdown file: what only its generator understood is undone, or kept as text and reported by line."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import dropwhile
from typing import NamedTuple

from articles.rendering import plain_text
from seeds.importers.text import named_lines

RAW = re.compile(r"\{%-?[ \t]*(raw|endraw)[ \t]*-?%\}")
FENCE = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(`{3,}|~{3,})(.*)")
LIST_ITEM = re.compile(r"[-*+][ \t]|\d{1,9}[.)][ \t]")
TICKS = re.compile(r"`+")
# (beginning, end) of highlighted code: Jekyll's and Hugo's.
HIGHLIGHT = (
    (re.compile(r"([ \t]*)\{%-?\s*highlight\s([^%]*)%\}(.*)"), re.compile(r"\{%-?\s*endhighlight\s*-?%\}")),
    (
        re.compile(r"([ \t]*)\{\{[<%]\s*highlight\s([^>%]*)[>%]\}\}(.*)"),
        re.compile(r"\{\{[<%]\s*/\s*highlight\s*[>%]\}\}"),
    ),
)
MORE = re.compile(r"<!--\s*(?:more|truncate)\s*-->|\{/\*\s*truncate\s*\*/\}", re.IGNORECASE)

SHORTCODE = re.compile(r"\{\{[<%]-?\s*/?\*?\s*([\w./-]{1,40})")
LIQUID = re.compile(r"(?<!\{)\{%-?\s*(\w{1,40})?")
ADMONITION = re.compile(r"(?::::+[ \t]*|(?:!!!|\?\?\?\+?)[ \t]+)(\w{1,40})")
WIKI_LINK = re.compile(r"\[\[[^\[\]]{1,200}\]\]")
MODULE = re.compile(
    r"import\s++(?:['\"]|[^'\"]*\sfrom\s++['\"])|export\s+(?:const|default|function|let|var)\b"
)
COMPONENT = re.compile(r"[ \t]*</?([A-Z]\w{0,20}[a-z]\w{0,20})[ \t/>]")
ATTRIBUTES = re.compile(r"\s*\{::?[^}]*\}\s*")

# More kinds of markup than these are not listed one by one.
MOST_KINDS = 40
MOST_HEADING = 300
SUMMARY = 600


@dataclass(slots=True)
class Body:
    """What a file's text became: the `title` that stood in it, the `summary` before its mark, and what to report."""

    text: str
    title: str = ""
    summary: str = ""
    notes: list[str] = field(default_factory=list)


class _Line(NamedTuple):
    """A line and its number in the file; `is_raw` where Liquid was told to leave it alone."""

    number: int
    text: str
    is_raw: bool = False


def read_body(text: str, *, first_line: int = 1, title: str = "", separator: str = "") -> Body:
    """Return the body of a file whose text begins in `first_line`; it takes time that grows with its length alone.

    Without a `title`, the first heading of the first rank becomes one and leaves the text; a first heading that only
    repeats `title` leaves it, too. `separator` is what ends the summary, besides the usual marks.
    """
    notes: list[str] = []
    lines = _without_raw(text, first_line, notes)
    lines = _with_fences(lines, notes)
    codes = list(_are_code(lines))
    title, lines, codes = _title_of(lines, codes, title, notes)
    summary, lines, codes = _parted_at_more(lines, codes, separator, notes)
    _report_markup(lines, codes, notes)
    kept = dropwhile(lambda line: not line.strip(), (line.text for line in lines))
    return Body(text="\n".join(kept), title=title, summary=summary, notes=notes)


def _without_raw(text, first_line, notes):
    """Return the lines without the tags that keep Liquid off; what stands between them is what readers saw."""
    lines, removed = [], []
    left = sum(match[1] == "endraw" for match in RAW.finditer(text))
    inside = False

    def replaced(match):
        nonlocal inside, left
        left -= match[1] == "endraw"
        if inside == (match[1] == "endraw") and (inside or left):
            inside = not inside
            removed.append(number)
            return ""
        return match[0]

    for number, line in enumerate(text.split("\n"), first_line):
        was_inside = inside
        kept = RAW.sub(replaced, line) if "{%" in line else line
        if kept.strip() or kept == line:
            lines.append(_Line(number, kept, was_inside or inside or kept != line))
    if removed:
        places = named_lines(removed)
        notes.append(f"{places}: the Liquid tags raw and endraw were removed; what was between them stays.")
    return lines


def _with_fences(lines, notes):
    """Return the lines with highlight tags, where both stand, as fenced code."""
    ends = [
        [index for index, line in enumerate(lines) if "highlight" in line.text and end.search(line.text)]
        for _, end in HIGHLIGHT
    ]
    result: list[_Line] = []
    changed, fence, index = [], "", 0
    while index < len(lines):
        line = lines[index]
        block = None
        if not fence and not line.is_raw and "highlight" in line.text:
            block = _highlighted(lines, index, ends)
        fence = "" if block else _fence_after(line.text, fence)
        if block:
            code, index = block
            result += code
            changed.append(line.number)
        else:
            result.append(line)
            index += 1
    if changed:
        notes.append(f"{named_lines(changed)}: the highlight tags became fenced code.")
    return result


def _highlighted(lines, index, ends):
    """Return the fenced lines of the highlighted code that begins here, and the index behind it; None if it is none."""
    for (begin, end), places in zip(HIGHLIGHT, ends, strict=True):
        if not (match := begin.fullmatch(lines[index].text)):
            continue
        at = bisect_left(places, index)
        if at == len(places):
            return None
        last = places[at]
        number = lines[index].number
        if last == index and not end.search(match[3]):
            return None
        inside = [_Line(number, match[3], True), *lines[index + 1 : last + 1]]
        closing = end.search(inside[-1].text)
        rest = _Line(inside[-1].number, inside[-1].text[closing.end() :])
        inside[-1] = _Line(rest.number, inside[-1].text[: closing.start()], True)
        code = [line for place, line in enumerate(inside) if line.text.strip() or 0 < place < len(inside) - 1]
        runs = (len(ticks) for line in code for ticks in TICKS.findall(line.text))
        fence = "`" * max(3, max(runs, default=0) + 1)
        language = (match[2].split() or [""])[0].strip("\"'-")
        language = language if re.fullmatch(r"[\w+#.-]{1,40}", language) else ""
        return [
            _Line(number, f"{match[1]}{fence}{language}", True),
            *code,
            _Line(rest.number, f"{match[1]}{fence}", True),
            *([rest] if rest.text.strip() else []),
        ], last + 1
    return None


def _fence_after(line: str, fence: str) -> str:
    """Return the fence that is open behind a line, where `fence` was open before it; empty for none."""
    if not fence:
        match = FENCE.match(line)
        return match[1] if match and not (match[1][0] == "`" and "`" in match[2]) else ""
    bare = line.strip(" \t>")
    closes = len(bare) >= len(fence) and not bare.strip(fence[0])
    return "" if closes else fence


def _are_code(lines) -> Iterator[bool]:
    """Say of each line whether it is code, fenced or indented. Text indented below an item of a list is none."""
    fence, in_list, may_begin = "", False, True
    for line in lines:
        before, fence = fence, _fence_after(line.text, fence)
        if before or fence:
            may_begin = False
            yield True
            continue
        is_indented = line.text.startswith(("    ", "\t"))
        is_blank = not line.text.strip()
        if LIST_ITEM.match(line.text.lstrip()) and not (is_indented and not in_list):
            in_list = True
        elif not is_blank and not line.text.startswith((" ", "\t")) and may_begin:
            in_list = False
        is_code = is_indented and not is_blank and may_begin and not in_list
        yield is_code
        may_begin = is_blank or is_code


def _title_of(lines, codes, title, notes):
    """Return the title, and the lines and codes without the heading that says it."""
    seen = False
    for index, (line, is_code) in enumerate(zip(lines, codes, strict=True)):
        if title and seen:
            break
        if is_code or not line.text.strip():
            seen = seen or is_code
            continue
        heading, length = _heading(lines, codes, index)
        # A placeholder is not what the page was called.
        if (
            heading
            and "{{" not in heading
            and "{%" not in heading
            and (said := plain_text(f"# {heading}", limit=MOST_HEADING))
        ):
            if title and said.casefold() != " ".join(title.split()).casefold():
                break
            if seen:
                notes.append(f"Line {line.number:,}: this heading became the title.")
            return (
                title or said,
                lines[:index] + lines[index + length :],
                codes[:index] + codes[index + length :],
            )
        seen = True
    return title, lines, codes


def _heading(lines, codes, index):
    """Return the words of a heading of the first rank that begins here, and how many lines it has."""
    text = lines[index].text
    if len(text) > MOST_HEADING or len(text) - len(text.lstrip(" ")) > 3:
        return "", 0
    words = text.strip()
    length = 1
    if words.startswith(("# ", "#\t")):
        words = words[2:].strip()
        bare = words.rstrip("#")
        if bare != words and (not bare or bare[-1] in " \t"):
            words = bare.strip()
    else:
        below = lines[index + 1].text if index + 1 < len(lines) and not codes[index + 1] else ""
        stands_alone = index == 0 or not lines[index - 1].text.strip()
        if not (stands_alone and below.strip() and not below.strip("= \t") and "=" in below[:4]):
            return "", 0
        length = 2
    if words.endswith("}") and (at := words.rfind("{#")) > 0:
        words = words[:at].rstrip()  # the address that some give a heading
    return words, length


def _parted_at_more(lines, codes, separator, notes):
    """Return the summary that ends at the mark, and the lines and codes without the mark."""
    for index, (line, is_code) in enumerate(zip(lines, codes, strict=True)):
        if is_code:
            continue
        if separator and (at := line.text.find(separator)) >= 0:
            end = at + len(separator)
        elif match := MORE.search(line.text):
            at, end = match.span()
        else:
            continue
        before, after = line.text[:at].rstrip(), line.text[end:]
        notes.append(f"Line {line.number:,}: the mark that ends the summary was removed.")
        summary = plain_text("\n".join([*(each.text for each in lines[:index]), before]), limit=SUMMARY)
        rest = [_Line(line.number, before + after, line.is_raw)] if before or after.strip() else []
        lines = lines[:index] + rest + lines[index + 1 :]
        return summary, lines, codes[:index] + [False] * len(rest) + codes[index + 1 :]
    return "", lines, codes


def _report_markup(lines, codes, notes):
    """Note, by kind and with the lines of each, the markup that only the generator of the site understood."""
    kinds: dict[str, list[int]] = {}
    for line, is_code in zip(lines, codes, strict=True):
        if not is_code:
            for kind in _markup_in(line):
                kinds.setdefault(kind, []).append(line.number)
    for kind in list(kinds)[:MOST_KINDS]:
        notes.append(f"{named_lines(kinds[kind])}: {kind}.")
    if others := list(kinds)[MOST_KINDS:]:
        places = (number for kind in others for number in kinds[kind])
        notes.append(f"{named_lines(places)}: {len(others)} more kinds of tags were kept as text.")


def _markup_in(line):
    text = line.text
    if match := ADMONITION.match(text.lstrip()):
        yield f"the admonition “{match[1]}” was kept as text"
    if match := COMPONENT.match(text):
        yield f"the component “{match[1]}” was kept, and shows nothing of its own"
    if text.startswith(("import", "export")) and MODULE.match(text):
        yield "an import or export of MDX was kept as text"
    if "[[" in text and WIKI_LINK.search(_without_code(text)):
        yield "a link in [[ and ]] was kept as text"
    if "{" not in text or line.is_raw:
        return
    if ATTRIBUTES.fullmatch(text):
        yield "a list of attributes was kept as text"
    text = _without_code(text) if "`" in text else text
    for match in SHORTCODE.finditer(text):
        yield f"the shortcode “{match[1]}” was kept as text"
    for match in LIQUID.finditer(text):
        yield f"the Liquid tag “{match[1] or '…'}” was kept as text"
    last = text.rfind("}}")
    if any(match.start() < last for match in re.finditer(r"\{\{(?![<%])", text)):
        yield "a placeholder in {{ and }} was kept as text"


def _without_code(text):
    """Return a line without its code spans, each from a run of backticks to the next that is as long."""
    runs = [match.span() for match in TICKS.finditer(text)]
    partner: dict[int, int] = {}
    ends = [0] * len(runs)
    for index in reversed(range(len(runs))):
        length = runs[index][1] - runs[index][0]
        ends[index] = partner.get(length, 0)
        partner[length] = index
    kept, at, index = [], 0, 0
    while index < len(runs):
        if closing := ends[index]:
            kept.append(text[at : runs[index][0]])
            at, index = runs[closing][1], closing
        index += 1
    return "".join([*kept, text[at:]])
