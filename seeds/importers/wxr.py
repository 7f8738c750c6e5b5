"""WordPress exports (WXR 1.0 to 1.2): each post or page is a document, everything else is a reference or reported."""

import re
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote, urlsplit

from articles.canonical import MAX_BYTES, path_of
from articles.document import Alteration, Problem
from articles.rendering import plain_text
from seeds.importers import Item, html, wordpress_meta, wordpress_text, xml_items
from seeds.importers.xml_items import Broken, Unusable

NAME = "wxr"
ENDINGS = (".xml", ".wxr")

WP = re.compile(r"https?://(?:www\.)?wordpress\.org/export/\d+(?:\.\d+)*/(excerpt/)?")
OTHERS = {
    "": "",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
}
# For an export that uses these prefixes and forgot to declare them.
USUAL = {
    "wp": "http://wordpress.org/export/1.2/",
    "excerpt": "http://wordpress.org/export/1.2/excerpt/",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
}

TAKEN = ("post", "page")
STATUSES = {
    "publish": "published",
    "draft": "draft",
    "pending": "pending review",
    "future": "scheduled",
    "private": "private",
}
NOT_TAKEN = {
    "trash": "This was in the bin of WordPress, so it is not taken.",
    "auto-draft": "This is a draft that nobody saved, so it is not taken.",
    "inherit": "This is an earlier revision or a part of another post, so it is not taken.",
}
TAG_DOMAINS = ("post_tag", "tag")
# Terms that say how WordPress shows a post, not what it is about.
SILENT_DOMAINS = {"post_format", "nav_menu", "wp_theme", "post_translations", "language"}
RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "ug", "ur", "yi"}
PUB_DATE = re.compile(r"\w{3}, \d{1,2} \w{3} \d{4} \d\d:")
GUID_NUMBER = re.compile(r"[?&;]\w{1,30}=(\d{1,15})$")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")

CHUNK = 1024 * 1024
MOST_COPIED = 4 * 1024**3  # of a pipe, to disk
MOST_ATTACHMENTS = 50_000  # remembered until their post comes; more are reported one by one
MOST_OF_ONE_POST = 200
MOST_NOTES = 60
LONGEST_ID, LONGEST_NAME, LONGEST_TITLE, LONGEST_SUMMARY, LONGEST_PATH = 200, 100, 300, 20_000, 500


def recognises(start):
    """Say whether a file that begins with these bytes is XML; whether it is WordPress' XML, reading it tells."""
    text = (
        start.replace(b"\0", b"")
        .removeprefix(b"\xef\xbb\xbf")
        .removeprefix(b"\xff\xfe")
        .removeprefix(b"\xfe\xff")
    )
    return text.lstrip()[:5] in (b"<?xml", b"<rss ") or b"wordpress.org/export/" in text


def read(stream, *, name=""):
    """Yield the articles of an export, in the order of the file. Its files are read before, for their addresses."""
    try:
        with _repeatable(stream) as source:
            yield from _Export(source).items()
    except _TooLong as problem:
        yield Item(line=1, end=1, problem=Problem(path="", reason=str(problem)))


class _TooLong(Exception):
    """A pipe gives more than is copied to disk; the message is for people."""


@contextmanager
def _repeatable(stream):
    """Give a stream that can be read twice: what comes through a pipe is copied to disk, a file never is."""
    if stream.seekable():
        yield stream
        return
    with tempfile.TemporaryFile() as copy:
        while piece := stream.read1(CHUNK):
            copy.write(piece)
            if copy.tell() > MOST_COPIED:
                raise _TooLong(
                    f"An export that comes through a pipe is kept on disk while it is read, and this one is longer "
                    f"than {MOST_COPIED:,} bytes, unpacked. Give it as a file, packed or not."
                )
        copy.seek(0)
        yield copy


