"""YAML as plain JSON values: no objects, no surprises, no bombs.

Only `true` and `false` are no texts, so that the language `no` and the answer `yes` stay what they are; a number is one
only where writing it back gives what was written, so that version 1.10 stays 1.10; dates stay as written.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from articles.canonical import MAX_DEPTH, MAX_VALUES

# The parser in C where there is one, ten times as fast. Both only tell what comes next and build nothing.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

CORE = "tag:yaml.org,2002:"
WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,14})")
FRACTION = re.compile(r"-?[0-9]{1,15}\.[0-9]{1,15}")
WORDS = {
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
}  # fmt: skip
MERGE = "<<"


class BadYAML(ValueError):
    """YAML that is not taken: the `line` in it, from 1, and the `reason` for people."""

    def __init__(self, line: int, reason: str):
        super().__init__(f"Line {line}: {reason}")
        self.line = line
        self.reason = reason


@dataclass(slots=True)
class _Open:
    """A map or list that is being read: `size` values are in it, aliases written out, in a `height` of levels."""

    value: Any
    anchor: str | None
    size: int = 1
    height: int = 1
    key: str | None = None
    merged: list[dict] = field(default_factory=list)


def value_of(written: str) -> Any:
    """Return what a plain word stands for: a whole number or a fraction that is kept exactly, true, false, nothing."""
    if written in WORDS:
        return WORDS[written]
    if WHOLE.fullmatch(written) and written != "-0":
        return int(written)
    if FRACTION.fullmatch(written) and str(float(written)) == written:
        return float(written)
    return written


def load(text: str) -> tuple[Any, list[tuple[int, str]]]:
    """Return the one value in `text`, and (line, key) of each key that its map had before: the last one counts.

    Aliases are taken and bounded as if they were written out: MAX_VALUES values, MAX_DEPTH deep. Raises BadYAML.
    """
    building = _Building()
    loader = None
    try:
        loader = Loader(text)
        while loader.check_event():
            building.take(loader.get_event())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadYAML(mark.line + 1 if mark else 1, _explained(error)) from error
    except yaml.YAMLError as error:
        raise BadYAML(1, "A character in this is not allowed in YAML.") from error
    finally:
        if loader:
            loader.dispose()
    return building.result, building.repeated


class _Building:
    """Puts values together from the parser's events, without recursion."""

    def __init__(self):
        self.result: Any = None
        self.documents = 0
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int, int]] = {}
        self.repeated: list[tuple[int, str]] = []

    def take(self, event: yaml.Event) -> None:
        self.line = event.start_mark.line + 1 if event.start_mark else 1
        match event:
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    raise BadYAML(self.line, "A second YAML document begins here; there may be one.")
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self.begin({} if isinstance(event, yaml.MappingStartEvent) else [], event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.end()
            case yaml.ScalarEvent():
                # A key is what is written: the number 1 and the word true are keys like any other.
                value = event.value if self.awaits_a_key() else self.scalar(event)
                self.remember(event.anchor, value, 1, 0)
                self.put(value, 1, 0)
            case yaml.AliasEvent():
                if event.anchor not in self.anchors:
                    raise BadYAML(
                        self.line, f"The alias *{str(event.anchor)[:60]} names nothing that ends before it."
                    )
                self.put(*self.anchors[event.anchor])

    def begin(self, value: Any, event: Any) -> None:
        self.check_tag(event.tag, ("map", "seq"))
        if self.awaits_a_key():
            raise BadYAML(self.line, "A key must be a text, not a map or a list; put quotes around brackets.")
        if len(self.open) >= MAX_DEPTH:
            raise BadYAML(self.line, f"Lists and maps are nested more than {MAX_DEPTH} deep.")
        self.open.append(_Open(value=value, anchor=event.anchor))

    def end(self) -> None:
        done = self.open.pop()
        for merged in done.merged:
            for key, value in merged.items():
                done.value.setdefault(key, value)
        self.remember(done.anchor, done.value, done.size, done.height)
        self.put(done.value, done.size, done.height)

    def remember(self, anchor: str | None, value: Any, size: int, height: int) -> None:
        if anchor:
            self.anchors[anchor] = value, size, height

    def put(self, value: Any, size: int, height: int) -> None:
        """Put a finished value where it belongs."""
        if not self.open:
            self.result = value
            return
        parent = self.open[-1]
        parent.size += size
        parent.height = max(parent.height, height + 1)
        if parent.size > MAX_VALUES:
            raise BadYAML(
                self.line, f"There are more than {MAX_VALUES:,} values in this, aliases written out."
            )
        if len(self.open) + height > MAX_DEPTH:
            raise BadYAML(self.line, f"Lists and maps are nested more than {MAX_DEPTH} deep.")
        if isinstance(parent.value, list):
            parent.value.append(value)
        elif parent.key is None:
            if not isinstance(value, str):
                raise BadYAML(self.line, "A key must be a text.")
            parent.key = value
        elif parent.key == MERGE and isinstance(value, dict | list):
            maps = [value] if isinstance(value, dict) else value
            parent.merged += [each for each in maps if isinstance(each, dict)]
            parent.key = None
        else:
            if parent.key in parent.value:
                self.repeated.append((self.line, parent.key))
            parent.value[parent.key] = value
            parent.key = None

    def awaits_a_key(self) -> bool:
        return bool(self.open) and isinstance(self.open[-1].value, dict) and self.open[-1].key is None

    def scalar(self, event: yaml.ScalarEvent) -> Any:
        self.check_tag(event.tag, ("str", "int", "float", "bool", "null", "timestamp"))
        if event.tag == CORE + "str":
            return event.value
        # implicit[0]: written plain and without a tag. A tag such as !!int asks for the same.
        return value_of(event.value) if event.implicit[0] or (event.tag or "!") != "!" else event.value

    def check_tag(self, tag: str | None, known: tuple[str, ...]) -> None:
        if tag not in (None, "!") and tag.removeprefix(CORE) not in known:
            shown = tag.replace(CORE, "!!")[:60]
            raise BadYAML(self.line, f"The tag {shown} is not taken; write the value as plain text.")


def _explained(error: yaml.MarkedYAMLError) -> str:
    words = ", ".join(part for part in (error.context, error.problem) if part)
    return f"This is no YAML that can be read: {words[:200]}."
