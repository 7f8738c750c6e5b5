"""The items of a large XML file, one at a time: cut out as bytes, so that a broken one costs only itself.

What stands around the items goes through one parser (Frame), which knows the namespaces and refuses any DTD (S18).
"""

import codecs
import re
from dataclasses import dataclass, field
from xml.parsers import expat

CHUNK = 64 * 1024
# An item may carry thousands of comments, which are left out.
MAX_ITEM = 8 * 1024 * 1024
# One tag or name in the frame; the parser holds it whole.
MAX_TOKEN = 1024 * 1024
MAX_DEPTH = 60
MAX_TEXT = 100_000
MAX_ENTRIES = 100_000

MARK = re.compile(rb"<!\[CDATA\[|<!--|<\?|<!DOCTYPE|<item(?=[\s/>])|</item\s{0,20}>")
LONGEST_MARK = 32
ENDS = {b"<!": re.compile(rb"\]\]>"), b"<!--": re.compile(rb"-->"), b"<?": re.compile(rb"\?>")}
DECLARED = re.compile(rb"""\s*+<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
# In these an ASCII byte is that character (or the second half of one that no mark begins with).
KNOWN_ENCODINGS = re.compile(
    r"utf-?8|(us-)?ascii|iso[-_]8859-\d+|latin-?1|(windows-|cp)125\d|koi8-[ru]"
    r"|gbk|gb2312|gb18030|big5|shift_jis|euc-(jp|kr)",
    re.IGNORECASE,
)
CONTINUATION = bytes(range(0x80, 0xC0))
NO_PAIR = bytes(set(range(256)) - set(range(0xF0, 0xF8)))

# What XML 1.0 does not allow, even as a reference such as &#11;.
INVALID = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
INVALID_BYTES = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
# CDATA, comments and instructions are passed over (each ends: an item was cut out by the same marks); then what is no
# reference, and the end of a CDATA that never began.
LOOSE = re.compile(
    r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<\?.*?\?>"
    r"|&(?:(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)?|\]\]>",
    re.DOTALL,
)
PREFIX = re.compile(r"[<\s/]([A-Za-z_][\w.-]{0,60}):[A-Za-z_]")

UNBOUND = expat.errors.codes[expat.errors.XML_ERROR_UNBOUND_PREFIX]

DTD = "This file has a DTD, which no WordPress export has and which can hide an attack. Take it out."


class Unusable(Exception):
    """A file that cannot be read at all; `line` counts from 1, the message is for people."""

    def __init__(self, reason, line=1):
        super().__init__(reason)
        self.line = line


class Broken(Exception):
    """One item that cannot be read; `line` counts within it, from 1."""

    def __init__(self, reason, line=1, *, is_unbound=False):
        super().__init__(reason)
        self.line, self.is_unbound = line, is_unbound


@dataclass(slots=True, kw_only=True)
class Raw:
    """An item as it stands in the file: its bytes in the file's encoding, or the reason why there are none."""

    line: int
    end: int
    content: bytes = b""
    reason: str = ""


@dataclass(slots=True)
class Element:
    """An element of an item: `name` is (namespace, name), `line` is where its text begins."""

    name: tuple[str, str]
    attributes: dict[str, str]
    line: int
    text: str = ""
    children: list["Element"] = field(default_factory=list)


class Frame:
    """What stands around the items: namespaces, and the elements of the channel that the reader asks for by name."""

    def __init__(self, encoding, *, wanted, found):
        self.namespaces, self.root = {}, ""
        self.wanted, self.found = wanted, found
        self.path, self.texts, self.element, self.entries = [], [], None, 0
        self.fed, self.fault = 0, None
        self.decoder = codecs.getincrementaldecoder(encoding)("replace")
        self.parser = parser = _parser()
        parser.StartDoctypeDeclHandler = _refuse_dtd(parser)
        parser.StartNamespaceDeclHandler = self._namespace
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text

    def feed(self, piece):
        if self.fault or not piece:
            return
        piece = self.decoder.decode(INVALID_BYTES.sub(b" ", piece)).encode()
        try:
            self.parser.Parse(piece, False)
        except expat.ExpatError as error:
            self.fault = Unusable(_sentence(error), error.lineno)
            return
        self.fed += len(piece)
        if self.fed - self.parser.CurrentByteIndex > MAX_TOKEN:
            raise Unusable(f"A tag here is longer than {MAX_TOKEN:,} bytes.", self.parser.CurrentLineNumber)

    def finish(self):
        """Return the Unusable that says where the frame is broken, or None."""
        if self.fault is None:
            try:
                self.parser.Parse(b"", True)
            except expat.ExpatError as error:
                self.fault = Unusable("The file ends before </rss>: it may have been cut off.", error.lineno)
        return self.fault

    def _namespace(self, prefix, address):
        # Only rss and channel stay open around the items.
        if prefix and len(self.path) < 2 and len(self.namespaces) < 100:
            self.namespaces[prefix] = address or ""

    def _start(self, name, attributes):
        self.root = self.root or name
        self.path.append(_split(name))
        if len(self.path) > MAX_DEPTH:
            raise Unusable(f"Elements are nested more than {MAX_DEPTH} deep.", self.parser.CurrentLineNumber)
        if len(self.path) == 3 and self.path[2][1] in self.wanted:
            self.element = Element(self.path[2], {}, self.parser.CurrentLineNumber)
        elif len(self.path) == 4 and self.element:
            self.element.children.append(Element(self.path[3], {}, self.parser.CurrentLineNumber))
            del self.element.children[100:]

    def _end(self, name):
        if len(self.path) == 3 and self.element:
            self.entries += 1
            if self.entries <= MAX_ENTRIES:
                self.found(self.element)
            self.element = None
        self.path.pop()

    def _text(self, text):
        if self.element and len(self.path) in (3, 4):
            into = self.element.children[-1] if len(self.path) == 4 else self.element
            if len(into.text) < 2_000:
                into.text += text[:2_000]


class Items:
    """The items of a binary stream; iterating yields Raw. `frame` is known as far as the stream was read.

    At most MAX_ITEM bytes are held. Raises Unusable for what is no XML that can be read.
    """

    def __init__(self, stream, *, wanted=(), found=lambda element: None):
        self.source = _Bytes(stream)
        self.frame = Frame(self.source.encoding, wanted=frozenset(wanted), found=found)
        self.line, self.end = 1, self.source.before

    @property
    def encoding(self):
        return self.source.encoding

    def __iter__(self):
        item = None
        while True:
            for piece in self.source.until(MARK):
                self._pass(piece, item)
            mark = self.source.found
            if not mark:
                break
            if mark == b"<!DOCTYPE":
                if not item:
                    raise Unusable(DTD, self.line)
                self._pass(mark, item)  # its own parser refuses it there
            elif mark.startswith((b"<item", b"</item")):
                if item and mark == b"<item":
                    yield self._ended(item, "This item does not end before the next one begins.")
                    item = None
                if mark == b"<item":
                    item = _Open(self.line)
                self._pass(mark, item or _Open(self.line))
                if item and mark != b"<item":
                    yield self._ended(item)
                    item = None
            else:
                self._aside(mark, item)
        if item:
            yield self._ended(
                item, "The file ends within this item: it may have been cut off, so it is not taken."
            )

    def _aside(self, mark, item):
        """Take a comment, CDATA or instruction as a whole: what looks like a tag in it is none."""
        # The frame needs no comments or instructions; an XML declaration behind a blank line would only stop it.
        hidden = item or (_Open(self.line) if mark in (b"<!--", b"<?") else None)
        self._pass(mark, hidden)
        for piece in self.source.until(ENDS[mark[:2] if mark[2:3] == b"[" else mark]):
            self._pass(piece, hidden)
        self._pass(self.source.found, hidden)

    def _pass(self, piece, item):
        """Count a piece, and give it to the item it belongs to, else to the frame."""
        lines = piece.count(b"\n")
        self.line += lines
        self.end += self.source.length(piece)
        if item:
            item.take(piece)
            self.frame.feed(b"\n" * lines)  # so that the frame knows the line, too
        else:
            self.frame.feed(piece)

    def _ended(self, item, reason=""):
        if not reason and item.size > MAX_ITEM:
            reason = f"This item is longer than {MAX_ITEM:,} bytes, the most one may have."
        return Raw(
            line=item.line, end=self.end, content=b"" if reason else b"".join(item.pieces), reason=reason
        )


class _Open:
    """An item that is being cut out. One that is too long is passed over."""

    def __init__(self, line):
        self.line, self.pieces, self.size = line, [], 0

    def take(self, piece):
        self.size += len(piece)
        if self.size > MAX_ITEM:
            self.pieces = []
        else:
            self.pieces.append(piece)


class _Bytes:
    """A stream as bytes in which marks can be found; UTF-16 becomes UTF-8."""

    def __init__(self, stream):
        self.stream, self.at, self.found, self.ended = stream, 0, b"", False
        start = self._more(4)
        self.before, self.decoder = 0, None
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or start in (b"<\0?\0", b"\0<\0?"):
            little = start[0:1] in (b"\xff", b"<")
            self.decoder = codecs.getincrementaldecoder("utf-16-le" if little else "utf-16-be")("replace")
            start = self.decoder.decode(start).encode()
        if start.startswith(codecs.BOM_UTF8):
            self.before = 3 if self.decoder is None else 2
            start = start[3:]
        self.buffer = start + self._more(CHUNK)
        self.encoding = "utf-8" if self.decoder else self._declared()

    def _declared(self):
        declared = DECLARED.match(self.buffer)
        name = declared[1].decode() if declared else "utf-8"
        if not KNOWN_ENCODINGS.fullmatch(name):
            raise Unusable(
                f"The file says it is written in “{name}”, which is not known here. Save it as UTF-8."
            )
        return codecs.lookup(name).name

    def length(self, piece):
        """Return how many bytes of the stream a piece was."""
        if self.decoder is None:
            return len(piece)
        return 2 * (len(piece.translate(None, CONTINUATION)) + len(piece.translate(None, NO_PAIR)))

    def until(self, pattern):
        """Yield what stands before the next match, in pieces; `found` is then the match, empty at the end."""
        while True:
            match = pattern.search(self.buffer, self.at)
            if match and (self.ended or match.end() + LONGEST_MARK <= len(self.buffer)):
                yield self.buffer[self.at : match.start()]
                self.at, self.found = match.end(), match[0]
                return
            # What could be the start of a mark stays until more is known.
            keep = len(self.buffer) if self.ended else max(self.at, len(self.buffer) - LONGEST_MARK)
            keep = min(keep, match.start()) if match else keep
            yield self.buffer[self.at : keep]
            if self.ended:
                self.at, self.found = len(self.buffer), b""
                return
            self.buffer, self.at = self.buffer[keep:] + self._more(CHUNK), 0

    def _more(self, size):
        """Read on. A stream may give less than it is asked for."""
        parts, left = [], size
        while left and (piece := self.stream.read(left)):
            parts.append(piece)
            left -= len(piece)
        self.ended = left > 0
        more = b"".join(parts)
        if getattr(self, "decoder", None):
            more = self.decoder.decode(more, final=self.ended).encode()
        return more


def element_of(raw, encoding, namespaces):
    """Return the Element of an item, and notes of what was repaired to read it.

    Text of elements within elements is that of the inner ones. Raises Broken.
    """
    notes = []
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        notes.append((line, f"Bytes that are no {encoding.upper()} were replaced by �."))
        text = raw.decode(encoding, "replace")
    if found := INVALID.search(text):
        line = text.count("\n", 0, found.start()) + 1
        notes.append((line, "Control characters, which XML does not allow, were made spaces."))
        text = INVALID.sub(" ", text)
    try:
        return _Tree(namespaces).read(text), notes
    except Broken as broken:
        mended, repairs = _mended(text)
        if mended == text and not broken.is_unbound:
            raise
        unknown = set(PREFIX.findall(mended)) - {"xml", "xmlns"} if broken.is_unbound else ()
        try:
            bound = {prefix: f"urn:unknown:{prefix}" for prefix in unknown}
            return _Tree(bound | namespaces).read(mended), notes + repairs
        except Broken:
            raise broken from None


def _mended(text):
    """Return an item with what is often wrong in exports put right: loose ampersands and ends of CDATA."""
    repairs = []

    def replaced(match):
        found = match[0]
        if found.startswith("<") or (found.startswith("&") and found != "&" and _is_allowed(found)):
            return found
        if not repairs:
            line = text.count("\n", 0, match.start()) + 1
            repairs.append((line, "What should have been escaped (& or ]]>) was taken as text."))
        if found == "]]>":
            return "]]&gt;"
        return "&amp;" if found == "&" else "\ufffd"

    return LOOSE.sub(replaced, text), repairs


def _is_allowed(reference):
    if not reference.startswith("&#"):
        return True
    digits = reference[2:-1]
    number = int(digits[1:], 16) if digits[0] == "x" else int(digits)
    return number < 0x110000 and not INVALID.match(chr(number))


class _Tree:
    """One parse of one item, by itself, with the namespaces of the file around it."""

    def __init__(self, namespaces):
        declared = "".join(
            f' xmlns:{prefix}="{_quoted(address)}"' for prefix, address in namespaces.items() if address
        )
        self.around = f"<rss{declared}>"
        self.root, self.open, self.depth = None, [], 0

    def read(self, text):
        self.parser = parser = _parser()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(self.around.encode(), False)
            parser.Parse(text.encode(), False)
            parser.Parse(b"</rss>", True)
        except expat.ExpatError as error:
            raise Broken(_sentence(error), error.lineno, is_unbound=error.code == UNBOUND) from None
        return self.root

    def _start(self, name, attributes):
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Broken(f"Elements are nested more than {MAX_DEPTH} deep.", self.parser.CurrentLineNumber)
        if self.depth == 1:
            return
        # The line is that of the text behind the tag, which may itself go over lines.
        element = Element(_split(name), attributes, 0)
        if self.open:
            self.open[-1][0].children.append(element)
        else:
            self.root = self.root or element
        self.open.append((element, []))

    def _end(self, name):
        self.depth -= 1
        if self.open:
            element, parts = self.open.pop()
            element.text = "".join(parts)

    def _text(self, text):
        if self.open:
            element, parts = self.open[-1]
            if not parts:
                # Buffered text is given when it ends; the line is where it began.
                element.line = self.parser.CurrentLineNumber - text.count("\n")
            parts.append(text)


def _parser():
    parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    return parser


def _refuse_dtd(parser):
    def refuse(*declared):
        raise Unusable(DTD, parser.CurrentLineNumber)

    return refuse


def _split(name):
    address, _, local = name.rpartition(" ")
    return address, local


def _quoted(address):
    return address.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def _sentence(error):
    """Put the parser's words into a sentence."""
    return f"This is not well-formed XML: {expat.ErrorString(error.code)}, at column {error.offset + 1:,}."
