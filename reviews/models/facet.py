"""Under which words an open seat is found in the queue, each in the queue's own order."""

import hashlib

from django.db import models
from django.db.models import Exists, F, OuterRef

from articles import bulk
from articles.models import EntityAlias, LookAlike, TagAlias, TextErased
from articles.models.topics import fold, hold_names

# Longer keys would not fit an index page; nobody types one by hand.
LONGEST_KEY = 200
# Where a draft comes from, by its document's own word.
BY_ORIGIN = ("generator", "model", "prompt", "batch")
ALIKE = ("alike", "yes")


def key_of(kind, value):
    """Return the key of one facet: its kind and its value, folded as names are, or a hash of what is too long."""
    key = f"{kind}:{fold(str(value))}"
    return key if len(key) <= LONGEST_KEY else f"{kind}:{hashlib.sha256(key.encode()).hexdigest()}"


def key_of_thing(thing):
    """Return the key of a tag or an entity."""
    kind = getattr(thing, "type", None)
    return key_of("tag", thing.key) if kind is None else key_of("entity", f"{kind}/{thing.key}")


def led_on(keys, names):
    """Return {key: key of the thing it means} for those of these keys of tags and entities that are aliases.

    `names` are the folded names in them.
    """
    if not names:
        return {}
    return {key: meant for key, meant in (tags_meant(names) | entities_meant(names)).items() if key in keys}


def tags_meant(names):
    """Return {key of an alias: key of the tag it means} for those of these folded names that are aliases of tags."""
    return {key_of("tag", one.key): key_of_thing(one.tag) for one in TagAlias.objects.of(names)}


def entities_meant(names):
    """Return {key of an alias: key of the entity it means} for those of these folded names that are aliases of one."""
    return {
        key_of("entity", f"{one.meant_type}/{one.key}"): key_of_thing(one.entity)
        for one in EntityAlias.objects.of(names)
    }


def key_asked(kind, value):
    """Return the key under which seats are found that somebody asks for by this word; an alias leads on."""
    key = key_of(kind, value)
    if kind == "tag":
        return tags_meant({fold(value)}).get(key, key)
    if kind == "entity":
        return entities_meant({fold(value.partition("/")[2])}).get(key, key)
    return key


def names_in(documents):
    """Return the folded names of tags and entities in these documents."""
    names = {name for document in documents if document for name in document.tags}
    names |= {name for document in documents if document for name, _ in document.entities}
    return {fold(name) for name in names}


def keys_of(seat, document, labels, *, is_alike=False):
    """Return the keys a seat is found under; `document` is None where the text was erased."""
    found = [("reason", reason) for reason in seat.reasons]
    found += [("label", label) for label in labels]
    found += [ALIKE] if is_alike else []
    if seat.revision.import_run_id:
        found.append(("run", seat.revision.import_run_id))
    if document is not None:
        found += [("tag", tag) for tag in document.tags]
        found += [("entity", f"{fold(kind)}/{name}") for name, kind in document.entities]
        found += [(kind, value) for kind in BY_ORIGIN if (value := getattr(document, kind))]
    return {key_of(kind, value) for kind, value in found}


class FacetQuerySet(models.QuerySet):
    def file(self, seats, document=None):
        """Let these open seats of one text be found under all that it and its review say. Again changes nothing."""
        if not seats:
            return
        revision = seats[0].revision
        if document is None:
            try:
                document = revision.document
            except TextErased:
                document = None
        labels = list(seats[0].article.labels.values_list("name", flat=True))
        is_alike = LookAlike.objects.filter(revision=revision).alike().exists()
        keys = keys_of(seats[0], document, labels, is_alike=is_alike)
        hold_names()
        meant = led_on(keys, names_in([document]))
        keys = sorted({meant.get(key, key) for key in keys})
        rows = [self.model(review=seat, key=key, rank=seat.rank) for seat in seats for key in keys]
        self.bulk_create(rows, ignore_conflicts=True)

    def file_new(self, filed):
        """File the seats of articles that are new, so that nobody has labelled them: (seats, document) for each."""
        filed = [(seats, keys_of(seats[0], document, ()), document) for seats, document in filed]
        hold_names()
        meant = led_on(
            {key for _, keys, _ in filed for key in keys}, names_in(document for *_, document in filed)
        )
        bulk.insert_values(
            Facet,
            ("review", "key", "rank"),
            (
                (seat.pk, key, seat.rank)
                for seats, keys, _ in filed
                for key in sorted({meant.get(key, key) for key in keys})
                for seat in seats
            ),
        )

    def file_alike(self, seats):
        """Let these open seats be found as looking like another text. Again changes nothing."""
        rows = [self.model(review=seat, key=key_of(*ALIKE), rank=seat.rank) for seat in seats]
        self.bulk_create(rows, ignore_conflicts=True)

    def move(self, key, to):
        """Let seats that are found under one key be found under another; those under both stay there once."""
        if key == to:
            return
        both = self.filter(key=to, review=OuterRef("review"))
        self.filter(Exists(both), key=key).delete()
        self.filter(key=key).update(key=to)

    def rank_anew(self, seats):
        """Take over the ranks of these seats."""
        for seat in seats:
            self.filter(review=seat).update(rank=seat.rank)

    def forget_closed(self, seats):
        """Take these seats out, as far as they are closed: the queue lists what is open."""
        self.filter(review__in=seats).exclude(review__closed_at=None).delete()


class Facet(models.Model):
    """One word an open seat is found under. It repeats the seat's rank, which never changes, so that the seats under
    a word come in order from one index, however many stand before them. Can be rebuilt."""

    review = models.ForeignKey("reviews.Review", models.CASCADE, related_name="facets", db_index=False)
    key = models.CharField(max_length=LONGEST_KEY)
    rank = models.FloatField()

    objects = FacetQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "key"], name="facet_once_per_seat")]
        indexes = [models.Index(F("key"), F("rank").desc(), F("review"), name="facet_queue")]

    def __str__(self):
        return self.key


class Label(models.Model):
    """A word the desk files an article under; it is no tag: readers never see it, and it changes no text."""

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="labels")
    name = models.CharField(max_length=60)
    person = models.ForeignKey("articles.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["article", "name"], name="label_once_per_article")]

    def __str__(self):
        return self.name
