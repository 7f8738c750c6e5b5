"""The text of a WordPress post, classic or in blocks, to Markdown: its paragraphs, block comments and shortcodes.

Block comments, `<!--more-->` and shortcodes are not HTML. They are turned into tokens of HTML here, or stay in the text
where nothing else can be made of them, and are reported then.
"""

import json
import re
from dataclasses import dataclass
from html import escape

from seeds.importers import html
from seeds.importers.html import Token

TEASER_LENGTH = 1_000

# Blocks whose HTML says all there is to say; every other block is named in the report.
BLOCKS = html.names(
    "audio button buttons code column columns cover details embed file footnotes freeform gallery group heading html"
    " image list list-item media-text missing more nextpage paragraph preformatted pullquote quote row separator"
    " shortcode social-links spacer stack syntaxhighlighter/code table text-columns verse video"
)
BLOCK = re.compile(r"wp:((?:[a-z][\w-]*+/)?[a-z][\w-]*+)")
PLAIN_NAMES = html.names("code sourcecode cc")
CODE_NAMES = PLAIN_NAMES | html.names("php python bash sql css html xml javascript js java")
CODE = re.compile(rf"\[({'|'.join(sorted(CODE_NAMES))})((?:\s[^\[\]<>\n]*+)?)\]")
SHORTCODE = re.compile(r"\[(\[?)(/?)([a-zA-Z][\w-]*+)((?:\s[^\[\]<>]*+)?)\](\]?)")
MEDIA = ("src", "url", "mp3", "m4a", "ogg", "wav", "mp4", "m4v", "webm", "ogv", "flv", "wmv")
LISTINGS = {"gallery", "playlist"}
PARAGRAPH = re.compile(r"\n[ \t\r]*+\n\s*+")
LONGEST_CODE = 20_000
VERBATIM = html.names("pre script style textarea")


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """The Markdown of a post, and the words before `<!--more-->` where it has one."""

    markdown: str
    teaser: str = ""


