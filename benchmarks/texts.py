"""What one text costs: rendering, checks, blocks and differences, in Python alone."""

import random

from articles.document import from_data
from articles.rendering import render
from benchmarks.timing import median_ms, tell
from reviews import blocks, checks
from reviews.diff import compare_text

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
    alike = ("a b " * 2_500, "b a " * 2_500)
    tell(
        "difference of two hostile texts of 10 KB",
        f"{median_ms(lambda: compare_text(*alike)):.1f} ms",
        "bar: 300 ms",
    )
