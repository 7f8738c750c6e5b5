"""Reviews, requirements, decisions, releases and the ledger: for looking only."""

import json

from django.contrib import admin
from django.utils.html import format_html

from articles.admin import ReadOnlyAdmin
from articles.models import Person, Release
from reviews.models import Decision, LedgerEntry, Requirement, Review
from reviews.templatetags.desk import moment


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    list_display = ["title", "state", "seat", "holder", "due_at", "opened_at"]
    list_select_related = ["revision", "claimed_by"]
    list_filter = ["state"]
    search_fields = ["article__slug__startswith"]
    exclude = ["claim_token"]

    @admin.display(description="Title")
    def title(self, review):
        return review.revision.title

    @admin.display(description="Held by", empty_value="–", ordering="claimed_until")
    def holder(self, review):
        return f"{review.claimed_by}, until {moment(review.claimed_until)}" if review.claimed_by else None

    def get_queryset(self, request):
        # A closed seat's state is a verdict; see DecisionAdmin.
        person = Person.objects.of(request.user)
        hidden = Decision.objects.exclude(pk__in=Decision.objects.visible_to(person).values("pk"))
        return super().get_queryset(request).exclude(pk__in=hidden.values("review"))


@admin.register(Requirement)
class RequirementAdmin(ReadOnlyAdmin):
    list_display = ["id", "revision", "reason", "approvals", "four_eyes", "policy_version", "created_at"]
    list_select_related = ["revision", "policy_version__policy"]
    list_filter = ["reason"]


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    """Whoever may still judge a text does not read here how others judged it (blind seats, P5)."""

    list_display = ["id", "title", "verdict", "person", "decided_at", "short_digest", "ledger_seq"]
    list_select_related = ["revision", "person", "ledger_seq"]
    list_filter = ["verdict"]
    search_fields = ["article__slug__startswith", "digest__startswith"]

    def get_queryset(self, request):
        return super().get_queryset(request).visible_to(Person.objects.of(request.user))

    @admin.display(description="Title")
    def title(self, decision):
        return decision.revision.title

    @admin.display(description="Digest")
    def short_digest(self, decision):
        return decision.digest[:12]


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin):
    list_display = ["id", "article", "n", "kind", "version", "person", "released_at", "ledger_seq"]
    list_select_related = ["article", "person"]
    list_filter = ["kind"]
    search_fields = ["article__slug__startswith", "version__startswith"]


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = ["seq", "kind", "short_hash"]
    fields = ("seq", "previous", "hash", "written_at", "content")
    readonly_fields = fields
    ordering = ["-seq"]

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("reviews.audit_ledger")

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    @admin.display(description="Hash")
    def short_hash(self, entry):
        return entry.hash[:16]

    @admin.display(description="Payload")
    def content(self, entry):
        return format_html(
            '<pre tabindex="0" role="region" aria-label="Payload">{}</pre>',
            json.dumps(json.loads(bytes(entry.payload)), indent=2, ensure_ascii=False),
        )
