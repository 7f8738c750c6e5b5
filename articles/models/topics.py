"""What articles are about: tags, entities and checklists, and where each appears."""

import hashlib
import unicodedata
import uuid
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.urls import reverse
from django.utils.text import slugify
from taggit.models import ItemBase, TagBase

from articles.canonical import digest as digest_of

# A name of the 100 characters that a document may give it, where each folds to three.
KEY_LENGTH = 300
# Names that differ only in punctuation would share a slug; these are spoken instead, so that C, C++ and C# are three.
SPOKEN = str.maketrans({"+": "-plus", "#": "-sharp", "&": "-and-", "@": "-at-"})


# The end of a sentence is no part of a name; other punctuation is: C, C++ and C# are three, and .NET is not NET.
NO_END_OF_A_NAME = " .,;:"
DOTTED_I = "i\N{COMBINING DOT ABOVE}"  # what the Turkish capital of i becomes without its case
MERGING = 0x7A6  # any number of ours: the advisory lock of hold_names


@lru_cache(maxsize=20_000)
def fold(name):
    """Return the form in which two spellings of one name are equal. Folding it again changes nothing.

    Equal are spellings that differ in case, in spaces, in a full stop, comma or colon at the end, in characters that
    nobody sees, or in the form Unicode gives one character (full width, ligatures, composed or not). Called for every
    name of every import, so names in ASCII take the short way, and the last ones are remembered.
    """
    cased = " ".join(name.split()).casefold()
    if name.isascii():
        return cased.rstrip(NO_END_OF_A_NAME) or cased
    folded, before = name, None
    while folded != before:  # what one step makes may have something left for the next
        before, folded = folded, _fold_once(folded)
    # Some single characters are whole sentences to Unicode, and what is nothing but invisible is still a name.
    return folded if 0 < len(folded) <= KEY_LENGTH else cased


def _fold_once(name):
    seen = "".join(one for one in name if unicodedata.category(one) != "Cf" and one not in "\ufe0e\ufe0f")
    cased = unicodedata.normalize("NFKC", seen).casefold().replace(DOTTED_I, "i")
    cased = " ".join(unicodedata.normalize("NFKC", cased).split())
    return cased.rstrip(NO_END_OF_A_NAME) or cased


def hold_names(*, alone=False):
    """Keep tags and entities from being merged until this transaction ends; `alone`, keep others from naming any.

    Who looks up a name and then writes what it leads to holds names between the two, or a merge in the middle would
    take the thing away. Names come behind the locks of articles, and before the head of the ledger and the words of
    seats: a merge holds names and waits for these. On SQLite one transaction writes at a time anyway.
    """
    if connection.vendor == "postgresql":
        how = "" if alone else "_shared"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_xact_lock{how}(%s)", [MERGING])


def slugs_of(name):
    """Return slugs for `name`, best first: its words, then with more and more of its hash, and one nobody can have."""
    spelt = unicodedata.normalize("NFKC", name)
    slug = slugify(spelt.translate(SPOKEN), allow_unicode=True)[:80].strip("-")
    digest = hashlib.sha256(fold(name).encode()).hexdigest()
    # Somebody may give a thing the very name that another's hash would make, so there is always one more.
    endings = [digest[:8], digest[:16], digest[:40], str(uuid.uuid4())]
    return [slug] * bool(slug) + [f"{slug[:55]}-{ending}".strip("-") for ending in endings]


def slug_of(name, *, taken=()):
    """Return the best slug for `name` that is not among `taken`."""
    return next(slug for slug in slugs_of(name) if slug not in taken)


def key_of(name):
    """Return `name` folded, as a key; raise ValidationError where that makes it too long (ß folds to ss)."""
    key = fold(name)
    if len(key) > KEY_LENGTH:
        raise ValidationError({"name": f"Without its case, this is longer than {KEY_LENGTH} characters."})
    return key


def refuse_second(thing, others):
    """Raise ValidationError where one of `others` is not this thing and has its name, in whatever spelling."""
    if other := others.exclude(pk=thing.pk).first():
        raise ValidationError({"name": f"“{other}” is here already; this is another spelling of it."})


def _show(thing):
    """Have the pages cleared that show a thing, or link to it."""
    from articles import showing

    showing.changed(showing.of_thing(thing))


