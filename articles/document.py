"""The article document: how one is checked and sanitised when it comes in, and what can be asked of it.

docs/formats.md explains the format, docs/article.schema.json is what documents are checked against.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Self

from articles import document_schema
from articles.canonical import (
    MAX_BYTES,
    MAX_INTEGER,
    BadJSON,
    NumberText,
    Place,
    canonical,
    canonical_members,
    digest_bytes,
    faults,
    joined,
    path_of,
    read_json,
)

# Enough to mend a document by; thousands would only hide them.
MAX_PROBLEMS = 50
# Casefolding can lengthen an id (one ligature becomes three letters); its key has a column of this length.
MAX_SOURCE_KEY = 400

LINE_ENDS = re.compile(r"\r\n?")
# Tabs and all kinds of line ends, but no-break spaces stay: they are typography.
WHITE_SPACE = re.compile(r"[ \t\n\r\x0b\x0c\x85\u2028\u2029]+")
# C0 and C1 controls and DEL, without tab and LF. Zero-width and bidi characters stay: a check reports them.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
WRITTEN_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
WRITTEN_FLAGS = {"0": False, "1": True, "false": False, "true": True}
# Stands in, until the schema refuses it, for a number beyond what any typed field takes.
BEYOND = 1e300
WORD = re.compile(r"\w[\w'’-]*")
# For texts in ASCII: what a word is made of, then what may stand inside one, and all else as blanks.
WORDS_OF_ASCII = bytes(
    ord("w" if chr(code).isalnum() or code == ord("_") else "'" if chr(code) in "'-" else " ")
    for code in range(128)
).ljust(256)
BEFORE_A_WORD = re.compile(rb"(?<![w'])'+")
CONTROLS_OF_ASCII = bytes(code for code in range(128) if CONTROLS.match(chr(code)) or code == ord("\r"))
# What a generator calls its model, prompt or batch has no longer name in the queue's filters.
LONGEST_NAME = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a document is refused: where (`meta.entities[2].name`; empty for the whole), and the reason."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.path else self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Alteration:
    """What was changed in a document on its way in, and where."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


