"""Tags and entities in the admin: their aliases, and making one of two, with what that changes shown first."""

from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from articles import merging as topics
from articles.admin import TopicAdmin
from articles.models import Entity, EntityAlias, Person, Tag, TagAlias
from articles.models.topics import fold
from reviews import merging
from reviews.errors import NotDone

# What one page can show and one transaction should do.
MOST_AT_ONCE = 50


class AliasFormSet(forms.BaseInlineFormSet):
    def clean(self):
        super().clean()
        filled = [form.cleaned_data for form in self.forms if form not in self.deleted_forms]
        names = [
            (fold(said["name"]), getattr(said.get("id"), "type", "")) for said in filled if said.get("name")
        ]
        if len(names) != len(set(names)):
            raise forms.ValidationError("One alias stands here twice, in two spellings.")


class AliasForm(forms.ModelForm):
    class Meta:
        # A row of the table has no label of its own.
        widgets = {"name": AdminTextInputWidget(attrs={"aria-label": "Alias"})}


class AliasInline(admin.TabularInline):
    form = AliasForm
    formset = AliasFormSet
    extra = 1
    fields = ["name", "address"]
    readonly_fields = ["address"]

    @admin.display(description="Old address, which leads here", empty_value="–")
    def address(self, alias):
        if not alias.slug:
            return None
        return address_of(alias)


def address_of(alias):
    if isinstance(alias, TagAlias):
        return reverse("articles:tag", args=[alias.slug])
    return reverse("articles:entity", args=[alias.type_slug, alias.slug])


class TagAliasInline(AliasInline):
    model = TagAlias


class EntityAliasInline(AliasInline):
    model = EntityAlias


class TargetForm(forms.Form):
    """Which one stays: one of those that are chosen, or any other by its name."""

    into = forms.ChoiceField(label="Which one stays?", widget=forms.RadioSelect, required=False)
    other = forms.CharField(
        label="Or another one, by its name",
        required=False,
        max_length=150,
        widget=AdminTextInputWidget(),
    )

    def __init__(self, data, *, chosen):
        super().__init__(data)
        self.chosen = chosen
        self.fields["into"].choices = [(str(one.pk), str(one)) for one in chosen]
        if isinstance(chosen[0], Entity):
            self.fields[
                "other"
            ].help_text = "With its type before it, where several have the name: tool/pytest."

    def clean(self):
        name = self.cleaned_data.get("other", "").strip()
        if name:
            self.target = self._called(name)
        elif self.cleaned_data.get("into"):
            self.target = next(one for one in self.chosen if str(one.pk) == self.cleaned_data["into"])
        else:
            raise forms.ValidationError("Choose which one stays, or name another.")
        if [self.target] == self.chosen:
            raise forms.ValidationError(f"“{self.target}” cannot be merged into itself; name another.")

    def _called(self, name):
        model = type(self.chosen[0])
        found = list(model.objects.meant_by(name)[:2])
        kind, slash, rest = name.partition("/")
        if len(found) != 1 and slash and model is Entity:
            found = list(model.objects.meant_by(rest).filter(type=fold(kind))[:2])
        if not found:
            self.add_error("other", f"Nothing here is called “{name}”.")
            raise forms.ValidationError("Nothing is merged yet.")
        if len(found) > 1:
            self.add_error("other", f"Several are called “{name}”: put the type and a slash before it.")
            raise forms.ValidationError("Nothing is merged yet.")
        return found[0]


class MergingAdmin(TopicAdmin):
    """Topics that can be merged."""

    actions = ["merge"]

    @admin.action(description="Merge…", permissions=["merge"])
    def merge(self, request, chosen):
        pks = list(chosen.order_by("pk").values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
        if len(pks) > MOST_AT_ONCE:
            messages.error(request, f"Choose {MOST_AT_ONCE} at most; nothing is merged.")
            return None
        query = urlencode({"ids": ",".join(map(str, pks))})
        return redirect(f"{reverse(self._name('merge'))}?{query}")

    def has_merge_permission(self, request):
        return request.user.has_perm(f"articles.merge_{self.opts.model_name}")

    def get_urls(self):
        merge = self.admin_site.admin_view(self.merge_view)
        return [path("merge/", merge, name=self._name("merge").removeprefix("admin:")), *super().get_urls()]

    def _name(self, what):
        return f"admin:articles_{self.opts.model_name}_{what}"

    def merge_view(self, request):
        """Ask which one stays, show what merging changes, and then do it."""
        return _merge(self, request)


def _merge(model_admin, request):
    if not model_admin.has_merge_permission(request):
        raise PermissionDenied
    asked = request.POST if request.method == "POST" else request.GET
    chosen = list(_chosen(model_admin.model, asked.get("ids", "")))
    if not chosen:
        messages.error(request, "What was chosen is not here any more; nothing is merged.")
        return redirect(model_admin._name("changelist"))
    form = TargetForm(asked if "into" in asked or "other" in asked else None, chosen=chosen)
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": f"Merge {model_admin.opts.verbose_name_plural}",
        "form": form,
        "chosen": chosen,
        "ids": ",".join(str(one.pk) for one in chosen),
        "index": reverse(model_admin._name("changelist")),
    }
    if form.is_bound and form.is_valid():
        into = form.target
        things = [one for one in chosen if one != into]
        if request.method == "POST":
            return _merged(model_admin, request, things, into)
        context |= {
            "into": into,
            "changes": topics.changes(things, into),
            "seats": merging.open_seats_of(things),
            "policies": merging.policies_naming([*things, into]),
        }
    return TemplateResponse(request, "admin/articles/merge.html", context)


def _chosen(model, ids):
    pks = [int(pk) for pk in ids.split(",")[:MOST_AT_ONCE] if pk.isascii() and pk.isdigit() and len(pk) < 19]
    return model.objects.filter(pk__in=pks).order_by("pk")


def _merged(model_admin, request, things, into):
    names = ", ".join(f"“{thing}”" for thing in things)
    try:
        merging.merge(things, into, by=Person.objects.of(request.user))
    except NotDone as refused:
        messages.error(request, f"{refused} Nothing is merged.")
        return redirect(model_admin._name("changelist"))
    model_admin.log_change(request, into, f"Merged {names} into this.")
    messages.success(request, f"{names} merged into “{into}”. No text has changed.")
    return redirect(model_admin._name("change"), into.pk)


@admin.register(Tag)
class TagAdmin(MergingAdmin):
    list_display = ["name", "slug"]
    search_fields = ["name__istartswith", "aliases__name__istartswith"]
    fields = ["name", "slug"]
    readonly_fields = ["slug"]
    inlines = [TagAliasInline]


@admin.register(Entity)
class EntityAdmin(MergingAdmin):
    list_display = ["name", "type", "slug"]
    list_filter = ["type"]
    search_fields = ["name__istartswith", "aliases__name__istartswith"]
    fields = ["type", "name", "slug"]
    readonly_fields = ["slug"]
    inlines = [EntityAliasInline]
