"""The admin's door: one sign-in for the whole site, and nothing typed is lost at it (P8)."""

from functools import wraps

from django.contrib import admin
from django.contrib.auth.views import LoginView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from articles import kept
from reviews.views.sign_in import ask_to_sign_in, to_copy, typed_by_hand


class AdminSite(admin.AdminSite):
    def admin_view(self, view, cacheable=False):
        """Let in who may come in, as Django does, but keep what the others typed.

        The resolver's function carries the attributes of `view`, so a restorable one is known before it is called.
        """
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        @sensitive_post_parameters(*kept.SIGN_IN_FIELDS)
        def entered(request, *args, **kwargs):
            if asked := self._ask(request):
                return asked
            try:
                if not self.has_permission(request):
                    raise PermissionDenied  # not Django's sign-in page: this account has signed in already
                return guarded(request, *args, **kwargs)
            except PermissionDenied:
                if not typed_by_hand(request):
                    raise
                return to_copy(
                    request,
                    headline="You may not do this",
                    explanation="The account you are signed in with has no right to do this. Nothing was saved.",
                )

        return entered

    def _ask(self, request):
        if request.path == reverse("admin:logout") and not request.user.is_authenticated:
            return redirect_to_login(reverse("admin:index"))  # who comes back does not want to leave at once
        return ask_to_sign_in(request)

    def login(self, request, extra_context=None):
        """Lead to the site's own page, and from there to where the visitor was going."""
        return redirect_to_login(LoginView().get_redirect_url(request) or reverse("admin:index"))
