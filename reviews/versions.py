"""Which semantic version a release should have: patch for wording, minor for sections or steps, major for code.

Pure. What a document claims about its own version feeds nothing here.
"""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from articles.rendering import parse

FIRST = "1.0.0"
LIMIT = 1_000_000
# Three numbers below LIMIT in ASCII digits; no number but 0 begins with 0 (semver.org, item 2).
VERSION = re.compile(r"(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})")
WORD = re.compile(r"\w+")
# Inline code that is more than a name: words with space between, an option, a file to run.
COMMAND = re.compile(r"\S\s+\S|^--?\w|^\.{1,2}/")
# What is read of a heading or step where it is not its own content: where a link leads is wording.
READ = {"softbreak": " ", "hardbreak": " ", "image": "", "html_inline": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A version to propose, how large the change is, and a sentence that says why."""

    version: str
    change: str  # first, major, minor or patch
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Makeup:
    """What a text is made of, as far as versions care."""

    code: list[str]
    commands: list[str]
    sections: list[list[str]]
    steps: list[list[str]]


def parse_version(text: str) -> tuple[int, int, int]:
    """Return (major, minor, patch). Raises ValueError with a sentence for people."""
    match = VERSION.fullmatch(text)
    if not match:
        raise ValueError(
            f"“{text[:40]}” is not a version: write three whole numbers below {LIMIT:,} with dots between "
            "and without leading zeros, such as 1.2.0."
        )
    major, minor, patch = match.groups()
    return int(major), int(minor), int(patch)


def is_after(later: str, earlier: str) -> bool:
    """Return whether the version `later` follows `earlier`. Raises ValueError where one is no version."""
    return parse_version(later) > parse_version(earlier)


def next_version(last: str, change: str) -> str:
    """Return the version after `last` for a major, minor or patch `change`.

    A number that is full carries over to the one before it. Raises ValueError after the very last version.
    """
    major, minor, patch = parse_version(last)
    patch = patch + 1 if change == "patch" else 0
    if change == "minor" or patch == LIMIT:
        minor, patch = minor + 1, 0
    if change == "major" or minor == LIMIT:
        major, minor, patch = major + 1, 0, 0
    if major == LIMIT:
        raise ValueError(f"No version can follow {last}.")
    return f"{major}.{minor}.{patch}"


def proposed(old: dict[str, Any] | None, new: dict[str, Any], last: str | None) -> Proposal:
    """Return the Proposal for releasing the document `new` where readers see `old` (None: nothing).

    `last` is the highest version the article ever had, or None. Raises ValueError where none can follow it.
    """
    if last is None:
        return Proposal(version=FIRST, change="first", why="This is the first release.")
    change, why = _change(old, new)
    return Proposal(version=next_version(last, change), change=change, why=why)


def _change(old: dict[str, Any] | None, new: dict[str, Any]) -> tuple[str, str]:
    if old is None:
        return "minor", "Readers see no text of this article now, so there is nothing to compare."
    before, after = _makeup(old["body"]), _makeup(new["body"])
    if before is None or after is None:
        if old["body"] != new["body"]:
            return "major", "The text is too large to tell code from prose, so the largest change is assumed."
    else:
        if places := _differing(before.code, after.code):
            return "major", f"Code changed in {places} block{'s' if places > 1 else ''}."
        if places := _differing(before.commands, after.commands):
            return "major", f"Commands changed in {places} place{'s' if places > 1 else ''}."
        if before.sections != after.sections:
            return "minor", "Sections changed; code and commands did not."
        if before.steps != after.steps:
            return "minor", "Steps changed; code and commands did not."
    if _checks(old) != _checks(new):
        return "minor", "The checklist changed; code and commands did not."
    if (old["title"], old["body"]) != (new["title"], new["body"]):
        return "patch", "Only wording changed."
    return "patch", "The text is the same; only what stands beside it may have changed."


def _makeup(body: str) -> _Makeup | None:
    """Return what a Markdown text is made of, or None where it is too large or too odd to tell."""
    tokens = parse(body)
    if tokens is None:
        return None
    makeup = _Makeup(code=[], commands=[], sections=[], steps=[])
    in_heading, lists = False, 0
    for token in tokens:
        if token.type in ("fence", "code_block"):
            makeup.code.append(token.content.rstrip())
        elif token.type in ("heading_open", "heading_close"):
            in_heading = token.type == "heading_open"
        elif token.type in ("list_item_open", "list_item_close"):
            lists += token.nesting
        elif token.type == "inline":
            children = token.children or []
            inline_code = [child.content.strip() for child in children if child.type == "code_inline"]
            makeup.commands.extend(code for code in inline_code if COMMAND.search(code))
            words = _words("".join(READ.get(child.type, child.content) for child in children))
            if in_heading:
                makeup.sections.append(words)
            elif lists:
                makeup.steps.append(words)
    return makeup


def _words(text: str) -> list[str]:
    """Return the words of a heading or step: capitals, commas and marks of emphasis are wording."""
    return WORD.findall(text.casefold())


def _checks(document: dict[str, Any]) -> list[list[str]]:
    return [_words(str(check)) for check in document.get("meta", {}).get("checklist") or []]


def _differing(before: list[str], after: list[str]) -> int:
    """Return in how many places two lists of code differ; what only changed its place counts as one."""
    gone, come = Counter(before) - Counter(after), Counter(after) - Counter(before)
    return max(gone.total(), come.total()) or int(before != after)
