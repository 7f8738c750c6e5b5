"""Batches for leads: what their samples say, and holding the rest of one or lifting that."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from articles import kept
from reviews import holds
from reviews.alike import scope_of
from reviews.arranging import may_arrange
from reviews.errors import NotDone
from reviews.models import Batch, Hold, Sample
from reviews.models.sample import LONGEST_BATCH
from reviews.queue import Asked
from reviews.views import SeeOther
from reviews.views.sign_in import desk

# The newest; an older one is found by its name, with the form below them.
MOST_SHOWN = 50
LONGEST_GENERATOR = 2_000


@kept.restorable
@require_http_methods(["GET", "HEAD", "POST"])
@desk
def batches(request):
    """List the batches that were sampled or held; a POST holds one or lifts its hold, with a reason."""
    if not may_arrange(request.person):
        raise PermissionDenied
    typed, error = {}, ""
    if request.method == "POST":
        typed = {
            name: request.POST.get(name, "").replace("\0", "") for name in ("generator", "batch", "reason")
        }
        if not kept.is_restoring(request):
            try:
                done = turn(request.POST.get("turn", ""), typed, by=request.person)
            except NotDone as refusal:
                error = str(refusal)
            else:
                messages.success(request, f"{done}.")
                return SeeOther(reverse("reviews:batches"))
    context = {"rows": rows(request.person), "most": MOST_SHOWN, "typed": typed, "error": error}
    return render(request, "reviews/batches.html", context, status=422 if error else 200)


def turn(way, typed, *, by):
    """Hold or lift what a form names, and return the row of it."""
    batch = Batch(typed["generator"].strip()[:LONGEST_GENERATOR], typed["batch"].strip()[:LONGEST_BATCH])
    verb = holds.lift if way == "lift" else holds.hold
    return verb(batch, by=by, reason=typed["reason"])


def rows(person):
    """Return what `person` may know of each batch: those that are held first, then the newest that were sampled."""
    standing = {hold.of: hold for hold in Hold.objects.standing().select_related("person").newest()}
    sampled = Sample.objects.newest_batches(MOST_SHOWN)
    listed = list(dict.fromkeys([*standing, *sampled]))
    drawn, tallies = Sample.objects.sizes(listed), Sample.objects.tallies(listed, to=person)
    return [
        {
            "batch": batch,
            "hold": standing.get(batch),
            "drawn": drawn.get(batch, 0),
            "decided": tallies.get(batch, (0, 0))[0],
            "failed": tallies.get(batch, (0, 0))[1],
            "find_url": f"{reverse('reviews:find')}?{scope_of(batch)}",
            "queue_url": Asked(narrowed=narrowed(batch)).address(),
        }
        for batch in listed
    ]


def narrowed(batch):
    """Return what the queue is narrowed to for a batch."""
    kind, _, name = batch.name.partition(" ")
    return {kind: name} | ({"generator": batch.generator} if batch.generator else {})
