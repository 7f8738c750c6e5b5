"""The meta of a WordPress post: what plugins and people keep beside the text, as nested values for the panel."""

import re

from articles.canonical import MAX_KEY_LENGTH
from seeds.importers import html, php

# What WordPress writes for itself, or about its users; none of it is about the article.
BOOKKEEPING = html.names(
    "_edit_last _edit_lock _encloseme _pingme _wp_old_slug _wp_old_date _wp_desired_post_slug _thumbnail_id"
    " _last_editor_used_jetpack"
)
BOOKKEEPING_STARTS = ("_oembed_", "_publicize_", "_wpas_", "_wp_trash_meta_", "_menu_item_")
ADDRESS_KEY = re.compile(r"(?:^|[_\s-])(?:e-?mail|ip|ip[_-]?addr(?:ess)?)(?:$|[_\s-])", re.IGNORECASE)
WORD = re.compile(r"""[^\s<>"'(),;:=]+""")
EMAIL = re.compile(r"[\w.%+-]++@[\w-]++(?:\.[\w-]++)++\.?")
LEFT_OUT = "(left out)"


def read(pairs, *, note):
    """Return (key, raw value) pairs as a map; a key that comes more than once has a list.

    PHP's serialised values are read; one that is corrupt stays as it is. E-mail addresses are left out, and so is what
    a key says is one, or an IP address. `note(key, what)` is told of each, "" standing for the whole.
    """
    found, left_out = {}, {}
    for written, raw in pairs:
        key = " ".join(written.split()) or "(no name)"
        if key in BOOKKEEPING or key.startswith(BOOKKEEPING_STARTS):
            left_out[_group(key)] = None
            continue
        if len(key) > MAX_KEY_LENGTH:
            note("", f"An entry whose name is longer than {MAX_KEY_LENGTH} characters was left out.")
            continue
        found.setdefault(key, []).append(_without_addresses(key, _value(key, raw, note), note))
    if left_out:
        note("", f"WordPress’ own bookkeeping was left out: {', '.join(left_out)}.")
    return {key: values[0] if len(values) == 1 else values for key, values in found.items()}


def _group(key):
    return next((f"{start}…" for start in BOOKKEEPING_STARTS if key.startswith(start)), key)


def _value(key, raw, note):
    if not php.is_serialised(raw):
        return raw
    try:
        return php.unserialise(raw)
    except php.Corrupt as corrupt:
        note(key, f"This looks like a serialised value of PHP, but {corrupt}. It was kept as it is.")
        return raw


def _without_addresses(key, value, note):
    """Return a value without e-mail addresses and what is named as one; its depth is bounded by its reader."""
    found = []

    def kept(name, value):
        if isinstance(value, dict):
            return {inner: kept(inner, member) for inner, member in value.items()}
        if isinstance(value, list):
            return [kept(name, member) for member in value]
        if value not in ("", None) and not isinstance(value, bool) and ADDRESS_KEY.search(name):
            found.append(name)
            return LEFT_OUT
        return WORD.sub(without, value) if isinstance(value, str) and "@" in value else value

    def without(word):
        if EMAIL.fullmatch(word[0]):
            found.append(key)
            return LEFT_OUT
        return word[0]

    result = kept(key, value)
    if found:
        note(key, "An e-mail or IP address was left out.")
    return result
