"""Articles by the million, the same for the same seed, with a key that says what is hidden in which.

A document depends on the seed, its number and the shares alone, so any range can be made by itself. What varies and
how much is shared is told in docs/synthesizer.md.
"""

from dataclasses import dataclass

from seeds.synthesizer import duplicates, faults, notes
from seeds.synthesizer.dice import Dice

FARTHEST = 10_000  # so many notes before it, at most, stands what a near-duplicate repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Which share of all documents, from 0 to 1, is what."""

    review: float = 0.1  # the document itself asks for a human review
    fault: float = 0.1
    duplicate: float = 0.02


def synthesized(count, *, seed=1, first=0, shares=None, long=False):
    """Yield (document, truth) for `count` numbers from `first` on; truth is None where nothing is hidden."""
    shares = shares or Shares()
    for number in range(first, first + count):
        yield _one(seed, number, shares, long)


def _one(seed, number, shares, long):
    plan = Dice(seed, number, "plan")
    needs_review, has_fault = plan.happens(shares.review), plan.happens(shares.fault)
    original = _original_of(seed, number, shares)
    note = notes.compose(seed, number if original is None else original, long=long)
    truth = {}
    if original is not None:
        truth = _repeat(note, seed, number, original)
    elif has_fault:
        truth["faults"] = [faults.hide(note, Dice(seed, number, "fault"))]
    note.meta["flags"]["needs_human_review"] = needs_review
    return note.document(), {"source_id": note.source_id} | truth if truth else None


def _original_of(seed, number, shares):
    """Return the number of the note that this one repeats, or None. No note repeats one that repeats another."""
    if not _is_repeated(seed, number, shares):
        return None
    dice = Dice(seed, number, "original")
    for _ in range(20):
        original = number - dice.between(1, min(number, FARTHEST))
        if not _is_repeated(seed, original, shares):
            return original
    return None


def _is_repeated(seed, number, shares):
    return number > 0 and Dice(seed, number, "duplicate").happens(shares.duplicate)


def _repeat(note, seed, number, original):
    """Make a copy of note `original` into the near-duplicate `number`, and return what is true of it."""
    dice = Dice(seed, number, "words")
    percent = dice.one(duplicates.SHARES)
    changed, words = duplicates.change_words(note.parts, percent, dice)
    note.source_id = notes.source_id_of(seed, number)
    note.meta["reference"] = f"fn-{seed}-{number:08d}"
    note.meta["payload"]["seed"] = number
    return {
        "duplicate_of": notes.source_id_of(seed, original),
        "percent": percent,
        "changed_words": changed,
        "words": words,
    }
