"""Markdown to HTML that cannot run anything: rendered with HTML off, highlighted, and sanitised behind that (P10)."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import find_lexer_class, get_all_lexers
from pygments.token import STANDARD_TYPES

# Raise it when the HTML of an unchanged text changes: it is part of the key of every stored rendering.
RENDERER = 2

# Beyond these a text is shown plain: no reader's article is like that, and rendering must end (S21).
MOST_CHARACTERS = 400_000
MOST_LINES = 20_000
MOST_BLOCKS = 50_000  # tokens: a paragraph has three, an item of a list five
DEEPEST = 40  # quotes and lists in one another: the parser would drop what stands deeper without a word
LONGEST_PARAGRAPH = 30_000
MOST_BRACKETS = 1_000  # in one paragraph: each "[" looks for its "]"
# Beyond these code is shown without colours: the cost of many lexers grows with the square of a block.
LONGEST_HIGHLIGHTED = 5_000
MOST_HIGHLIGHTED = 50_000  # in one text, where every block counts for at least EACH_HIGHLIGHTED
EACH_HIGHLIGHTED = 100
# What lexers are slowest at, and no code worth colouring: long lines, long gaps, a hundred words and no punctuation.
NOT_CODE = re.compile(r"[^\n]{1000}|\s{200}|(?:[\w@]++\s++){100}")

# Languages whose lexers, tried on hostile text of this length, end within a second; others can take minutes over
# one block, so a language is added only after such a trial. Pygments knows each by other names too.
LANGUAGES = """
    bash c clojure cmake console cpp csharp css dart diff django docker elixir elm erlang fsharp go graphql haskell
    html http ini java javascript json jsx julia kotlin less lua make markdown matlab nginx nix objective-c ocaml output
    perl php powershell protobuf pycon python pytb r ruby rust sass scala scss sql text
"""

SCHEMES = {"http", "https", "mailto"}
# Nobody vouches for where a machine's links lead, and the page they lead to need not know which article it was.
REL = "nofollow noopener noreferrer"
# Ids made from headings begin so; no id of our own templates does.
HEADING_PREFIX = "s-"

TASK = re.compile(r"\[([ xX])\]\s")
TAG = re.compile(r"</?[a-zA-Z][\w:-]{0,60}(?:\s[^<>]{0,500})?/?>|<!--|<[!?][a-zA-Z\[]")
NOT_IN_HTML = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What a text is made of, without its HTML. Lines count from 1; None where the parser does not know."""

    headings: tuple = ()  # (level shown, id, text)
    heading_lines: tuple = ()  # (level as written, line, text)
    links: tuple = ()  # (address, line)
    images: tuple = ()  # (address, description, line)
    code_blocks: tuple = ()  # (language, text, line)
    inline_code: tuple = ()  # texts
    list_items: int = 0
    raw_html: tuple = ()  # (line, snippet)

    @property
    def has_code(self):
        return bool(self.code_blocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Outline):
    """An outline with what a person reads, for who looks into the words."""

    prose: tuple = ()  # (text of a paragraph, heading or cell without its code, line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered(Outline):
    """A text as readers see it, and what it is made of."""

    html: SafeString


def render(body):
    """Return a Markdown text as sanitised HTML with its outline. Never raises, whatever the text."""
    tokens = parse(body)
    if tokens is None:
        return Rendered(html=plain(body))
    html = clean(_parser().renderer.render(tokens, _parser().options, {}))
    return Rendered(html=html, **_made_of(tokens))


def render_parts(body):
    """Return (HTML, first line) of each part of a text (see `top_level`); their HTML, joined, is that of the whole.

    Lines count from 1; 0 where the parser does not know.
    """
    tokens = parse(body)
    if tokens is None:
        return [(plain(body), 1)]
    env: dict = {}
    return [
        (
            clean(_parser().renderer.render(part, _parser().options, env)),
            min((token.map[0] + 1 for token in part if token.map), default=0),
        )
        for part in top_level(tokens)
    ]


def top_level(tokens):
    """Yield the tokens of each part that stands by itself: a paragraph, a heading, a whole list, table or quote."""
    part, depth = [], 0
    for token in tokens:
        part.append(token)
        depth += token.nesting
        if depth == 0:
            yield part
            part = []


def outline(body):
    """Return what a text is made of, without rendering it; empty for a text that is shown plain."""
    tokens = parse(body)
    if tokens is None:
        return Reading()
    prose = tuple(
        (_prose_of(token), token.map[0] + 1 if token.map else None)
        for token in tokens
        if token.type == "inline"
    )
    return Reading(prose=prose, **_made_of(tokens))


