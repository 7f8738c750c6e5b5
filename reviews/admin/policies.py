"""Policies, criteria and sample plans: edited as rows, kept as versions. Saving goes through the verbs, so the ledger
knows."""

import re

from django import forms
from django.contrib import admin, messages
from django.utils.text import slugify

from articles.kept import RestorableAdmin
from articles.models import Person
from reviews.models import Criteria, Policy, SamplePlan


@admin.register(Policy)
class PolicyAdmin(RestorableAdmin, admin.ModelAdmin):
    list_display = [
        "name",
        "position",
        "active",
        "asks_for",
        "approvals",
        "four_eyes",
        "due_hours",
        "version",
    ]
    list_select_related = ["current"]
    list_filter = ["active"]
    readonly_fields = ["version"]
    fieldsets = [
        (None, {"fields": ["name", "position", "active", "version"]}),
        (
            "Which revisions",
            {
                "description": "Every condition that is set must hold. The default row needs none: its terms hold "
                "where a review is needed for another reason and no row matches.",
                "fields": [f"match_{what}" for what in Policy.MATCHES],
            },
        ),
        (
            "What it takes",
            {
                "fields": [
                    "approvals",
                    "four_eyes",
                    "exclude_importer",
                    "criteria",
                    "answers_together",
                    "due_hours",
                    "valid_days",
                ]
            },
        ),
    ]

    @admin.display(description="Matches")
    def asks_for(self, policy):
        conditions = ", ".join(
            f"{what.replace('_', ' ')}: {value}" for what, value in policy.conditions().items()
        )
        return conditions or ("what no other row matches" if policy.is_default else "nothing")

    @admin.display(description="Version")
    def version(self, policy):
        return policy.current.number if policy.current else "none yet"

    def has_delete_permission(self, request, obj=None):
        return False  # its versions are history; a row is made inactive

    def get_readonly_fields(self, request, obj=None):
        # The default's terms are the last resort, so it stays active.
        return [*self.readonly_fields, "active"] if obj and obj.is_default else self.readonly_fields

    def save_model(self, request, policy, form, change):
        before = policy.current_id
        version = policy.settle(by=Person.objects.of(request.user))
        if version.pk != before:
            messages.info(
                request,
                f"Version {version.number} is in force. What is frozen in reviews already stays as it was.",
            )


@admin.register(SamplePlan)
class SamplePlanAdmin(RestorableAdmin, admin.ModelAdmin):
    list_display = ["name", "active", "match_generator", "rate", "tolerated", "least", "version"]
    list_select_related = ["current"]
    readonly_fields = ["version"]
    fieldsets = [
        (None, {"fields": ["name", "active", "version"]}),
        (
            "What is reviewed",
            {
                "description": "Of what nothing else sends to review. It is chosen by a hash of the source id, so an "
                "import that runs again picks the same.",
                "fields": ["match_generator", "rate"],
            },
        ),
        (
            "What holds the rest of a batch",
            {
                "description": "A draft failed when somebody asks for changes or rejects it. docs/batches.md has the "
                "statistics.",
                "fields": ["tolerated", "least"],
            },
        ),
    ]

    @admin.display(description="Version")
    def version(self, plan):
        return plan.current.number if plan.current else "none yet"

    def has_delete_permission(self, request, obj=None):
        return False  # its versions are history; a plan is made inactive

    def save_model(self, request, plan, form, change):
        before = plan.current_id
        version = plan.settle(by=Person.objects.of(request.user))
        if version.pk != before:
            messages.info(
                request, f"Version {version.number} is in force. What was drawn already stays as it was."
            )


QUESTION = "One question a line. A * in front: it must pass before an approval. Help, if any, behind a |."


class CriteriaForm(forms.ModelForm):
    questions = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 10, "class": "vLargeTextField"}), help_text=QUESTION
    )

    class Meta:
        model = Criteria
        fields = ["name"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            asked = self.instance.in_force().questions
            self.known = {question["text"]: question["id"] for question in asked}
            self.fields["questions"].initial = "\n".join(map(as_line, asked))
        else:
            self.known = {}

    def clean_questions(self):
        lines = [line.strip() for line in self.cleaned_data["questions"].splitlines() if line.strip()]
        questions, taken = [], set()
        for line in lines:
            text, _, help_text = line.lstrip("* ").partition("|")
            text = text.strip()
            if not text:
                raise forms.ValidationError(f"“{line}” holds no question.")
            # A question keeps its id as long as its words stay, so that answers can be compared over versions.
            name = (
                self.known.get(text)
                or re.sub(r"-+", "-", slugify(text))[:60]
                or f"question-{len(questions) + 1}"
            )
            if name in taken:
                raise forms.ValidationError(f"“{text}” is asked twice.")
            taken.add(name)
            questions.append(
                {"id": name, "text": text, "help": help_text.strip(), "must_pass": line.startswith("*")}
            )
        if not questions:
            raise forms.ValidationError("Ask at least one question.")
        return questions


def as_line(question):
    star = "* " if question.get("must_pass") else ""
    return f"{star}{question['text']}" + (f" | {question['help']}" if question.get("help") else "")


@admin.register(Criteria)
class CriteriaAdmin(RestorableAdmin, admin.ModelAdmin):
    form = CriteriaForm
    list_display = ["name", "version"]
    list_select_related = ["current"]

    @admin.display(description="Version")
    def version(self, criteria):
        return criteria.current.number if criteria.current else "the standard questions"

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, criteria, form, change):
        # Not the whole row: which version is in force is for `ask` to say.
        criteria.save(update_fields=["name"] if change else None)
        version = criteria.ask(form.cleaned_data["questions"], by=Person.objects.of(request.user))
        messages.info(request, f"Version {version.number} is asked from the next review on.")
