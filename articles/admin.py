"""The admin of people and topics. Articles themselves are in reviews/admin: what happens to them are review verbs."""

import taggit.admin
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.urls import Resolver404, resolve

from articles.kept import RestorableAdmin
from articles.models import (
    Article,
    Checklist,
    Person,
    Redirect,
    User,
)

# The site has tags of its own. Taggit's pages would only confuse, and its merging asks for no permission.
admin.site.unregister(taggit.models.Tag)


class ReadOnlyAdmin(admin.ModelAdmin):
    """For looking. State changes only by the verbs of the models."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(User)
class AccountAdmin(RestorableAdmin, UserAdmin):
    list_display = ["username", "first_name", "last_name", "is_active", "is_staff", "is_demo"]
    readonly_fields = ["is_demo"]


@admin.register(Person)
class PersonAdmin(RestorableAdmin, admin.ModelAdmin):
    list_display = ["name", "account", "uuid"]
    list_select_related = ["account"]
    search_fields = ["name__istartswith", "account__username__startswith"]
    fields = ["name", "signs_in_as", "uuid", "created_at"]
    readonly_fields = ["signs_in_as", "uuid", "created_at"]

    @admin.display(description="Signs in as")
    def signs_in_as(self, person):
        return str(person.account or "–")  # no link: who names people need not see accounts

    def has_add_permission(self, request):
        return False  # made with the first thing an account does

    def has_delete_permission(self, request, obj=None):
        return False  # history points here


class TopicAdmin(RestorableAdmin, admin.ModelAdmin):
    show_full_result_count = False

    def has_delete_permission(self, request, obj=None):
        return False  # documents name them; they would come back with the next import


class ChecklistForm(forms.ModelForm):
    items = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 10, "class": "vLargeTextField"}),
        help_text="One check a line. Other checks make a new version; articles stay with the version they have.",
    )

    class Meta:
        model = Checklist
        fields = ["title", "slug"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.current:
            self.fields["items"].initial = "\n".join(self.instance.current.items)

    def clean_items(self):
        return [line.strip() for line in self.cleaned_data["items"].splitlines() if line.strip()]


@admin.register(Checklist)
class ChecklistAdmin(TopicAdmin):
    form = ChecklistForm
    list_display = ["title", "slug", "version"]
    list_select_related = ["current"]
    search_fields = ["title__istartswith"]

    @admin.display(description="Version")
    def version(self, checklist):
        return checklist.current.number if checklist.current else "none"

    def save_model(self, request, checklist, form, change):
        super().save_model(request, checklist, form, change)
        before = checklist.current
        version = checklist.revise(form.cleaned_data["items"])
        if version is None:
            messages.error(request, "Another checklist has exactly these items; this one keeps what it had.")
        elif before and version != before:
            messages.info(request, f"Version {version.number} is the current one from now on.")


class RedirectForm(forms.ModelForm):
    """An old address. It may not be one that something answers at: the redirect would never be used."""

    def clean_path(self):
        path = self.cleaned_data["path"]
        if not path.startswith("/") or path.startswith("//") or not {"?", "#"}.isdisjoint(path):
            raise forms.ValidationError("Begin with one slash, and leave out all from a ? or # on.")
        try:
            match = resolve(path)
        except Resolver404:
            return path
        if match.view_name != "articles:article":
            raise forms.ValidationError("The site itself answers at this address.")
        if Article.objects.filter(slug=match.kwargs["slug"]).exists():
            raise forms.ValidationError("An article has this address now.")
        return path


@admin.register(Redirect)
class RedirectAdmin(RestorableAdmin, admin.ModelAdmin):
    form = RedirectForm
    list_display = ["path", "article"]
    list_select_related = ["article"]
    search_fields = ["path__startswith"]
    raw_id_fields = ["article"]
