"""The lasting identity of an article, and the one place that says what readers may see."""

import uuid

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.db.models.functions import Cast, Now
from django.utils import timezone
from taggit.managers import TaggableManager

from articles import addresses, appearances, bulk, revising, showing
from articles.addresses import article_path
from articles.models.revision import Revision, TextErased
from articles.models.search import PublicWords
from articles.models.similar import SimilarList
from articles.models.topics import ArticleTag

# Each round waits for others who made one of the same meanwhile: where drafts of alike titles come in beside each
# other, that may be many in a row. More would mean that something else is wrong.
MOST_ROUNDS = 50
# Of no meaning but that it is ours, so that a source id has the same article id wherever it is imported.
NAMESPACE = uuid.UUID("8f2d6f1e-6a53-4c0e-9b57-2f0b1c7d9a41")


def uuid_of(source_key):
    """Return the id of the article with this source key, which is the same in every database: digests cover it."""
    return uuid.uuid5(NAMESPACE, source_key)


class ArticleQuerySet(models.QuerySet):
    def public(self):
        """The one rule for what readers, lists, feeds, sitemaps and search may see."""
        return self.filter(published_at__isnull=False)

    def indexable(self):
        """P4: public, reviewed by a person, and still valid now."""
        return self.public().filter(indexable_until__gt=Now())

    def lapsed(self):
        """Public, and the review that stood behind it has ended; nobody was asked for another one yet."""
        return self.public().filter(indexable_until__lte=Now())

    def newest(self):
        return self.order_by("-published_at", "-pk")

    def after(self, published_at, pk):
        """Those that come behind this place among the newest."""
        behind = Q(published_at__lt=published_at) | Q(published_at=published_at, pk__lt=pk)
        return self.filter(behind, published_at__lte=published_at)

    def reviewed_by(self, person):
        """Those behind whose current release an approval of this person stands. Looks at all there are."""
        return self.annotate(said=Cast("standing", models.TextField())).filter(
            said__contains=str(person.uuid)
        )

    def tagged(self, tag):
        """Those that carry a tag for readers, newest first, by the tag's keyset index."""
        shown = self.filter(tag_appearances__tag=tag, tag_appearances__published_at__isnull=False)
        return shown.order_by("-tag_appearances__published_at", "-tag_appearances__content_object_id")

    def about(self, entity):
        """Those that mention an entity for readers, newest first, by the entity's keyset index."""
        shown = self.filter(mentions__entity=entity, mentions__published_at__isnull=False)
        return shown.order_by("-mentions__published_at", "-mentions__article_id")

    def for_cards(self):
        """All that a card prints; anything forgotten fails in the test run."""
        return self.select_related("current_release__revision").fetch_mode(models.FETCH_RAISE)

    def locked(self, pk):
        """Lock and return one article. Every writer of an article does this first (P5)."""
        return self.select_for_update().get(pk=pk)

    def save_fields(self, articles, *fields):
        """Save these fields of some articles, and the time of the change."""
        now = timezone.now()
        for article in articles:
            article.changed_at = now
        if len(articles) == 1:
            articles[0].save(update_fields=[*fields, "changed_at"])
        elif articles:
            self.bulk_update(articles, [*fields, "changed_at"])

    def received(self, documents):
        """Lock the articles of these documents, in the order of their ids, and return {source key: article}.

        What is missing is made, with a place for its first revision (`begins_with`), which the caller makes in the
        same transaction.
        """
        wanted = {document.source_key: document for document in reversed(documents)}
        found = {}
        for _ in range(MOST_ROUNDS):
            rest = sorted(wanted.keys() - found.keys())
            locked = self.filter(source_key__any_of=rest).order_by("pk").select_for_update()
            found |= {article.source_key: article for article in locked}
            missing = [wanted[key] for key in rest if key not in found]
            try:
                with transaction.atomic():
                    return found | self._begun(missing)
            except IntegrityError:
                # Others made one with the same source id or address at this moment: the next round sees it.
                continue
        return found | self._begun(missing)

    def _begun(self, documents):
        """Make the articles of documents that have none, and return {source key: article}."""
        if not documents:
            return {}
        slugs = addresses.choose(self, Redirect.objects, documents)
        # Before its revision is there: so nothing is updated that came in with this very transaction.
        begun = {
            document.source_key: self.model(
                uuid=uuid_of(document.source_key),
                source_id=document.source_id,
                source_key=document.source_key,
                slug=slugs[document.source_key],
                owner=document.owner,
                source_digest=document.source_digest,
                imported_view_count=document.view_count,
                latest_revision_id=number,
            )
            for document, number in zip(documents, bulk.ids(Revision, len(documents)), strict=True)
        }
        bulk.insert(begun.values())
        for article in begun.values():
            article.begins_with, article.latest_revision_id = article.latest_revision_id, None
        return begun


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

    # The id that the first revision of an article gets which came in with this transaction; otherwise None.
    begins_with = None

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
            models.Index(
                fields=["indexable_until"],
                name="article_lapses",
                condition=Q(indexable_until__isnull=False),
            ),
            # Of ids alone: a site may hold many more drafts, and releases that nobody reviewed, than pages to be found.
            models.Index(fields=["id"], name="article_sitemap", condition=Q(indexable_until__isnull=False)),
            models.Index(
                fields=["-published_at", "-id"],
                name="article_feed",
                condition=Q(indexable_until__isnull=False),
            ),
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
        """Add a revision that says what `document` says, and return it (see articles/revising.py).

        Raises TextErased. The caller holds the article's lock.
        """
        change = revising.Change(
            article=self,
            document=document,
            by=by,
            origin=origin,
            parent=parent,
            role=role or "",
            import_run=import_run,
            also=also,
        )
        (revision,) = revising.revise([change])
        if isinstance(revision, TextErased):
            raise revision
        return revision

    def show(self, release):
        """Make `release` what readers see; the release row is already in. The caller holds the article's lock."""
        before = showing.of_articles(self)
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
        PublicWords.objects.show(self, release)
        SimilarList.objects.changed(self)
        # Of what is taken back, nowhere is a copy left.
        showing.changed(
            before,
            showing.of_articles(self),
            hard=release.kind != release.Kind.RELEASE,
            make=[self.get_absolute_url()] if release.is_public else [],
        )

    def move(self, slug):
        """Give the article another address; the old one redirects for ever."""
        self.rename(slug=slug, owner=self.owner)

    @transaction.atomic
    def rename(self, *, slug, owner):
        """Change what is the article's own and no revision's: its address, leaving a redirect, and its owner."""
        now = Article.objects.locked(self.pk)
        before = showing.of_articles(now) if now.current_release_id else set()
        if slug != now.slug:
            Redirect.objects.filter(path=article_path(slug)).delete()
            Redirect.objects.update_or_create(path=article_path(now.slug), defaults={"article": now})
        now.slug, now.owner = slug, owner
        now.save_fields("slug", "owner")
        if now.current_release_id:
            make = [now.get_absolute_url()] if now.is_public else []
            showing.changed(before, {now.get_absolute_url()}, hard=True, make=make)
        self.slug, self.owner = slug, owner

    def save_fields(self, *fields):
        """Save these fields and the time of the change."""
        self.changed_at = timezone.now()
        self.save(update_fields=[*fields, "changed_at"])


class RedirectQuerySet(models.QuerySet):
    def to_released(self, *paths):
        """Return the redirect of an old address, however written, if readers ever saw where it leads; otherwise None.

        What is withdrawn meanwhile is for no reader: whoever asks sees to that.
        """
        released = self.filter(path__in=paths, article__current_release__isnull=False)
        return released.select_related("article__current_release").first()


class Redirect(models.Model):
    """An old address that leads to an article while readers may see it, and says so where it was withdrawn."""

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
