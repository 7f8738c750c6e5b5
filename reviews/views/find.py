"""Find all like this: the page that finds, says what would happen to each, does it, and says what became of each."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from articles import kept
from reviews.alike import MOST_READ, PAGE_SIZE, Sought, chosen
from reviews.arranging import may_arrange
from reviews.errors import NotDone
from reviews.together import ACTS, LONGEST_REASON, may
from reviews.views.sign_in import desk


@kept.restorable
@require_http_methods(["GET", "HEAD", "POST"])
@desk
def find(request):
    """Show what is found, and what the chosen act would do to it; a POST does it to what is ticked."""
    if not may_arrange(request.person):
        raise PermissionDenied
    sought = Sought.of(request.GET)
    acts = {name: act for name, act in ACTS.items() if may(act, request.person)}
    name = request.GET.get("act", "")
    name = name if name in acts else "review"
    context = {
        "sought": sought,
        "acts": [(one, act.title) for one, act in acts.items()],
        "name": name,
        "act": acts[name],
        "most": MOST_READ,
        "longest": LONGEST_REASON,
        "top_url": sought.address(act=name),
        "reason": "",
        "error": "",
    }
    if request.method == "POST":
        context["reason"] = request.POST.get("reason", "").replace("\0", "")[:LONGEST_REASON]
        matches = chosen(ticked(request), request.person)
        if not kept.is_restoring(request):
            try:
                context["outcomes"] = acts[name].carry_out(
                    matches, by=request.person, reason=context["reason"]
                )
            except NotDone as refusal:
                context["error"] = str(refusal)
            else:
                context["next_url"] = sought.address(act=name, after=request.POST.get("next", ""))
                context["has_next"] = request.POST.get("next", "").isdigit()
                return render(request, "reviews/found.html", context)
        # What was ticked stays ticked.
        return render(
            request,
            "reviews/find.html",
            context | {"rows": acts[name].preview(matches), "next": request.POST.get("next", "")},
            status=422 if context["error"] else 200,
        )
    if sought.is_something:
        page = sought.page(request.person)
        context |= {
            "page": page,
            "rows": acts[name].preview(page.matches),
            "next": page.after or "",
            "next_url": sought.address(act=name, after=page.after) if page.after else "",
        }
    return render(request, "reviews/find.html", context)


def ticked(request):
    """Return the ids that a form has ticked, no more than a page lists."""
    given = request.POST.getlist("text")
    return [int(pk) for pk in given if pk.isascii() and pk.isdigit() and len(pk) < 19][:PAGE_SIZE]
