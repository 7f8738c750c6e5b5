"""HTML as people and editors wrote it, to Markdown: no tag is too broken, nothing runs, and the time is linear (S21).

`tokens` cuts a text into tags, comments and text; `to_markdown` takes such tokens, from here or from a reader that
changed some on the way. Text that cannot be a tag is text. What has no Markdown is reported, never dropped in silence.
"""

import html
import re
from collections import Counter
from dataclasses import dataclass, field


def names(written):
    """Return the names in a text as a set."""
    return frozenset(written.split())


DEEPEST = 24  # elements in one another; the tags of what stands deeper are passed over, its text is kept
MOST_COLUMNS = 50
MOST_CELLS = 20_000

VOID = names("area base br col embed hr img input link meta param source track wbr")
RAW = names("script style textarea title xmp noembed")
HEADINGS = names("h1 h2 h3 h4 h5 h6")
LISTS = names("ul ol menu dir")
EMBEDS = names("iframe video audio embed object")
# Blocks in which only certain children make sense.
FRAMES = LISTS | EMBEDS | names("table thead tbody tfoot tr dl figure pre hr break")
BLOCKS = (
    FRAMES
    | HEADINGS
    | names(
        "address article aside blockquote center dd details dialog div dt fieldset figcaption footer form header"
    )
    | names("li main nav p section summary td th caption")
)
# Which open element a new one of this name ends, and what such a search does not leave.
ENDS = {
    "li": ({"li"}, LISTS),
    "dt": ({"dt", "dd"}, {"dl"}),
    "dd": ({"dt", "dd"}, {"dl"}),
    "tr": ({"tr"}, {"table"}),
    "td": ({"td", "th"}, {"tr", "table"}),
    "th": ({"td", "th"}, {"tr", "table"}),
    "thead": ({"thead", "tbody", "tfoot"}, {"table"}),
    "tbody": ({"thead", "tbody", "tfoot"}, {"table"}),
    "tfoot": ({"thead", "tbody", "tfoot"}, {"table"}),
}
MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "cite": "*", "dfn": "*", "var": "*"} | dict.fromkeys(
    ("del", "s", "strike"), "~~"
)
CODE = names("code kbd samp tt")
FORM = names("input button select textarea canvas svg math map")
# All that is made something of; any other tag, such as a span, is passed over, and its text stays.
KNOWN = BLOCKS | VOID | RAW | CODE | MARKS.keys() | {"a", "q", "sup", "sub"}
# Children of these are items and rows; a line break between them is white space.
ROWS = LISTS | names("table thead tbody tfoot tr dl")
RAISED = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")

# Up to where a tag could go: the character behind tells whether it is one. Nothing is read twice.
TAG = re.compile(r"""<(/?)([a-zA-Z][\w:-]*+)((?:[^<>"']++|"[^"]*+"|'[^']*+')*+)""")
ATTRIBUTE = re.compile(r"""([^\s"'<>/=]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'=<>`]++)))?""")
MOST_ATTRIBUTES = 50
LONG_REFERENCE = re.compile(r"&#(?:\d{8,}+|[xX][0-9a-fA-F]{8,}+);?")

SPACES = re.compile(r"[ \t\n\r\f]+")
BR = "\x0b"  # stands for a line break until lines are made; taken out of what comes in
SPECIAL = re.compile(
    r"(?<!\s)\*|\*(?!\s)|`|\\(?=[!-/:-@\[-`{-~]|$)|(?<![^\W_])_|_(?![^\W_])|~(?=~)|(?<=~)~"
    r"|\](?=[(\[:])|\[(?=\^)|<(?=[a-zA-Z/!?])|&(?=#?\w{1,32};)"
)
SPECIAL_IN_LINK = re.compile(rf"{SPECIAL.pattern}|[\[\]]")
ADDRESS = re.compile(r"https?://[^\s<>\"'`)\]]+")
NUMBERED = re.compile(r"(\d{1,9})([.)](?:\s|$))")
LINE_MARK = re.compile(r"#{1,6}(?:\s|$)|[-+](?:\s|$)|>|=+$|~~~")
LANGUAGE = re.compile(r"(?:lang(?:uage)?-|brush:\s*)([\w+#.-]{1,30})")
NAME = re.compile(r"[\w+#.-]{1,30}")
SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
WANTED_SCHEMES = {"http", "https", "mailto"}


