"""Near-duplicates: a note that came before, with some of its words replaced."""

import re

from seeds.synthesizer.paragraphs import SHARED

SHARES = (1, 3, 5, 10, 20)  # per cent of the words of prose
WORD = re.compile(r"[A-Za-z]{4,}")
VOCABULARY = sorted({word.lower() for paragraph in SHARED for word in WORD.findall(paragraph)})


def change_words(parts, percent, dice):
    """Replace this share of the words of prose in `parts`, in place, and return (words changed, words there were)."""
    prose = [n for n, part in enumerate(parts) if not part.startswith(("#", "```", "!["))]
    split = {n: parts[n].split(" ") for n in prose}
    places = [(n, at) for n in prose for at, word in enumerate(split[n]) if WORD.fullmatch(word)]
    words = sum(len(some) for some in split.values())
    chosen = dice.some(places, max(1, round(words * percent / 100)))
    for n, at in chosen:
        old, new = split[n][at], dice.one(VOCABULARY)
        while new == old.lower():
            new = dice.one(VOCABULARY)
        split[n][at] = new.title() if old[0].isupper() else new
    for n in prose:
        parts[n] = " ".join(split[n])
    return len(chosen), words
