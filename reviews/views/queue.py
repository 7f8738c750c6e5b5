"""The queue, and taking what comes first."""

from django.contrib import messages
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from reviews.arrangements import ARRANGEMENTS
from reviews.arranging import may_arrange
from reviews.models import Requirement
from reviews.queue import NARROWED, SHOWN, SORTS, STATES, Asked, counts, go_on, page
from reviews.views import SeeOther
from reviews.views.sign_in import desk

KINDS = {
    "reason": "Reason",
    "tag": "Tag",
    "entity": "Entity",
    "generator": "Generator",
    "model": "Model",
    "prompt": "Prompt",
    "batch": "Batch",
    "run": "Import run",
    "label": "Label",
    "alike": "Looks like another",
}
CHOICES = {
    "reason": [("", "Any"), *Requirement.Reason.choices],
    "alike": [("", "Any"), ("yes", "Yes")],
}


@require_safe
@desk
def queue(request):
    asked = Asked.of(request.GET)
    rows, last = page(request.person, asked)
    context = {
        "rows": rows,
        "newest": asked.address() if asked.after else "",
        "older": asked.address(after=last) if last else "",
        "filters": filters_of(asked),
        "chips": chips_of(asked),
        "asked": asked,
        "left_out": asked.state and any(request.GET.get(name) for name in ("show", *NARROWED)),
        "fields": fields_of(asked),
        "counts": counts(request.person, asked),
        "take_url": next_url(asked),
        "queue_url": asked.address(),
        "arrangements": arrangements_for(request.person, asked),
    }
    return render(request, "reviews/queue.html", context)


def arrangements_for(person, asked):
    """Return what this person may do with what they tick: where it is sent, and the actions; None for most people."""
    if asked.state or not may_arrange(person):
        return None
    actions = [(name, action.title) for name, action in ARRANGEMENTS.items()]
    return {
        "url": reverse("reviews:arrange") + (f"?{asked.query}" if asked.query else ""),
        "actions": actions,
    }


def filters_of(asked):
    """Return the lists one click away; what the queue is narrowed to stays."""
    return [
        {
            "label": label,
            "url": asked.changed(show=name, state="", sort="due" if name == "overdue" else "rank").address(),
            "current": name == asked.show and not asked.state,
        }
        for name, label in SHOWN.items()
    ]


def chips_of(asked):
    """Return what the queue is narrowed to, each with the address of the queue without it."""
    reasons = dict(Requirement.Reason.choices)
    chips = [
        {
            "label": KINDS[kind],
            "value": reasons.get(value, value) if kind == "reason" else value,
            "url": asked.without(kind).address(),
        }
        for kind, value in asked.narrowed.items()
    ]
    if asked.state:
        closed = {"label": "Closed", "value": STATES[asked.state], "url": asked.changed(state="").address()}
        chips.append(closed)
    return chips


def fields_of(asked):
    """Return the form that narrows the queue: each field with its choices, or none where it takes words."""
    states = [("", "Waiting"), *((value, f"Closed: {label.capitalize()}") for value, label in STATES.items())]
    given = asked.narrowed
    return [
        *(
            {
                "name": kind,
                "label": label,
                "value": given.get(kind, ""),
                "choices": CHOICES.get(kind, []),
            }
            for kind, label in KINDS.items()
        ),
        {"name": "state", "label": "State", "value": asked.state, "choices": states},
        {
            "name": "sort",
            "label": "Order",
            "value": asked.sort,
            "choices": [(name, sort.label) for name, sort in SORTS.items()],
        },
    ]


def next_url(asked):
    return reverse("reviews:next") + (f"?{asked.query}" if asked.query else "")


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def next_review(request):
    """Claim the best free seat of what is asked and go there; whoever holds one already goes back to it."""
    asked = Asked.of(request.GET).changed()
    if request.method == "POST":
        review, is_new = go_on(request.person, asked)
        if review and not is_new:
            messages.info(
                request, "You hold this one already. Decide it or give it back, then take the next."
            )
        if review:
            return SeeOther(seat_url(review, asked))
        messages.info(
            request,
            "Nothing waits for you: all that is open is held by others or kept for them, put off, skipped by you, "
            "or not yours to judge.",
        )
        return SeeOther(asked.address())
    return render(request, "reviews/next.html", {"take_url": next_url(asked), "queue_url": asked.address()})


def seat_url(review, asked):
    """Return the page of a seat, which goes on with what was asked when it is decided."""
    return reverse("reviews:review", args=[review.pk]) + (f"?{asked.query}" if asked.query else "")