class TagQuerySet(models.QuerySet):
    def named(self, names):
        """Return {folded name: tag} for all `names`, by name or alias, making what is missing.

        One query where all are there, six at most, for any number of names.
        """
        wanted = {fold(name): " ".join(name.split()) for name in reversed(names)}
        found = self.called(wanted)
        while missing := sorted(wanted.keys() - found.keys()):
            slugs = {key: slugs_of(wanted[key]) for key in missing}
            tried = [slug for some in slugs.values() for slug in some]
            taken = slugs_taken(tried)
            new = []
            for key in missing:
                slug = next(slug for slug in slugs[key] if slug not in taken)
                taken.add(slug)
                new.append(self.model(name=wanted[key], key=key, slug=slug))
            # Another import may make the same ones at this moment: then theirs are taken.
            self.bulk_create(new, ignore_conflicts=True)
            found = self.called(wanted)
        return found

    def called(self, keys):
        """Return {key: tag} for those of these folded names that lead to a tag, by its name or an alias."""
        found = {tag.key: tag for tag in self.filter(key__in=keys)}
        if rest := [key for key in keys if key not in found]:
            found |= {alias.key: alias.tag for alias in TagAlias.objects.of(rest)}
        return found

    def meant_by(self, *names):
        """Those that go by one of these names, in whatever spelling, or have it as an alias."""
        keys = [fold(name) for name in names]
        alias = TagAlias.objects.filter(key__in=keys).values("tag")
        return self.filter(models.Q(key__in=keys) | models.Q(pk__in=alias))

    def beginning(self, *keys):
        """Those whose folded name begins with one of these."""
        begins = models.Q()
        for key in keys:
            begins |= models.Q(key__begins_with=key)
        return self.filter(begins).order_by("key")

    def public(self):
        """Tags that some released article carries; no other tag's name is for readers."""
        shown = ArticleTag.objects.filter(tag=models.OuterRef("pk"), published_at__isnull=False)
        return self.filter(models.Exists(shown))


class Tag(TagBase):
    """A tag, one for all spellings of its name (`fold`)."""

    key = models.CharField(max_length=KEY_LENGTH, unique=True, editable=False)

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        permissions = [("merge_tag", "Can merge tags")]

    def save(self, *args, **kwargs):
        self.key = fold(self.name)
        if not self.slug:
            self.slug = slug_of(self.name, taken=slugs_taken(slugs_of(self.name)))
        super().save(*args, **kwargs)
        _show(self)

    def slugify(self, tag, i=None):
        slugs = slugs_of(tag)
        return slugs[min(i or 0, len(slugs) - 1)]  # taggit asks for the i-th where those before are taken

    def get_absolute_url(self):
        return reverse("articles:tag", args=[self.slug])

    def spellings(self):
        """Return the key of its name and those of its aliases."""
        return {self.key, *(alias.key for alias in self.aliases.all())}

    def clean(self):
        hold_names(alone=True)  # until it is saved, in the transaction of the page
        key = key_of(self.name)
        refuse_second(self, Tag.objects.filter(key=key))
        if alias := TagAlias.objects.of([key]).first():
            raise ValidationError({"name": f"“{self.name}” means “{alias.tag}”: it is an alias there."})

    def merge_into(self, other, *, by):
        """Make one tag of two: all that appears under this one appears under `other`, and its name is an alias.

        Changes no text of any article. Raises MergeRefused (see articles/merging.py).
        """
        from articles import merging

        return merging.merge(self, other, by=by)


def slugs_taken(slugs):
    """Return which of these are the address of a tag, or were that of one that is merged."""
    return {
        slug
        for model in (Tag, TagAlias)
        for slug in model.objects.filter(slug__in=slugs).values_list("slug", flat=True)
    }


class Alias(models.Model):
    """Another name of a thing: documents that use it mean the same.

    A merge leaves one. If readers could see what was merged, its address is kept in `slug` and leads on for ever; once
    the alias is removed, it leads nowhere, and the next document with that name makes a thing of its own.
    """

    name = models.CharField(max_length=150)
    key = models.CharField(max_length=KEY_LENGTH, editable=False)
    slug = models.CharField(max_length=120, editable=False, blank=True, default="", db_default="")
    merged_by = models.ForeignKey(
        "articles.Person", models.SET_NULL, null=True, related_name="+", editable=False
    )

    class Meta:
        abstract = True

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.key = fold(self.name)
        super().save(*args, **kwargs)
        _show(self.thing)

    def delete(self, *args, **kwargs):
        _show(self.thing)
        return super().delete(*args, **kwargs)

    def clean(self):
        """Refuse a name that leads to something already: a document would not know which it means."""
        hold_names(alone=True)  # until it is saved, in the transaction of the page


