"""What a text is made of, piece by piece, so that a reviewer reads only what nobody has approved before.

Generated drafts share paragraphs. A block is a paragraph, heading, table or quote, a code block, an item of a list, or
a value of the meta; its digest covers what a reader sees of it, links included, and nothing of where it stands.
"""

import re
from dataclasses import dataclass

from django.core.cache import cache

from articles.canonical import digest
from articles.models import Text
from articles.rendering import parse, top_level

# Raise it when a block of an unchanged text gets another digest: what was approved under the old one is then read anew.
FORMAT = 1

WORD = re.compile(r"\w[\w'’-]*")
# What a reader follows or sees; ids and labels say where a block stands.
SEEN = ("href", "src", "title", "start", "style")
KEPT_FOR = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a text: prose, code, item or meta; how many words it has."""

    kind: str
    digest: str
    words: int


def blocks_of(document):
    """Return all blocks of a document: those of its body in order, then the values of its meta, title first."""
    return [*(block for part in body_parts(document.body) for block in part), *meta_blocks(document).values()]


def body_parts(body):
    """Return the blocks of each part of a body that the page shows as one: a list has a block for each item."""
    tokens = parse(body)
    if tokens is None:
        return [[_block("prose", body, body)]]
    return [_blocks_of_part(part) for part in top_level(tokens)]


def meta_blocks(document):
    """Return {path: block} for the title, each value of the meta, and each unknown key."""
    values = {key: value for key, value in document.data.items() if key not in ("body", "meta", "source_id")}
    values |= {f"meta.{key}": value for key, value in document.meta.items()}
    return {path: _block("meta", [path, value], *_texts(value)) for path, value in values.items()}


def blocks_of_texts(digests):
    """Return {digest of a text: its blocks} for texts whose bytes are there; parsed once, then kept in the cache."""
    keys = {f"blocks:{FORMAT}:{one}": one for one in digests}
    kept = {keys[key]: blocks for key, blocks in cache.get_many(keys).items()}
    missing = [one for one in digests if one not in kept]
    if missing:
        texts = Text.objects.filter(pk__in=missing).exclude(data=None)
        made = {text.digest: blocks_of(text.document) for text in texts}
        cache.set_many({f"blocks:{FORMAT}:{one}": blocks for one, blocks in made.items()}, KEPT_FOR)
        kept |= made
    return kept


def _blocks_of_part(part):
    if part[0].type in ("fence", "code_block"):
        return [_block("code", [part[0].info, part[0].content], part[0].content)]
    if part[0].type not in ("bullet_list_open", "ordered_list_open"):
        return [_prose("prose", part)]
    return [_prose("item", item) for item in _items(part)]


def _items(part):
    """Yield the tokens of each item of a list; what is nested in an item belongs to it."""
    item = []
    for token in part[1:-1]:
        item.append(token)
        if token.type == "list_item_close" and token.level == part[0].level + 1:
            yield item
            item = []


def _prose(kind, tokens):
    return _block(kind, [_said(token) for token in tokens], *(token.content for token in tokens))


def _said(token):
    """Return what a reader sees of a token, as JSON."""
    attributes = {name: value for name, value in token.attrs.items() if name in SEEN}
    level = token.meta.get("written", "") if token.type == "heading_open" else ""
    note = token.meta.get("label", "") if token.type.startswith("footnote") else ""
    checked = token.meta.get("checked") if token.type == "task" else None
    children = [_said(child) for child in token.children or []]
    said = "" if children else token.content
    return [token.type, said, token.info, attributes, level, note, checked, children]


def _block(kind, said, *texts):
    words = sum(1 for text in texts for _ in WORD.finditer(text))
    return Block(kind, digest([FORMAT, kind, said]), words)


def _texts(value):
    """Return every text in a value of the meta; the depth of a document is bounded where it comes in."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    return [text for one in value for text in _texts(one)] if isinstance(value, list) else []
