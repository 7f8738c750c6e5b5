"""Markdown to HTML that cannot run anything: rendered with HTML off, highlighted, and sanitised behind that (P10)."""

import re
from dataclasses import dataclass, field
from functools import cache

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

# Raise it when the HTML of an unchanged text changes: it is part of the key of every stored rendering.
RENDERER = 1

# Beyond these a text is shown plain: no reader's article is like that, and parsing must end (S21).
MOST_PARSED = 300_000
MOST_HIGHLIGHTED = 50_000
LONGEST_LINE = 50_000

SCHEMES = {"http", "https", "mailto"}
RAW_HTML = re.compile(r"<(?:[a-zA-Z/!?][^>\n]{0,200})>?")
HEADING_PREFIX = "s-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What a text is made of, without its HTML. Lines count from 1."""

    headings: tuple = ()  # (level shown, id, text)
    heading_lines: tuple = ()  # (level as written, line, text)
    links: tuple = ()  # addresses as written
    images: tuple = ()  # (address, description)
    code_blocks: tuple = ()  # (language, text, line)
    inline_code: tuple = ()  # texts
    list_items: int = 0
    raw_html: tuple = ()  # (line, snippet)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A text as readers see it, and what it is made of."""

    html: SafeString
    outline: Outline = field(default_factory=Outline)

    def __getattr__(self, name):
        return getattr(self.outline, name)

    @property
    def has_code(self):
        return bool(self.outline.code_blocks)


def render(body):
    """Return a Markdown text as sanitised HTML with its outline. Never raises, whatever the text."""
    tokens = parse(body)
    if tokens is None:
        return Rendered(html=plain(body))
    made_of = _outline(tokens)
    return Rendered(html=clean(_parser().renderer.render(tokens, _parser().options, {})), outline=made_of)


def outline(body):
    """Return what a text is made of, without rendering it."""
    tokens = parse(body)
    return Outline() if tokens is None else _outline(tokens)


def plain_text(body, limit=300):
    """Return the first words of a text without its markup, at most `limit` characters."""
    words = []
    for token in parse(body[: limit * 10]) or []:
        if token.type == "inline":
            shown = (
                child.content if child.type in ("text", "code_inline") else " " for child in token.children
            )
            words.append("".join(shown))
    text = " ".join(" ".join(words).split())
    return text if len(text) <= limit else text[: limit - 1].rsplit(" ", 1)[0] + "…"


def plain(body):
    """Return a text that is too large or too odd to parse, as it is."""
    return mark_safe(f'<pre class="plain" tabindex="0">{escape(body)}</pre>')


def parse(body):
    """Return the tokens of a text, prepared for the page, or None where it is shown plain."""
    if len(body) > MOST_PARSED or len(max(body.split("\n"), key=len, default="")) > LONGEST_LINE:
        return None
    try:
        tokens = _parser().parse(body)
    except (ValueError, RecursionError, IndexError):
        return None  # the parser's own limits on hostile text
    _repair_headings(tokens)
    _lift_images(tokens)
    _name_checkboxes(tokens)
    return tokens


def clean(html):
    """Return HTML with everything removed that is not on the list of what pages show."""
    return mark_safe(_cleaner().clean(html))


def _repair_headings(tokens):
    """Give headings the level and id they have on the page: below the title's h1, without a jump, unique."""
    written = [int(token.tag[1]) for token in tokens if token.type == "heading_open"]
    shift, last, taken = (1 if 1 in written else 0), 1, set()
    for i, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        token.meta["written"] = int(token.tag[1])
        last = max(2, min(int(token.tag[1]) + shift, last + 1, 6))
        token.tag = tokens[i + 2].tag = f"h{last}"
        text = _text_of(tokens[i + 1])
        slug = HEADING_PREFIX + (re.sub(r"[^\w]+", "-", text.casefold()).strip("-")[:60] or "section")
        number = 1
        while slug in taken:
            number += 1
            slug = f"{slug.rsplit('~', 1)[0]}~{number}"
        taken.add(slug)
        token.attrSet("id", slug)
        token.meta["text"] = tokens[i + 2].meta["text"] = text
        tokens[i + 2].meta["id"] = slug


def _lift_images(tokens):
    """Make a paragraph that holds nothing but images a figure."""
    for i, token in enumerate(tokens):
        if token.type == "inline" and tokens[i - 1].type == "paragraph_open" and token.children:
            kinds = {child.type for child in token.children if child.type != "softbreak"}
            if kinds == {"image"}:
                tokens[i - 1].tag = tokens[i + 1].tag = "figure"
                tokens[i - 1].attrSet("class", "image-reference")


def _name_checkboxes(tokens):
    """Give the box of a task its text as its name; by ear it would be a box and nothing else."""
    for token in tokens:
        box = token.children[0] if token.type == "inline" and token.children else None
        if box is not None and box.type == "html_inline" and "task-list-item-checkbox" in box.content:
            name = escape(_text_of(token)[:200] or "task")
            box.content = box.content.replace("<input ", f'<input aria-label="{name}" ', 1)


