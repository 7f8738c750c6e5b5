"""The meta panel: whatever a document carries beside its text, as labelled rows of nested lists, all escaped."""

import re

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from articles.document import ordered_items

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


def panel_rows(data, *, include_desk, imported_view_count=None):
    """Return [(label, HTML)] for all of a document's meta and its unknown keys, in the order pages show them.

    Any nesting of maps and lists comes out as nested lists, escaped. `include_desk` adds what is for the desk only.
    Recurses; the depth of a document is bounded where it comes in.
    """
    meta = dict(data.get("meta") or {})
    if imported_view_count is not None:
        meta["view_count"] = imported_view_count
    rest = {key: value for key, value in data.items() if key not in ELSEWHERE}
    rows = []
    for path, mapping in (("meta", meta), ("", rest)):
        for key, value in ordered_items(path, mapping):
            if include_desk:
                rows.append((label(key), _row(path, key, value)))
            elif not is_for_the_desk(key):
                rows.append((label(key), _row(path, key, _for_readers(value))))
    return rows


def label(key):
    """Return a key as words."""
    return " ".join(key.replace("_", " ").split()) or "(no name)"


def is_for_the_desk(key):
    """Say whether a key names what readers do not see, however a generator spells it: `ai_brief`, `systemPrompt`."""
    words = WORDS.findall(key)
    return "".join(words).casefold() in DESK_ONLY or any(PROMPT.search(word) for word in words)


def _for_readers(value):
    """Return a value without what is for the desk, at any depth."""
    if isinstance(value, dict):
        return {key: _for_readers(one) for key, one in value.items() if not is_for_the_desk(key)}
    if isinstance(value, list):
        return [_for_readers(one) for one in value]
    return value


def _row(path, key, value):
    known = key if path == "meta" or key == "tags" else None
    if known == "score" and isinstance(value, dict) and value:
        return _scores(value)
    if known in CHIPS and isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return format_html_join(" ", '<span class="chip">{}</span>', ((one,) for one in value))
    if (
        known == "entities"
        and isinstance(value, list)
        and value
        and all(_is_plain_entity(one) for one in value)
    ):
        chips = ((one["name"], one.get("type") or "thing") for one in value)
        return format_html_join(" ", '<span class="chip">{} <i>{}</i></span>', chips)
    if known == "reading_time" and isinstance(value, int) and not isinstance(value, bool):
        return format_html("{} min", value)
    if known == "view_count":
        return format_html("{} <i>imported</i>", value)
    return tree(value, f"{path}.{key}".removeprefix("."))


def _is_plain_entity(value):
    return isinstance(value, dict) and isinstance(value.get("name"), str) and value.keys() <= {"name", "type"}


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
            items.append(format_html("<li>{}: {}</li>", shown, tree(value, f"meta.score.{name}")))
    return format_html('<ul class="scores">{}</ul>', mark_safe("".join(items)))


def tree(value, path=""):
    """Return any JSON value as HTML: maps and lists as nested lists; `path` is where it stands in the document."""
    if isinstance(value, dict) and value:
        items = ((label(key), tree(one, f"{path}.{key}")) for key, one in ordered_items(path, value))
        return format_html('<ul class="tree">{}</ul>', format_html_join("", "<li><b>{}:</b> {}</li>", items))
    if isinstance(value, list) and value:
        items = ((tree(one, f"{path}[]"),) for one in value)
        return format_html('<ul class="tree">{}</ul>', format_html_join("", "<li>{}</li>", items))
    return _leaf(value)


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
