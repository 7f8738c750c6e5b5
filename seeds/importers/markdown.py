"""Markdown with front matter, one article a file, as Jekyll, Hugo, Docusaurus and Pelican have it.

docs/formats.md says what becomes what.
"""

import re
from typing import Any

from django.conf import settings

from articles import document_schema
from articles.canonical import MAX_BYTES
from articles.document import Alteration, Problem
from seeds.importers import Item, front_matter, markdown_paths
from seeds.importers.front_matter import Broken
from seeds.importers.markdown_body import read_body
from seeds.importers.markdown_paths import ENDINGS, Place, address, language, moment, place_of
from seeds.importers.people import without_mail
from seeds.importers.text import NoText, decode, read_all

__all__ = ["ENDINGS", "NAME", "read", "recognises"]

NAME = "markdown"

DATES = (
    "date",
    "lastmod",
    "modified",
    "updated",
    "last_modified_at",
    "publishdate",
    "expirydate",
    "published",
)
YES = frozenset({"true", "yes", "on", "1"})
NO = frozenset({"false", "no", "off", "0"})
# Of our own document, what a text would not fit.
KINDS = {
    "object": dict, "array": list, "string": str, "null": type(None),
    "integer": int | float | str, "number": int | float | str,
}  # fmt: skip
OWN_ADDRESS = ("url", "permalink")


def recognises(start: bytes) -> bool:
    """Say whether a file that begins like this has front matter, or begins with a heading."""
    try:
        text = decode(start).text
    except NoText:
        return False
    return front_matter.is_there(text) or bool(re.match(r"\s*#{1,6}[ \t]", text))


def read(stream, *, name="", limit=MAX_BYTES):
    """Yield the one article in a file, or its problem with the line it stands in; nothing for an empty file."""
    raw, size = read_all(stream, limit)
    if raw is None:
        reason = f"This is longer than {limit:,} bytes, the most a document may have."
        yield Item(line=1, end=size, problem=Problem(path="", reason=reason))
        return
    try:
        decoded = decode(raw)
        if not decoded.text.strip():
            return
        place = place_of(name)
        if place.is_part:
            raise Broken(
                1, "By the folder it is in, this is a part that pages are made with, and no article."
            )
        parted = front_matter.part(decoded.text)
    except NoText as bad:
        yield Item(line=1, end=size, raw=raw, problem=Problem(path="", reason=str(bad)))
        return
    except Broken as broken:
        yield Item(line=broken.line, end=size, raw=raw, problem=Problem(path="", reason=broken.reason))
        return
    article = _Article(parted.values, place)
    if not name and not article.has_id():
        reason = "What comes without the name of a file needs a source_id: write one at its top, or import the file."
        yield Item(line=1, end=size, raw=raw, problem=Problem(path="source_id", reason=reason))
        return
    for note in decoded.notes:
        article.note("", note)
    for line, key in parted.repeated:
        article.note(key, f"Line {line:,}: this key is there twice; the last counts.")
    value = article.read(parted)
    altered = tuple(Alteration(path=path, what=what) for path, what in article.notes)
    yield Item(line=1, end=size, value=value, altered=altered, redirects=tuple(article.redirects))


