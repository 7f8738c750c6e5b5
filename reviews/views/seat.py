"""What else becomes of a seat: skipped, handed over to a colleague, or decided and undone."""

from django.contrib import messages
from django.urls import reverse
from django.views.decorators.http import require_POST

from articles import kept
from reviews.errors import Conflict, NotAllowed, NotDone
from reviews.forms import HandOverForm, SkipForm
from reviews.models import Review
from reviews.queue import Asked, go_on
from reviews.templatetags.desk import moment
from reviews.views import SeeOther
from reviews.views.queue import seat_url
from reviews.views.review import found, sent, shown
from reviews.views.sign_in import desk


@kept.restorable
@require_POST
@desk
def skip(request, pk):
    """Give a seat back and be offered it no more; the next one opens by itself."""

    def act(seat, token):
        reason = SkipForm(request.POST).reason()
        seat.skip(by=request.person, token=token, reason=reason)
        return f"You skipped “{seat.revision.title[:80]}” ({reason}). Colleagues are still offered it."

    return _part_with(request, pk, act)


@kept.restorable
@require_POST
@desk
def hand_over(request, pk):
    """Keep a seat for a colleague; the next one opens by itself."""

    def act(seat, token):
        form = HandOverForm(request.POST)
        to = form.colleague(seat.people_for_it().exclude(pk=request.person.pk))
        seat.hand_over(by=request.person, token=token, to=to, note=form.cleaned_data["hand_over_note"])
        until = moment(found(pk).reserved_until)
        return f"You handed “{seat.revision.title[:80]}” over to {to}, for whom it is kept until {until}."

    return _part_with(request, pk, act)


def _part_with(request, pk, act):
    """Do what parts a person from their seat; go on to the next, unless words typed here would be left behind."""
    seat = found(pk)
    if kept.is_restoring(request):
        return shown(request, seat)
    form = sent(request, seat)
    form.is_valid()
    try:
        said = act(seat, form.cleaned_data.get("token"))
    except NotDone as refusal:
        return shown(request, found(pk), refusal=refusal)
    if any(not name.startswith("answer_") for name in form.typed()):
        return shown(request, found(pk), notice=f"{said} What you typed is below.", only_decision=True)
    messages.info(request, said)
    asked = Asked.of(request.GET)
    following, _ = go_on(request.person, asked)
    return SeeOther(seat_url(following, asked) if following else asked.changed().address())


@kept.restorable
@require_POST
@desk
def undo(request, pk):
    """Take back what one decided here a moment ago, and go to a fresh seat with all of it filled in again."""
    seat = found(pk)
    if kept.is_restoring(request):
        return shown(request, seat)
    decision = seat.decisions.verdicts().filter(person=request.person).first()
    try:
        if decision is None:
            raise NotAllowed("You did not decide this seat: there is nothing of yours to undo here.")
        fresh = decision.undo(by=request.person)
    except NotDone as refusal:
        # Pressed twice, it is no conflict.
        fresh = Review.objects.held_by(request.person).of_text(seat).first()
        if not isinstance(refusal, Conflict) or fresh is None:
            return shown(request, found(pk), refusal=refusal)
    title = seat.revision.title[:80]
    if fresh is None:
        messages.info(
            request, f"Undone. “{title}” needs no review any more: its text was replaced meanwhile."
        )
        return SeeOther(reverse("reviews:review", args=[pk]))
    also = [
        f"“{one.revision.title[:80]}”"
        for one in Review.objects.held_by(request.person).exclude(pk=fresh.pk).select_related("revision")
    ]
    also = f" You also hold {' and '.join(also)}: give back what you do not want now." if also else ""
    messages.info(request, f"Undone. “{title}” is yours again, with all you had answered and written.{also}")
    return SeeOther(reverse("reviews:review", args=[fresh.pk]))
