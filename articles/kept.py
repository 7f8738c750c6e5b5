"""Keeping what somebody typed when a page is too old or a session is over (P8).

The refused fields travel in a form that posts them to the same address again with `restore=1`. A view that can be
restored shows its form filled with them and does nothing else; whoever made that form, no decision and no save comes
of it.
"""

RESTORE = "restore"
# The sign-in stands in one form with what is kept, so its fields have names that no other form's have.
SIGN_IN = "sign_in"
SIGN_IN_FIELDS = (f"{SIGN_IN}-username", f"{SIGN_IN}-password")
UNTYPED = ("csrfmiddlewaretoken", RESTORE)


def restorable(view):
    """Mark a view, or a method of an admin class, that answers `restore=1` with its form filled and saves nothing."""
    view.restorable = True
    return view


def can_be_restored(request):
    """Say whether the view this request was for can be restored."""
    return getattr(request.resolver_match.func, "restorable", False)


def is_restoring(request):
    return request.method == "POST" and RESTORE in request.POST


def typed(request, but=()):
    """Return [(name, value)] of what was posted, in order: no password, no file, and nothing named in `but`.

    Django has refused a larger post before (DATA_UPLOAD_MAX_MEMORY_SIZE, DATA_UPLOAD_MAX_NUMBER_FIELDS).
    """
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name not in (*UNTYPED, *but) and "password" not in name.lower()
        for value in values
    ]


class RestorableAdmin:
    """For admin classes with Django's own forms: a restored form is shown filled, with this message, and not saved."""

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        if not is_restoring(request):
            return form

        class Restored(form):
            def clean(self):
                super().clean()
                self.add_error(
                    None, "This is what was typed. Nothing is saved yet: save it if you still want to."
                )

        return Restored

    @restorable
    def add_view(self, request, form_url="", extra_context=None):
        return super().add_view(request, form_url, extra_context)

    @restorable
    def change_view(self, request, object_id, form_url="", extra_context=None):
        return super().change_view(request, object_id, form_url, extra_context)