class _Article:
    """Front matter on its way to a document: what is understood leaves `left`, the rest of it becomes `meta`."""

    def __init__(self, values: dict[str, Any], place: Place):
        self.place = place
        self.notes: list[tuple[str, str]] = []
        self.redirects: list[str] = []
        self.meta: dict[str, Any] = {}
        removed: list[str] = []
        self.left = without_mail(values, removed)
        for path in removed:
            self.note(path, "An e-mail address is not imported.")
        # A document's own layout: what stands in `meta` is meant to.
        nested = self.left.get("meta")
        if isinstance(nested, dict):
            del self.left["meta"]
            self.left = nested | self.left

    def read(self, parted) -> dict[str, Any]:
        source_id = self.source_id()
        separator = self.text("excerpt_separator")
        body = read_body(
            parted.body, first_line=parted.line, title=self.text("title"), separator=separator.strip()
        )
        self.notes += [("body", note) for note in body.notes]
        document = {
            "source_id": source_id,
            "title": body.title or self.place.title,
            "body": body.text,
            **self.language(),
        }
        if tags := self.tags():
            document["tags"] = tags
        self.summarise(body.summary)
        self.dates()
        self.status()
        self.addresses()
        self.keep_the_rest()
        return document | ({"meta": self.meta} if self.meta else {})

    def note(self, path, what):
        self.notes.append((path, what))

    # What is asked of front matter. Hugo's keys have no case, and Pelican's begin with a capital.

    def key(self, name):
        return next((key for key in self.left if key.lower() == name), None)

    def peek(self, name):
        return self.left.get(self.key(name))

    def take(self, name):
        key = self.key(name)
        return None if key is None else self.left.pop(key)

    def text(self, name):
        """Take a text, or a number as it was written; anything else stays where it is, as if it were not there."""
        value = self.peek(name)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return ""
        return str(self.take(name)).strip()

    # What becomes what.

    def has_id(self):
        return any(isinstance(self.peek(name), str | int | float) for name in ("source_id", "id"))

    def source_id(self):
        if given := self.text("source_id"):
            return given
        given = self.text("id")
        return markdown_paths.own_id(given, self.place) if given else self.place.source_id

    def language(self):
        said = {}
        for name in ("lang", "language", "locale"):
            if isinstance(written := self.peek(name), str) and written:
                if lang := language(written):
                    self.take(name)
                    said = {"lang": lang}
                    break
                self.note(f"meta.{name}", "This names no language we know; it was kept as text.")
        if not said and self.place.lang:
            said = {"lang": self.place.lang}
        if self.peek("dir") in ("ltr", "rtl", "auto"):
            said["dir"] = self.take("dir")
        elif said:
            said["dir"] = markdown_paths.direction(said["lang"])
        return said

    def tags(self):
        """Return tags and categories together, each once. The first category is the topic, if there is no other."""
        nested = self.peek("taxonomies")
        taxonomies = nested if isinstance(nested, dict) else {}
        tags = [*self.names("tags"), *self.names("tag", whole=True), *_names(taxonomies.pop("tags", None))]
        categories = [*self.names("categories"), *self.names("category", whole=True)]
        categories += _names(taxonomies.pop("categories", None))
        if taxonomies == {} and nested is not None:
            self.take("taxonomies")
        if categories and not self.peek("topic"):
            self.meta["topic"] = categories[0]
        first: dict[str, str] = {}
        for name in [*tags, *categories]:
            first.setdefault(name.casefold(), name)
        return list(first.values())

    def names(self, key, *, whole=False):
        """Take a list of names. A text is one as Jekyll and Pelican have it: parted at commas, else at spaces."""
        value = self.peek(key)
        if isinstance(value, str) and not whole and len(names := _split(value)) > 1:
            self.take(key)
            self.note(key, f"A text was taken as {len(names)} names.")
            return names
        names = _names(value)
        if names or value in (None, [], ""):
            self.take(key)
        return names

    def summarise(self, before_mark):
        for name in ("summary", "description", "excerpt"):
            if summary := self.text(name):
                self.meta["summary"] = summary
                return
        if before_mark:
            self.meta["summary"] = before_mark

    def dates(self):
        for name in DATES:
            value = self.peek(name)
            if isinstance(value, str) and value.strip() and value.lower() not in YES | NO:
                iso = moment(value)
                if not iso:
                    self.note(f"meta.{name}", "This is no date such as 2026-01-31; it was kept as text.")
                self.take(name)
                self.meta[name] = iso or value
        if self.place.date and "date" not in self.meta and not self.peek("date"):
            self.meta["date"] = moment(self.place.date)
            if not self.meta["date"]:
                self.meta["date"] = self.place.date
                self.note("meta.date", "The date in the file's name does not exist; it was kept as text.")

    def status(self):
        """Keep what the source says of its draft where documents say it. It decides nothing here."""
        drafted, published = self.truth("draft"), self.truth("published")
        status = self.text("status")
        if drafted or published is False or (self.place.is_draft and not status):
            status = "draft"
        elif not status and (published or drafted is False):
            status = "published"
        if status:
            revision = self.peek("revision")
            if revision is None or isinstance(revision, dict):
                self.take("revision")
                self.meta["revision"] = {"status": status, **(revision or {})}
            else:
                self.meta["status"] = status

    def truth(self, name):
        """Take yes or no as people write it; None where neither is said."""
        written = str(self.peek(name)).lower()
        if written not in YES | NO:
            return None
        self.take(name)
        return written in YES

    def addresses(self):
        """Take the addresses that the page had where it comes from; what is no address stays."""
        slug = self.peek("slug")
        # Where there is a url or a permalink, the slug says nothing.
        if isinstance(slug, str) and not any(self.peek(name) for name in OWN_ADDRESS):
            self.redirects.append(markdown_paths.beside(slug, self.place))
        for name in (*OWN_ADDRESS, "aliases", "alias", "redirect_from"):
            value = self.peek(name)
            found = [_address_in(name, one) for one in (value if isinstance(value, list) else [value])]
            self.redirects += found
            if found and all(found):
                self.take(name)
        self.redirects = list(dict.fromkeys(self.localised(path) for path in self.redirects if path))

    def localised(self, path):
        """Hugo and Docusaurus serve every language but the site's own below its code."""
        prefix = self.place.prefix
        if not prefix or self.place.lang == settings.ARTICLE_LANG or path.startswith(f"/{prefix}/"):
            return path
        return f"/{prefix}{path}"

    def keep_the_rest(self):
        """Keep what was not understood under its own name; what a known key cannot be, under `front_matter`."""
        known = document_schema.schema()["properties"]["meta"]["properties"]
        aside = {}
        for key, value in self.left.items():
            if value is None and key in self.meta:
                continue
            if key in self.meta or not _fits(value, known.get(key, {})):
                aside[key] = value
                self.note(f"meta.front_matter.{key}", "This means something else here; it was put aside.")
            else:
                self.meta[key] = _fitting(value, known.get(key, {}))
        if aside:
            self.meta["front_matter"] = aside | _as_map(self.meta.get("front_matter"))


