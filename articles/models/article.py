"""The lasting identity of an article, and the one place that says what readers may see."""

import hashlib
import uuid
from contextlib import suppress

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from taggit.managers import TaggableManager

from articles import appearances
from articles.models.revision import Contributor, Revision, Text, text_bytes
from articles.models.topics import ArticleTag, ChecklistVersion, slug_of

SUMMARY_LENGTH = 500
# Revisions that are what a source says; a person's edit has no source digest.
SOURCED = (Revision.Origin.IMPORT, Revision.Origin.CANDIDATE)


class ArticleQuerySet(models.QuerySet):
    def public(self):
        """The one rule for what readers, lists, feeds, sitemaps and search may see."""
        return self.filter(published_at__isnull=False)

    def indexable(self):
        """P4: public, reviewed by a person, and still valid now."""
        return self.public().filter(indexable_until__gt=Now())

    def newest(self):
        return self.order_by("-published_at", "-pk")

    def for_cards(self):
        """All that a card prints; anything forgotten fails in the test run."""
        return self.select_related("current_release__revision").fetch_mode(models.FETCH_RAISE)

    def locked(self, pk):
        """Lock and return one article. Every writer of an article does this first (P5)."""
        return self.select_for_update().get(pk=pk)

    def locked_in_order(self, documents):
        """Lock the articles of these documents that are there, in the order of their ids, and return how many."""
        keys = {document.source_key for document in documents}
        return len(self.filter(source_key__in=keys).order_by("pk").select_for_update().values_list("pk"))

    def locked_for(self, document):
        """Lock the article of a document's source id, made where there is none. Returns (article, was made)."""
        while True:
            if article := self.select_for_update().filter(source_key=document.source_key).first():
                return article, False
            # Another import may make the same article, or take the same address, at this moment: look again then.
            with suppress(IntegrityError), transaction.atomic():
                return self.locked(self.make(document).pk), True

    def make(self, document):
        """Create the article of a document that is not here yet, with its lasting address."""
        return self.create(
            source_id=document.source_id,
            source_key=document.source_key,
            slug=self._free_slug(document),
            owner=document.owner,
        )

    def _free_slug(self, document):
        slug = slug_of(document.title)
        if self.filter(slug=slug).exists() or Redirect.objects.filter(path=article_path(slug)).exists():
            digest = hashlib.sha256(document.source_key.encode()).hexdigest()
            tries = [f"{slug[:70]}-{digest[:length]}" for length in (8, 16, 40)]
            taken = set(self.filter(slug__in=tries).values_list("slug", flat=True))
            slug = next(one for one in [*tries, f"{slug[:70]}-{uuid.uuid4()}"] if one not in taken)
        return slug


def article_path(slug):
    return reverse("articles:article", args=[slug])


