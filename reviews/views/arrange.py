"""Many at once: choose on the queue, see what would happen, do it, read what became of each."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.views.decorators.http import require_POST

from articles import kept
from reviews import arranging
from reviews.arrangements import ARRANGEMENTS
from reviews.errors import NotDone
from reviews.models import Review
from reviews.queue import Asked
from reviews.views.sign_in import desk


@kept.restorable
@require_POST
@desk
def arrange(request):
    """Show what was chosen and the form of the action; when that comes back filled in, do it and say what became."""
    if not arranging.may_arrange(request.person):
        raise PermissionDenied
    asked = Asked.of(request.GET).changed()
    seats, more = chosen(request, asked)
    action = ARRANGEMENTS.get(request.POST.get("action", ""))
    context = {
        "asked": asked,
        "queue_url": asked.address(),
        "seats": seats,
        "more": more,
        "most": arranging.MOST_AT_ONCE,
        "action": action,
        "name": request.POST.get("action", ""),
        "error": "",
    }
    if action is None or not seats:
        return render(request, "reviews/arrange.html", context, status=422)
    is_sent = "sent" in request.POST
    form = action(request.POST if is_sent else None, by=request.person)
    context["form"] = form
    if is_sent and not kept.is_restoring(request) and form.is_valid():
        try:
            return render(request, "reviews/arranged.html", context | {"outcomes": form.carry_out(seats)})
        except NotDone as refusal:
            context["error"] = str(refusal)
    status = 422 if context["error"] or (is_sent and form.errors) else 200
    return render(request, "reviews/arrange.html", context, status=status)


def chosen(request, asked):
    """Return the open seats that were ticked, or all that are asked for, in order, and whether there are more."""
    seats = Review.objects.open()
    if "everything" in request.POST:
        seats = asked.seats(request.person).filter(closed_at=None)
    else:
        ticked = [pk for pk in request.POST.getlist("seat") if pk.isascii() and pk.isdigit() and len(pk) < 19]
        seats = seats.filter(pk__in=ticked[: arranging.MOST_AT_ONCE + 1]).in_order()
    found = list(
        seats.select_related("article", "revision__text", "claimed_by")[: arranging.MOST_AT_ONCE + 1]
    )
    # One row a text: its other seats go with it where that makes sense.
    texts = {seat.revision_id: seat for seat in reversed(found[: arranging.MOST_AT_ONCE])}
    return list(reversed(texts.values())), len(found) > arranging.MOST_AT_ONCE