def _outline(tokens):
    headings, heading_lines, links, images, code_blocks, inline_code, raw_html = [], [], [], [], [], [], []
    for token in tokens:
        line = token.map[0] + 1 if token.map else None
        if token.type == "heading_open":
            text = token.meta["text"]
            headings.append((int(token.tag[1]), token.attrGet("id"), text))
            heading_lines.append((token.meta["written"], line, text))
        elif token.type in ("fence", "code_block"):
            code_blocks.append((_language(token), token.content, line))
        elif token.type == "inline":
            for child in token.children or []:
                if child.type == "link_open":
                    links.append(str(child.attrGet("href") or ""))
                elif child.type == "image":
                    images.append((str(child.attrGet("src") or ""), _text_of(child)))
                elif child.type == "code_inline":
                    inline_code.append(child.content)
                elif child.type == "text":
                    raw_html.extend((line, match[0]) for match in RAW_HTML.finditer(child.content))
    return Outline(
        headings=tuple(headings),
        heading_lines=tuple(heading_lines),
        links=tuple(links),
        images=tuple(images),
        code_blocks=tuple(code_blocks),
        inline_code=tuple(inline_code),
        list_items=sum(token.type == "list_item_open" for token in tokens),
        raw_html=tuple(raw_html),
    )


def _text_of(token):
    return "".join(
        child.content for child in token.children or [] if child.type in ("text", "code_inline")
    ).strip()


def _language(token):
    return (token.info or "").strip().split(" ", 1)[0].strip("{}.").lower()[:40]


class _Page(RendererHTML):
    """HTML of the parts that pages show in their own way."""

    def heading_close(self, tokens, idx, options, env):
        token = tokens[idx]
        label = escape(f"Link to section {token.meta['text']}")
        return f' <a class="anchor" href="#{escape(token.meta["id"])}" aria-label="{label}">#</a></{token.tag}>\n'

    def fence(self, tokens, idx, options, env):
        token = tokens[idx]
        language = _language(token)
        label = escape(f"Code, {language}" if language else "Code")
        named = f' data-language="{escape(language)}"' if language else ""
        return (
            f'<div class="code"{named}><pre tabindex="0" role="region" aria-label="{label}">'
            f"<code>{_highlighted(token.content, language)}</code></pre></div>\n"
        )

    code_block = fence

    def table_open(self, tokens, idx, options, env):
        return '<div class="scroll" tabindex="0" role="region" aria-label="Table">\n<table>\n'

    def table_close(self, tokens, idx, options, env):
        return "</table>\n</div>\n"

    def cell_open(self, tokens, idx, options, env):
        token = tokens[idx]
        style = str(token.attrGet("style") or "").removeprefix("text-align:")
        return f'<{token.tag} class="{style}">' if style in ("left", "right", "center") else f"<{token.tag}>"

    th_open = td_open = cell_open

    def image(self, tokens, idx, options, env):
        token = tokens[idx]
        source, description = str(token.attrGet("src") or ""), _text_of(token)
        shown = escape(description or source or "an image without a description")
        if source.split(":", 1)[0].lower() in ("http", "https"):
            shown = f'<a class="image" href="{escape(source)}" rel="{REL}">{shown}</a>'
        title = escape(str(token.attrGet("title") or ""))
        return f'<span class="image">Image: {shown}{f" ({title})" if title else ""}</span>'

    def link_open(self, tokens, idx, options, env):
        token = tokens[idx]
        href = str(token.attrGet("href") or "")
        title = f' title="{escape(str(token.attrGet("title")))}"' if token.attrGet("title") else ""
        rel = "" if href.startswith(("#", "/")) and not href.startswith("//") else f' rel="{REL}"'
        return f'<a href="{escape(href)}"{title}{rel}>'


# Nobody vouches for where a machine's links lead, and the page they lead to need not know which article it was.
REL = "nofollow noopener noreferrer"


@cache
def _parser():
    parser = MarkdownIt("commonmark", {"html": False, "linkify": True, "maxNesting": 40}, renderer_cls=_Page)
    parser.enable(["table", "strikethrough", "linkify"])
    return parser.use(footnote_plugin).use(tasklists_plugin)


def _highlighted(text, language):
    if language and len(text) <= MOST_HIGHLIGHTED and (lexer := _lexer(language)):
        return highlight(text, lexer, HtmlFormatter(nowrap=True))
    return escape(text)


@cache
def _lexers():
    return {}


def _lexer(language):
    known = _lexers()
    if language not in known:
        if len(known) > 500:
            known.clear()  # names come from outside
        try:
            known[language] = get_lexer_by_name(language, stripnl=False)
        except (ClassNotFound, ValueError):
            known[language] = None
    return known[language]


@cache
def _cleaner():
    text = {
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "em",
        "strong",
        "s",
        "br",
        "hr",
        "blockquote",
        "ul",
        "ol",
        "li",
        "sup",
    }
    table = {"table", "thead", "tbody", "tr", "th", "td"}
    return nh3.Cleaner(
        tags=text | table | {"a", "code", "div", "figure", "input", "pre", "section", "span"},
        clean_content_tags={"script", "style"},
        attributes={
            "a": {"href", "title", "rel", "id", "aria-label"},
            "div": {"tabindex", "role", "aria-label", "data-language"},
            "pre": {"tabindex", "role", "aria-label"},
            "ol": {"start"},
            "li": {"id"},
            "input": {"checked", "disabled", "aria-label"},
            **{f"h{level}": {"id"} for level in range(2, 7)},
        },
        tag_attribute_values={"input": {"type": {"checkbox"}}},
        allowed_classes={
            "a": {"anchor", "image", "footnote-backref"},
            "div": {"code", "scroll"},
            "figure": {"image-reference"},
            "hr": {"footnotes-sep"},
            "input": {"task-list-item-checkbox"},
            "li": {"footnote-item", "task-list-item"},
            "ol": {"footnotes-list"},
            "pre": {"plain"},
            "section": {"footnotes"},
            "span": {"image", *filter(None, STANDARD_TYPES.values())},
            "sup": {"footnote-ref"},
            "td": {"left", "right", "center"},
            "th": {"left", "right", "center"},
            "ul": {"contains-task-list"},
        },
        url_schemes=SCHEMES,
        link_rel=None,
        strip_comments=True,
    )
