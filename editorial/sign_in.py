"""Who may sign in."""

from django.conf import settings
from django.contrib.auth.backends import ModelBackend


class AccountBackend(ModelBackend):
    """Django's own, which outside the demo also refuses the demo's accounts: their passwords are public.

    It is asked on every request, so a session opened in the demo ends here too.
    """

    def user_can_authenticate(self, user):
        return super().user_can_authenticate(user) and (settings.DEMO or not user.is_demo)