@dataclass(slots=True)
class Token:
    """`kind` is start, end, text (as written, with its entities), comment, or break (a new paragraph)."""

    kind: str
    text: str
    line: int
    attributes: str = ""
    start: int = 0
    end: int = 0


@dataclass(slots=True)
class Node:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    line: int = 0
    start: int = 0
    end: int = 0
    children: list = field(default_factory=list)
    has_block: bool = False

    @property
    def is_block(self):
        return self.tag in BLOCKS

    def around(self, children):
        """Return an element like this one with other children."""
        has_block = any(isinstance(child, Node) and (child.is_block or child.has_block) for child in children)
        return Node(self.tag, self.attributes, self.line, self.start, self.end, children, has_block)


def unescape(text):
    """Return text with its entities written out, and without what stands for line breaks here."""
    # Python refuses to read numbers of thousands of digits; no character has more than seven.
    return (
        html.unescape(LONG_REFERENCE.sub("\ufffd", text)).replace(BR, " ")
        if "&" in text
        else text.replace(BR, " ")
    )


def plain(source):
    """Return the words of a short text, such as a title, without tags and entities, in one line."""
    words = []
    for token in tokens(source):
        if token.kind == "text":
            words.append(token.text)
        elif token.text in BLOCKS or token.text == "br":
            words.append(" ")
    return " ".join(unescape("".join(words)).split())


def tokens(source, *, line=1):
    """Yield the tokens of a text that begins at `line`."""
    at, done, unended = 0, 0, set()

    def token(kind, text, start, end, attributes=""):
        nonlocal line, done
        line += source.count("\n", done, start)
        done = start
        return Token(kind, text, line, attributes, start, end)

    text_from = 0
    while (at := source.find("<", at)) >= 0:
        if source.startswith("<!--", at):
            end = -1 if "--" in unended else source.find("-->", at + 4)
            if end < 0:
                unended.add("--")
                at += 4
                continue
            if text_from < at:
                yield token("text", source[text_from:at], text_from, at)
            yield token("comment", source[at + 4 : end], at, end + 3)
            text_from = at = end + 3
            continue
        tag = TAG.match(source, at)
        if not tag or not source.startswith(">", tag.end()):
            at = tag.end() if tag else at + 1
            continue
        name, end, closing = tag[2].lower(), tag.end() + 1, None
        if name in RAW and not tag[1]:
            closing = None if name in unended else _closing(name).search(source, end)
            if closing is None:  # or all that follows would be lost with it
                unended.add(name)
                at = end
                continue
        if text_from < at:
            yield token("text", source[text_from:at], text_from, at)
        yield token("end" if tag[1] else "start", name, at, end, tag[3])
        text_from = at = end
        if closing:
            yield token("text", source[end : closing.start()], end, closing.start())
            text_from = at = closing.start()
    if text_from < len(source):
        yield token("text", source[text_from:], text_from, len(source))


def _closing(name):
    return re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)


def attributes_of(written):
    """Return the attributes of a tag, or of a shortcode, as a map with lower-case names; the first of a name counts."""
    found = {}
    for number, match in enumerate(ATTRIBUTE.finditer(written)):
        if number == MOST_ATTRIBUTES:
            break
        found.setdefault(match[1].lower(), unescape(match[2] or match[3] or match[4] or ""))
    return found


def to_markdown(source_tokens, *, source="", note=lambda line, what: None):
    """Return the Markdown of HTML tokens, which begin and end in `source`; `note(line, what)` is told what has none."""
    return _Writer(source, note).write(_tree(source_tokens, note))


def _tree(source_tokens, note):
    """Return the elements as a tree of bounded depth. Comments are passed over: who wants them takes them before."""
    root = Node("root")
    opened, passed = [root], Counter()
    for token in source_tokens:
        match token.kind:
            case "text":
                opened[-1].children.append(unescape(token.text))
            case "break":
                if opened[-1].tag not in ROWS:
                    _add(opened, Node("break", line=token.line))
            case "start":
                _start(opened, passed, token, note)
            case "end":
                _end(opened, passed, token)
    for node in opened:
        node.end = node.end or 1 << 62
    return root