class TagAliasQuerySet(models.QuerySet):
    def of(self, keys):
        return self.filter(key__in=keys).select_related("tag")


class TagAlias(Alias):
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="aliases")

    objects = TagAliasQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "tag aliases"
        constraints = [
            models.UniqueConstraint(fields=["key"], name="tag_alias_means_one_tag"),
            models.UniqueConstraint(
                fields=["slug"], name="tag_alias_one_per_address", condition=~models.Q(slug="")
            ),
        ]

    @property
    def thing(self):
        return self.tag

    @property
    def meaning(self):
        """What a document names to be led on by this."""
        return self.key

    def lead_to(self, tag):
        self.tag = tag

    def clean(self):
        super().clean()
        key = key_of(self.name)
        alias = TagAlias.objects.of([key]).exclude(pk=self.pk).first()
        if alias:
            raise ValidationError({"name": f"“{self.name}” means “{alias.tag}” already."})
        if Tag.objects.filter(key=key).exists():
            raise ValidationError({"name": f"“{self.name}” is a tag. Merge it, to make it an alias."})


class EntityQuerySet(models.QuerySet):
    def named(self, pairs):
        """Return {(type, folded name): entity} for (name, type) pairs, by name or alias, making what is missing."""
        wanted = {(fold(kind), fold(name)): " ".join(name.split()) for name, kind in reversed(pairs)}
        found = self.called(wanted)
        while missing := sorted(wanted.keys() - found.keys()):
            slugs = {pair: slugs_of(wanted[pair]) for pair in missing}
            tried = [slug for some in slugs.values() for slug in some]
            taken = entity_slugs_taken(tried)
            new = []
            for kind, key in missing:
                type_slug = slug_of(kind)
                slug = next(slug for slug in slugs[kind, key] if (type_slug, slug) not in taken)
                taken.add((type_slug, slug))
                new.append(
                    self.model(type=kind, type_slug=type_slug, name=wanted[kind, key], key=key, slug=slug)
                )
            # Another import may make the same ones at this moment: then theirs are taken.
            self.bulk_create(new, ignore_conflicts=True)
            found = self.called(wanted)
        return found

    def called(self, pairs):
        """Return {(type, key): entity} for those of these folded pairs that lead to one, by its name or an alias."""
        keys = {key for _, key in pairs}
        known = {(entity.type, entity.key): entity for entity in self.filter(key__in=keys)}
        if any(pair not in known for pair in pairs):
            aliases = EntityAlias.objects.of(keys)
            known = {(alias.meant_type, alias.key): alias.entity for alias in aliases} | known
        return {pair: known[pair] for pair in pairs if pair in known}

    def meant_by(self, *names):
        """Those that go by one of these names, in whatever spelling, or have it as an alias."""
        keys = [fold(name) for name in names]
        alias = EntityAlias.objects.filter(key__in=keys).values("entity")
        return self.filter(models.Q(key__in=keys) | models.Q(pk__in=alias))

    def beginning(self, *keys):
        """Those whose folded name begins with one of these."""
        begins = models.Q()
        for key in keys:
            begins |= models.Q(key__begins_with=key)
        return self.filter(begins).order_by("key")

    def public(self):
        """Entities that some released article mentions; no other entity's name is for readers."""
        shown = Mention.objects.filter(entity=models.OuterRef("pk"), published_at__isnull=False)
        return self.filter(models.Exists(shown))