def plain_text(body, limit=300):
    """Return the first words of a text without its markup, at most `limit` characters."""
    start = body[: limit * 10]
    tokens = parse(start)
    words = (
        start if tokens is None else " ".join(_text_of(token) for token in tokens if token.type == "inline")
    )
    text = " ".join(words.split())
    return text if len(text) <= limit else text[: limit - 1].rsplit(" ", 1)[0] + "…"


def plain(body):
    """Return a text that is too large or too odd to parse, as it is."""
    # HTML drops a line end that follows <pre>, each time it is read.
    return clean(f'<pre class="plain" tabindex="0">{escape(body.lstrip("\r\n"))}</pre>')


def parse(body):
    """Return the tokens of a text, prepared for the page, or None where it is shown plain."""
    if len(body) > MOST_CHARACTERS or body.count("\n") > MOST_LINES:
        return None
    try:
        tokens = _parser().parse(body)
    except (Beyond, ValueError, RecursionError, IndexError):
        return None  # our limits, and the parser's own on hostile text
    _repair_headings(tokens)
    _lead_to_headings(tokens)
    _mark_images(tokens)
    _make_tasks(tokens)
    return tokens


def clean(html):
    """Return HTML with everything removed that is not on the list of what pages show."""
    return mark_safe(_cleaner().clean(NOT_IN_HTML.sub("\ufffd", html)))


class Beyond(Exception):
    """A text has more of something than a page can show in time."""


def _stay_within_limits(state):
    """Stop between the parser's two passes, blocks and what is inside them; the second is the dear one."""
    if len(state.tokens) > MOST_BLOCKS:
        raise Beyond
    for token in state.tokens:
        text = token.content if token.type == "inline" else ""
        if token.level >= DEEPEST or len(text) > LONGEST_PARAGRAPH or text.count("[") > MOST_BRACKETS:
            raise Beyond


def _repair_headings(tokens):
    """Give headings the level and id they have on the page: below the title's h1, without a jump, unique.

    A heading stands one level below the nearest heading before it that was written with a higher rank.
    """
    above, seen = [], Counter()
    for i, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        written = int(token.tag[1])
        while above and above[-1] >= written:
            above.pop()
        above.append(written)
        text = _text_of(tokens[i + 1])
        slug = _slug(text)
        seen[slug] += 1
        # No slug has a tilde, so a numbered one is never the slug of another heading.
        name = slug if seen[slug] == 1 else f"{slug}~{seen[slug]}"
        token.tag = tokens[i + 2].tag = f"h{min(1 + len(above), 6)}"
        token.attrSet("id", name)
        token.meta = {"written": written, "text": text}
        tokens[i + 2].meta = {"id": name, "text": text}


def _slug(text):
    return HEADING_PREFIX + (re.sub(r"\W+", "-", text.casefold())[:60].strip("-") or "section")


def _lead_to_headings(tokens):
    """Let links that name a heading by its own words (`#why-this-matters`) find it under its id."""
    ids = {token.attrGet("id") for token in tokens if token.type == "heading_open"}
    for child in _children(tokens, "link_open"):
        href = str(child.attrGet("href"))
        if href.startswith("#") and href[1:] not in ids and (found := _slug(unquote(href[1:]))) in ids:
            child.attrSet("href", f"#{found}")


def _mark_images(tokens):
    """Make a paragraph of nothing but images a figure, and note which images stand in a link already."""
    for i, token in enumerate(tokens):
        depth, kinds = 0, set()
        for child in token.children or []:
            if child.type in ("link_open", "link_close"):
                depth += child.nesting
            elif child.type == "image":
                child.meta["linked"] = depth > 0
            if child.type not in ("softbreak", "link_open", "link_close"):
                kinds.add(child.type)
        if kinds == {"image"} and tokens[i - 1].type == "paragraph_open" and not tokens[i - 1].hidden:
            tokens[i - 1].tag = tokens[i + 1].tag = "figure"
            tokens[i - 1].attrSet("class", "image-reference")


def _make_tasks(tokens):
    """Turn "[ ] " at the start of a list's item into a box, whose name is the task's text."""
    for before, opening, token in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if before.type != "list_item_open" or opening.type != "paragraph_open" or token.type != "inline":
            continue
        first = token.children[0] if token.children else None
        if first is not None and first.type == "text" and (box := TASK.match(first.content)):
            first.content = first.content[3:]
            meta = {"checked": box[1] != " ", "name": _text_of(token)[:200] or "task"}
            token.children.insert(0, Token("task", "input", 0, meta=meta))
            before.attrSet("class", "task-list-item")


