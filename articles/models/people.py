"""Who signs in, and who did something."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A sign-in account. History never points here, so an account can be deleted."""

    is_demo = models.BooleanField(
        default=False,
        editable=False,
        help_text="Made by the demo, with a known password. No other start accepts it.",
    )


class PersonQuerySet(models.QuerySet):
    def of(self, user):
        """Return the person behind a signed-in account, made on first use."""
        if person := getattr(user, "person", None):
            return person
        name = user.get_full_name() or user.get_username()
        return self.get_or_create(account=user, defaults={"name": name})[0]


class Person(models.Model):
    """Who did something, by pseudonymous id: the one row that points to an account.

    All history points to a Person. Erasing a person's name or account leaves the history whole.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(
        max_length=150, blank=True, help_text="As shown at the desk and on review records."
    )
    account = models.OneToOneField(User, models.SET_NULL, null=True, blank=True, related_name="person")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "people"
        ordering = ["name", "pk"]

    def __str__(self):
        return self.name or f"Person {str(self.uuid)[:8]}"

    def save(self, *args, **kwargs):
        from articles import showing  # which asks other models, and they name people

        is_new = self._state.adding
        super().save(*args, **kwargs)
        if not is_new:
            showing.changed(showing.of_person(self), hard=True)  # whoever takes a name away means it
