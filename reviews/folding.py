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
NO_TEXT: dict = {"runs": [], "known_meta": set(), "words": 0, "new_words": 0, "folded": []}


def folded_text(review, person, document, conversation, *, everything=False):
    """Return what the page of a seat prints of its text, in runs of parts that are new or were approved before.

    `everything` folds nothing, for who asks to read all of it; the words are counted all the same. The conversation
    puts its marks on the parts, and those that open threads are about stay unfolded.
    """
    parts, meta = conversation.reading.parts, blocks.meta_blocks(document)
    every = [*(block for part in parts for block in part), *meta.values()]
    known = known_beside(review, ApprovedBlock.objects.known({block.digest for block in every}, to=person))
    runs, folded = [], []
    shown = [
        (
            conversation.marked(n, html),
            part,
            _is_folded(html, part, known) and n not in conversation.talked_about,
        )
        for n, (html, part) in enumerate(zip(render_parts(document.body), parts, strict=True), 1)
    ]
    for is_folded, group in groupby(shown, key=lambda one: one[2] and not everything):
        group = list(group)
        inside = [block for _, part, _ in group for block in part] if is_folded else []
        folded += inside
        runs.append(
            {
                "folded": is_folded,
                "html": mark_safe("".join(html for html, _, _ in group)),
                "words": sum(block.words for block in inside),
                "sources": _sources(inside, known),
            }
        )
    return {
        "runs": runs,
        "known_meta": {path for path, block in meta.items() if block.digest in known},
        "words": sum(block.words for block in every),
        "new_words": sum(block.words for block in every if block.digest not in known),
        "folded": sorted({block.digest[:16] for block in folded}),
    }


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