def convert(source, *, line=1, note=lambda line, what: None):
    """Return what a post says; `source` begins at `line` of its file, and `note(line, what)` is told what is lost."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    reader = _Reader(_code_as_pre(source), line, note)
    markdown = html.to_markdown(reader.tokens(), source=reader.source, note=note)
    return Converted(markdown=markdown, teaser=reader.teaser or "")


def _code_as_pre(source):
    """Put the code between [code] and [/code] into <pre>, so that nothing in it is taken for a tag."""
    parts, at, unended = [], 0, set()
    while (opening := CODE.search(source, at)) is not None:
        name, closing = opening[1], f"[/{opening[1]}]"
        end = -1 if name in unended else source.find(closing, opening.end())
        if end < 0:
            unended.add(name)
            parts.append(source[at : opening.end()])
            at = opening.end()
            continue
        named = html.attributes_of(opening[2])
        language = named.get("language") or named.get("lang") or ("" if name in PLAIN_NAMES else name)
        parts += [source[at : opening.start()], f'<pre data-language="{escape(language)}">']
        parts += [escape(html.unescape(source[opening.end() : end]), quote=False), "</pre>"]
        at = end + len(closing)
    return "".join(parts) + source[at:]


class _Reader:
    def __init__(self, source, line, note):
        self.source, self.line, self.note = source, line, note
        self.teaser = None
        self.verbatim = self.in_blocks = 0
        self.language = ""  # what a block says about the code that follows
        self.code_end = -1
        self.is_after_break = self.is_in_code = self.is_caption_near = False
        self.caption = ""
        self.closed_shortcodes = set(re.findall(r"\[/([a-zA-Z][\w-]*+)\]", source))

    def tokens(self):
        for token in html.tokens(self.source, line=self.line):
            if token.kind == "comment":
                yield from self.comment(token)
            elif token.kind == "text" and not self.verbatim:
                yield from self.text(token)
            elif token.kind == "text":
                yield token
            else:
                yield from self.tag(token)
            self.is_after_break = token.kind == "start" and token.text == "br"

    def tag(self, token):
        if token.text == "code" and not self.verbatim:
            self.is_in_code = token.kind == "start" and self.has_lines(token)
            if self.is_in_code:
                token = Token("start", "pre", token.line, token.attributes, token.start, token.end)
        elif token.text == "code" and token.kind == "end" and self.is_in_code:
            self.is_in_code = False
            token = Token("end", "pre", token.line, "", token.start, token.end)
        if token.text == "pre" and self.language:
            token.attributes += f' data-language="{escape(self.language)}"'
            self.language = ""
        if token.text in VERBATIM:
            self.verbatim = max(0, self.verbatim + (1 if token.kind == "start" else -1))
        yield token

    def has_lines(self, opening):
        """Say whether this <code> of a classic post holds lines, as a <pre> does."""
        if self.in_blocks or self.is_in_code:
            return False
        if self.code_end < opening.end:  # not looked for again before it is passed
            found = self.source.find("</code", opening.end)
            self.code_end = len(self.source) + 1 if found < 0 else found
        is_short = self.code_end <= min(len(self.source), opening.end + LONGEST_CODE)
        return is_short and "\n" in self.source[opening.end : self.code_end].strip()

    # Comments ----------------------------------------------------------------------------------------------------

    def comment(self, token):
        words = token.text.strip()
        block = BLOCK.match(words.removeprefix("/"))
        if block and words.startswith("/"):
            self.in_blocks = max(0, self.in_blocks - 1)
            yield Token("break", "", token.line)
        elif block:
            yield Token("break", "", token.line)
            yield from self.block(token, words, block)
        elif words == "more" or words.startswith("more "):
            if self.teaser is None:
                self.teaser = _teaser(self.source[: token.start])
            self.note(token.line, "The mark <!--more--> was taken out.")
            yield Token("break", "", token.line)
        elif words == "nextpage":
            self.note(token.line, "The pages of the post were joined; a line (---) stands between them.")
            yield Token("start", "hr", token.line)
        elif words != "noteaser":
            self.note(token.line, "A comment in the HTML was left out.")

    def block(self, token, words, block):
        name = block[1].removeprefix("core/")
        is_void = words.endswith("/")
        settings = _settings(words[block.end() :].rstrip("/").strip())
        if not is_void:
            self.in_blocks += 1
        if is_void and isinstance(settings.get("url"), str):
            yield from _alone(token.line, escape(settings["url"]))
        elif is_void:
            self.note(
                token.line, f"The block “{name}” has no text of its own; what it says was kept as code."
            )
            yield Token("start", "p", token.line)
            yield Token("start", "code", token.line)
            yield Token("text", escape(f"<!-- {words[:-1].rstrip()} /-->"), token.line)
            yield Token("end", "code", token.line)
            yield Token("end", "p", token.line)
        elif name not in BLOCKS and not name.startswith("core-embed/"):
            self.note(token.line, f"The block “{name}” is not known here; its text was kept.")
        if isinstance(settings.get("language"), str) and "code" in name:
            self.language = settings["language"]

    # Text --------------------------------------------------------------------------------------------------------

    def text(self, token):
        """Yield the pieces of a text between two tags: shortcodes, and what stands between them."""
        at, line = 0, token.line  # where what was not yielded yet begins
        counted, line_here = 0, token.line
        for found in SHORTCODE.finditer(token.text):
            line_here += token.text.count("\n", counted, found.start())
            counted = found.start()
            made = self.shortcode(found, line_here, token.text)
            if made is not None:
                yield from self.paragraphs(token.text[at : found.start()], line)
                at, line = found.end(), line_here + found[0].count("\n")
                yield from made
        yield from self.paragraphs(token.text[at:], line)

    def paragraphs(self, text, line):
        """Yield text as WordPress shows that of a classic post: a blank line ends a paragraph, a line end is kept."""
        if not text:
            return
        if self.is_caption_near and text.strip():
            self.is_caption_near = False
            yield Token("break", "", line)
        if self.in_blocks or "\n" not in text:
            yield Token("text", text, line)
            return
        if self.is_after_break:
            text = text.lstrip(" \t").removeprefix("\n")
        at = 0
        for gap in PARAGRAPH.finditer(text):
            yield from _kept_lines(text[at : gap.start()], line)
            line += text.count("\n", at, gap.end())
            yield Token("break", "", line)
            at = gap.end()
        yield from _kept_lines(text[at:], line)

    def shortcode(self, found, line, text):
        """Return what yields the tokens for a shortcode, in its turn; None where it stays in the text as it is."""
        doubled, closes, name, written, doubled_too = found.groups()
        if doubled and doubled_too:
            return [Token("text", found[0][1:-1], line)]
        before = text[max(0, found.start() - 1) : found.start()]
        if doubled or doubled_too or (not closes and (before.isalnum() or before == "]")):
            return None
        name = name.lower()
        named = html.attributes_of(written)
        if name in ("caption", "wp_caption"):
            return self.captioned(closes, named, line)
        if name == "embed":
            return [Token("break", "", line)]
        if name in ("audio", "video"):
            if closes:
                return []
            address = next((named[key] for key in MEDIA if named.get(key)), "")
            if address:
                self.note(line, f"The shortcode [{name}] was made a link.")
                return _alone(line, escape(address))
        if not closes and self.is_shortcode(name, written):
            more = " Put in by hand what it lists." if name in LISTINGS else ""
            self.note(line, f"The shortcode [{name}] was kept as it is.{more}")
        return None

    def captioned(self, closes, named, line):
        """Yield the tokens of a picture with its caption: what follows the picture is a paragraph of its own."""
        if closes:
            self.is_caption_near = False
            if self.caption:
                yield from _alone(line, escape(self.caption))
            yield Token("end", "figure", line)
        else:
            self.is_caption_near, self.caption = True, named.get("caption", "")
            yield Token("start", "figure", line)

    def is_shortcode(self, name, written):
        """Brackets stand in ordinary text, too: [sic] is no shortcode."""
        return (
            name in self.closed_shortcodes or name in LISTINGS or "=" in written or "_" in name or "-" in name
        )


def _kept_lines(text, line):
    for number, part in enumerate(text.split("\n")):
        if number:
            yield Token("start", "br", line + number)
        yield Token("text", part, line + number)


def _alone(line, written):
    yield Token("break", "", line)
    yield Token("text", written, line)
    yield Token("break", "", line)


def _settings(written):
    """Return the settings of a block, a JSON map; an empty one where it is none."""
    try:
        settings = json.loads(written) if written and len(written) < 100_000 else {}
    except (ValueError, RecursionError):
        return {}
    return settings if isinstance(settings, dict) else {}


def _teaser(source):
    words = html.plain(SHORTCODE.sub(" ", source))
    return words if len(words) <= TEASER_LENGTH else words[: TEASER_LENGTH - 1].rsplit(" ", 1)[0] + "…"
