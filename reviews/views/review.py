"""One seat: reading, taking, giving back, deciding. Whatever is refused, the page keeps what was typed."""

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from articles import kept
from reviews import checks, lookalikes, reading
from reviews.comparing import difference
from reviews.errors import Conflict, Incomplete, NotAllowed, NotDone
from reviews.forms import DecisionForm, opened_page, sealed_page, typed_beside, typed_comments
from reviews.models import Decision
from reviews.queue import Asked, go_on
from reviews.templatetags.desk import moment
from reviews.views import SeeOther
from reviews.views.queue import seat_url
from reviews.views.sign_in import desk

# The button that passes what is open shows the page again, with that typed.
PASS_OPEN = "pass open"
STATUS = {Conflict: 409, NotAllowed: 403, Incomplete: 422}


@kept.restorable
@require_http_methods(["GET", "HEAD", "POST"])
@desk
def review(request, pk):
    """Show a seat; a POST decides it and leads to the next one, claimed, or to the queue where nothing waits."""
    seat = found(pk)
    if request.method != "POST" or kept.is_restoring(request):
        return shown(request, seat)
    # For a page from before the checks grew: a refusal takes back all that `decide` did, and this is to stay.
    checks.catch_up(seat.revision)
    form = sent(request, seat)
    try:
        decision = decide(form, seat, by=request.person)
    except NotDone as refusal:
        seat = found(pk)
        decision = sent_twice(form, seat, by=request.person)
        if decision is None:
            return shown(request, seat, refusal=refusal)
    # The tag tells the page that comes next which draft of the browser is done with.
    messages.success(request, said(decision), extra_tags=draft_of(seat, request.person))
    asked = Asked.of(request.GET)
    following, _ = go_on(request.person, asked)
    return SeeOther(seat_url(following, asked) if following else asked.changed().address())


@kept.restorable
@require_POST
@desk
def take(request, pk):
    """Claim a seat, and go on with what was typed before."""
    seat = found(pk)
    if kept.is_restoring(request):
        return shown(request, seat)
    try:
        seat.claim(by=request.person)
    except NotDone as refusal:
        return shown(request, found(pk), refusal=refusal)
    if sent(request, seat).typed():
        return shown(request, found(pk))
    return SeeOther(seat_url(seat, Asked.of(request.GET)))


@kept.restorable
@require_POST
@desk
def give_back(request, pk):
    """Put a seat back into the queue; what was typed stays on the page."""
    seat = found(pk)
    if kept.is_restoring(request):
        return shown(request, seat)
    form = sent(request, seat)
    form.is_valid()
    seat.give_back(by=request.person, token=form.cleaned_data.get("token"))
    if form.typed():
        return shown(request, found(pk), notice="You gave it back. What you typed is below.")
    messages.info(request, "You gave it back. Somebody else can take it now.")
    return SeeOther(Asked.of(request.GET).changed().address())


@require_POST
@desk
def renew(request, pk):
    """Let the lease run anew, for the page's script."""
    seat = found(pk)
    form = sent(request, seat)
    form.is_valid()
    try:
        seat.renew(by=request.person, token=form.cleaned_data.get("token"))
    except Conflict as refusal:
        return JsonResponse({"message": told(refusal, seat, request.person)}, status=409)
    return JsonResponse({"claimed_until": seat.claimed_until.isoformat()})


def found(pk):
    return get_object_or_404(reading.seats_with_text(), pk=pk)


def sent(request, seat):
    return DecisionForm(request.POST, **reading.asked_of(seat))


def decide(form, seat, *, by):
    """Give the verdict a form holds. Raises what Review.decide raises, and Conflict for another person's page."""
    page = opened_page(form.data.get("page", ""))
    if (page.review, page.person) != (seat.pk, str(by.uuid)):
        raise Conflict(
            seat, "This page was opened by somebody else, or for another review. Nothing was decided."
        )
    if not form.is_valid():
        raise Incomplete(form.complaint())
    if not form.chosen():
        raise Incomplete("Choose a verdict: approve, ask for changes, or reject.")
    if any(name.startswith("say") for name in typed_comments(form.data)):
        raise Incomplete("You wrote a comment and did not send it. Send it, or empty its field, then decide.")
    chosen = form.cleaned_data["duplicate_of"]
    return seat.decide(
        form.chosen(),
        by=by,
        token=form.cleaned_data["token"],
        seen=form.cleaned_data["digest"],
        answers=form.answers(),
        note=form.cleaned_data["note"],
        shown=page.shown,
        overruled=form.overruled(),
        ticked=form.ticked(),
        together=form.passed(),
        duplicate_of=lookalikes.original_of(chosen, page.shown.get("look_alikes")) if chosen else None,
    )


def draft_of(seat, person):
    """Return the name of a draft in the browser. A shared computer keeps one person's drafts from the next."""
    return f"{person.uuid} {seat.pk} {seat.digest}"