def _made_of(tokens):
    """Return the fields of an Outline."""
    headings, heading_lines, code_blocks, raw_html = [], [], [], []
    for token in tokens:
        line = token.map[0] + 1 if token.map else None
        if token.type == "heading_open":
            text = token.meta["text"]
            headings.append((int(token.tag[1]), token.attrGet("id"), text))
            heading_lines.append((token.meta["written"], line, text))
        elif token.type in ("fence", "code_block"):
            code_blocks.append((_language(token), token.content, line))
        elif token.type == "inline":
            raw_html += _tags_in(_prose_of(token), line)
    return {
        "headings": tuple(headings),
        "heading_lines": tuple(heading_lines),
        "links": tuple(
            (str(link.attrGet("href") or ""), line) for link, line in _placed(tokens, "link_open")
        ),
        "images": tuple(
            (str(image.attrGet("src") or ""), _text_of(image), line)
            for image, line in _placed(tokens, "image")
        ),
        "code_blocks": tuple(code_blocks),
        "inline_code": tuple(child.content for child in _children(tokens, "code_inline")),
        "list_items": sum(token.type == "list_item_open" for token in tokens),
        "raw_html": tuple(raw_html),
    }


def _children(tokens, kind):
    """Yield what is of one kind within paragraphs, headings and cells."""
    return (child for token in tokens for child in token.children or [] if child.type == kind)


def _placed(tokens, kind):
    """Yield (child, line) for what is of one kind: the line its paragraph begins at, and the line ends before it."""
    begins = None
    for token in tokens:
        begins = token.map[0] + 1 if token.map else begins
        line = begins
        for child in token.children or []:
            if child.type in ("softbreak", "hardbreak"):
                line = line and line + 1
            elif child.type == kind:
                yield child, line


def _tags_in(prose, line):
    """Yield (line, tag) for each HTML tag in a paragraph that begins at `line`."""
    last = 0
    for tag in TAG.finditer(prose):
        line = line and line + prose.count("\n", last, tag.start())
        last = tag.start()
        yield line, tag[0]


def _prose_of(token):
    """Return the text of a paragraph with its line ends, without code, which may hold tags by intention."""
    shown = {"softbreak": "\n", "hardbreak": "\n", "code_inline": " "}
    return "".join(
        child.content if child.type == "text" else shown.get(child.type, "") for child in token.children or []
    )


def _text_of(token):
    """Return the words of a paragraph or an image's description in one line."""
    parts = []
    for child in token.children or []:
        match child.type:
            case "text" | "code_inline":
                parts.append(child.content)
            case "image":
                parts.append(_text_of(child))
            case "softbreak" | "hardbreak":
                parts.append(" ")
    return "".join(parts).strip()


def _language(token):
    return (token.info or "").strip().split(" ", 1)[0].strip("{}.").lower()[:40]


def _numbered(kind, env):
    """Return a region's name, which no other region of the text has; `env` keeps the count."""
    env[kind] = env.get(kind, 0) + 1
    return kind if env[kind] == 1 else f"{kind} {env[kind]}"


class _Page(RendererHTML):
    """HTML of the parts that pages show in their own way."""

    def heading_close(self, tokens, idx, options, env):
        token = tokens[idx]
        label = escape(f"Link to section {token.meta['text']}".strip())
        return f' <a class="anchor" href="#{escape(token.meta["id"])}" aria-label="{label}">#</a></{token.tag}>\n'

    def fence(self, tokens, idx, options, env):
        token = tokens[idx]
        language = _language(token)
        label = _numbered("Code", env) + escape(f", {language}" if language else "")
        named = f' data-language="{escape(language)}"' if language else ""
        return (
            f'<div class="code"{named}><pre tabindex="0" role="region" aria-label="{label}">'
            f"<code>{_highlighted(token.content, language, env)}</code></pre></div>\n"
        )

    code_block = fence

    def table_open(self, tokens, idx, options, env):
        label = _numbered("Table", env)
        return f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">\n<table>\n'

    def table_close(self, tokens, idx, options, env):
        return "</table>\n</div>\n"

    def cell_open(self, tokens, idx, options, env):
        token = tokens[idx]
        style = str(token.attrGet("style") or "").removeprefix("text-align:")
        return f'<{token.tag} class="{style}">' if style in ("left", "right", "center") else f"<{token.tag}>"

    th_open = td_open = cell_open

    def task(self, tokens, idx, options, env):
        meta = tokens[idx].meta
        checked = " checked" if meta["checked"] else ""
        name = escape(meta["name"])
        return (
            f'<input class="task-list-item-checkbox" type="checkbox" disabled{checked} aria-label="{name}">'
        )

    def image(self, tokens, idx, options, env):
        token = tokens[idx]
        source, description = str(token.attrGet("src") or ""), _text_of(token)
        shown = escape(description or source or "an image without a description")
        if source.split(":", 1)[0].lower() in ("http", "https") and not token.meta.get("linked"):
            shown = f'<a class="image" href="{escape(source)}" rel="{REL}">{shown}</a>'
        title = escape(str(token.attrGet("title") or ""))
        return f'<span class="image">Image: {shown}{f" ({title})" if title else ""}</span>'

    def link_open(self, tokens, idx, options, env):
        token = tokens[idx]
        href = str(token.attrGet("href") or "")
        title = f' title="{escape(str(token.attrGet("title")))}"' if token.attrGet("title") else ""
        rel = "" if href.startswith(("#", "/")) and not href.startswith("//") else f' rel="{REL}"'
        return f'<a href="{escape(href)}"{title}{rel}>'


