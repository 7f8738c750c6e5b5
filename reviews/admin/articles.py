"""Articles in the admin: the list at a glance, and the way to every view that works on one."""

from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, Subquery, Value, When
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from articles.kept import restorable
from articles.models import Article, ArticleTag, Entity, Mention, StaffWords, Tag
from articles.models.topics import fold
from articles.search import PLACES
from reviews import checks
from reviews.admin import acting, editing, looking, talking
from reviews.admin.page import standing, verdicts_on_latest, with_standing
from reviews.models import Decision, Finding, Review
from reviews.templatetags.desk import moment

# Nearly every draft carries this one, so it tells nothing in a list.
COMMON_FLAG = "ai_generated_style"
MOST_NAMED = 3
# Addresses that begin with what is looked for; there are no more than that to choose from.
MOST_ADDRESSED = 50
BY_ADDRESS = len(PLACES)  # behind all that is found by its words
NONE = mark_safe('<span class="none">–</span>')

STATES = {
    "draft": "Draft",
    "waiting": "Waiting for review",
    "sent_back": "Sent back",
    "rejected": "Rejected",
    "approved": "Approved, not released",
    "live": "Live",
    "newer": "Live, newer draft",
    "withdrawn": "Withdrawn",
    "candidate": "New source text beside an edit",
    "archived": "Archived",
}


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return STATES.items()

    def queryset(self, request, articles):
        if self.value() is None:
            return articles.filter(archived_at=None)
        return articles.filter(in_state(self.value()))


class ChosenFilter(admin.SimpleListFilter):
    """A filter set by a link in the list. There may be thousands of values, so only the chosen one is shown."""

    def lookups(self, request, model_admin):
        value = self.used_parameters.get(self.parameter_name)
        return [(value, value)] if value else []


class TagFilter(ChosenFilter):
    title = "tag"
    parameter_name = "tag"

    def queryset(self, request, articles):
        if self.value() is None:
            return articles
        carrying = ArticleTag.objects.filter(
            content_object=OuterRef("pk"), in_latest=True, tag__in=Tag.objects.meant_by(self.value())
        )
        return articles.filter(Exists(carrying))


class EntityFilter(ChosenFilter):
    title = "entity"
    parameter_name = "entity"

    def queryset(self, request, articles):
        if self.value() is None:
            return articles
        mentioning = Mention.objects.filter(
            article=OuterRef("pk"), in_latest=True, entity__in=Entity.objects.meant_by(self.value())
        )
        return articles.filter(Exists(mentioning))


def linked(parameter, names):
    """Return the first of [(name, type)] as links that show the articles that have them too, and how many more."""
    links = ((f"?{urlencode({parameter: name})}", name, kind) for name, kind in names[:MOST_NAMED])
    shown = format_html_join(", ", '<a href="{}">{}</a><small>{}</small>', links)
    if len(names) <= MOST_NAMED:
        return shown
    more = ", ".join(name for name, _ in names[MOST_NAMED:])
    return format_html('{} <small title="{}">+{}</small>', shown, more, len(names) - MOST_NAMED)


def how_many_sent_back():
    """Return how many articles wait for their editor: counted from the decisions, which are fewer than the articles."""
    asked = Decision.objects.standing().filter(
        verdict=Decision.Verdict.REQUEST_CHANGES,
        digest=F("article__latest_revision__text"),
        article__archived_at=None,
    )
    open_seats = Review.objects.open().filter(article=OuterRef("article"))
    return asked.filter(~Exists(open_seats)).aggregate(n=Count("article", distinct=True))["n"]


def in_state(state):
    """Return the condition that an article is in one of STATES."""
    open_seats = Review.objects.open().filter(article=OuterRef("pk"))
    verdicts = verdicts_on_latest()
    shown = Q(current_release__revision=F("latest_revision"))
    return {
        "draft": Q(current_release=None, archived_at=None),
        "waiting": Q(Exists(open_seats)),
        # While a seat is open nobody learns here how another was decided (blind seats, P5).
        "sent_back": Q(
            ~Exists(open_seats), Exists(verdicts.filter(verdict="request_changes")), archived_at=None
        ),
        "rejected": Q(~Exists(open_seats), Exists(verdicts.filter(verdict="reject"))),
        "approved": Q(~Exists(open_seats), Exists(verdicts.filter(verdict="approve"))) & ~shown,
        "live": Q(published_at__isnull=False),
        "newer": Q(published_at__isnull=False) & ~shown,
        "withdrawn": Q(published_at=None, current_release__isnull=False),
        "candidate": Q(candidate__isnull=False),
        "archived": Q(archived_at__isnull=False),
    }.get(state, Q())


