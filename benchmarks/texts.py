"""What one text costs: rendering, checks, blocks and differences, in Python alone."""

import random

from django.template.loader import render_to_string

from articles.document import from_data
from articles.rendering import render
from benchmarks.timing import median_ms, tell
from reviews import blocks, checks
from reviews.diff import compare, compare_text

WORDS = [f"word{number}" for number in range(40)]


def text(size, seed):
    """Return about `size` bytes of Markdown: prose, headings, lists and code, of no sense."""
    rng = random.Random(seed)
    parts, length = [], 0
    while length < size:
        words = " ".join(rng.choice(WORDS) for _ in range(rng.randint(12, 60)))
        part = rng.choice(
            [
                *[f"{words}."] * 3,
                f"## {words[:40]}",
                f"- {words}\n- {words[::-1]}",
                f"```python\ndef step(queue):\n    return [one for one in queue if one]  # {words[:40]}\n```",
            ]
        )
        parts.append(part)
        length += len(part) + 2
    return "\n\n".join(parts)


def changed(body, share, seed):
    rng = random.Random(seed)
    words = body.split(" ")
    for place in rng.sample(range(len(words)), int(len(words) * share)):
        words[place] = rng.choice(WORDS)
    return " ".join(words)


def measure():
    body = text(10_000, 1)
    document = from_data({"source_id": "bench", "title": "A text of ten kilobytes", "body": body})
    tell("render 10 KB to sanitised, highlighted HTML", f"{median_ms(lambda: render(body)):.1f} ms")
    tell("all checks over 10 KB", f"{median_ms(lambda: checks.notice(document)):.1f} ms")
    tell("blocks of 10 KB with their digests", f"{median_ms(lambda: blocks.blocks_of(document)):.1f} ms")
    other = changed(body, 0.05, 2)
    tell(
        "difference of 10 KB, 5% of the words changed",
        f"{median_ms(lambda: compare_text(body, other)):.1f} ms",
        "bar: 30 ms",
    )
    tell(
        "the same as a page shows it",
        f"{median_ms(lambda: page_of(body, other)):.1f} ms",
        "bar: 30 ms",
    )
    worst = max((median_ms(lambda pair=pair: page_of(*pair)), name) for name, pair in hostile(10_000).items())
    tell(f"page of the worst hostile pair of 10 KB: {worst[1]}", f"{worst[0]:.1f} ms", "bar: 300 ms")


def page_of(old, new):
    return render_to_string("reviews/_difference.html", {"difference": compare({"body": old}, {"body": new})})


def hostile(size):
    """Return the worst of some hundred families of pairs of texts that a search went through, each of `size` bytes."""
    rng = random.Random(3)

    def fill(unit):
        return (unit * (size // len(unit) + 1))[:size]

    def drawn(words, sep):
        return fill(sep.join(rng.choice(words) for _ in range(size // len(sep))))

    few, many = WORDS[:3], [f"w{number}" for number in range(1_000)]
    return {
        "words in turn": (fill("a b "), fill("b a ")),
        "blocks of few words": (drawn(few, "\n\n"), drawn(few, "\n\n")),
        "blocks of many words": (drawn(many, "\n\n"), drawn(many, "\n\n")),
        "blocks of one letter": (fill("a\n\n"), fill("b\n\n")),
        "blocks in turn": (fill("a\n\nb\n\n"), fill("c\n\nb\n\n")),
        "blocks turned round": (fill("\n\n".join(many)), fill("\n\n".join(many[::-1]))),
        "invisible": (fill("a\u200b"), fill("b\u200b ")),
    }
