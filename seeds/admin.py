"""Import runs in the admin: upload a file, watch its import, see and take away what was refused or altered."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path

from articles.admin import ReadOnlyAdmin
from articles.kept import is_restoring, restorable
from articles.models import Article, ImportProblem, ImportRun, Person
from reviews.models import Due
from seeds import refused, uploads
from seeds.formats import NAMES
from seeds.receiving import most_bytes

PAGE = 50  # problems of one page
REASONS = 20  # of the most frequent ones

MAY_IMPORT = "articles.import_articles"
MAY_LOOK = "articles.view_importrun"
MAY_SEE_PROBLEMS = "articles.view_importproblem"  # they hold what documents say


class UploadForm(forms.Form):
    file = forms.FileField(
        widget=forms.FileInput,
        error_messages={"required": "Choose a file.", "empty": "This file is empty."},
    )
    dry_run = forms.BooleanField(
        required=False, label="Only say what would happen", help_text="Nothing is imported then."
    )

    def __init__(self, *args, refused="", **kwargs):
        super().__init__(*args, **kwargs)
        self.refused = refused
        self.fields["file"].widget.attrs["data-most"] = most_bytes()

    def clean(self):
        if self.refused:
            self.errors.pop("file", None)
            self.add_error("file", self.refused)
        elif file := self.cleaned_data.get("file"):
            self.format = uploads.format_of(file)
            if not self.format:
                self.add_error(
                    "file", f"{file.name} is none of the formats that are known here: {', '.join(NAMES)}."
                )


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    list_display = [
        "id",
        "source",
        "format",
        "who",
        "started_at",
        "how_it_is",
        "read",
        "came_in",
        "rejected",
        "flagged",
        "a_second",
    ]
    list_display_links = ["id", "source"]
    list_select_related = ["person"]
    list_filter = ["state", "format", "dry_run"]
    list_per_page = 50

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(MAY_LOOK) or request.user.has_perm(MAY_IMPORT)

    def has_add_permission(self, request):
        return request.user.has_perm(MAY_IMPORT)

    @admin.display(description="By", ordering="person__name")
    def who(self, run):
        return run.person or "the command line"

    @admin.display(description="State", ordering="state")
    def how_it_is(self, run):
        share = f", {run.percentage}%" if run.state == run.State.RUNNING and run.size else ""
        return f"{run.state}{share}{' (dry run)' if run.dry_run else ''}"

    @admin.display(description="In")
    def came_in(self, run):
        counts = {name: getattr(run, name) for name in ("created", "updated", "unchanged")}
        return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "–"

    @admin.display(description="A second")
    def a_second(self, run):
        return f"{run.rate:,.0f}" if run.rate else "–"

    def get_urls(self):
        own = [("problems", self.problems), ("stop", self.stop)]
        return [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"importrun-{name}")
            for name, view in own
        ] + super().get_urls()

    @restorable
    def add_view(self, request, form_url="", extra_context=None):
        """Take a file and let it wait for its import."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form, status, error = UploadForm(), 200, ""
        if is_restoring(request):
            form = UploadForm(initial={"dry_run": "dry_run" in request.POST})
            error = "Choose the file once more: a browser hands it over only with your own choice."
        elif request.method == "POST":
            form = UploadForm(request.POST, request.FILES, refused=getattr(request, "refused_file", ""))
            if form.is_valid():
                return self._accept(request, form)
            status = 413 if form.refused else 422
        context = {"form": form, "error": error, "most": settings.IMPORT_UPLOAD_MB}
        return self._page(request, "upload.html", status=status, title="Upload a file to import", **context)

    def _accept(self, request, form):
        run = uploads.wait_for(
            form.cleaned_data["file"],
            format=form.format,
            by=Person.objects.of(request.user),
            dry_run=form.cleaned_data["dry_run"],
        )
        messages.success(request, "The file is here, and waits for its turn.")
        return redirect("admin:articles_importrun_change", run.pk)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Show a run: how far it is, what it did, and what was refused or altered, page by page."""
        run = self._run_or_404(request, object_id)
        if request.method != "GET":
            raise PermissionDenied
        context = {
            "run": run,
            "may_stop": run.upload and run.is_unfinished and self.has_add_permission(request),
        }
        context["checks_are_due"] = not run.dry_run and Due.objects.of_run(run).exists()
        if "progress" in request.GET:
            return TemplateResponse(request, "admin/articles/importrun/run.html#progress", context)
        if request.user.has_perm(MAY_SEE_PROBLEMS):
            context |= problems_of(run, request.GET)
        touched = Article.objects.filter(slug__in=run.touched).order_by("slug")
        return self._page(request, "run.html", title=run.source, touched=touched, **context)

    def problems(self, request, pk):
        """All that was refused or altered, to be taken away: JSON Lines, each with its place, reason and document."""
        run = self._run_or_404(request, pk)
        if not request.user.has_perm(MAY_SEE_PROBLEMS):
            raise PermissionDenied
        kind = request.GET.get("kind", "")
        rows = run.problems.filter(kind=kind) if kind in ImportProblem.Kind else run.problems.all()
        response = StreamingHttpResponse(refused.lines(rows), content_type="application/x-ndjson")
        response["Content-Disposition"] = f'attachment; filename="import-{run.pk}-{kind or "problems"}.jsonl"'
        return response

    def stop(self, request, pk):
        """Stop an upload. The job notices behind the batch it is at."""
        run = self._run_or_404(request, pk)
        if not self.has_add_permission(request) or request.method != "POST":
            raise PermissionDenied
        if run.stop(by=Person.objects.of(request.user)):
            messages.success(request, "It is stopped.")
        else:
            messages.error(request, "It was over already; there was nothing to stop.")
        return redirect("admin:articles_importrun_change", run.pk)

    def _run_or_404(self, request, pk):
        if not self.has_view_permission(request):
            raise PermissionDenied
        runs = ImportRun.objects.select_related("person")
        return get_object_or_404(runs, pk=pk if str(pk).isdecimal() else 0)

    def _page(self, request, template, *, status=200, **context):
        base = {**self.admin_site.each_context(request), "opts": self.opts, "has_view_permission": True}
        return TemplateResponse(
            request, f"admin/articles/importrun/{template}", base | context, status=status
        )


def problems_of(run, asked):
    """What the page of a run says of its problems: reasons with their counts, and one page of the rows."""
    kind = asked.get("kind", "")
    kind = kind if kind in ImportProblem.Kind else ""
    rows = run.problems.filter(kind=kind) if kind else run.problems.all()
    if (after := asked.get("after", "")).isdecimal() and len(after) < 19:
        rows = rows.filter(pk__gt=int(after))
    rows = list(rows.defer("document")[: PAGE + 1])
    return {
        "reasons": list(run.problems.by_reason()[: REASONS + 1]),
        "most_reasons": REASONS,
        "kind": kind,
        "kinds": [("", "all"), *ImportProblem.Kind.choices],
        "problems": rows[:PAGE],
        "next": rows[PAGE - 1].pk if len(rows) > PAGE else "",
        "is_first": not after,
    }
