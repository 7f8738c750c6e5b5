"""What a check yields, and how it passes over what holds nothing of its kind."""

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


# What `re.IGNORECASE` takes for an i, an s, and str.lower() does not.
ODD_CASES = str.maketrans("\u0130\u0131\u017f", "iis")


def holds(text, marks):
    """Say whether one of these marks is in a text: many times faster than a pattern that each match needs one of."""
    return any(mark in text for mark in marks)


def folded(text):
    """Return a text without its case, as patterns take it that ignore case."""
    return text.lower() if text.isascii() else text.translate(ODD_CASES).lower()


def line_of(text, position):
    """Return the line, from 1, of a character position."""
    return text.count("\n", 0, position) + 1
