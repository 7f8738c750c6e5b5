"""What the path of a Markdown file says: an id, a language, a date, a draft; and what old addresses are worth."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, urlsplit

from django.conf.locale import LANG_INFO

ENDINGS = (".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".mdx")

# Below these, Hugo, Docusaurus and their like have one folder for each language.
LANGUAGE_FOLDERS = ("content", "i18n", "_i18n", "translations", "locales")
TAG = re.compile(r"[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|\d{3}))?")
# Languages by their codes that are something else in nearly every path.
MISTAKABLE = frozenset({"io", "os"})
RIGHT_TO_LEFT = frozenset(code for code, info in LANG_INFO.items() if info.get("bidi")) | {
    "dv",
    "ps",
    "sd",
    "yi",
}

DATED = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})[-_](.+)")
MOMENT = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt ] ?(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)? ?(Z|z|[+-]\d\d:?\d\d)?)?"
)
# Folders that hold what pages are made with, in Jekyll.
PARTS = frozenset({"_includes", "_layouts", "_sass", "_data"})
MAX_ID = 200
MAX_TITLE = 300
MAX_ADDRESS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a path says.

    `folder` is the address of its folder on the site it comes from, such as /blog/, or "" where that cannot be known;
    `prefix` is its folder for one language.
    """

    source_id: str
    title: str
    lang: str = ""
    date: str = ""
    folder: str = "/"
    prefix: str = ""
    is_draft: bool = False
    is_part: bool = False


def place_of(name: str) -> Place:
    """Return what the path `name`, with slashes, says of the article in it. The same path says the same anywhere."""
    parts = [part for part in unicodedata.normalize("NFC", name).split("/") if part not in ("", ".")] or [
        "article"
    ]
    *folders, stem = parts
    ending = next((ending for ending in ENDINGS if stem.lower().endswith(ending)), "")
    stem = stem[: len(stem) - len(ending)].strip() or stem.strip()
    written, dot, suffix = stem.rpartition(".")
    lang = language(suffix) if dot and written else ""
    bare = written if lang else stem
    if bare.lower() in ("index", "_index") and folders:
        bare, lasting = folders[-1], "/".join(folders) + (f".{suffix}" if lang else "")
        above = folders[:-1]
    else:
        lasting, above = "/".join([*folders, stem]), folders
    root = next((at + 1 for at, folder in enumerate(folders) if folder.lower() in LANGUAGE_FOLDERS), 0)
    prefix = ""
    if len(folders) > root and (named := language(folders[root])):
        lang, prefix = lang or named, folders[root]
    dated = DATED.fullmatch(bare)
    words = (dated[2] if dated else bare).replace("-", " ").replace("_", " ").strip() or bare
    below = above[root + bool(prefix) :]
    # What is in _posts stands where the settings of that site say, by its date or its category.
    is_known = not any(folder.startswith("_") for folder in below)
    return Place(
        source_id=_shortened(lasting),
        title=(words[:1].upper() + words[1:])[:MAX_TITLE],
        lang=lang,
        date=dated[1] if dated else "",
        folder="/" + "".join(f"{folder}/" for folder in below) if is_known else "",
        prefix=prefix,
        is_draft="_drafts" in folders,
        is_part=not PARTS.isdisjoint(folders),
    )


def own_id(written: str, place: Place) -> str:
    """Return the lasting id for an `id` in front matter.

    A mere word, as Docusaurus has it, names a file within its folder only; what has a digit or a mark in it is taken
    to be one of its kind.
    """
    if re.search(r"[\d/:.@]", written):
        return written
    return _shortened("/".join([*place.source_id.split("/")[:-1], written]))


def language(written: str) -> str:
    """Return the language tag that `written` stands for (pt_br is pt-BR), or "" where it is no language we know."""
    tag = written.strip().lower().replace("_", "-")
    if not TAG.fullmatch(tag) or tag in MISTAKABLE:
        return ""
    base, *rest = tag.split("-")
    if base not in LANG_INFO and base not in ("no", "zh"):
        return ""
    return "-".join([base, *(part.title() if len(part) == 4 else part.upper() for part in rest)])


def direction(lang: str) -> str:
    return "rtl" if lang.split("-")[0].lower() in RIGHT_TO_LEFT else "ltr"


def moment(written: str) -> str:
    """Return a date, or a date and time, in ISO form; "" for what is none that exists."""
    if len(written) > 40 or not (match := MOMENT.fullmatch(written.strip())):
        return ""
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    iso = f"{year}-{month:0>2}-{day:0>2}"
    if hour:
        iso += f"T{hour:0>2}:{minute}:{second or '00'}" + (f".{fraction[:6]}" if fraction else "")
        iso += zone.upper() if zone else ""
        if zone and len(zone) == 5:
            iso = f"{iso[:-2]}:{iso[-2:]}"
    try:
        datetime.fromisoformat(iso)
    except ValueError:
        return ""
    return iso


def address(written: str) -> str:
    """Return the path on its site that a permalink, url or alias stands for, or "" where it is none."""
    if len(written) > MAX_ADDRESS or not written.startswith("/") or written.startswith("//"):
        return ""
    try:
        path = unquote(urlsplit(written).path, errors="strict")
    except ValueError:
        return ""
    # /:year/:title/ and /{{ slug }}/ are patterns for addresses, not one of them.
    if (
        not path.isprintable()
        or "/:" in path
        or "{" in path
        or "\\" in path
        or ".." in path.split("/")
        or path == "/"
    ):
        return ""
    return path


def beside(slug: str, place: Place) -> str:
    """Return the path at which a page with this slug stood, or "" where that cannot be known."""
    if slug.startswith("/"):
        return address(slug)
    return address(f"{place.folder}{slug.strip('/')}/") if place.folder and slug.strip("/") else ""


def _shortened(lasting: str) -> str:
    """Return an id that is not longer than ids may be; two long paths stay two ids."""
    if len(lasting) <= MAX_ID:
        return lasting
    return f"{lasting[: MAX_ID - 17]}~{hashlib.sha256(lasting.encode()).hexdigest()[:16]}"