def shown(
    request,
    seat,
    *,
    refusal=None,
    notice="What you typed is back. Nothing was decided yet.",
    only_decision=False,
    at=None,
):
    """Answer with the page of a seat, and with what a POST carried filled in again if the same person typed it.

    `notice` is said above what was filled in, where nothing was refused. What was typed beside the decision is left
    out with `only_decision`: it was done. `at` is the thread that gets the focus.
    """
    person = request.person
    query = Asked.of(request.GET).query
    context = reading.page_of(
        seat,
        person,
        everything="all" in request.GET or not seat.is_open,
        query=query,
        against=request.GET.get("against", ""),
        marks="marks" in request.GET,
    )
    typed, strangers, passing = {}, None, False
    if request.method == "POST":
        form = DecisionForm(request.POST, **context["asked"])
        typed = form.typed()
        passing = request.POST.get(kept.RESTORE) == PASS_OPEN
        if passing:
            typed |= form.passed_together()
            notice = "Every question has its answer; what was open passed together. Nothing was decided yet."
        typed |= {} if only_decision else typed_beside(request.POST)
        page = opened_page(request.POST.get("page", ""))
        if typed and page.person != str(person.uuid):
            typed, strangers = {}, {"who": page.name, "typed": list(typed.values())}
    fresh = {
        "digest": seat.digest,
        "token": seat.claim_token if context["review"]["mine"] else None,
        "page": sealed_page(seat, person, context["shown"]),
    }
    filled = typed if request.method == "POST" else context["former"]
    form = DecisionForm(initial=filled | fresh, **context["asked"])
    context |= {
        "form": form,
        "questions": form.questions(),
        "ticks": form.ticks(),
        "deciding": seat.is_open and not context["review"]["barred"],
        "findings": reading.findings_on_page(context["findings"], form),
        **reading.batch_on_page(seat.revision, context["findings"], person),
        "kept": bool(typed),
        "pass_open": PASS_OPEN if context["asked"]["together"] and context["review"]["mine"] else "",
        "passing": passing and bool(typed),
        "beside": typed,
        "notice": notice if typed else "",
        "strangers": strangers,
        "conflict": conflict(refusal, seat, person) if isinstance(refusal, Conflict) else None,
        "error": str(refusal) if refusal and not isinstance(refusal, Conflict) else "",
        "draft": draft_of(seat, person),
        "instead": instead(seat, person, typed | {"page": fresh["page"]}),
        "comment": context["talk"].fill(typed, request.GET.get("part")),
        **context["talk"].context(
            reverse("reviews:speak", args=[seat.pk]) + (f"?{query}" if query else ""),
            at.pk if at else request.GET.get("thread"),
            may_open=seat.is_open,
        ),
    }
    status = next((code for kind, code in STATUS.items() if isinstance(refusal, kind)), 200)
    return render(request, "reviews/review.html", context, status=status)


def conflict(refusal, seat, person):
    """Return who or what was faster, for the top of the page."""
    decision = seat.decisions.verdicts().select_related("person").first()
    headlines = {
        seat.State.OPEN: "Nothing was decided",
        seat.State.SUPERSEDED: "The text changed while you were reading",
        seat.State.MOOT: "This seat is no longer needed",
    }
    changed = seat.state == seat.State.SUPERSEDED
    headline = headlines.get(seat.state, "Somebody was faster")
    detail = told(refusal, seat, person)
    if detail.startswith(headline):  # a refusal is a whole sentence; what stands above is not said again
        detail = detail.removeprefix(headline).lstrip(": ")
        detail = detail[:1].upper() + detail[1:]
    return {
        "headline": headline,
        "detail": detail,
        "decided_by": str(decision.person) if decision else "",
        "decided_at": decision.decided_at if decision else None,
        "difference": difference(seat.revision, seat.article.latest_revision) if changed else None,
    }


def told(refusal, seat, person):
    """Return a refusal in words; how another person judged stays unsaid to who may still judge the same text."""
    decision = seat.decisions.verdicts().select_related("person").first()
    if decision is None or seat.decisions.verdicts().visible_to(person).exists():
        return str(refusal)
    return (
        f"{decision.person} decided this seat on {moment(decision.decided_at)}. Another seat waits for you."
    )


def instead(seat, person, fields):
    """Return another seat to go on with after this one was closed, and the form fields that carry the note there."""
    other = None if seat.is_open else reading.other_seat(seat, person)
    if other is None:
        return None
    return {"url": reverse("reviews:review", args=[other.pk]), "fields": list(fields.items())}


def sent_twice(form, seat, *, by):
    """Return the decision that this very form made before, or None: a double click is no conflict."""
    if not form.is_valid():
        return None
    decision = seat.decisions.standing().filter(person=by, verdict=form.chosen()).first()
    note = str(decision.note or "") if decision else ""
    return decision if decision and note == form.cleaned_data["note"] else None


def said(decision):
    title = decision.revision.title[:80]
    done = {
        Decision.Verdict.APPROVE: f"You approved “{title}”.",
        Decision.Verdict.REQUEST_CHANGES: f"You asked for changes to “{title}”.",
        Decision.Verdict.REJECT: f"You rejected “{title}”.",
    }
    return done[decision.verdict]
