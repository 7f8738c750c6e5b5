"""Which semantic version a release should have: patch for wording, minor for sections or steps, major for code.

Pure. What a document claims about its own version feeds nothing here.
"""

import re
from collections import Counter
from dataclasses import dataclass

from articles.rendering import outline

FIRST = "1.0.0"
VERSION = re.compile(r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A version to propose, how large the change is, and a sentence that says why."""

    version: str
    change: str  # first, major, minor or patch
    why: str


def parse_version(text):
    """Return (major, minor, patch). Raises ValueError with a sentence for people."""
    match = VERSION.fullmatch(text.strip())
    if not match:
        raise ValueError(
            f"“{text[:40]}” is not a version: write three whole numbers with dots between, such as 1.2.0."
        )
    return tuple(int(part) for part in match.groups())


def is_after(later, earlier):
    return parse_version(later) > parse_version(earlier)


def proposed(old, new, last):
    """Return the Proposal for releasing the document `new` where readers see `old` (None: nothing).

    `last` is the highest version the article ever had, or None.
    """
    if last is None:
        return Proposal(version=FIRST, change="first", why="This is the first release.")
    major, minor, patch = parse_version(last)
    change, why = _change(old, new)
    version = {
        "major": f"{major + 1}.0.0",
        "minor": f"{major}.{minor + 1}.0",
        "patch": f"{major}.{minor}.{patch + 1}",
    }[change]
    return Proposal(version=version, change=change, why=why)


def _change(old, new):
    if old is None:
        return "minor", "Readers see no text of this article now, so there is nothing to compare."
    before, after = outline(old.get("body", "")), outline(new.get("body", ""))
    code = _differing(_commands(before), _commands(after))
    if code:
        return "major", f"Code or commands changed in {code} place{'s' if code > 1 else ''}."
    if [text for _, _, text in before.headings] != [text for _, _, text in after.headings]:
        return "minor", "Sections changed; code and commands did not."
    if before.list_items != after.list_items or _checklist(old) != _checklist(new):
        return "minor", "Steps or checks changed; code and commands did not."
    if (old.get("title"), old.get("body")) != (new.get("title"), new.get("body")):
        return "patch", "Only wording changed."
    return "patch", "The text is the same; only what stands beside it changed."


def _commands(made_of):
    """Code blocks, and inline code of several words: a single word is a name, not a command."""
    blocks = [text.strip() for _, text, _ in made_of.code_blocks]
    return blocks + [text for text in made_of.inline_code if " " in text.strip()]


def _differing(before, after):
    gone = sum((Counter(before) - Counter(after)).values())
    new = sum((Counter(after) - Counter(before)).values())
    return max(gone, new) or int(before != after)


def _checklist(document):
    return (document.get("meta") or {}).get("checklist") or []
