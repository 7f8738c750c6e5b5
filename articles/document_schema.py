"""The published JSON Schema of the article document: what fits it, and in what order its keys stand.

`docs/article.schema.json` is the one place for types, limits and the order of keys.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from articles.canonical import Place, path_of

SCHEMA_PATH = Path(__file__).resolve().parent.parent / "docs" / "article.schema.json"


NOTHING: dict[str, Any] = {}


@cache
def schema() -> dict[str, Any]:
    """Return the schema, read once, with every `$ref` in it written out."""
    published = json.loads(SCHEMA_PATH.read_bytes())

    def written_out(node: Any) -> Any:
        if isinstance(node, list):
            return [written_out(member) for member in node]
        if not isinstance(node, dict):
            return node
        own = {key: written_out(member) for key, member in node.items() if key != "$ref"}
        if "$ref" in node:
            return written_out(published["$defs"][node["$ref"].removeprefix("#/$defs/")]) | own
        return own

    return written_out(published)


def below(node: dict[str, Any], step: str | int) -> dict[str, Any]:
    """Return the schema of one member of what `node` describes: empty for what the schema does not know."""
    if isinstance(step, int):
        return node.get("items", NOTHING)
    known, others = members(node)
    return known.get(step, others)


def members(node: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the schemas of the members that `node` knows by name, and that of all others."""
    return node.get("properties", NOTHING), node.get("additionalProperties") or NOTHING


def _step(value: Any, step: str | int) -> str | int:
    """Return a step of the validator's path as it is in `value`: it writes a key such as "007" as the index 7."""
    if isinstance(value, dict) and isinstance(step, int):
        return next(key for key in value if key.lstrip("+").isdecimal() and int(key) == step)
    return step


def misfits(data: Any) -> Iterator[tuple[str, str]]:
    """Yield (path, reason) for everything in `data` that does not fit the schema, in words for people."""
    for error in _validator().iter_errors(data):
        place: Place = None
        node, value = schema(), data
        for step in error.instance_path:
            step = _step(value, step)
            place, node, value = (place, step), below(node, step), value[step]
        if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Required):
            yield path_of((place, error.kind.property)), "This is missing."
        else:
            yield path_of(place), _reason(error.kind, node, value)


def key_order(path: str) -> tuple[str, ...]:
    """Return the keys known in the map at `path` (such as `meta.score` or `meta.entities[]`), in order."""
    return _key_orders().get(path, ())


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(schema(), validate_formats=True)


@cache
def _key_orders() -> dict[str, tuple[str, ...]]:
    orders = {}
    waiting = [("", schema())]
    while waiting:
        path, node = waiting.pop()
        if "properties" in node:
            orders[path] = tuple(node["properties"])
            waiting += [(f"{path}.{key}".removeprefix("."), below(node, key)) for key in node["properties"]]
        if "items" in node:
            waiting.append((f"{path}[]", below(node, 0)))
    return orders


def _reason(kind: Any, node: dict[str, Any], value: Any) -> str:
    kinds = jsonschema_rs.ValidationErrorKind
    match kind:
        case kinds.MinLength():
            return "This is empty."
        case kinds.MaxLength(limit=limit):
            return f"This is {len(value):,} characters long; the limit is {limit:,}."
        case kinds.MaxItems(limit=limit):
            return f"This list has {len(value):,} items; the limit is {limit:,}."
        case kinds.MaxProperties(limit=limit):
            return f"This map has {len(value):,} keys; the limit is {limit:,}."
        case _ if "x-must-be" in node:
            return f"This must be {node['x-must-be']}."
        case kinds.Type(types=types):
            wanted = next(_KINDS_OF_VALUE[name] for name in types if name != "null")
            return f"This must be {wanted}, not {_kind_of(value)}."
    return "This does not fit the published schema."


_KINDS_OF_VALUE = {
    "object": "a map of keys and values",
    "array": "a list",
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}


def _kind_of(value: Any) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return _KINDS_OF_VALUE[names.get(type(value), "number")]
