"""What waits at the desk, in the order of its rank, as one person may take it."""

from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Now
from django.urls import reverse

from reviews.models import Requirement, Review

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
    """Return up to PAGE_SIZE rows after the seat with id `after`, and the id to go on after (None at the end).

    A seat's rank never changes, so a place in the queue keeps its meaning after that seat is decided.
    """
    seats = waiting(show, person)
    place = Review.objects.filter(pk=after).first() if after else None
    if place:
        seats = seats.below(place.rank, place.pk)
    needed = Requirement.objects.filter(revision=OuterRef("revision")).order_by("-approvals")
    found = list(
        seats.in_order()
        .select_related("article", "revision", "claimed_by")
        .annotate(
            seats=Subquery(needed.values("approvals")[:1]),
            is_for_them=Exists(Review.objects.for_judging_by(person).filter(pk=OuterRef("pk"))),
        )[: PAGE_SIZE + 1]
    )
    rows = [row(seat, person) for seat in found[:PAGE_SIZE]]
    return rows, found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None


def row(seat, person):
    """Return what the queue prints of one seat."""
    labels = dict(Requirement.Reason.choices)
    mine = seat.is_claimed and seat.claimed_by_id == person.pk
    return {
        "url": reverse("reviews:review", args=[seat.pk]),
        "title": seat.revision.title,
        "reasons": [labels.get(reason, reason) for reason in seat.reasons],
        "why": seat.why,
        "words": seat.revision.facts.get("words"),
        "due": seat.due_at,
        "overdue": seat.is_overdue,
        "waiting_since": seat.opened_at,
        "claimed_by": str(seat.claimed_by) if seat.is_claimed else "",
        "mine": mine,
        "seat": seat.seat,
        # A seat that opened beside those of another revision has a number above the approvals needed.
        "seats": max(seat.seats or 1, seat.seat),
        "may_take": seat.is_for_them and (mine or not seat.is_claimed),
        "barred": "" if seat.is_for_them else "Somebody else has to decide on this one.",
    }


def counts(person):
    """Return how many seats wait, are held by this person and are overdue, each written out up to MOST_COUNTED."""
    return {
        "open": _counted(waiting("all", person)),
        "mine": _counted(waiting("mine", person)),
        "overdue": _counted(waiting("overdue", person)),
    }


def _counted(seats):
    number = seats[: MOST_COUNTED + 1].count()
    return f"{MOST_COUNTED:,}+" if number > MOST_COUNTED else f"{number:,}"
