"""The meta panel: whatever a document carries beside its text, as labelled rows of nested lists, all escaped."""

import re
from operator import itemgetter

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from articles.document import ordered_items
from articles.document_schema import key_order

# Prompts, briefs, raw scores and internal notes: for the desk, and for readers only where a setting says so.
DESK_ONLY = {"aioutline", "aibrief", "score", "payload", "notes", "internalnotes", "viewcount"}
PROMPT = re.compile(r"prompts?$", re.IGNORECASE)
# The words of a key, whether written with spaces, underscores, hyphens or capitals.
WORDS = re.compile(r"[A-Z]+(?![a-z])|[^\W_A-Z]+|[A-Z][^\W_A-Z]*")
# What the page shows elsewhere.
ELSEWHERE = ("source_id", "title", "body", "meta", "lang", "dir")
CHIPS = ("tags", "stack", "tools")
NONE = mark_safe('<span class="none">none</span>')
ADDRESS = re.compile(r"https?://[^\s<>\"]{1,2000}")
# A value of more rows is folded behind their number.
MOST_ROWS = 25
# Prose of more characters stands below its label, as wide as the panel.
SHORT = 60
# The keys by which people call a thing.
NAMING = ("name", "title", "key", "id")
# A line takes its direction from its value: the key beside it is isolated.
MEMBER = '<li dir="auto"><b><bdi>{}</bdi>:</b> {}</li>'


class Row(tuple):
    """(label, HTML) of one value, to be taken apart by a loop; `is_tall` where it needs the panel's whole width.

    `path` is where the value stands in the document, such as meta.summary. At the desk, `anchor` is the id by which a
    finding of the checks leads here, and `findings` are those that lead back.
    """

    def __new__(cls, label, value, *, is_tall=False):
        row = super().__new__(cls, (label, value))
        row.is_tall, row.path, row.anchor, row.findings = is_tall, "", "", []
        return row

    label = property(itemgetter(0))
    value = property(itemgetter(1))


def panel_rows(data, *, include_desk, imported_view_count=None):
    """Return a Row for each of a document's meta and its unknown keys, in the order pages show them.

    Any nesting of maps and lists comes out as nested lists, escaped; every line of them finds its own direction.
    `include_desk` adds what is for the desk only. Recurses; the depth of a document is bounded where it comes in.
    """
    meta = dict(data.get("meta") or {})
    if imported_view_count is not None:
        meta["view_count"] = imported_view_count
    rest = {key: value for key, value in data.items() if key not in ELSEWHERE}
    rows = []
    for path, mapping in (("meta", meta), ("", rest)):
        for key, value in ordered_items(path, mapping):
            if include_desk or not is_for_the_desk(key):
                row = _row(path, key, value if include_desk else for_readers(value))
                row.path = f"{path}.{key}".removeprefix(".")
                rows.append(row)
    return rows


def label(key):
    """Return a key as words."""
    return " ".join(key.replace("_", " ").split()) or "(no name)"


def is_for_the_desk(key):
    """Say whether a key names what readers do not see, however a generator spells it: `ai_brief`, `systemPrompt`."""
    words = WORDS.findall(key)
    return "".join(words).casefold() in DESK_ONLY or any(PROMPT.search(word) for word in words)


def for_readers(value):
    """Return a value without what is for the desk, at any depth."""
    if isinstance(value, dict):
        return {key: for_readers(one) for key, one in value.items() if not is_for_the_desk(key)}
    if isinstance(value, list):
        return [for_readers(one) for one in value]
    return value


def _row(path, key, value):
    known = key if path == "meta" or key == "tags" else None
    shown = label(key)
    if known == "score" and isinstance(value, dict) and value:
        return Row(shown, _folded(value, _scores(value)), is_tall=True)
    if known in CHIPS and isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        chips = format_html_join(" ", '<span class="chip" dir="auto">{}</span>', ((one,) for one in value))
        return Row(shown, _folded(value, chips))
    if (
        known == "entities"
        and isinstance(value, list)
        and value
        and all(_is_plain_entity(one) for one in value)
    ):
        named = ((one["name"], one.get("type") or "thing") for one in value)
        chips = format_html_join(" ", '<span class="chip"><bdi>{}</bdi> <i>{}</i></span>', named)
        return Row(shown, _folded(value, chips))
    if known == "reading_time" and isinstance(value, int) and not isinstance(value, bool):
        return Row(shown, format_html("{} min", value))
    if known == "view_count":
        return Row(shown, format_html("{} <i>imported</i>", value))
    html = tree(value, f"{path}.{key}".removeprefix("."))
    if _is_nested(value):
        return Row(shown, _folded(value, html), is_tall=True)
    return Row(shown, html, is_tall=isinstance(value, str) and (len(value) > SHORT or "\n" in value))


def _is_plain_entity(value):
    return isinstance(value, dict) and isinstance(value.get("name"), str) and value.keys() <= {"name", "type"}


def _is_nested(value):
    return isinstance(value, dict | list) and bool(value)


def _folded(value, html):
    """Return the HTML of a map or list, behind the number of its entries where it would fill the panel."""
    # No text has a tag: all of it is escaped. Two or three chips share a row.
    rows = html.count("<li") or html.count('<span class="chip"') // 2
    if rows <= MOST_ROWS:
        return html
    entries = "1 entry" if len(value) == 1 else f"{len(value)} entries"
    lines = f", {rows} rows" if rows > len(value) else ""
    return format_html("<details><summary>{}{}</summary>{}</details>", entries, lines, html)


def _scores(scores):
    items = []
    for name, value in ordered_items("meta.score", scores):
        shown = label(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100:
            meter = (
                '<li><meter min="0" max="100" value="{0}" aria-label="{1}">{0}</meter> <b>{0}</b> {1}</li>'
            )
            items.append(format_html(meter, value, shown))
        else:
            items.append(format_html(MEMBER, shown, tree(value, f"meta.score.{name}")))
    return format_html('<ul class="scores">{}</ul>', mark_safe("".join(items)))


def tree(value, path=""):
    """Return any JSON value as HTML: maps and lists as nested lists; `path` is where it stands in the document."""
    if isinstance(value, dict) and value:
        members = ((label(key), tree(one, f"{path}.{key}")) for key, one in _in_reading_order(path, value))
        return format_html('<ul class="tree">{}</ul>', format_html_join("", MEMBER, members))
    if isinstance(value, list) and value:
        items = format_html_join("", '<li dir="auto">{}</li>', ((tree(one, f"{path}[]"),) for one in value))
        return format_html(
            '<ul class="tree {}">{}</ul>', "items" if any(map(_is_nested, value)) else "list", items
        )
    return _leaf(value)


def _in_reading_order(path, mapping):
    """Return the items of a map: known keys as they are ordered, then names, single values, and what is nested."""
    known = key_order(path)

    def place(item):
        key, value = item
        if key in known:
            return (0,)
        return 1, isinstance(value, dict | list), NAMING.index(key) if key in NAMING else len(NAMING)

    return sorted(ordered_items(path, mapping), key=place)


def _leaf(value) -> SafeString:
    if value in ([], {}):
        return NONE
    if value is None:
        return mark_safe('<span class="none">—</span>')
    if isinstance(value, bool):
        return mark_safe("yes" if value else "no")
    if isinstance(value, str):
        if not value.strip():
            return mark_safe('<span class="none">empty</span>')
        if ADDRESS.fullmatch(value):
            return format_html('<a href="{}" rel="nofollow noopener noreferrer">{}</a>', value, value)
        return format_html('<span class="text">{}</span>' if "\n" in value else "{}", value)
    return format_html("{}", str(value))
