"""Who may sign in, and where that leads."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.contrib.auth.views import LoginView
from django.db.models import Q
from django.urls import reverse

from articles.models import User


class AccountBackend(ModelBackend):
    """Django's own, which outside the demo also refuses the demo's accounts: their passwords are public.

    It is asked on every request, so a session opened in the demo ends here too.
    """

    def user_can_authenticate(self, user):
        return super().user_can_authenticate(user) and (settings.DEMO or not user.is_demo)

    def get_user(self, user_id):
        """Return the account of a session with its person, which nearly every page asks for; one query."""
        user = User.objects.select_related("person").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj, obj=None):
        """Return what an account may do by itself and by its groups; Django asks for the two one after the other."""
        if obj is not None or not user_obj.is_active or user_obj.is_anonymous or user_obj.is_superuser:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):
            held = Permission.objects.filter(
                Q(pk__in=user_obj.user_permissions.values("pk")) | Q(group__in=user_obj.groups.values("pk"))
            )
            named = held.order_by().values_list("content_type__app_label", "codename").distinct()
            user_obj._perm_cache = {f"{label}.{codename}" for label, codename in named}
        return user_obj._perm_cache

    def with_perm(self, *args, **kwargs):
        """Accounts that have a right: those that could sign in to use it."""
        accounts = super().with_perm(*args, **kwargs)
        return accounts if settings.DEMO else accounts.filter(is_demo=False)


class SignIn(LoginView):
    """The one page to sign in at, for the desk and for the admin."""

    extra_context = {"site_name": settings.SITE_NAME}  # Django would put the host's name in its place

    @property
    def redirect_authenticated_user(self):
        """Whoever is signed in goes on, except to a part of the site that asks for another account.

        Who sends a name and a password wants that account, whichever is signed in.
        """
        return self.request.method in ("GET", "HEAD") and may_enter(self.request.user, self.get_success_url())

    def get_default_redirect_url(self):
        user = self.request.user
        if user.has_perm("reviews.decide_review"):
            return reverse("reviews:queue")
        return reverse("admin:index" if user.is_staff else "articles:home")


def may_enter(user, address):
    """Say whether an account may enter the part of the site that an address is in; its page may ask for more."""
    path = urlsplit(address).path
    if path.startswith(reverse("admin:index")):
        return user.is_staff
    if path.startswith(reverse("reviews:queue")):
        return user.has_perm("reviews.decide_review")
    return path != reverse("sign-in")