def _notes_open(self, tokens, idx, options, env):
    return '<section class="footnotes" aria-label="Notes">\n<ol class="footnotes-list">\n'


def _note_anchor(self, tokens, idx, options, env):
    note = tokens[idx].meta
    again = f":{note['subId']}" if note["subId"] else ""
    label = f"Back to note {note['id'] + 1} in the text"
    return (
        f' <a href="#fnref{note["id"] + 1}{again}" class="footnote-backref" aria-label="{label}">↩\ufe0e</a>'
    )


class _Addresses(LinkifyIt):
    """Only addresses that name their scheme: settings.py is a file, though .py is a country's domain."""

    def __init__(self):
        super().__init__(options={"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})

    def pretest(self, text):
        return ("://" in text or "mailto:" in text.lower()) and super().pretest(text)


@cache
def _parser():
    parser = MarkdownIt("commonmark", {"html": False, "linkify": True}, renderer_cls=_Page)
    # One above our own limit, which refuses loudly where this one drops quietly.
    parser.options["maxNesting"] = DEEPEST + 1
    parser.enable(["table", "strikethrough", "linkify"])
    parser.linkify = _Addresses()
    parser.linkify.add("//", None).add("ftp:", None)
    parser.core.ruler.before("inline", "limits", _stay_within_limits)
    parser.use(footnote_plugin)
    parser.add_render_rule("footnote_block_open", _notes_open)
    parser.add_render_rule("footnote_anchor", _note_anchor)
    return parser


def _highlighted(text, language, env):
    """Return code as HTML, coloured by class where its language is known and the cost is; `env` keeps the sum."""
    name = _lexer_names().get(language)
    if name is None or len(text) > LONGEST_HIGHLIGHTED or NOT_CODE.search(text):
        return escape(text)
    env["highlighted"] = env.get("highlighted", 0) + max(len(text), EACH_HIGHLIGHTED)
    if env["highlighted"] > MOST_HIGHLIGHTED:
        return escape(text)
    return highlight(text, find_lexer_class(name)(stripnl=False), HtmlFormatter(nowrap=True))


@cache
def _lexer_names():
    """Return Pygments' name of each lexer that we use, by each of its aliases."""
    used = set(LANGUAGES.split())
    lexers = [(name, aliases) for name, aliases, *_ in get_all_lexers(plugins=False)]
    return {alias: name for name, aliases in lexers if used.intersection(aliases) for alias in aliases}


@cache
def _cleaner():
    headings = {f"h{level}" for level in range(2, 7)}
    text = {"p", "em", "strong", "s", "sup", "br", "hr", "blockquote", "ul", "ol", "li"}
    table = {"table", "thead", "tbody", "tr", "th", "td"}
    parts = {"a", "code", "div", "figure", "input", "pre", "section", "span"}
    return nh3.Cleaner(
        tags=headings | text | table | parts,
        clean_content_tags={"script", "style"},
        attributes={
            "a": {"href", "title", "rel", "id", "aria-label"},
            "div": {"tabindex", "role", "aria-label", "data-language"},
            "pre": {"tabindex", "role", "aria-label"},
            "ol": {"start"},
            "li": {"id"},
            "input": {"checked", "disabled", "aria-label"},
            "section": {"aria-label"},
            **{heading: {"id"} for heading in headings},
        },
        tag_attribute_values={"input": {"type": {"checkbox"}}},
        allowed_classes={
            "a": {"anchor", "image", "footnote-backref"},
            "div": {"code", "scroll"},
            "figure": {"image-reference"},
            "input": {"task-list-item-checkbox"},
            "li": {"footnote-item", "task-list-item"},
            "ol": {"footnotes-list"},
            "pre": {"plain"},
            "section": {"footnotes"},
            "span": {"image", *filter(None, STANDARD_TYPES.values())},
            "sup": {"footnote-ref"},
            "td": {"left", "right", "center"},
            "th": {"left", "right", "center"},
        },
        url_schemes=SCHEMES,
        link_rel=None,
        strip_comments=True,
    )