def _start(opened, passed, token, note):
    name = token.text
    if name in FORM and "checkbox" not in token.attributes:
        note(token.line, f"A <{name}> was left out; its text is kept.")
    if name not in KNOWN or (name == "br" and opened[-1].tag in ROWS):
        return
    node = Node(name, attributes_of(token.attributes), token.line, token.start, token.end)
    if name in ENDS:
        closed, within = ENDS[name]
        _close(opened, closed, within, token.start)
    elif name == "a":
        _close(opened, {"a"}, {"td", "th"}, token.start)
    elif node.is_block:
        _close_paragraph(opened, token.start)
    if name == "br" and _doubles(opened):
        opened[-1].children.pop()
        node = Node("break", line=token.line)
    _add(opened, node)
    if name in VOID:
        return
    is_again = not node.is_block and any(_is_alike(node, outer) for outer in opened)
    if is_again or len(opened) > DEEPEST:
        if not is_again and not passed["!"]:
            note(
                token.line,
                f"Elements are nested more than {DEEPEST} deep; the text of the inner ones is kept.",
            )
            passed["!"] = 1
        passed[name] += 1
        return
    opened.append(node)


def _is_alike(node, outer):
    """Say whether what a tag does is done already, such as <b> within <strong>."""
    return node.tag == outer.tag or (node.tag in MARKS and MARKS[node.tag] == MARKS.get(outer.tag))


def _end(opened, passed, token):
    name = token.text
    if passed[name]:
        passed[name] -= 1
    elif name == "br":
        opened[-1].children.append(Node("br"))
    else:
        barriers = set() if name in ("td", "th", "tr", "table", "tbody", "thead", "tfoot") else {"td", "th"}
        _close(opened, {name}, barriers, token.end)


def _add(opened, node):
    opened[-1].children.append(node)
    if node.is_block:
        for ancestor in reversed(opened):
            if ancestor.has_block:
                break
            ancestor.has_block = True


def _close(opened, names, barriers, end):
    """Close the innermost element of these names, with all in it, unless a barrier stands before it."""
    for depth in range(len(opened) - 1, 0, -1):
        if opened[depth].tag in names:
            for node in opened[depth:]:
                node.end = end
            del opened[depth:]
            return
        if opened[depth].tag in barriers:
            return


def _close_paragraph(opened, end):
    """A block ends the paragraph it stands in."""
    for depth in range(len(opened) - 1, 0, -1):
        if opened[depth].tag == "p":
            _close(opened, {"p"}, (), end)
            return
        if opened[depth].is_block:
            return


def _doubles(opened):
    """Say whether a line break follows one: together they are a new paragraph, where there can be one."""
    children = opened[-1].children
    while children and isinstance(children[-1], str) and not children[-1].strip():
        children.pop()
    if not children or isinstance(children[-1], str) or children[-1].tag != "br":
        return False
    return not any(node.tag in ("td", "th", "pre") or node.tag in HEADINGS for node in opened)


