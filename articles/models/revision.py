"""What an article said at one time: immutable revisions over stored canonical bytes."""

import json
import zlib

import zstandard
from django.db import models

from articles import bulk
from articles.canonical import canonical_members, digest_bytes, joined
from articles.document import Document

# Raised when the shape of the digested bytes changes; old texts keep the format they say they have.
TEXT_FORMAT = 1
# As small as zlib makes texts of this length, in a quarter of the time.
LEVEL = 3


def packed(content):
    """Return bytes as they are stored: a Zstandard frame."""
    return zstandard.compress(content, LEVEL)


def unpacked(data):
    """Return what was packed; older texts are deflated. Raises zlib.error or ZstdError where it is damaged."""
    return zstandard.decompress(data) if data.startswith(zstandard.FRAME_HEADER) else zlib.decompress(data)


class TextErased(Exception):
    """The bytes were erased; the digest, the reason and a ledger entry remain."""


class TextQuerySet(models.QuerySet):
    def stored(self, contents):
        """Return {canonical bytes: the text that holds exactly them}, stored on first use.

        For bytes that were erased the value is a TextErased, to be raised: an import must not bring them back.
        """
        digests = {content: digest_bytes(content) for content in contents}
        erased = set(
            Erasure.objects.filter(subject__any_of=digests.values()).values_list("subject", flat=True)
        )
        there = {text.pk: text for text in self.filter(pk__any_of=digests.values()).only("digest")}
        texts = {}
        for content, digest in digests.items():
            if digest in erased:
                texts[content] = TextErased(
                    "This very text was erased, so it does not come back. Change it, and send it again."
                )
            elif digest in there:
                texts[content] = there[digest]
            else:
                texts[content] = self.model(digest=digest, data=packed(content), size=len(content))
        new = [text for text in texts.values() if isinstance(text, Text) and text._state.adding]
        bulk.insert(new)
        return texts


class Text(models.Model):
    """Canonical bytes, kept by their SHA-256. Append-only; only an Erasure may empty `data`."""

    digest = models.CharField(max_length=64, primary_key=True)
    data = models.BinaryField(null=True, help_text="Canonical bytes, compressed. Null after erasure.")
    size = models.PositiveIntegerField(help_text="Length of the canonical bytes.")

    objects = TextQuerySet.as_manager()

    def __str__(self):
        return self.digest[:12]

    @property
    def content(self):
        """The canonical bytes. Raises TextErased when they were erased."""
        if self.data is None:
            raise TextErased(f"The text {self.digest[:12]} was erased.")
        return unpacked(bytes(self.data))

    @property
    def document(self):
        """The document these bytes hold. Raises TextErased when they were erased."""
        return Document.stored(json.loads(self.content)["document"])

    @property
    def checklist_digest(self):
        """The digest of the checklist these bytes pin, or None. Raises TextErased when they were erased."""
        return json.loads(self.content)["checklist"]

    def is_intact(self):
        """Say whether the stored bytes still have the digest they are kept under, or were erased."""
        if self.data is None:
            return Erasure.objects.filter(subject=self.digest).exists()
        try:
            return digest_bytes(self.content) == self.digest
        except (zlib.error, zstandard.ZstdError):
            return False


class Erasure(models.Model):
    """That bytes of a text or a note were erased: by whom and why. Without one, triggers keep every byte."""

    subject = models.CharField(
        max_length=64, unique=True, help_text="Digest of the text, or hash of the note."
    )
    reason = models.TextField()
    person = models.ForeignKey("articles.Person", models.PROTECT, related_name="+")
    erased_at = models.DateTimeField()
    ledger_seq = models.BigIntegerField(unique=True)

    def __str__(self):
        return f"Erasure of {self.subject[:12]}"


def text_bytes(article_uuid, document, checklist_digest):
    """Return the canonical bytes a revision's digest covers (DESIGN P3).

    They hold the whole sanitised document, the article's id and the pinned checklist, and no imported metrics.
    """
    members = canonical_members(
        {"format": TEXT_FORMAT, "article": str(article_uuid), "checklist": checklist_digest}
    )
    return joined({**members, "document": document.content})


class RevisionQuerySet(models.QuerySet):
    def newest(self):
        return self.order_by("-number")

    def with_text(self):
        return self.select_related("text")


class Revision(models.Model):
    """One immutable snapshot of everything a reader could see of an article.

    `title`, `summary` and `facts` repeat what lists print, so that lists never join the text.
    """

    class Origin(models.TextChoices):
        IMPORT = "import", "imported"
        EDIT = "edit", "edited"
        CANDIDATE = "candidate", "imported beside a person's edit"
        ADOPTION = "adoption", "taken from a candidate"

    article = models.ForeignKey("articles.Article", models.PROTECT, related_name="revisions", db_index=False)
    number = models.PositiveIntegerField()
    text = models.ForeignKey(Text, models.PROTECT, db_column="digest", related_name="revisions")
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    origin = models.CharField(max_length=10, choices=Origin.choices)
    source_digest = models.CharField(max_length=64, blank=True)
    import_run = models.ForeignKey("articles.ImportRun", models.PROTECT, null=True, related_name="revisions")
    checklist = models.ForeignKey("articles.ChecklistVersion", models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey("articles.Person", models.PROTECT, null=True, related_name="+")
    title = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    facts = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="revision_number_once"),
            # Nothing comes before the first, so a text that comes again always comes later.
            models.CheckConstraint(name="revision_number_from_one", condition=models.Q(number__gte=1)),
        ]
        indexes = [models.Index(fields=["article", "text"], name="revision_by_article_digest")]

    def __str__(self):
        return f"Revision {self.number} of article {self.article_id}"

    @property
    def digest(self):
        return self.text_id

    @property
    def document(self):
        """The document. Raises TextErased when its bytes were erased."""
        return self.text.document

    @property
    def was_released(self):
        return self.releases.exists()

    def hands(self):
        """Return [[person's uuid, role]] of all contributors, sorted. They never change."""
        models.prefetch_related_objects([self], "contributors__person")  # nothing where it is done
        return sorted([str(hand.person.uuid), hand.role] for hand in self.contributors.all())


class Contributor(models.Model):
    """Who has a hand in a revision: all on its chain since the last release, copied when the revision is made.

    The four-eyes rule, in Python and in the database's triggers, reads this table and nothing else.
    """

    class Role(models.TextChoices):
        WROTE = "wrote"
        EDITED = "edited"
        APPLIED = "applied"
        IMPORTED = "imported"

    revision = models.ForeignKey(Revision, models.PROTECT, related_name="contributors", db_index=False)
    person = models.ForeignKey("articles.Person", models.PROTECT, related_name="contributions")
    role = models.CharField(max_length=10, choices=Role.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["revision", "person", "role"], name="contributor_once_per_role")
        ]

    def __str__(self):
        return f"{self.person} {self.role} {self.revision}"
