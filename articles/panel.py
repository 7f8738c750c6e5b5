"""The meta panel: whatever a document carries beside its text, as labelled rows of nested lists, all escaped."""

import re

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from articles.document import ordered_items

# Prompts, briefs, raw scores and internal notes: for the desk, and for readers only where a setting says so.
DESK_ONLY = (
    "ai_outline",
    "ai_brief",
    "prompt",
    "prompts",
    "score",
    "payload",
    "notes",
    "internal_notes",
    "view_count",
)
# What the page shows elsewhere.
ELSEWHERE = ("source_id", "title", "body", "meta", "lang", "dir")
CHIPS = ("tags", "stack", "tools")
NONE = mark_safe('<span class="none">none</span>')
ADDRESS = re.compile(r"https?://[^\s<>\"]{1,2000}")


def panel_rows(data, *, include_desk, imported_view_count=None):
    """Return [(label, HTML)] for all of a document's meta and its unknown keys, in the order pages show them.

    `include_desk` adds what is for the desk only.
    """
    meta = dict(data.get("meta") or {})
    if imported_view_count is not None:
        meta["view_count"] = imported_view_count
    rows = []
    for key, value in ordered_items("meta", meta):
        if include_desk or key not in DESK_ONLY:
            rows.append((label(key), _row(key, value)))
    for key, value in ordered_items("", data):
        if key not in ELSEWHERE and (include_desk or key not in DESK_ONLY):
            rows.append((label(key), _row(key, value)))
    return rows


def label(key):
    return " ".join(key.replace("_", " ").split()) or "(no name)"


def _row(key, value):
    if key == "score" and isinstance(value, dict):
        return _scores(value)
    if key in CHIPS and isinstance(value, list) and all(isinstance(one, str) for one in value) and value:
        return format_html_join(" ", '<span class="chip">{}</span>', ((one,) for one in value))
    if (
        key == "entities"
        and isinstance(value, list)
        and value
        and all(_is_plain_entity(one) for one in value)
    ):
        chips = ((one["name"], one.get("type") or "thing") for one in value)
        return format_html_join(" ", '<span class="chip">{} <i>{}</i></span>', chips)
    if key == "reading_time" and isinstance(value, int) and not isinstance(value, bool):
        return format_html("{} min", value)
    if key == "view_count":
        return format_html("{} <i>imported</i>", value)
    return tree(value, key)


def _is_plain_entity(value):
    return isinstance(value, dict) and isinstance(value.get("name"), str) and value.keys() <= {"name", "type"}


def _scores(scores):
    items = []
    for name, value in ordered_items("meta.score", scores):
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100:
            meter = format_html(
                '<meter min="0" max="100" value="{}">{}</meter> <b>{}</b> {}',
                value,
                value,
                value,
                label(name),
            )
            items.append((meter,))
        else:
            items.append((format_html("{}: {}", label(name), tree(value)),))
    return (
        format_html('<ul class="scores">{}</ul>', format_html_join("", "<li>{}</li>", items))
        if items
        else NONE
    )


def tree(value, path=""):
    """Return any JSON value as HTML: maps and lists as nested lists, whatever the depth (a document's is bounded)."""
    if isinstance(value, dict):
        if not value:
            return NONE
        items = ((label(key), tree(one, key)) for key, one in ordered_items(f"meta.{path}", value))
        return format_html('<ul class="tree">{}</ul>', format_html_join("", "<li><b>{}:</b> {}</li>", items))
    if isinstance(value, list):
        if not value:
            return NONE
        return format_html(
            '<ul class="tree">{}</ul>', format_html_join("", "<li>{}</li>", ((tree(one),) for one in value))
        )
    return _leaf(value)


def _leaf(value) -> SafeString:
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
