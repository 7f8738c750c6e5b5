"""Read only what is new: which parts of a text were approved before, where and when, and how many words are left.

What was approved with this very text does not count: its other seats are for reading it, too.
"""

from itertools import groupby

from django.urls import reverse
from django.utils.safestring import mark_safe

from articles.rendering import render_parts
from reviews import blocks
from reviews.models import ApprovedBlock

MOST_SOURCES = 3
# What there is of a text that was erased.
NO_TEXT: dict = {"runs": [], "known_meta": {}, "words": 0, "new_words": 0, "folded": []}


def folded_text(review, person, document, conversation, *, everything=False, blocking=()):
    """Return what the page of a seat prints of its text, in runs of parts that are new or were approved before.

    `everything` folds nothing, for who asks to read all of it; the words are counted all the same. What a check
    objects to at one of the lines `blocking` is not folded, whoever approved it, nor what an open thread is about: the
    conversation puts its marks there. Parts are numbered from 1.
    """
    parts, meta = conversation.reading.parts, blocks.meta_blocks(document)
    every = [*(block for part in parts for block in part), *meta.values()]
    known = known_beside(review, ApprovedBlock.objects.known({block.digest for block in every}, to=person))
    runs, folded = [], []
    shown = [
        (
            {
                "number": number,
                "line": line,
                "html": mark_safe(conversation.marked(number, html, is_named=False)),
                "findings": [],
            },
            part,
            _is_folded(html, part, known) and number not in conversation.talked_about,
        )
        for number, ((html, line), part) in enumerate(
            zip(render_parts(document.body), parts, strict=True), start=1
        )
    ]
    stay = {part_of_line([part for part, _, _ in shown], line) for line in blocking} if shown else set()
    for is_folded, group in groupby(
        shown, key=lambda one: one[2] and not everything and one[0]["number"] not in stay
    ):
        group = list(group)
        inside = [block for _, part, _ in group for block in part] if is_folded else []
        folded += inside
        runs.append(
            {
                "folded": is_folded,
                "parts": [part for part, _, _ in group],
                "html": mark_safe("".join(part["html"] for part, _, _ in group)),
                "words": sum(block.words for block in inside),
                "sources": _sources(inside, known),
            }
        )
    return {
        "runs": runs,
        "known_meta": {path: block.digest[:16] for path, block in meta.items() if block.digest in known},
        "words": sum(block.words for block in every),
        "new_words": sum(block.words for block in every if block.digest not in known),
        "folded": sorted({block.digest[:16] for block in folded}),
    }


def part_of_line(parts, line):
    """Return the number of the part in which a line of the body stands: of those that begin before it, the nearest."""
    before = [(part["line"], part["number"]) for part in parts if 0 < part["line"] <= line]
    return max(before)[1] if before else 1


def new_words(seats, person):
    """Return {text digest: (new words, all words)} for the texts of these seats. Two queries, one once it is cached."""
    texts = blocks.blocks_of_texts([seat.digest for seat in seats])
    known = ApprovedBlock.objects.known(
        {block.digest for some in texts.values() for block in some}, to=person
    )
    counted = {}
    for seat in seats:
        beside = known_beside(seat, known)
        some = texts.get(seat.digest, [])
        new = sum(block.words for block in some if block.digest not in beside)
        counted[seat.digest] = (new, sum(block.words for block in some))
    return counted


def known_beside(seat, known):
    """Return those of `known` that were approved with another text than that of this seat."""
    beside = {}
    for digest, rows in known.items():
        others = [
            row
            for row in rows
            if (row.decision.article_id, row.decision.digest) != (seat.article_id, seat.digest)
        ]
        if others:
            beside[digest] = others
    return beside


def _is_folded(html, part, known):
    """A heading stays, since what is new below it is read under it; so does what has no words, such as a rule."""
    is_heading = html.startswith("<h") and not html.startswith("<hr")
    words = any(block.words for block in part)
    return words and not is_heading and all(block.digest in known or not block.words for block in part)


def _sources(inside, known):
    """Return the newest approvals behind folded blocks: the texts they were given to, by whom and when."""
    decisions = {rows[0].decision for block in inside if (rows := known.get(block.digest))}
    newest = sorted(decisions, key=lambda decision: -decision.pk)[:MOST_SOURCES]
    return [
        {
            "title": decision.revision.title,
            "url": reverse("reviews:review", args=[decision.review_id]),
            "who": str(decision.person),
            "at": decision.decided_at,
        }
        for decision in newest
    ]
