"""What staff and readers find texts by: the words of what an article says last, and of what readers see.

Two tables and two indexes that share nothing: no question to the one is answered from the other. Both can be rebuilt.
"""

from dataclasses import dataclass

from django.db import connection, models, transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.expressions import RawSQL

from articles.models.revision import Revision
from articles.models.topics import fold
from articles.search import MOST_FOUND, NOBODY, PLACES, engine
from articles.words import FORMAT, Asked, thing
from articles.words import line as words_of

# As checks: few queries, and SQLite's write lock held for some hundredths of a second.
BATCH = 50
# Types of entities that readers narrow a search to by themselves.
TYPED = ("stack", "tool")


@dataclass(frozen=True, slots=True)
class Found:
    """The ids of the articles that were found, best first: those with all of the words in the title, then in title and
    lead, then anywhere; the newest first in each. Unless `is_all`, there are more that hold the words somewhere.
    """

    articles: tuple = ()
    places: tuple = ()
    is_all: bool = True


class WordsQuerySet(models.QuerySet):
    def find(self, written, things=(), most=MOST_FOUND):
        """Return what is Found by anything that somebody typed, under one of each tuple of `things`.

        One query; none where there is no word in it.
        """
        asked = Asked.of(written, things)
        if not asked:
            return Found()
        sql, values = engine().sql(self.model._meta.db_table, asked, most)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM ({sql}) found ORDER BY place, revision_id DESC", values)
            rows = cursor.fetchall()
        anywhere = sum(widest == len(PLACES) - 1 for *_, widest in rows)
        is_all = anywhere <= most and all(article != NOBODY for article, *_ in rows)
        rows = [row for row in rows if row[0] != NOBODY]
        return Found(tuple(row[0] for row in rows), tuple(row[2] for row in rows), is_all)

    def holding(self, written, most=MOST_FOUND):
        """Return the same articles as a part of another query; None where there is no word in what was typed."""
        asked = Asked.of(written)
        if not asked:
            return None
        sql, values = engine().sql(self.model._meta.db_table, asked, most)
        return RawSQL(f"SELECT article_id FROM ({sql}) holding", values)

    def keep(self, lines):
        """Let these revisions be found, {revision: its line by `line_of`}, each instead of its article's last one.

        Again changes nothing. The caller holds the locks of the articles.
        """
        if not lines:
            return
        there = {row.article_id: row for row in self.filter(article__in=[one.article_id for one in lines])}
        new = {
            revision: line
            for revision, line in lines.items()
            if (row := there.get(revision.article_id)) is None or not row.is_of(revision)
        }
        self._take_out([there[one.article_id] for one in new if one.article_id in there])
        rows = [(revision.pk, revision.article_id, FORMAT, line) for revision, line in new.items()]
        if rows:
            with connection.cursor() as cursor:
                engine().put(cursor, self.model._meta.db_table, rows)

    def show(self, article, release):
        """Let an article be found by what `release`, its current one, shows of it, or by nothing."""
        if release.is_public:
            self.keep({release.revision: self.model.line_of(release.revision.document)})
        else:
            self._take_out(list(self.filter(article=article)))

    def forget(self, text):
        """Leave nothing of a text that is about to be erased. What an index keeps of its words goes with a sweep."""
        rows = list(self.filter(revision__text=text))
        self._take_out(rows)
        if rows:
            Unswept.objects.create()

    def empty(self):
        """Leave nothing. Whatever is due is found again once it is kept."""
        with connection.cursor() as cursor:
            engine().empty(cursor, self.model._meta.db_table)

    def _take_out(self, rows):
        if not rows:
            return
        if connection.vendor == "sqlite" and any(row.format != FORMAT for row in rows):
            # FTS5 must be told the very words that it is to forget, and nobody knows them any more.
            self.empty()
            return
        lines = dict.fromkeys(row.revision_id for row in rows)
        if connection.vendor == "sqlite":
            revisions = Revision.objects.filter(pk__in=lines).with_text()
            lines = {revision.pk: self.model.line_of(revision.document) for revision in revisions}
        with connection.cursor() as cursor:
            engine().take(cursor, self.model._meta.db_table, lines)

    def due(self):
        """Return the revisions that are to be found here and are not, or by other words than today's, as read now."""
        kept = self.filter(revision=OuterRef("pk"), format=FORMAT)
        return self.model.to_be_found().filter(~Exists(kept), text__data__isnull=False)

    def stale(self):
        """Return the rows of what is no longer to be found here."""
        return self.filter(~Exists(self.model.to_be_found().filter(pk=OuterRef("revision"))))

    def catch_up(self):
        """Keep all that is due and take out what is stale, a batch at a time; yield how many each was.

        Safe to stop, to run again, and beside everything else.
        """
        Article = self.model._meta.get_field("article").related_model
        after = 0
        while batch := list(
            self.due().filter(pk__gt=after).order_by("pk").values_list("pk", "article")[:BATCH]
        ):
            after = batch[-1][0]
            with transaction.atomic():
                lock(Article, [article for _, article in batch])
                still = self.due().filter(pk__in=[pk for pk, _ in batch]).with_text()
                self.keep({revision: self.model.line_of(revision.document) for revision in still})
            yield len(batch)
        while batch := list(self.stale().order_by("pk")[:BATCH]):
            with transaction.atomic():
                lock(Article, [row.article_id for row in batch])
                self._take_out(list(self.stale().filter(pk__in=[row.pk for row in batch])))
            yield len(batch)