class _Writer:
    def __init__(self, source, note):
        self.source, self.note = source, note

    def write(self, root):
        return "\n\n".join(text for _, text in self.flow(root.children))

    # Blocks: each is (kind, text) --------------------------------------------------------------------------------

    def flow(self, children):
        """Return the blocks that children make: blocks of their own, and paragraphs of what stands between them."""
        blocks, run = [], []
        for child in _spread(children):
            if isinstance(child, Node) and child.is_block:
                self.end_paragraph(run, blocks)
                blocks += self.block(child, is_second=bool(blocks) and blocks[-1][0] == "list")
            else:
                run.append(child)
        self.end_paragraph(run, blocks)
        return blocks

    def end_paragraph(self, run, blocks):
        if run and (text := _lines(self.inline(run))):
            blocks.append(("paragraph", text))
        run.clear()

    def block(self, node, *, is_second=False):
        tag = node.tag
        if tag in HEADINGS:
            text = SPACES.sub(" ", _lines(self.inline(node.children)).replace("\\\n", " "))
            text = re.sub(r"(#+)$", r"\\\1", text)
            return [("heading", f"{'#' * int(tag[1])} {text}")] if text else []
        if tag in LISTS:
            return self.list(node, is_second)
        if tag in EMBEDS:
            return self.embed(node)
        match tag:
            case "blockquote":
                text = "\n\n".join(text for _, text in self.flow(node.children))
                quoted = "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
                return [("quote", quoted)] if text else []
            case "pre":
                return self.pre(node)
            case "hr":
                return [("rule", "---")]
            case "break":
                return []
            case "table":
                return self.table(node)
            case "dt" | "summary":
                return self.flow([Node("b", children=node.children, has_block=node.has_block)])
        return self.flow(node.children)

    def list(self, node, is_second):
        items = []
        for child in node.children:
            if isinstance(child, Node) and child.tag in LISTS and items:
                items[-1] = items[-1].around([*items[-1].children, child])
            elif isinstance(child, Node) and child.tag == "li":
                items.append(child)
            elif isinstance(child, Node) or child.strip():
                items.append(Node("li", line=node.line, has_block=True, children=[child]))
        number, mark = self.first_number(node), ("*" if is_second else "-")
        written, is_loose = [], False
        for item in items:
            blocks = self.flow(item.children)
            if not blocks:
                continue
            # A tight item is a paragraph with lists below it.
            is_tight = all(kind == "list" for kind, _ in blocks[1:])
            is_loose = is_loose or not is_tight
            text = ("\n" if is_tight else "\n\n").join(text for _, text in blocks)
            marker = (
                f"{number + len(written)}{')' if is_second else '.'} " if node.tag == "ol" else f"{mark} "
            )
            indent = " " * len(marker)
            written.append(
                marker + "\n".join(indent + line if line else line for line in text.split("\n")).lstrip(" ")
            )
        return [("list", ("\n\n" if is_loose else "\n").join(written))] if written else []

    def first_number(self, node):
        start = node.attributes.get("start", "")
        return int(start) if re.fullmatch(r"\d{1,8}", start) else 1

    def pre(self, node):
        code = next(
            (child for child in node.children if isinstance(child, Node) and child.tag == "code"), node
        )
        text = _words(node).removeprefix("\n").rstrip()
        if not text.strip():
            return []
        return [("code", fence(text, language_of(node) or language_of(code)))]

    def embed(self, node):
        inner = [child for child in node.children if isinstance(child, Node)]
        named = [
            address
            for each in (node, *inner)
            if (address := each.attributes.get("src") or each.attributes.get("data"))
        ]
        blocks = self.flow([child for child in node.children if child not in inner or child.tag not in VOID])
        addresses = [address for address in dict.fromkeys(map(_address, named)) if address]
        if not addresses and not blocks:
            self.note(node.line, f"A <{node.tag}> that leads nowhere was left out.")
            return []
        self.note(node.line, f"A <{node.tag}> was made a link.")
        return [*(("paragraph", _link_alone(address)) for address in addresses), *blocks]

    def table(self, node):
        rows, captions = [], []
        _gather_rows(node, rows, captions)
        before = [block for caption in captions for block in self.flow(caption.children)]
        cells = [
            [cell for cell in row.children if isinstance(cell, Node) and cell.tag in ("td", "th")]
            for row in rows
        ]
        cells = [row for row in cells if row]
        if not cells:
            return [*before, *self.flow([child for child in node.children if child not in captions])]
        width = max(map(len, cells))
        if width == 1 and not any(cell.tag == "th" for row in cells for cell in row):
            return [
                *before,
                *(block for row in cells for block in self.flow(row[0].children)),
            ]  # for layout only
        if width <= MOST_COLUMNS and width * len(cells) <= MOST_CELLS:
            texts = [[self.cell(cell) for cell in row] for row in cells]
            if all(text is not None for row in texts for text in row):
                return [*before, ("table", self.simple_table(cells, texts, width))]
        self.note(node.line, "A table that Markdown has no form for was kept as its HTML.")
        return [*before, ("code", fence(self.source[node.start : node.end], "html"))]

    def cell(self, cell):
        """Return the text of a cell, or None where Markdown cannot hold it."""
        spans = {cell.attributes.get("colspan", "1"), cell.attributes.get("rowspan", "1")} - {"", "1"}
        blocks = [] if spans else self.flow(cell.children)
        if spans or any(kind != "paragraph" for kind, _ in blocks):
            return None
        text = " ".join(text.replace("\\\n", " ") for _, text in blocks)
        return re.sub(r"(?<!\\)\|", r"\\|", text.replace("\n", " "))

    def simple_table(self, cells, texts, width):
        has_head = all(cell.tag == "th" for cell in cells[0])
        head = texts.pop(0) if has_head else []
        for row, written in zip(cells[has_head:], texts, strict=True):
            for place, cell in enumerate(row):
                if cell.tag == "th" and written[place] and not written[place].startswith("**"):
                    written[place] = f"**{written[place]}**"

        def line(row):
            return f"| {' | '.join(row + [''] * (width - len(row)))} |"

        return "\n".join([line(head), f"|{' --- |' * width}", *map(line, texts)])

    # What stands in a line ---------------------------------------------------------------------------------------

    def inline(self, children, *, is_in_link=False):
        parts = []
        for child in _merged(children):
            made = text(child, is_in_link) if isinstance(child, str) else self.element(child, is_in_link)
            if made.startswith("[") and parts and parts[-1].endswith("!"):
                parts[-1] = f"{parts[-1][:-1]}\\!"  # or the link would be a picture
            if made:
                parts.append(made)
        return "".join(parts)

    def element(self, node, is_in_link):
        tag = node.tag
        if tag in MARKS:
            mark = MARKS[tag]
            inner = self.inline(node.children, is_in_link=is_in_link)
            return _within(mark, inner, mark)
        if tag in CODE:
            return _code(_words(node))
        match tag:
            case "br":
                return BR
            case "a":
                return self.link(node)
            case "img":
                return self.image(node)
            case "q":
                return f"“{self.inline(node.children, is_in_link=is_in_link)}”"
            case "sup" | "sub":
                return self.raised(node, is_in_link)
            case "script" | "style":
                self.note(node.line, f"A <{tag}> was left out.")
                return ""
            case "input":
                is_box = node.attributes.get("type") == "checkbox"
                return ("[x] " if "checked" in node.attributes else "[ ] ") if is_box else ""
        return self.inline(node.children, is_in_link=is_in_link)

    def link(self, node):
        written = node.attributes.get("href", "")
        inner = self.inline(node.children, is_in_link=True)
        address = _address(written)
        if written.strip() and not address:
            self.note(node.line, "A link to an address that cannot be used was left out; its text is kept.")
        if not address or not inner.strip(" " + BR):
            return inner
        if address == _words(node).strip() and address.startswith("http"):
            return f"<{address}>"
        return _within("[", inner, f"]({address}{_title(node)})")

    def image(self, node):
        named = node.attributes
        alt = " ".join((named.get("alt", "").strip() or named.get("title", "")).split())
        if address := _address(named.get("src", "")):
            return f"![{text(alt, True)}]({address}{_title(node)})"
        self.note(node.line, "An image without an address that can be used was left out.")
        return text(alt, True)

    def raised(self, node, is_in_link):
        words = self.inline(node.children, is_in_link=is_in_link)
        table, sign = (RAISED, "^") if node.tag == "sup" else (LOWERED, "_")
        if words and all(ord(char) in table for char in words):
            return words.translate(table)
        if not words.strip() or "](" in words:
            return words  # a mark of a footnote stands by itself
        return f"{sign}({words})" if sign == "^" else f"\\_({words})"


