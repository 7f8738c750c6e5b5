"""The text of a release as it can be imported again: a document, or Markdown with front matter (docs/formats.md)."""

import json

from django.conf import settings

from articles.panel import for_readers


def as_json(document):
    """Return the document of a revision as one JSON object."""
    return _written(_public(document), indent=2) + "\n"


def as_markdown(document):
    """Return a revision as Markdown; its front matter is YAML, each value of which is JSON as well."""
    data = _public(document)
    body = data.pop("body")
    front = "".join(f"{_key(key)}: {_written(value)}\n" for key, value in data.items())
    return f"---\n{front}---\n\n{body.rstrip()}\n"


def _public(document):
    """What readers may have of a document: what its page shows, by the same rule and the same setting."""
    return dict(document.data) if settings.SHOW_DESK_META else for_readers(document.data)


def _written(value, indent=None):
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _key(key):
    return key if key.isascii() and key.isidentifier() else _written(key)
