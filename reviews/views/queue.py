"""The queue, and taking what comes first."""

from django.contrib import messages
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from reviews.queue import FILTERS, counts, go_on, page
from reviews.views import SeeOther
from reviews.views.sign_in import desk


@require_safe
@desk
def queue(request):
    show = request.GET.get("show")
    show = show if show in FILTERS else "all"
    after = request.GET.get("after", "")
    # Longer digits are no id; anything but an id begins at the top.
    after = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else None
    rows, last = page(request.person, show=show, after=after)
    here = reverse("reviews:queue")
    first_page = f"{here}?show={show}" if show != "all" else here
    context = {
        "rows": rows,
        "newest": first_page if after else "",
        "older": f"{here}?show={show}&after={last}" if last else "",
        "filters": [
            {
                "label": label,
                "url": f"{here}?show={name}" if name != "all" else here,
                "current": name == show,
            }
            for name, label in FILTERS.items()
        ],
        "counts": counts(request.person),
        "take_url": reverse("reviews:next"),
    }
    return render(request, "reviews/queue.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def next_review(request):
    """Claim the best free seat and go there; whoever holds one already goes back to it."""
    if request.method == "POST":
        review, is_new = go_on(request.person)
        if review and not is_new:
            messages.info(
                request, "You hold this one already. Decide it or give it back, then take the next."
            )
        if review:
            return SeeOther(reverse("reviews:review", args=[review.pk]))
        messages.info(
            request,
            "Nothing waits for you: all that is open is held by others or kept for them, put off, skipped by you, "
            "or not yours to judge.",
        )
        return SeeOther(reverse("reviews:queue"))
    return render(request, "reviews/next.html", {"take_url": reverse("reviews:next")})