@admin.register(Article)
class ArticleAdmin(admin.ModelAdmin):
    """Never saved as a row: the change page makes revisions, and all else is a verb of its own."""

    list_display = ["title", "state", "findings", "latest_change", "flags", "topics"]
    list_display_links = ["title"]
    list_filter = [StateFilter, TagFilter, EntityFilter]
    list_per_page = 50
    search_fields = ["slug__startswith"]  # what is asked beside the index of words
    search_help_text = (
        "Words anywhere in the text, titles first; “in quotes” side by side; or how an address begins."
    )
    ordering = ["-changed_at", "-pk"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None

    def has_delete_permission(self, request, obj=None):
        return False  # articles are archived

    def get_queryset(self, request):
        run = {"check_runs__version": checks.VERSION}
        noticed = (
            Finding.objects.filter(
                run__revision=OuterRef("latest_revision"), run__version=run["check_runs__version"]
            )
            .order_by()
            .values("run")
            .annotate(n=Count("pk"))
            .values("n")
        )
        named = Mention.objects.filter(in_latest=True).select_related("entity").order_by("pk")
        return (
            with_standing(super().get_queryset(request))
            .select_related("latest_revision__person", "current_release")
            .prefetch_related(Prefetch("mentions", named))
            .annotate(
                blocking=Subquery(noticed.filter(severity="blocking")),
                remarks=Subquery(noticed.filter(severity="remark")),
            )
        )

    def get_search_results(self, request, articles, written):
        """Return those that hold what was typed, best first unless another order is chosen. Two queries."""
        written = written.replace("\0", "").strip()
        if not written:
            return articles, False
        found = StaffWords.objects.find(written)
        if not found.is_all:
            more = "More articles hold these words than are shown. Say more, or put what stands together in quotes."
            self.message_user(request, more, messages.WARNING)
        places = dict(zip(found.articles, found.places, strict=True))
        addressed = (
            Article.objects.filter(slug__startswith=written).order_by("slug").values_list("pk", flat=True)
        )
        for pk in addressed[:MOST_ADDRESSED]:
            places.setdefault(pk, BY_ADDRESS)
        articles = articles.filter(pk__in=places)
        if "o" not in request.GET:
            whens = [
                When(pk__in=[pk for pk, one in places.items() if one == place], then=Value(place))
                for place in sorted(set(places.values()))
            ]
            articles = articles.order_by(*([Case(*whens)] if whens else []), *articles.query.order_by)
        return articles, False

    @admin.display(description="Title", ordering="latest_revision__title")
    def title(self, article):
        return (article.latest_revision and article.latest_revision.title) or f"({article.source_id})"

    @admin.display(description="State")
    def state(self, article):
        version = article.current_release.version if article.current_release_id else None
        return format_html(
            "{} {}",
            format_html_join(" ", '<span class="state {}">{}</span>', standing(article)),
            version or "",
        )

    @admin.display(description="Flags")
    def flags(self, article):
        flags = [one for one in self._facts(article).get("flags", []) if one != COMMON_FLAG]
        return ", ".join(one.replace("_", " ") for one in flags) or NONE

    @admin.display(description="Tags and entities")
    def topics(self, article):
        entities = [(one.entity.name, one.entity.type) for one in article.mentions.all()]
        # A name that is both is shown as the entity, whose type says more.
        taken = {fold(name) for name, _ in entities}
        tags = [(name, "") for name in self._facts(article).get("tags", []) if fold(name) not in taken]
        rows = [linked("tag", tags), linked("entity", entities)]
        return format_html_join("", "<div>{}</div>", ((row,) for row in rows if row)) or NONE

    @admin.display(description="Findings")
    def findings(self, article):
        parts = [
            (kind, f"{count} {kind}{'s' if kind == 'remark' and count > 1 else ''}")
            for kind, count in (("blocking", article.blocking), ("remark", article.remarks))
            if count
        ]
        return format_html_join(" ", '<span class="state {}">{}</span>', parts) or NONE

    @admin.display(description="Latest change", ordering="changed_at")
    def latest_change(self, article):
        revision = article.latest_revision
        who = revision.person if revision and revision.person else "an import"
        return format_html("{} <br>{}", moment(article.changed_at), f"by {who}" if revision else "")

    def _facts(self, article):
        return article.latest_revision.facts if article.latest_revision else {}

    def changelist_view(self, request, extra_context=None):
        sent_back = how_many_sent_back() if request.user.has_perm("articles.view_article") else 0
        return super().changelist_view(request, {"sent_back": sent_back} | (extra_context or {}))

    @restorable
    def add_view(self, request, form_url="", extra_context=None):
        return editing.add(self, request)

    @restorable
    def change_view(self, request, object_id, form_url="", extra_context=None):
        return editing.change(self, request, object_id)

    def history_view(self, request, object_id, extra_context=None):
        return looking.history(self, request, object_id)

    def get_urls(self):
        return [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view(self)), name=f"article-{name}")
            for name, view in {**looking.VIEWS, **acting.VIEWS, **talking.VIEWS}.items()
        ] + super().get_urls()


def address(name, article):
    return reverse(f"admin:article-{name}", args=[article.pk])
