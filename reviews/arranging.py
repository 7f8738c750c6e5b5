"""What a lead does to many seats at once. Nothing here approves: that takes a person who read that very text.

Every verb says what became of each seat, done or not, in a sentence; a seat that cannot be moved stops no other.
"""

from dataclasses import dataclass

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction

from articles.models import Article
from articles.models.topics import fold
from reviews.errors import Incomplete, NotAllowed, NotDone
from reviews.models import Facet, Label, Review
from reviews.models.facet import key_of
from reviews.templatetags.desk import moment

# More is a job for a filter and several goes: each seat is named on the page before anything is done.
MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one seat."""

    seat: Review
    done: bool
    words: str


def may_arrange(person):
    """Say whether this person's account has the right to arrange the queue, now."""
    return person.account is not None and person.account.has_perm("reviews.arrange_review")


def _needs_right(person):
    if not may_arrange(person):
        raise NotAllowed("You do not have the right to arrange the queue for others.")


@transaction.atomic
def keep_for(seats, colleague, *, by, note=""):
    """Keep each of these seats for a colleague for a while: they get them first."""
    _needs_right(by)
    theirs = Review.objects.free().for_judging_by(colleague).filter(pk__in=[seat.pk for seat in seats])
    kept = set(theirs.select_for_update(of=("self",)).values_list("pk", flat=True))
    Review.objects.free().filter(pk__in=kept).reserve(colleague, by=by, note=note.strip())
    _log(by, [seat for seat in seats if seat.pk in kept], f"Kept for {colleague}.")
    return [
        Outcome(
            seat=seat,
            done=seat.pk in kept,
            words=f"Kept for {colleague}"
            if seat.pk in kept
            else f"Left alone: somebody holds it, or {colleague} may not judge it",
        )
        for seat in seats
    ]


@transaction.atomic
def label(seats, name, *, by):
    """File the articles of these seats under a word of the desk, too."""
    _needs_right(by)
    name = _word(name)
    articles = {seat.article_id for seat in seats}
    there = set(Label.objects.filter(article__in=articles, name=name).values_list("article", flat=True))
    Label.objects.bulk_create(
        (Label(article_id=pk, name=name, person=by) for pk in sorted(articles - there)), ignore_conflicts=True
    )
    Facet.objects.bulk_create(
        (
            Facet(review=seat, key=key_of("label", name), rank=seat.rank)
            for seat in Review.objects.open().filter(article__in=articles)
        ),
        ignore_conflicts=True,
    )
    return _all(seats, by, f"Labelled “{name}”")


@transaction.atomic
def unlabel(seats, name, *, by):
    """Take a label off the articles of these seats."""
    _needs_right(by)
    name = _word(name)
    articles = {seat.article_id for seat in seats}
    Label.objects.filter(article__in=articles, name=name).delete()
    Facet.objects.filter(review__article__in=articles, key=key_of("label", name)).delete()
    return _all(seats, by, f"No longer labelled “{name}”")


@transaction.atomic
def set_due(seats, due, *, by):
    """Set another due date, for every open seat of these texts."""
    _needs_right(by)
    return _changed(seats, by, f"Due {moment(due)}", due_at=due)


@transaction.atomic
def put_off(seats, until, *, by):
    """Offer these texts to nobody before `until`; None brings them back. They can be taken by hand all the same."""
    _needs_right(by)
    words = f"Put off until {moment(until)}" if until else "Back in the queue"
    return _changed(seats, by, words, deferred_until=until)


def send_back(seats, note, *, by, shown=None):
    """Ask for changes to each of these texts, with one note: a decision like any other, by who may give it.

    Each is a transaction of its own. Nobody read them for it, so the new text comes back to nobody first.
    """
    _needs_right(by)
    if not note.strip():
        raise Incomplete("Say in the note what is wrong, so that the editors can mend it.")
    return [_sent_back(seat, note, by, shown or {}) for seat in seats]


def _sent_back(seat, note, by, shown):
    if seat.is_claimed and seat.claimed_by_id != by.pk:
        return Outcome(seat=seat, done=False, words=f"Left alone: {seat.claimed_by} holds it")
    try:
        with transaction.atomic():
            held = seat.claim(by=by, unread=True)
            held.decide(
                "request_changes",
                by=by,
                token=held.claim_token,
                seen=seat.digest,
                note=note,
                shown=shown,
                unread=True,
            )
    except NotDone as refusal:
        return Outcome(seat=seat, done=False, words=f"Left alone: {refusal}")
    return Outcome(seat=seat, done=True, words="Sent back")


def _word(name):
    """Return a label in the one spelling it is kept and found under."""
    word, longest = fold(name), Label._meta.get_field("name").max_length
    if not 0 < len(word) <= longest:
        raise Incomplete(f"Write the label, in at most {longest} characters.")
    return word


def _changed(seats, by, words, **change):
    """Change these seats and the other open ones of their texts; one that was closed meanwhile is left alone."""
    Review.objects.open().filter(revision__in={seat.revision_id for seat in seats}).update(**change)
    there = set(Review.objects.open().filter(pk__in=[seat.pk for seat in seats]).values_list("pk", flat=True))
    done = _all([seat for seat in seats if seat.pk in there], by, words)
    left = "Left alone: it was closed meanwhile"
    return done + [Outcome(seat=seat, done=False, words=left) for seat in seats if seat.pk not in there]


def _all(seats, by, words):
    _log(by, seats, f"{words}.")
    return [Outcome(seat=seat, done=True, words=words) for seat in seats]


def _log(by, seats, words):
    """Note in each article's history in the admin who did it."""
    articles = Article.objects.filter(pk__in={seat.article_id for seat in seats})
    if articles:
        LogEntry.objects.log_actions(by.account_id, articles, CHANGE, f"Review queue: {words}")
