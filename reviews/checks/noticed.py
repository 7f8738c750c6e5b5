"""What a check yields, and how it walks a document."""

from dataclasses import dataclass

BLOCKING, REMARK = "blocking", "remark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """One thing noticed: where in the document, at which line of the body (from 1), and a sentence about it.

    `severity` is set only where it differs from the check's own. `unless` names a fact outside the document that
    settles it: "owner" (the article has one) or "article <slug>" (readers can see it). A check does not ask the
    database: all such facts are asked for at once, when the findings of a revision are stored.
    """

    place: str
    message: str
    line: int | None = None
    severity: str = ""
    unless: str = ""


def texts(value, path=""):
    """Yield (path, text) for every string in a document, its keys included; any depth, no recursion."""
    waiting = [(path, value)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, list):
            waiting.extend((f"{path}[{i}]", one) for i, one in reversed(list(enumerate(value))))
        elif isinstance(value, dict):
            for key, one in reversed(list(value.items())):
                waiting.append((f"{path}.{key}" if path else key, one))
                waiting.append((f"{path} (key)" if path else "(key)", key))


def line_of(text, position):
    """Return the line, from 1, of a character position."""
    return text.count("\n", 0, position) + 1
