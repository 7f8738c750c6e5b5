"""Who may come in, to the desk or the admin, and what happens to what they typed when they may not (any more)."""

from functools import wraps

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from articles import kept
from articles.models import Person
from reviews.forms import HIDDEN, opened_page

# Not typed by anybody: the pages of the desk and of the admin fill them in.
FILLED_IN = (
    *HIDDEN,
    "act",
    "part",
    "before",
    "base",
    "slug_was",
    "owner_was",
    "seen",
    "revision",
    "decision",
)


def leads(view):
    """Let in leads only, as `desk` lets in reviewers: those who may take back what others decided."""
    return desk(view, right="reviews.revoke_decision")


def desk(view, *, right="reviews.decide_review"):
    """Let in who has this right, as `request.person`; what they see is stored nowhere and indexed by nobody.

    A signed-out visitor signs in first. What a POST carried is kept meanwhile, and restored, never acted upon: the
    claim may be lost by now, and another person may sit here.
    """

    @wraps(view)
    @never_cache
    @sensitive_post_parameters(*kept.SIGN_IN_FIELDS)
    def guarded(request, *args, **kwargs):
        response = _enter(request, right) or view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex"
        return response

    return guarded


def _enter(request, right):
    """Set `request.person` and return None, or return the page for who may not come in."""
    if asked := ask_to_sign_in(request):
        return asked
    if not request.user.has_perm(right):
        if typed_by_hand(request):
            return to_copy(
                request,
                headline="You may not decide reviews",
                explanation="The account you signed in with has no right to decide reviews. Nothing was decided.",
            )
        raise PermissionDenied
    request.person = Person.objects.of(request.user)
    request.person.account = request.user  # loaded already, with its permissions
    return None


def ask_to_sign_in(request):
    """Return the page for a visitor who is signed out, or None for who is signed in, by this very request perhaps.

    Signing in on top of what was typed makes the request one that restores: nothing comes of it but a form filled in.
    """
    if request.user.is_authenticated:
        return None
    if request.method != "POST" or not (kept.can_be_restored(request) or typed_by_hand(request)):
        return redirect_to_login(request.get_full_path())
    if not kept.can_be_restored(request):
        return to_copy(
            request,
            headline="You are signed out",
            explanation="Nothing was done. Copy what you typed, then sign in and do it again.",
            status=401,
        )
    form = AuthenticationForm(
        request,
        data=request.POST if kept.SIGN_IN_FIELDS[0] in request.POST else None,
        prefix=kept.SIGN_IN,
    )
    if not form.is_valid():
        return _sign_in_again(request, form)
    login(request, form.get_user())
    # The admin's views ask for the CSRF cookie once more, and would bring back the secret from before the sign-in.
    request.COOKIES[settings.CSRF_COOKIE_NAME] = request.META["CSRF_COOKIE"]
    request.POST = request.POST.copy()
    for name in kept.SIGN_IN_FIELDS:
        request.POST.pop(name, None)
    request.POST[kept.RESTORE] = "1"
    return None


@never_cache
def _sign_in_again(request, form):
    context = {
        "form": form,
        "kept_fields": kept.typed(request, but=kept.SIGN_IN_FIELDS),
        "typed": typed_by_hand(request),
        "who": opened_page(request.POST.get("page", "")).name,
    }
    return render(request, "reviews/sign_in_again.html", context, status=401)


def csrf_failure(request, reason=""):
    """Answer a POST without a valid CSRF token, on any page of the site: nothing is done and nothing typed is lost.

    The usual cause is a page from before the last sign-in. A view that can be restored gets the fields again at the
    press of one button; for any other they are shown, to be copied.
    """
    return to_copy(
        request,
        headline="Your page was too old",
        explanation="You signed in or out after this page was opened, or cookies are off. Nothing was done.",
        may_restore=kept.can_be_restored(request),
    )


@never_cache
def to_copy(request, *, headline, explanation, may_restore=False, status=403):
    """Answer a POST that was not acted upon by showing what was typed, and by offering to fill it in again or not."""
    context = {
        "headline": headline,
        "explanation": explanation,
        "may_restore": may_restore,
        "kept_fields": kept.typed(request),
        "typed": typed_by_hand(request),
        "again_url": request.get_full_path(),
    }
    response = render(request, "reviews/csrf.html", context, status=status)
    response["X-Robots-Tag"] = "noindex"
    return response


def typed_by_hand(request):
    """Return [(label, value)] of what a person typed into the form that was posted, to be read and copied."""
    return [
        (name.replace("_", " ").capitalize(), value)
        for name, value in kept.typed(request, but=(*FILLED_IN, *kept.SIGN_IN_FIELDS))
        if value.strip() and not name.startswith("_")  # Django's own, such as the button that was pressed
    ]
