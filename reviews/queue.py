"""What waits at the desk, in the order of its rank, as one person may take it."""

from itertools import groupby

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Now
from django.urls import reverse

from reviews.folding import new_words
from reviews.models import Requirement, Review
from reviews.reading import reservation

PAGE_SIZE = 50
# Counting stops here, so that a queue of a million costs no more than this.
MOST_COUNTED = 10_000

FILTERS = {"all": "All", "unclaimed": "Unclaimed", "mine": "Mine", "overdue": "Overdue"}


def waiting(show, person):
    """Return the open seats one filter of FILTERS shows."""
    seats = Review.objects.open()
    match show:
        case "mine":
            return Review.objects.held_by(person)
        case "unclaimed":
            return Review.objects.free()
        case "overdue":
            return seats.filter(due_at__lt=Now())
    return seats


def page(person, *, show="all", after=None):
    """Return rows after the seat with id `after`, and the id to go on after (None at the end).

    A seat's rank never changes, so a place in the queue keeps its meaning after that seat is decided. A page holds up
    to PAGE_SIZE seats, and one row for those of a revision: they opened together, so they stand together.
    """
    seats = waiting(show, person)
    place = Review.objects.filter(pk=after).first() if after else None
    if place:
        seats = seats.below(place.rank, place.pk)
    needed = Requirement.objects.filter(revision=OuterRef("revision")).order_by("-approvals")
    free = Review.objects.free().filter(revision=OuterRef("revision")).order_by().values("revision")
    found = list(
        seats.in_order()
        .select_related("article", "revision", "claimed_by", "reserved_for", "reserved_by")
        .annotate(
            seats=Subquery(needed.values("approvals")[:1]),
            free=Subquery(free.annotate(n=Count("pk")).values("n")),
            is_for_them=Exists(Review.objects.for_judging_by(person).filter(pk=OuterRef("pk"))),
        )[: PAGE_SIZE + 1]
    )
    words = new_words(found, person)
    groups = [list(group) for _, group in groupby(found, key=lambda seat: seat.revision_id)]
    if len(found) <= PAGE_SIZE:
        return [row(group, person, words) for group in groups], None
    # The seat too many says that there is more. A revision it stands with is for the next page, unless it fills this.
    groups = groups[:-1] or [found[:PAGE_SIZE]]
    return [row(group, person, words) for group in groups], groups[-1][-1].pk


def row(group, person, words):
    """Return what the queue prints of one revision's seats: those of them that a filter shows."""
    labels = dict(Requirement.Reason.choices)
    mine = next((seat for seat in group if seat.is_claimed and seat.claimed_by_id == person.pk), None)
    # Seats of one text are alike but for whom they are kept: theirs first, others' last.
    takeable = min(
        (seat for seat in group if seat.is_for_them and not seat.is_claimed),
        key=lambda seat: 1 if not seat.is_reserved else 0 if seat.reserved_for_id == person.pk else 2,
        default=None,
    )
    # The one to go to: what they hold, else what they may take, else any, to read.
    seat = mine or takeable or group[0]
    barred = "" if any(one.is_for_them for one in group) else "Somebody else has to decide on this one."
    first, comma, more = seat.why.partition(",")  # the gravest reason stands first
    blocking = Requirement.Reason.FINDING in seat.reasons
    return {
        "url": reverse("reviews:review", args=[seat.pk]),
        "title": seat.revision.title,
        "reasons": [labels.get(reason, reason) for reason in seat.reasons],
        "why": seat.why,
        "blocking": first if blocking else "",
        "besides": comma + more if blocking else seat.why,
        "new_words": words[seat.digest][0],
        "words": words[seat.digest][1],
        "due": seat.due_at,
        "overdue": seat.is_overdue,
        "waiting_since": seat.opened_at,
        "claimed_by": [
            str(one.claimed_by) for one in group if one.is_claimed and one.claimed_by_id != person.pk
        ],
        "reserved": [reservation(one, person) for one in group if one.is_reserved and not one.is_claimed],
        "deferred_until": seat.deferred_until if seat.is_deferred else None,
        "mine": mine is not None,
        # A revision that waits beside the seats of another may have more of them than its terms ask for.
        "seats": max(seat.seats or 1, len(group)),
        "free": seat.free or 0,
        "may_take": mine is not None or takeable is not None,
        "barred": barred,
    }


def go_on(person):
    """Return the seat this person goes on with, or None, and whether it was claimed now: they may hold one already."""
    held = Review.objects.held_by(person).in_order().first()
    return (held, False) if held else (Review.objects.claim_next(by=person), True)


def counts(person):
    """Return how many texts this person could take now and how many are overdue, each written out up to MOST_COUNTED,
    and how many seats are kept for them, they hold and others hold."""
    is_mine = Q(claimed_by=person)
    claimed = Review.objects.open().filter(claimed_until__gt=Now())
    held = claimed.aggregate(mine=Count("pk", filter=is_mine), others=Count("pk", filter=~is_mine))
    return {
        "free": _counted(Review.objects.offered_to(person)),
        "kept": f"{Review.objects.kept_for(person).free().count():,}",
        "others": f"{held['others']:,}",
        "mine": f"{held['mine']:,}",
        "overdue": _counted(waiting("overdue", person)),
    }


def _counted(seats):
    """Return how many texts these seats are of. The cap is on seats: distinct texts would have to be read all first."""
    first = seats.order_by()[: MOST_COUNTED + 1]
    found = first.aggregate(seats=Count("pk"), texts=Count("revision", distinct=True))
    return f"{MOST_COUNTED:,}+" if found["seats"] > MOST_COUNTED else f"{found['texts']:,}"