def _spread(children):
    """Yield children so that no element of a line holds a block: such an element is put into each block instead."""
    for child in children:
        if isinstance(child, str) or child.is_block or not child.has_block:
            yield child
            continue
        run = []
        for inner in _spread(child.children):
            if isinstance(inner, str) or not inner.is_block:
                run.append(inner)
                continue
            if run:
                yield child.around(run)
                run = []
            yield inner if inner.tag in FRAMES else inner.around([child.around(inner.children)])
        if run:
            yield child.around(run)


def _merged(children):
    """Join neighbours of the same mark: `**a****b**` would be no emphasis."""
    result, own = [], False
    for child in children:
        last = result[-1] if result else None
        if isinstance(child, Node) and isinstance(last, Node) and _is_same_mark(child, last):
            if not own:
                result[-1] = last = last.around(list(last.children))
                own = True
            last.children.extend(child.children)
        else:
            result.append(child)
            own = False
    return result


def _is_same_mark(one, other):
    return one.tag in MARKS and MARKS[one.tag] == MARKS.get(other.tag)


def _gather_rows(node, rows, captions):
    for child in node.children:
        if isinstance(child, Node):
            if child.tag == "tr":
                rows.append(child)
            elif child.tag == "caption":
                captions.append(child)
            elif child.tag in ("thead", "tbody", "tfoot"):
                _gather_rows(child, rows, captions)