class _Export:
    """One pass for the addresses of files, which stand anywhere, and one for the posts."""

    def __init__(self, stream):
        self.stream, self.begin = stream, stream.tell()
        self.authors, self.channel = {}, {}
        self.attachments, self.remembered = {}, 0  # by the post they belong to
        self.pictures = {}  # addresses by id
        self.unattached = set()  # lines of files that no post has
        self.raws = None

    def items(self):
        try:
            for raw in self.raw_items():
                self.remember(raw)
            self.stream.seek(self.begin)
            for raw in self.raw_items():
                yield from self.item(raw)
            if self.raws.frame.root != "rss":
                raise self.raws.frame.finish() or Unusable("This is XML, but no export of WordPress.")
            if fault := self.raws.frame.finish():
                raise fault
        except Unusable as fault:
            yield self.refused(fault.line, max(1, self.raws.end if self.raws else 1), str(fault))
        for files in self.attachments.values():
            for line, _, title, address in files:
                yield self.refused(
                    line, self.raws.end, _file_reason(title, address, "its post is not in this file")
                )

    def raw_items(self):
        self.raws = xml_items.Items(
            self.stream,
            wanted=("author", "language", "base_site_url", "base_blog_url"),
            found=self.found,
        )
        for raw in self.raws:
            frame = self.raws.frame
            if frame.root != "rss" or not any(WP.fullmatch(address) for address in frame.namespaces.values()):
                raise frame.fault or Unusable(
                    "This is XML, but no export of WordPress: it does not declare its format."
                )
            yield raw

    def found(self, element):
        if not WP.fullmatch(element.name[0]) and element.name != ("", "language"):
            return
        if element.name[1] != "author":
            self.channel.setdefault(element.name[1], element.text.strip())
            return
        parts = {child.name[1]: child.text.strip() for child in element.children}
        shown = " ".join(parts.get("author_display_name", "").split())
        self.authors.setdefault(parts.get("author_login", ""), shown)

    def element(self, raw):
        return xml_items.element_of(raw.content, self.raws.encoding, USUAL | self.raws.frame.namespaces)

    def remember(self, raw):
        """Keep the address of a file until its post comes."""
        # Cheap to ask, and most items are posts.
        if b"attachment" not in raw.content or self.remembered >= MOST_ATTACHMENTS:
            return
        try:
            fields = _Fields(self.element(raw)[0])
        except Broken:
            return
        if fields.type != "attachment" or not fields.file:
            return
        self.remembered += 1
        self.pictures.setdefault(fields.id, fields.file)
        parent = fields["wp:post_parent"]
        if parent in ("", "0"):
            self.unattached.add(raw.line)
        else:
            self.attachments.setdefault(parent, []).append(
                (raw.line, fields.id, html.plain(fields["title"]), fields.file)
            )

    def item(self, raw):
        if raw.reason:
            yield self.refused(raw.line, raw.end, raw.reason)
            return
        try:
            element, notes = self.element(raw)
        except Broken as broken:
            yield self.refused(raw.line + broken.line - 1, raw.end, str(broken))
            return
        fields = _Fields(element)
        if fields.type == "attachment":
            if raw.line in self.unattached or self.is_forgotten(raw.line, fields):
                reason = _file_reason(html.plain(fields["title"]), fields.file, "it belongs to no post")
                yield self.refused(raw.line, raw.end, reason)
        elif reason := _reason_against(fields):
            yield self.refused(raw.line, raw.end, reason)
        else:
            yield _Post(self, raw, fields, notes).item()

    def is_forgotten(self, line, fields):
        return not fields.file or (self.remembered >= MOST_ATTACHMENTS and fields.id not in self.pictures)

    def refused(self, line, end, reason):
        return Item(line=line, end=end, problem=Problem(path="", reason=reason))


def _file_reason(title, address, why):
    named = f"“{title[:100]}”" if title else "without a title"
    return f"This is a file ({named}, {address or 'no address'}). Files are not imported, and {why}."


def _reason_against(fields):
    """Say why an item is not taken; "" where it is."""
    if fields.type not in TAKEN:
        return f"This is no post or page but a “{fields.type[:50]}”, so it is not taken."
    if fields["wp:post_password"]:
        return (
            "A password protects this post, so its text is not taken in. "
            "Where people may read it, take the password off in WordPress and export it again."
        )
    if len(fields["content:encoded"]) > MAX_BYTES:
        return f"The text of this is longer than {MAX_BYTES:,} characters."
    return NOT_TAKEN.get(fields.status, "")


class _Fields:
    """The fields of an item by name, such as wp:post_id, whatever prefix the file gives the namespace."""

    def __init__(self, element):
        self.texts, self.lines, self.terms, self.meta = {}, {}, [], []
        self.comments = 0
        for child in element.children if element else ():
            name = _name(child)
            if name == "wp:postmeta":
                parts = {_name(part): part.text for part in child.children}
                self.meta.append((parts.get("wp:meta_key", ""), parts.get("wp:meta_value", "")))
            elif name == "wp:comment":
                self.comments += 1
            elif name == "category":
                self.terms.append((child.attributes.get("domain", ""), child.text))
            elif name not in self.texts:
                self.texts[name], self.lines[name] = child.text, child.line
        self.type = self["wp:post_type"] or "post"
        self.status = self["wp:status"] or "draft"
        self.id = self["wp:post_id"]
        self.file = self["wp:attachment_url"] or (self["guid"] if self.type == "attachment" else "")

    def __getitem__(self, name):
        return self.texts.get(name, "").strip()


