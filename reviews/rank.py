"""Which review comes first, and why, in words.

The rank of an item never changes, so a queue of a million rows is never rewritten: ln(risk x reach) - opened / T
orders like risk x reach x e^(age / T). Whatever its risk, an item overtakes every later one in time: nothing starves.
"""

import math

from django.utils.timesince import timesince

# Seconds in which waiting multiplies an item's weight by e. Judgement: three days, one working half-week.
T = 3 * 24 * 3600

RISK = {
    "finding": 4.0,
    "flagged": 3.0,
    "changes_release": 3.0,
    "document": 2.0,
    "policy": 2.0,
    "stale": 1.5,
    "sample": 1.5,  # it stands for others that wait on it
    "carried": 1.0,
    "site": 1.0,
}
REACH_OF_PUBLIC = 2.0

WORDS = {
    "finding": "a check found something blocking",
    "flagged": "an editor flagged it",
    "changes_release": "it changes what readers see now",
    "document": "its document asks for human review",
    "policy": "a policy asks for review",
    "stale": "its last review is too old",
    "sample": "the random sample picked it",
    "carried": "the revision before it waited for review",
    "site": "this site reviews everything",
}


def rank(reasons, *, public, opened_at):
    """Return the rank of an item: higher comes first. It is a constant of the item."""
    risk = sum(RISK[reason] for reason in set(reasons)) or 1.0
    reach = REACH_OF_PUBLIC if public else 1.0
    return math.log(risk * reach) - opened_at.timestamp() / T


def why(reasons, *, public, opened_at, overdue=False):
    """Say why an item stands where it does."""
    parts = [WORDS[reason] for reason in sorted(set(reasons), key=lambda reason: (-RISK[reason], reason))]
    if public and "changes_release" not in reasons:
        parts.append("readers see this article now")
    if overdue:
        parts.append("it is overdue")
    parts.append(f"waiting {timesince(opened_at, depth=1)}")
    sentence = ", ".join(parts)
    return sentence[0].upper() + sentence[1:] + "."