class Entity(models.Model):
    """A named thing an article is about, with a type: stack, area, problem, tool, ...

    Its address is of `type_slug` and `slug`: types that differ in punctuation alone share the first.
    """

    type = models.CharField(max_length=KEY_LENGTH)
    type_slug = models.CharField(max_length=120, editable=False)
    name = models.CharField(max_length=150)
    slug = models.CharField(max_length=120, editable=False)
    key = models.CharField(max_length=KEY_LENGTH, editable=False)

    objects = EntityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entities"
        ordering = ["type", "name"]
        permissions = [("merge_entity", "Can merge entities")]
        constraints = [
            models.UniqueConstraint(fields=["type", "key"], name="entity_one_per_type_and_name"),
            models.UniqueConstraint(fields=["type_slug", "slug"], name="entity_one_per_address"),
        ]
        # With the operators of LIKE, so that PostgreSQL finds beginnings by it, too, whatever its collation.
        indexes = [models.Index(fields=["key"], name="entity_by_key", opclasses=["varchar_pattern_ops"])]

    def __str__(self):
        return f"{self.name} ({self.type})"

    def save(self, *args, **kwargs):
        self.type = fold(self.type)
        self.type_slug = slug_of(self.type)
        self.key = fold(self.name)
        if not self.slug:
            there = entity_slugs_taken(slugs_of(self.name))
            self.slug = slug_of(self.name, taken={slug for kind, slug in there if kind == self.type_slug})
        super().save(*args, **kwargs)
        _show(self)

    def get_absolute_url(self):
        return reverse("articles:entity", args=[self.type_slug, self.slug])

    def spellings(self):
        """Return (type, key) of its name and of its aliases."""
        return {(self.type, self.key), *((alias.meant_type, alias.key) for alias in self.aliases.all())}

    def clean(self):
        hold_names(alone=True)  # until it is saved, in the transaction of the page
        kind, key = fold(self.type), key_of(self.name)
        same = models.Q(key=key, type=kind)
        if self.slug:
            same |= models.Q(slug=self.slug, type_slug=slug_of(kind))
        refuse_second(self, Entity.objects.filter(same))
        # With another type, its aliases without one mean another name, too.
        own = dict(self.aliases.filter(type="").values_list("key", "name")) if self.pk else {}
        for alias in EntityAlias.objects.of([key, *own]).exclude(entity=self.pk):
            if alias.meant_type == kind:
                name = own.get(alias.key, self.name)
                raise ValidationError({"type": f"“{name}” means {alias.entity}: it is an alias there."})
        if other := Entity.objects.filter(type=kind, key__in=own).exclude(pk=self.pk).first():
            raise ValidationError({"type": f"{other} is here already, and this one has it as an alias."})

    def merge_into(self, other, *, by):
        """Make one entity of two, of whatever types, as tags are merged (Tag.merge_into)."""
        from articles import merging

        return merging.merge(self, other, by=by)


def entity_slugs_taken(slugs):
    """Return which (type slug, slug) are the address of an entity, or were that of one that is merged."""
    return {
        pair
        for model in (Entity, EntityAlias)
        for pair in model.objects.filter(slug__in=slugs).values_list("type_slug", "slug")
    }


class EntityAliasQuerySet(models.QuerySet):
    def of(self, keys):
        return self.filter(key__in=keys).select_related("entity")


class EntityAlias(Alias):
    """`type` is empty where documents give the name the type that its entity has, whatever that is at the time."""

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="aliases")
    type = models.CharField(max_length=KEY_LENGTH, editable=False, blank=True, default="", db_default="")
    type_slug = models.CharField(max_length=120, editable=False, blank=True, default="", db_default="")

    objects = EntityAliasQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entity aliases"
        constraints = [
            models.UniqueConstraint(fields=["entity", "type", "key"], name="entity_alias_once"),
            models.UniqueConstraint(
                fields=["type_slug", "slug"],
                name="entity_alias_one_per_address",
                condition=~models.Q(slug=""),
            ),
        ]
        indexes = [models.Index(fields=["key"], name="entity_alias_by_key")]

    @property
    def meant_type(self):
        return self.type or self.entity.type

    @property
    def thing(self):
        return self.entity

    @property
    def meaning(self):
        """What a document names, type and all, to be led on by this."""
        return self.meant_type, self.key

    def lead_to(self, entity):
        self.type = "" if self.meant_type == entity.type else self.meant_type
        self.entity = entity

    def clean(self):
        super().clean()
        key, kind = key_of(self.name), fold(self.meant_type)
        others = EntityAlias.objects.of([key]).exclude(pk=self.pk)
        alias = next((one for one in others if one.meant_type == kind), None)
        entity = alias.entity if alias else Entity.objects.filter(key=key, type=kind).first()
        if entity:
            raise ValidationError({"name": f"“{self.name}” means {entity} already."})


class ChecklistQuerySet(models.QuerySet):
    def public(self):
        """Checklists that some released article pins."""
        shown = ChecklistUse.objects.filter(checklist=models.OuterRef("pk"), published_at__isnull=False)
        return self.filter(models.Exists(shown))