def _name(element):
    address, local = element.name
    if wordpress := WP.fullmatch(address):
        return f"excerpt:{local}" if wordpress[1] else f"wp:{local}"
    prefix = OTHERS.get(address)
    if prefix is None:
        return f"{address} {local}"  # of a plugin: none of ours
    return f"{prefix}:{local}" if prefix else local


class _Post:
    """A post or page on its way to a document."""

    def __init__(self, export, raw, fields, repairs):
        self.export, self.raw, self.fields = export, raw, fields
        self.notes, self.more_notes = [], 0
        for line, what in repairs:
            self.note("", f"Line {raw.line + line - 1}: {what}")

    def note(self, path, what):
        if len(self.notes) < MOST_NOTES:
            self.notes.append(Alteration(path=path, what=what))
        else:
            self.more_notes += 1

    def item(self):
        raw, fields = self.raw, self.fields
        source_id = self.source_id()
        if not source_id:
            return self.export.refused(
                raw.line, raw.end, "This has no guid, no id and no link, so it cannot be told apart."
            )
        converted = self.converted()
        meta = {
            "summary": self.summary(converted.teaser),
            "author": self.author(),
            "entities": self.entities(),
            "revision": {"status": STATUSES.get(fields.status, fields.status[:100])},
            "flags": {"needs_human_review": True} if fields.status == "private" else {},
            "wordpress": self.about(),
            "featured_image": self.featured_image(),
            "attachments": self.attachments(),
            "post_meta": self.post_meta(),
        }
        value = {"source_id": source_id, "title": self.title(converted.markdown), "body": converted.markdown}
        value |= self.language()
        value["tags"] = self.names(TAG_DOMAINS)
        value["meta"] = {key: part for key, part in meta.items() if part}
        if fields.comments:
            comments = "One comment was" if fields.comments == 1 else f"{fields.comments:,} comments were"
            self.note("", f"{comments} left out.")
        if self.more_notes:
            self.notes.append(
                Alteration(path="", what=f"There are {self.more_notes:,} more notes like these.")
            )
        return Item(
            line=raw.line,
            end=raw.end,
            value=value,
            altered=tuple(self.notes),
            redirects=tuple(self.old_paths()),
        )

    def source_id(self):
        """The guid, which stays when a site moves; where it names another post (copies do), with the post's own id."""
        fields, channel = self.fields, self.export.channel
        guid, site = fields["guid"], channel.get("base_blog_url") or channel.get("base_site_url") or ""
        named = GUID_NUMBER.search(guid)
        if named and fields.id and named[1] != fields.id:
            guid = f"{guid}#{fields.id}"
        candidates = (guid, f"{site}?p={fields.id}" if fields.id else "", fields["link"])
        return next((one for one in candidates if one and len(one) <= LONGEST_ID and one.isprintable()), "")

    def converted(self):
        written = self.fields.texts.get("content:encoded", "")
        name = "content:encoded"
        if not written.strip():
            name, written = "description", self.fields.texts.get("description", "")
        line = self.raw.line + max(self.fields.lines.get(name, 1), 1) - 1
        body = wordpress_text.convert(
            written, line=line, note=lambda line, what: self.note("body", f"Line {line}: {what}")
        )
        if not body.markdown:
            self.note("body", "There is no text in this.")
        return body

    def title(self, body):
        written = self.fields["title"]
        title = html.plain(written)
        if "<" in written and title != " ".join(html.unescape(written).split()):
            self.note("title", "HTML in the title was left out.")
        if not title:
            title = self.derived_title(body)
            self.note("title", f"The post has no title; this one was made: “{title}”.")
        if len(title) > LONGEST_TITLE:
            self.note("title", f"The title was cut to {LONGEST_TITLE} characters: “{title}”.")
            title = f"{title[: LONGEST_TITLE - 1].rstrip()}…"
        return title

    def derived_title(self, body):
        words = plain_text(body, limit=80).strip()
        slug = unquote(self.fields["wp:post_name"]).replace("-", " ").strip()[:80]
        return words or slug or f"Untitled {self.fields.type} {self.fields.id}".strip()

    def summary(self, teaser):
        summary = html.plain(self.fields["excerpt:encoded"]) or teaser
        if len(summary) > LONGEST_SUMMARY:
            self.note("meta.summary", f"The excerpt was cut to {LONGEST_SUMMARY:,} characters.")
            summary = f"{summary[: LONGEST_SUMMARY - 1]}…"
        return summary

    def author(self):
        """The name an author shows. A login that is an e-mail address is no name."""
        login = self.fields["dc:creator"]
        for name in (self.export.authors.get(login, ""), login):
            if name and "@" not in name:
                return name[:200]
        if login:
            self.note("meta.author", "The author’s e-mail address was left out; there is no name.")
        return ""

    def entities(self):
        """Categories, and the terms of other taxonomies, are what the article is about."""
        domains = dict.fromkeys(domain for domain, _ in self.fields.terms)
        has_domains = any(domains)
        found = []
        for domain in domains:
            if domain in TAG_DOMAINS or domain in SILENT_DOMAINS or (not domain and has_domains):
                continue
            kind = domain or "category"
            found += [{"name": name, "type": kind[:LONGEST_NAME]} for name in self.names((domain,))]
        return [one for one in found if one["name"].casefold() != "uncategorized"][:200]

    def names(self, domains):
        names = dict.fromkeys(html.plain(text) for domain, text in self.fields.terms if domain in domains)
        names.pop("", None)
        long = [name for name in names if len(name) > LONGEST_NAME]
        if long or len(names) > 200:
            self.note("tags", f"Terms longer than {LONGEST_NAME} characters, or beyond 200, were left out.")
        return [name for name in names if name not in long][:200]

    def language(self):
        lang = self.export.channel.get("language", "").replace("_", "-")
        if not LANGUAGE.fullmatch(lang) or len(lang) > 35:
            return {}
        return {"lang": lang, "dir": "rtl" if lang.split("-")[0].lower() in RIGHT_TO_LEFT else "ltr"}

    def about(self):
        """What WordPress knows of the post."""
        fields = self.fields
        said = {
            "type": fields.type,
            "status": fields.status,
            "id": int(fields.id) if re.fullmatch(r"\d{1,15}", fields.id) else fields.id,
            "slug": unquote(fields["wp:post_name"]),
            "link": fields["link"],
            "published": self.moment("post_date", fields["pubDate"]),
            "modified": self.moment("post_modified"),
            "parent": fields["wp:post_parent"].lstrip("0"),
            "menu_order": fields["wp:menu_order"].lstrip("0"),
            "sticky": fields["wp:is_sticky"] == "1",
            "format": next((text for domain, text in fields.terms if domain == "post_format"), ""),
        }
        return {key: value for key, value in said.items() if value}

    def moment(self, name, pub_date=""):
        """Return when something was, as ISO 8601: in UTC, else in the site's own time, else as the feed says."""
        for field, zone in ((f"wp:{name}_gmt", UTC), (f"wp:{name}", None)):
            if found := _date(self.fields[field]):
                return found.replace(tzinfo=zone).isoformat().replace("+00:00", "Z")
        if not PUB_DATE.match(pub_date):  # such as one in the year -0001
            return ""
        try:
            found = parsedate_to_datetime(pub_date[:60])
            # PHP makes this of 0000-00-00 where years have two digits.
            is_zero = found.year < 1970 or (found.year, found.month, found.day) == (1999, 11, 30)
            return "" if is_zero else found.isoformat().replace("+00:00", "Z")
        except (ValueError, IndexError, TypeError, OverflowError):
            return ""

    def featured_image(self):
        wanted = next(
            (value.strip() for key, value in self.fields.meta if key.strip() == "_thumbnail_id"), ""
        )
        if wanted and wanted not in self.export.pictures:
            self.note("meta", f"The featured image, file {wanted[:20]}, is not in this export.")
        return self.export.pictures.get(wanted, "")

    def attachments(self):
        files = self.export.attachments.pop(self.fields.id, []) if self.fields.id else []
        if len(files) > MOST_OF_ONE_POST:
            self.note(
                "meta.attachments", f"Only the first {MOST_OF_ONE_POST} of {len(files):,} files are listed."
            )
        return [
            {"title": title, "address": address} if title else {"address": address}
            for _, _, title, address in files[:MOST_OF_ONE_POST]
        ]

    def post_meta(self):
        def note(key, what):
            self.note(
                path_of(((None, "meta"), "post_meta") if not key else (((None, "meta"), "post_meta"), key)),
                what,
            )

        return wordpress_meta.read(self.fields.meta, note=note)

    def old_paths(self):
        """Yield the paths at which readers found the post, and those of its earlier slugs."""
        if self.fields.status not in ("publish", "private"):
            return
        try:
            path = unquote(urlsplit(self.fields["link"]).path)
        except ValueError:
            return
        path = "/" + path.lstrip("/")
        if path == "/" or not path.isprintable():
            return
        slash = "/" if path.endswith("/") else ""
        folder = path.rstrip("/").rpartition("/")[0]
        slugs = [unquote(value.strip()) for key, value in self.fields.meta if key.strip() == "_wp_old_slug"]
        paths = [path, *(f"{folder}/{slug}{slash}" for slug in slugs if slug and "/" not in slug)]
        yield from (one for one in dict.fromkeys(paths) if len(one) <= LONGEST_PATH and one.isprintable())


def _date(written):
    try:
        found = datetime.strptime(written, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
    except ValueError:  # 0000-00-00 00:00:00, or nothing
        return None
    return found if found.year >= 1970 else None