class Refused(Exception):
    """A document that is not taken; `problems` says why, all of it where that can be known."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__(" ".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, kw_only=True)
class Document:
    """A sanitised document. `data` is all of it but `meta.view_count`, with `lang` and `dir` always set; it stays as
    it is, since what follows from it is worked out once.

    `source_digest` covers what came in, sanitised, before the site's `lang` and `dir` were put in: re-import
    compares it, and another default on the site changes nothing. It is empty for a document read back from
    the database.
    """

    data: dict[str, Any]
    view_count: int | None = None
    source_digest: str = ""
    altered: tuple[Alteration, ...] = ()

    @classmethod
    def stored(cls, data: dict[str, Any]) -> Self:
        """Take `data` as it was kept: it was checked when it came in, by the rules of that day."""
        return cls(data=data)

    @cached_property
    def content(self) -> bytes:
        """The canonical bytes of `data`."""
        return canonical(self.data)

    @property
    def source_id(self) -> str:
        return self.data.get("source_id", "")

    @cached_property
    def source_key(self) -> str:
        """The source id without its case (Unicode's canonical caseless matching): one per article."""
        written = self.source_id
        if written.isascii():
            return written.lower().strip()
        return unicodedata.normalize("NFC", unicodedata.normalize("NFD", written).casefold()).strip()

    @property
    def title(self) -> str:
        return self.data.get("title", "")

    @property
    def body(self) -> str:
        return self.data.get("body", "")

    @property
    def lang(self) -> str:
        return self.data.get("lang", "")

    @property
    def dir(self) -> str:
        return self.data.get("dir", "")

    @property
    def meta(self) -> dict[str, Any]:
        return self.data.get("meta") or {}

    @property
    def summary(self) -> str:
        return self.meta.get("summary") or ""

    @property
    def topic(self) -> str:
        return self.meta.get("topic") or ""

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The document's tags, then its stack: each once whatever its case, as first written."""
        return _each_once(
            [*_list(self.data, "tags"), *_list(self.meta, "tags"), *_list(self.meta, "stack")], str.casefold
        )

    @cached_property
    def entities(self) -> tuple[tuple[str, str], ...]:
        """(name, type) of each entity, then of each tool: each once whatever its case."""
        named = [(entity["name"], entity.get("type") or "thing") for entity in _list(self.meta, "entities")]
        tools = [(tool, "tool") for tool in _list(self.meta, "tools")]
        return _each_once(named + tools, lambda entity: (entity[0].casefold(), entity[1].casefold()))

    @property
    def flags(self) -> dict[str, bool]:
        return dict(self.meta.get("flags") or {})

    @property
    def needs_human_review(self) -> bool:
        return self.flags.get("needs_human_review", False)

    @property
    def owner(self) -> str:
        """Who answers for it, where the document says so in a text: one line, at most 200 characters."""
        named = self.meta.get("owner")
        return " ".join(named.split())[:200].strip() if isinstance(named, str) else ""

    @property
    def checklist(self) -> tuple[str, ...]:
        return tuple(_list(self.meta, "checklist"))

    @property
    def generator(self) -> str:
        """What wrote the draft, by its own word; empty when it does not say."""
        named = _map(self.meta, "payload").get("generator") or self.meta.get("generator")
        return named if isinstance(named, str) else ""

    @property
    def model(self) -> str:
        """The model that wrote it and its version, by the document's own word; empty when it does not say."""
        name, version = self._named("model", "model_name"), self._named("model_version")
        return name if not version or version in name else f"{name} {version}".strip()[:LONGEST_NAME]

    @property
    def prompt(self) -> str:
        """The name or the hash of the prompt; where only its text is known, the first 16 digits of its SHA-256.

        Never the text itself: that is for the desk.
        """
        if named := self._named("prompt_name", "prompt_id") or self._named("prompt_hash"):
            return named
        text = _map(self.meta, "payload").get("prompt") or self.meta.get("prompt")
        if not isinstance(text, str) or not text.strip():
            return ""
        return f"sha256 {hashlib.sha256(text.encode()).hexdigest()[:16]}"

    @property
    def batch(self) -> str:
        """The batch or run of the generator that it came from, by the document's own word."""
        return self._named("batch", "batch_id", "run", "run_id")

    @cached_property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """(path, text) of every string in it, its keys included."""
        return tuple(_texts(self.data))

    @cached_property
    def written(self) -> str:
        """All its strings, each behind a line end: what is not in here is nowhere in it."""
        return "".join(f"\n{text}" for _, text in self.texts)

    def _named(self, *keys: str) -> str:
        """Return the first of these that the document gives a name or a number, as one line; payload before meta."""
        payload = _map(self.meta, "payload")
        for value in (where.get(key) for key in keys for where in (payload, self.meta)):
            is_name = isinstance(value, str | int) and not isinstance(value, bool)
            if is_name and (name := " ".join(str(value).split())[:LONGEST_NAME].strip()):
                return name
        return ""

    @property
    def difficulty(self) -> str:
        return self.meta.get("difficulty") or ""

    @property
    def reading_time(self) -> int | None:
        """Minutes, by the document's own word."""
        return self.meta.get("reading_time")

    @property
    def reference(self) -> str:
        return self.meta.get("reference") or ""

    @cached_property
    def words(self) -> int:
        """How many words the body has, code included."""
        if not self.body.isascii():
            return len(WORD.findall(self.body))
        # The same in a third of the time; every import counts the words of every draft.
        letters = self.body.encode().translate(WORDS_OF_ASCII)
        if b" '" in letters or letters.startswith(b"'"):
            letters = BEFORE_A_WORD.sub(b" ", letters)
        return len(letters.split())


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Walk a value of any depth, without recursion."""
    waiting = [(path, value)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, list):
            waiting.extend((f"{path}[{i}]", one) for i, one in reversed(list(enumerate(value))))
        elif isinstance(value, dict):
            for key, one in reversed(list(value.items())):
                waiting.append((f"{path}.{key}" if path else key, one))
                waiting.append((f"{path} (key)" if path else "(key)", key))


def parse(raw: bytes | str, *, lang: str = "en", dir: str = "ltr") -> Document:
    """Return the document written in `raw`; `lang` and `dir` are the site's, for one that does not say.

    Raises Refused.
    """
    try:
        value = read_json(raw)
    except BadJSON as bad:
        raise Refused([Problem(path=bad.path, reason=bad.reason)]) from bad
    return _document_of(value, lang=lang, dir=dir)


def from_data(value: Any, *, lang: str = "en", dir: str = "ltr") -> Document:
    """Return `value`, any JSON value, as a checked and sanitised document; `value` itself is left alone.

    What went through once goes through again unchanged. Raises Refused with every problem found.
    """
    _refuse_if(faults(value))
    return _document_of(value, lang=lang, dir=dir)


def _document_of(value: Any, *, lang: str, dir: str) -> Document:
    if not isinstance(value, dict):
        raise Refused(
            [Problem(path="", reason="A document is one map of keys and values, with a title and a body.")]
        )

    keeping = _Keeping()
    data = keeping.kept(value, document_schema.schema(), None)
    _refuse_if([*keeping.problems, *document_schema.misfits(data)])

    view_count = data["meta"].pop("view_count", None) if "meta" in data else None
    members = canonical_members(data)
    source_digest = digest_bytes(joined(members))
    for key, default in (("lang", lang), ("dir", dir)):
        if key not in data:
            data[key], members[key] = default, canonical(default)
    document = Document(
        data=data, view_count=view_count, source_digest=source_digest, altered=tuple(keeping.alterations)
    )
    document.__dict__["content"] = joined(members)
    _refuse_if(_oversize(document))
    return document


def ordered_items(path: str, mapping: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the items of the map at `path` (such as `meta.score`; empty for the document) as they are shown.

    Known keys come first, in the schema's order, then all others by name. Canonical bytes sort keys, so the
    order in which a document was written is not kept.
    """
    known = document_schema.key_order(re.sub(r"\[\d+\]", "[]", path))
    others = sorted(mapping.keys() - set(known))
    return [(key, mapping[key]) for key in (*known, *others) if key in mapping]


class _Keeping:
    """One walk over a document that turns what came in into what is kept, and notes what it changed.

    Recurses; the caller has made sure that nesting is bounded (`faults`).
    """

    def __init__(self):
        self.alterations: list[Alteration] = []
        self.problems: list[tuple[str, str]] = []

    def kept(self, value: Any, node: dict[str, Any], place: Place) -> Any:
        """Return `value`, which stands at `place` and is described by the schema's `node`, as it is kept."""
        kept_as = node.get("x-kept-as", "text")
        if type(value) is str and kept_as in ("text", "line"):
            return self.kept_text(value, place, line=kept_as == "line")
        match value:
            case dict():
                return self.kept_map(value, node, place)
            case list():
                below = node.get("items", document_schema.NOTHING)
                return [self.kept(item, below, (place, index)) for index, item in enumerate(value)]
            case bool() | None:
                return value
            case int() | float() if kept_as == "boolean" and value in (0, 1):
                return bool(value)
            case int() | float() | NumberText():
                return self.kept_number(value, node, place)
            case str() if kept_as == "boolean" and value.lower() in WRITTEN_FLAGS:
                self.note(place, "A text was made true or false.")
                return WRITTEN_FLAGS[value.lower()]
            case str() if kept_as == "number" and WRITTEN_NUMBER.fullmatch(value.strip()):
                self.note(place, "A text was made a number.")
                return _plain(float(value))
            case str() if kept_as == "id":
                return value.strip()
        return self.kept_text(value, place, line=False)

    def kept_map(self, value: dict, node: dict[str, Any], place: Place) -> dict:
        result: dict[str, Any] = {}
        known, others = document_schema.members(node)
        for written, member in value.items():
            key = self.kept_text(written, (place, written), line=True)
            if key in result:
                self.problems.append(
                    (path_of((place, key)), "Two keys of this map are the same once sanitised.")
                )
            result[key] = self.kept(member, known.get(key, others), (place, key))
        return result

    def kept_number(self, value: int | float | NumberText, node: dict[str, Any], place: Place) -> Any:
        number = float(value) if isinstance(value, NumberText) else value
        if number is value and abs(number) <= MAX_INTEGER:
            return _plain(number)
        if node.get("x-kept-as") == "number":
            if number is not value:
                self.note(place, "A number was rounded to what a double holds.")
            return _plain(min(max(number, -BEYOND), BEYOND))
        if "type" in node:
            return BEYOND  # Another kind of value is known here: the schema says which, and refuses this.
        self.note(place, "A number too large or too precise to keep exactly was kept as text.")
        return str(value)

    def kept_text(self, value: str, place: Place, *, line: bool) -> str:
        # Most texts need nothing done, and that is quickly seen.
        if line:
            if value.isprintable() and "  " not in value and value == value.strip():
                return value
        elif value.isprintable() or _is_clean(value):
            return value
        text = WHITE_SPACE.sub(" ", value) if line else LINE_ENDS.sub("\n", value)
        kept, removed = CONTROLS.subn("", text)
        if removed:
            self.note(place, "Control characters were removed.")
        # A control between two spaces leaves both. Forms trim with strip(), so a line is kept trimmed by it.
        return re.sub(" {2,}", " ", kept).strip() if line else kept

    def note(self, place: Place, what: str) -> None:
        self.alterations.append(Alteration(path=path_of(place), what=what))


def _is_clean(text: str) -> bool:
    """Say whether a text has neither controls nor line ends of another kind."""
    if text.isascii():
        content = text.encode()
        return len(content.translate(None, CONTROLS_OF_ASCII)) == len(content)
    return "\r" not in text and not CONTROLS.search(text)


def _plain(number: int | float) -> int | float:
    """A whole number without its fraction (7.0 is 7), since canonical bytes write both alike."""
    return int(number) if number == int(number) else number


def _oversize(document: Document) -> list[tuple[str, str]]:
    found = []
    if len(document.content) > MAX_BYTES:
        found.append(("", f"The document is longer than {MAX_BYTES:,} bytes."))
    if len(document.source_key) > MAX_SOURCE_KEY:
        found.append(("source_id", f"Without its case, this is longer than {MAX_SOURCE_KEY} characters."))
    return found


def _refuse_if(found: Iterable[tuple[str, str]]) -> None:
    problems = [Problem(path=path, reason=reason) for path, reason in islice(found, MAX_PROBLEMS)]
    if problems:
        raise Refused(problems)


def _list(mapping: dict[str, Any], key: str) -> list:
    return mapping.get(key) or []


def _map(mapping: dict[str, Any], key: str) -> dict[str, Any]:
    return mapping.get(key) or {}


def _each_once[T](items: Iterable[T], key: Callable[[T], Any]) -> tuple[T, ...]:
    first: dict[Any, T] = {}
    for item in items:
        first.setdefault(key(item), item)
    return tuple(first.values())