class Article(models.Model):
    """The lasting identity: its address, its owner, its latest revision and its current release.

    `published_at` is null exactly while readers may not see it; `indexable_until` is null exactly while no person's
    review stands behind what they see. Triggers hold both to the release they are about.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.CharField(max_length=140, unique=True)
    source_id = models.CharField(max_length=200)
    source_key = models.CharField(max_length=400, unique=True, help_text="The source id, casefolded.")
    owner = models.CharField(max_length=200, blank=True)
    latest_revision = models.ForeignKey(Revision, models.PROTECT, null=True, related_name="+")
    candidate = models.ForeignKey(Revision, models.PROTECT, null=True, related_name="+")
    current_release = models.ForeignKey("articles.Release", models.PROTECT, null=True, related_name="+")
    source_digest = models.CharField(max_length=64, blank=True)
    imported_view_count = models.BigIntegerField(null=True)
    published_at = models.DateTimeField(null=True)
    indexable_until = models.DateTimeField(null=True)
    standing = models.JSONField(
        default=list, help_text="Approvals that stand behind the current release, for readers."
    )
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(default=timezone.now)

    tags = TaggableManager(through=ArticleTag, blank=True)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="article_archived_is_not_public", condition=Q(archived_at=None) | Q(published_at=None)
            ),
            models.CheckConstraint(
                name="article_indexable_is_public",
                condition=Q(indexable_until=None) | Q(published_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["-published_at", "-id"],
                name="article_newest",
                condition=Q(published_at__isnull=False),
            ),
            models.Index(fields=["-changed_at", "-id"], name="article_last_changed"),
        ]

    def __str__(self):
        return self.slug

    def get_absolute_url(self):
        return article_path(self.slug)

    @property
    def is_public(self):
        return self.published_at is not None

    @property
    def state(self):
        """One word for staff; reviews add theirs beside it."""
        if self.archived_at:
            return "archived"
        if self.published_at:
            return (
                "live" if self.current_release.revision_id == self.latest_revision_id else "live, newer draft"
            )
        return "withdrawn" if self.current_release_id else "draft"

    def revise(self, document, *, by, origin, parent=None, role=None, import_run=None, also=None):
        """Add a revision that says what `document` says, and return it. The caller holds the article's lock.

        It becomes the latest, unless it is a candidate beside a person's edit. Contributors are those of the parent,
        unless readers see that now and somebody else stands behind it; those of `also` (a revision whose text this
        takes) and of earlier revisions with the very same text; and `by` in `role`.
        """
        checklist = ChecklistVersion.objects.pinned(document.checklist) if document.checklist else None
        content = text_bytes(self.uuid, document, checklist.digest if checklist else None)
        last = self.revisions.aggregate(n=models.Max("number"))["n"] or 0
        revision = self.revisions.create(
            number=last + 1,
            text=Text.objects.stored(content),
            parent=parent,
            origin=origin,
            source_digest=document.source_digest if origin in SOURCED else "",
            import_run=import_run,
            checklist=checklist,
            person=by,
            title=document.title,
            summary=document.summary[:SUMMARY_LENGTH],
            facts=facts_of(document),
        )
        self._copy_contributors(revision, by=by, role=role, also=also)
        if origin == Revision.Origin.CANDIDATE:
            self.candidate = revision
            self.save_fields("candidate")
        else:
            self.latest_revision = revision
            self.save_fields("latest_revision")
            appearances.mark_latest(self, document, checklist)
        return revision

    def _copy_contributors(self, revision, *, by, role, also):
        before = Q(revision__article=self, revision__text=revision.text_id)
        # A release that nobody else stands behind ends nothing: its authors would judge their own words later.
        if revision.parent_id and not self._others_stand_behind(revision.parent):
            before |= Q(revision=revision.parent)
        if also:
            before |= Q(revision=also)
        hands = set(Contributor.objects.filter(before).values_list("person_id", "role"))
        if by and role:
            hands.add((by.pk, role))
        Contributor.objects.bulk_create(
            Contributor(revision=revision, person_id=person, role=role) for person, role in sorted(hands)
        )

    def _others_stand_behind(self, revision):
        """Say whether readers see this revision now, as reviewed, by somebody who had no hand in it."""
        if not self.is_public or self.indexable_until is None:
            return False
        if self.current_release.revision_id != revision.pk:
            return False
        hands = {uuid for uuid, _ in revision.hands()}
        return any(approval["person"] not in hands for approval in self.standing)

    def show(self, release):
        """Make `release` what readers see; the release row is already in. The caller holds the article's lock."""
        self.current_release = release
        self.indexable_until = None
        self.standing = []
        if release.is_public:
            first = self.releases.filter(revision__isnull=False).order_by("n").first()
            self.published_at = first.released_at
        else:
            self.published_at = None
        self.save_fields("current_release", "indexable_until", "standing", "published_at")
        appearances.mark_public(self, release)

    def move(self, slug):
        """Give the article another address; the old one redirects for ever."""
        self.rename(slug=slug, owner=self.owner)

    @transaction.atomic
    def rename(self, *, slug, owner):
        """Change what is the article's own and no revision's: its address, leaving a redirect, and its owner."""
        now = Article.objects.locked(self.pk)
        if slug != now.slug:
            Redirect.objects.filter(path=article_path(slug)).delete()
            Redirect.objects.update_or_create(path=article_path(now.slug), defaults={"article": now})
        now.slug, now.owner = slug, owner
        now.save_fields("slug", "owner")
        self.slug, self.owner = slug, owner

    def save_fields(self, *fields):
        """Save these fields and the time of the change."""
        self.changed_at = timezone.now()
        self.save(update_fields=[*fields, "changed_at"])


def facts_of(document):
    """What lists and the queue print or match without reading the text."""
    facts = {
        "words": document.words,
        "flags": sorted(name for name, on in document.flags.items() if on),
        "tags": list(document.tags),
        "generator": document.generator,
        "difficulty": document.difficulty,
        "reading_time": document.reading_time,
        "lang": document.lang,
        "dir": document.dir,
        "entity_types": sorted({kind for _, kind in document.entities}),
    }
    return {name: value for name, value in facts.items() if value not in ("", None, [])}


class RedirectQuerySet(models.QuerySet):
    def to_public(self, path):
        """Return the redirect of an old address, if readers may see where it leads; otherwise None."""
        public = self.filter(path=path, article__published_at__isnull=False)
        return public.select_related("article").first()


class Redirect(models.Model):
    """An old address that leads to an article, for as long as readers may see that article."""

    path = models.CharField(
        max_length=500, unique=True, help_text="Begins with a slash, such as /articles/old-title/."
    )
    article = models.ForeignKey(Article, models.CASCADE, related_name="redirects")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RedirectQuerySet.as_manager()

    class Meta:
        ordering = ["path"]
        constraints = [
            models.CheckConstraint(name="redirect_path_begins_with_slash", condition=Q(path__startswith="/"))
        ]

    def __str__(self):
        return self.path