class Checklist(models.Model):
    """A reusable, ordered list of checks that articles share, with a page of its own."""

    title = models.CharField(max_length=200)
    slug = models.CharField(max_length=120, unique=True)
    current = models.ForeignKey(
        "articles.ChecklistVersion", models.PROTECT, null=True, related_name="+", editable=False
    )

    objects = ChecklistQuerySet.as_manager()

    class Meta:
        ordering = ["title"]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        from articles import showing

        super().save(*args, **kwargs)
        if kwargs.get("update_fields") != ["current"]:  # readers see the version that a release pins
            showing.changed(showing.of_checklist(self))

    def get_absolute_url(self):
        return reverse("articles:checklist", args=[self.slug])

    @transaction.atomic
    def revise(self, items):
        """Say these items from now on and return the version in force; articles stay pinned to the version they have.

        Returns None where another checklist holds exactly these items, since a digest names one version.
        """
        digest = digest_of(list(items))
        version = ChecklistVersion.objects.filter(digest=digest).first()
        if version is None:
            last = self.versions.aggregate(n=models.Max("number"))["n"] or 0
            version = self.versions.create(number=last + 1, digest=digest, items=list(items))
        elif version.checklist_id != self.pk:
            return None
        self.current = version
        self.save(update_fields=["current"])
        return version


class ChecklistVersionQuerySet(models.QuerySet):
    def pinned(self, lists):
        """Return {items: the version that holds exactly these}, made with its checklist where none does.

        `lists` are tuples of items; an empty one pins nothing.
        """
        wanted = {items: digest_of(list(items)) for items in lists if items}
        there = {version.digest: version for version in self.filter(digest__any_of=wanted.values())}
        return {items: there.get(digest) or self._made(items, digest) for items, digest in wanted.items()}

    def _made(self, items, digest):
        more = f" and {len(items) - 1} more" if len(items) > 1 else ""
        title = f"{items[0][:150]}{more}"
        title = title[0].upper() + title[1:]
        slug = f"{slug_of(items[0])[:70]}-{digest[:8]}".strip("-")
        try:
            with transaction.atomic():
                checklist = Checklist.objects.create(title=title, slug=slug)
                version = self.create(checklist=checklist, number=1, digest=digest, items=list(items))
                checklist.current = version
                checklist.save(update_fields=["current"])
                return version
        except IntegrityError:
            return self.get(digest=digest)  # another import made it at this moment


class ChecklistVersion(models.Model):
    """What a checklist said at one time. Articles are pinned to a version by its digest."""

    checklist = models.ForeignKey(Checklist, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, unique=True)
    items = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ChecklistVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["checklist", "number"], name="checklist_version_number_once")
        ]

    def __str__(self):
        return f"{self.checklist} v{self.number}"


class AppearanceQuerySet(models.QuerySet):
    def shown(self):
        """Those that readers may see."""
        return self.filter(published_at__isnull=False)


class Appearance(models.Model):
    """That a thing stands in an article. `in_latest` is for staff; `published_at` is set by a release, for readers."""

    in_latest = models.BooleanField(default=False)
    published_at = models.DateTimeField(null=True)

    objects = AppearanceQuerySet.as_manager()

    class Meta:
        abstract = True


def shown_first(thing, article):
    """The keyset index of a public list: one thing's released articles, newest first."""
    return models.Index(
        fields=[thing, "-published_at", f"-{article}"],
        name=f"public_by_{thing}",
        condition=models.Q(published_at__isnull=False),
    )


class ArticleTag(Appearance, ItemBase):
    """A tag in an article. `content_object` is django-taggit's name for the article."""

    natural_key_fields = ["content_object", "tag"]
    content_object = models.ForeignKey(
        "articles.Article", models.CASCADE, related_name="tag_appearances", db_index=False
    )
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="appearances")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content_object", "tag"], name="tag_once_per_article")]
        indexes = [shown_first("tag", "content_object")]


class Mention(Appearance):
    """An entity in an article."""

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="mentions", db_index=False)
    entity = models.ForeignKey(Entity, models.CASCADE, related_name="mentions")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "entity"], name="entity_once_per_article")]
        indexes = [shown_first("entity", "article")]


class ChecklistUse(Appearance):
    """A checklist in an article."""

    article = models.ForeignKey(
        "articles.Article", models.CASCADE, related_name="checklist_uses", db_index=False
    )
    checklist = models.ForeignKey(Checklist, models.CASCADE, related_name="uses")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "checklist"], name="checklist_once_per_article")
        ]
        indexes = [shown_first("checklist", "article")]
