"""The threads of an article as they stand beside one of its texts, and what somebody says in them."""

import re
from itertools import groupby

from django.utils.html import format_html

from reviews import anchors
from reviews.errors import Incomplete
from reviews.models import Comment, Thread

FIRST_TAG = re.compile(r"^<(\w+)")
# A longer list is of no use; words that are quoted say where, too.
MOST_PLACES = 300
ACT = re.compile(r"(answer|resolve|reopen)-(\d{1,18})")
FATES = {
    "changed": "The words around it changed since.",
    "replaced": "The text it was about is gone. This stands in its place now.",
    "gone": "The text it was about is gone.",
}
META_FATES = {"changed": "It changed since.", "gone": "It is gone."}


class Conversation:
    """What one person may see of the threads about a text: `threads` for the page, open ones first. One query."""

    def __init__(self, revision, document, person):
        self.reading = anchors.Reading(document) if document else None
        self.parts = []  # the first words of each part of the body, once it is on the page
        comments = (
            Comment.objects.filter(thread__in=Thread.objects.about(revision))
            .visible_to(person)
            .select_related("thread", "person", "note", "revision")
            .order_by("thread", "number")
        )
        rows = [list(some) for _, some in groupby(comments, key=lambda comment: comment.thread_id)]
        # Without its first comment a thread is not for this person; see CommentQuerySet.
        rows = [self._row(some, revision, person) for some in rows if some[0].number == 1]
        self.resolved = sum(not row["is_open"] for row in rows)
        self.threads = sorted(rows, key=lambda row: (not row["is_open"], row["part"] or 0, row["pk"]))

    def _row(self, comments, revision, person):
        thread = comments[0].thread
        anchor = thread.anchor
        place = anchors.find(anchor, self.reading) if self.reading else anchors.Place(None, "gone")
        fates = META_FATES if anchor.get("kind") == "meta" else FATES
        return {
            "pk": thread.pk,
            "is_open": thread.resolved_at is None,
            "part": place.part,
            "about": named(anchor["path"])
            if anchor.get("kind") == "meta"
            else ""
            if anchor
            else "The whole text",
            "quote": anchor.get("quote", ""),
            "chosen": anchor.get("chosen", False),
            "fate": fates.get(place.fate, ""),
            "comments": [
                {
                    "pk": comment.pk,
                    "who": str(comment.person),
                    "mine": comment.person_id == person.pk,
                    "did": comment.get_act_display() if comment.act != Comment.Act.SAY else "",
                    "text": str(comment.note) if comment.note else "",
                    "may_be_erased": comment.note is not None and comment.note.text is not None,
                    "at": comment.said_at,
                    "number": comment.revision.number if comment.revision_id != revision.pk else None,
                }
                for comment in comments
            ],
        }

    @property
    def talked_about(self):
        """The numbers of the parts of the body that open threads are about: they are not folded."""
        return {row["part"] for row in self.threads if row["is_open"] and row["part"]}

    def marked(self, number, html, *, is_named=True):
        """Return the HTML of a part of the body with its number, and with marks that lead to its open threads.

        Where threads are about it, it has an id to lead to; the page may give it one itself (`is_named`).
        """
        if number <= MOST_PLACES:
            self.parts.append((str(number), f"{number}. {anchors.words_of(html)[:60] or '(no words)'}"))
        html = FIRST_TAG.sub(rf'<\1 data-part="{number}"', html, count=1)
        here = [row for row in self.threads if row["part"] == number]
        if not here:
            return html
        marks = "".join(
            format_html('<a href="#thread-{}" aria-label="Thread {}">{}</a>', row["pk"], n, n)
            for n, row in enumerate(self.threads, 1)
            if row in here and row["is_open"]
        )
        marks = f'<p class="thread-marks">{marks}</p>' if marks else ""
        name = f' id="part-{number}" tabindex="-1"' if is_named else ""
        return f'<div class="talked"{name}>{marks}{html}</div>'

    def context(self, url, at, *, may_open):
        """Return what `_threads.html` needs; `at` is the thread that gets the focus, `url` takes what is said."""
        return {
            "threads": self.threads,
            "resolved": self.resolved,
            "places": self.places(),
            "talk_url": url,
            "at": next((row for row in self.threads if str(row["pk"]) == str(at)), None),
            "may_open": may_open and self.reading is not None,
        }

    def fill(self, typed, part):
        """Put back what was typed into its fields, and return what the form of a new thread begins with."""
        for row in self.threads:
            row["typed"] = typed.get(f"say-{row['pk']}", "")
        return {"part": part or "", "is_wanted": part is not None} | typed

    def shown(self):
        """Return the ids of the threads a decision is made beside."""
        return {
            name: sorted(row["pk"] for row in self.threads if row["is_open"] == is_open)
            for name, is_open in (("open", True), ("resolved", False))
        }

    def places(self):
        """Return [(value, words)] for the list of what can be commented on; the body's parts are marked before."""
        meta = self.reading.meta if self.reading else {}
        return self.parts + [(path, named(path)) for path in meta if path not in ("lang", "dir")]


def named(path):
    """Return the name of a value beside the body, as people say it."""
    return path.removeprefix("meta.").replace("_", " ").capitalize()


def heard(said, revision, *, by):
    """Do what a form says: open a thread about this revision, or answer, resolve or reopen one. Returns the thread.

    Raises Incomplete, with what was said still the caller's to keep.
    """
    act = said.get("act", "")
    if act == "open":
        if revision.text.data is None:
            raise Incomplete("This text was erased; there is nothing left to comment on.")
        try:
            anchor = anchors.make(
                anchors.Reading(revision.document),
                part=said.get("part", ""),
                quote=typed_text(said, "quote"),
                before=typed_text(said, "before"),
            )
        except anchors.NotInText as refusal:
            raise Incomplete(str(refusal)) from None
        return Thread.objects.start(revision, typed_text(said, "say"), by=by, anchor=anchor)
    match = ACT.fullmatch(act)
    visible = Thread.objects.filter(article=revision.article_id).visible_to(by)
    thread = visible.filter(pk=match[2]).first() if match else None
    if thread is None:
        raise Incomplete("There is no such thread in this conversation.")
    text = typed_text(said, f"say-{thread.pk}")
    getattr(thread, match[1])(text, by=by, revision=revision)
    return thread


def typed_text(said, name):
    # A browser sends the line ends of a text area as CRLF, whatever was typed; PostgreSQL keeps no NUL.
    return said.get(name, "").replace("\r\n", "\n").replace("\0", "")


def without_what_was_said(posted, thread):
    """Return what was posted without the comment that was sent by it."""
    said = ("say", "part", "quote", "before") if posted["act"] == "open" else (f"say-{thread.pk}",)
    posted = posted.copy()
    for name in said:
        posted.pop(name, None)
    return posted