def _names(value) -> list[str]:
    """Return the names in a list, in lists in it, and in maps with a label, as Docusaurus has them."""
    match value:
        case bool() | None:
            return []
        case str() | int() | float():
            name = " ".join(str(value).split()).lstrip("#")
            return [name] if name else []
        case {"label": str() as named} | {"name": str() as named} | {"title": str() as named}:
            return _names(named)
        case list():
            # A name such as `true` is a word, too.
            words = (str(one).lower() if isinstance(one, bool) else one for one in value)
            return [name for one in words for name in _names(one)]
    return []


def _split(text):
    return [name for one in (text.split(",") if "," in text else text.split()) for name in _names(one)]


def _address_in(name, written):
    if not isinstance(written, str):
        return ""
    # Both may be written without the slash that begins them; other words, such as `pretty`, are no addresses.
    is_bare = name in OWN_ADDRESS and "/" in written and ":" not in written and not written.startswith("/")
    return address(f"/{written}" if is_bare else written)


def _types(node):
    types = node.get("type", [])
    return [types] if isinstance(types, str) else types


def _fitting(value, node):
    """Return a value as the schema's `node` has it: a name alone as a list of one, a number as text."""
    if isinstance(value, str) and "array" in _types(node):
        return [value]
    if isinstance(value, int | float) and not isinstance(value, bool) and "string" in _types(node):
        return str(value)
    return value


def _fits(value, node):
    types = _types(node)
    return not types or value is None or any(isinstance(_fitting(value, node), KINDS[name]) for name in types)


def _as_map(value):
    return value if isinstance(value, dict) else {} if value is None else {"front_matter": value}