def _words(node):
    """Return the text of an element as it stands, line breaks as line ends."""
    parts = []
    for child in node.children:
        if isinstance(child, str):
            parts.append(child)
        elif child.tag == "br" or child.tag == "break":
            parts.append("\n" if child.tag == "br" else "\n\n")
        else:
            parts.append(_words(child))
    return "".join(parts)


def text(words, is_in_link=False):
    """Return plain text as Markdown that shows it, in one line."""
    words = SPACES.sub(" ", words)
    if is_in_link:
        return SPECIAL_IN_LINK.sub(r"\\\g<0>", words)
    if "://" not in words:
        return SPECIAL.sub(r"\\\g<0>", words)
    parts, at = [], 0
    for address in ADDRESS.finditer(words):
        before = SPECIAL.sub(r"\\\g<0>", words[at : address.start()])
        parts.append(f"{before[:-1]}\\<" if before.endswith("<") else before)
        # In angle brackets nothing in it is a mark; most addresses need none.
        parts.append(f"<{address[0]}>" if SPECIAL.search(address[0]) else address[0])
        at = address.end()
    parts.append(SPECIAL.sub(r"\\\g<0>", words[at:]))
    return "".join(parts)


def _lines(inline):
    """Return what stands in a paragraph as its lines, none of which begins like something else."""
    lines = [re.sub(" {2,}", " ", line).strip(" ") for line in inline.strip(" " + BR).split(BR)]
    return "\\\n".join(_begin(line) for line in lines if line)


def _begin(line):
    if numbered := NUMBERED.match(line):
        return f"{numbered[1]}\\{line[numbered.end(1) :]}"
    is_rule = "-" in line and not line.strip("-|: ")
    return f"\\{line}" if is_rule or LINE_MARK.match(line) else line


def _within(before, inner, after):
    """Put marks around text; spaces and line breaks at its ends stay outside, where marks need them."""
    core = inner.strip(" " + BR)
    if not core:
        return inner
    start = inner.index(core)
    return f"{inner[:start]}{before}{core}{after}{inner[start + len(core) :]}"


def _code(words):
    words = SPACES.sub(" ", words.replace(BR, " "))
    if not words.strip():
        return words
    mark = "`" * (_longest_run(words) + 1 if "`" in words else 1)
    pad = " " if words[0] == "`" or words[-1] == "`" else ""
    return f"{mark}{pad}{words}{pad}{mark}"


def fence(code, language=""):
    """Return a block of code, fenced so that no line of it ends the fence."""
    mark = "`" * max(3, _longest_run(code) + 1)
    return f"{mark}{language}\n{code.replace(BR, ' ').rstrip('\n')}\n{mark}"


def _longest_run(words):
    return max((len(run) for run in re.findall(r"`+", words)), default=0)


def language_of(node):
    """Return the language that a block of code names in its class or attributes; "" where it names none."""
    for name in ("class", "data-enlighter-language"):
        if found := LANGUAGE.search(node.attributes.get(name, "")):
            return found[1].lower()
    named = (
        node.attributes.get("data-language")
        or node.attributes.get("data-lang")
        or node.attributes.get("lang", "")
    )
    return named.lower() if NAME.fullmatch(named) else ""


def _address(written):
    """Return an address as Markdown takes it; "" for one of a kind that nothing here leads to, such as javascript."""
    address = re.sub(r"[\x00-\x1f\x7f]", "", written.strip())
    scheme = SCHEME.match(address)
    if scheme and scheme[1].lower() not in WANTED_SCHEMES:
        return ""
    for char, code in ((" ", "%20"), ("(", "%28"), (")", "%29"), ("<", "%3C"), (">", "%3E"), ("\\", "%5C")):
        address = address.replace(char, code)
    return address


def _title(node):
    title = " ".join(node.attributes.get("title", "").replace("\\", "/").replace('"', "'").split())
    return f' "{title}"' if title else ""


def _link_alone(address):
    return f"<{address}>" if SCHEME.match(address) else f"[{text(address, True)}]({address})"