def lock(model, ids):
    """Lock the articles with these ids, in their order, as all do."""
    list(model.objects.filter(pk__in=ids).order_by("pk").select_for_update().values_list("pk"))


class StaffWords(models.Model):
    """That staff find an article by the words of its latest revision: all of them, whoever may read them in the end."""

    revision = models.OneToOneField(Revision, models.CASCADE, primary_key=True, related_name="+")
    article = models.OneToOneField("articles.Article", models.CASCADE, related_name="+")
    format = models.CharField(max_length=20)

    objects = WordsQuerySet.as_manager()

    def __str__(self):
        return f"Words of {self.revision_id}, for staff"

    def is_of(self, revision):
        return (self.revision_id, self.format) == (revision.pk, FORMAT)

    @staticmethod
    def to_be_found():
        return Revision.objects.filter(article__latest_revision=F("pk"))

    @staticmethod
    def line_of(document):
        rest = {name: value for name, value in document.data.items() if name not in ("title", "body")}
        return engine().line(words_of(document.title, lead_of(document), [document.body, *said(rest)]))


class PublicWords(models.Model):
    """That readers find an article by the words of its current release: those that its page shows everybody."""

    revision = models.OneToOneField(Revision, models.CASCADE, primary_key=True, related_name="+")
    article = models.OneToOneField("articles.Article", models.CASCADE, related_name="+")
    format = models.CharField(max_length=20)

    objects = WordsQuerySet.as_manager()

    def __str__(self):
        return f"Words of {self.revision_id}, for readers"

    def is_of(self, revision):
        return (self.revision_id, self.format) == (revision.pk, FORMAT)

    @staticmethod
    def to_be_found():
        # Not through the revision's own article: of three tables that point to each other in a ring PostgreSQL expects
        # one row, and then reads every row of this one for each.
        shown = Revision.article.field.related_model.objects.public().order_by()
        return Revision.objects.filter(pk__in=shown.values("current_release__revision"))

    @staticmethod
    def line_of(document):
        texts = [document.body, *document.checklist]
        return engine().line(words_of(document.title, lead_of(document), texts, things_of(document)))


class Unswept(models.Model):
    """That words of an erased text may still stand in the pages of an index, though nobody finds it by them."""

    since = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return f"Unswept since {self.since:%Y-%m-%d %H:%M}"

    @classmethod
    def sweep(cls):
        """Write the indexes anew where a text was erased; yield behind each step. Not in a transaction."""
        ids = list(cls.objects.values_list("pk", flat=True))
        if not ids:
            return
        for model in (StaffWords, PublicWords):
            with connection.cursor() as cursor:
                yield from engine().sweep(cursor, model._meta.db_table)
        cls.objects.filter(pk__in=ids).delete()


def things_of(document):
    """Yield the word of each thing that readers may narrow a search to, by the names the document gives them (P3)."""
    for name in document.tags:
        yield thing("tag", fold(name))
    for name, kind in document.entities:
        yield thing("entity", fold(name))
        if fold(kind) in TYPED:
            yield thing(fold(kind), fold(name))
    if document.difficulty:
        yield thing("difficulty", fold(document.difficulty))


def lead_of(document):
    names = (name for name, _ in document.entities)
    return [document.summary, document.topic, *document.tags, *names, document.generator]


def said(value):
    """Yield every text in a value of a document, keys of maps left out, in the same order however it was written."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for _, one in sorted(value.items()):
            yield from said(one)
    elif isinstance(value, list):
        for one in value:
            yield from said(one)
