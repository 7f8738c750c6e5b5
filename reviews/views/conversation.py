"""What is said about a text, at the desk. Whatever is refused, and whatever else was typed, is kept on the page."""

from django.urls import reverse
from django.views.decorators.http import require_POST

from articles import kept
from reviews.conversation import heard, without_what_was_said
from reviews.errors import Conflict, Incomplete, NotDone
from reviews.forms import opened_page
from reviews.queue import Asked
from reviews.views import SeeOther
from reviews.views.review import found, sent, shown
from reviews.views.sign_in import desk


@kept.restorable
@require_POST
@desk
def speak(request, pk):
    """Open a thread on the text of a seat, or answer, resolve or reopen one; then lead to it."""
    seat = found(pk)
    if kept.is_restoring(request):
        return shown(request, seat)
    try:
        thread = listen(request, seat)
    except NotDone as refusal:
        return shown(request, found(pk), refusal=refusal)
    request.POST = without_what_was_said(request.POST, thread)
    if sent(request, seat).typed():
        return shown(request, seat, at=thread, notice="Your comment is there. What else you typed is kept.")
    query = "&".join(part for part in (Asked.of(request.GET).query, f"thread={thread.pk}") if part)
    return SeeOther(f"{reverse('reviews:review', args=[pk])}?{query}#thread-{thread.pk}")


def listen(request, seat):
    if opened_page(request.POST.get("page", "")).person != str(request.person.uuid):
        raise Conflict(seat, "This page was opened by somebody else. Nothing was said in your name.")
    if request.POST.get("act") == "open" and not seat.is_open:
        raise Incomplete("This review is closed. Answer in a thread, or comment on the newer text.")
    return heard(request.POST, seat.revision, by=request.person)
