"""By which numbers a revision is found among look-alikes, and which were found. All of it can be rebuilt."""

from collections import defaultdict
from itertools import chain

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from articles import bulk
from articles.models.revision import Revision
from articles.signatures import FORMAT, Written, in_common, likeness, packed, unpacked

# So many numbers of a revision are listed: the smallest of those that are not on FULL lists already. What thousands
# share, boilerplate, fills its few lists and costs nothing more; what is a text's own stays listed.
LISTED = 13
FULL = 16
# So many candidates are looked at. The one whose sketch has the most in common with a text's is held against the text
# where that is LEAST_COMMON of 32 numbers, each of the others where it is LEAST_COMMON_OF_MORE. Two texts alike in 80
# of 100 words have about 18 in common, one time in 25 less than 12 and as good as never less than 8; drafts of one
# house that are a third alike have about 9, and there are many of those.
MOST_CANDIDATES = 4
LEAST_COMMON = 8
LEAST_COMMON_OF_MORE = 12
LEAST_FULL_OF_A_COPY = 2 / 3
# So many look-alikes are kept of a revision, where at least so many of a hundred words are the same.
MOST_KEPT = 3
LEAST_PERCENT = 60


class SignatureQuerySet(models.QuerySet):
    def listed(self):
        """Those of today's format by which their revisions are found."""
        return self.filter(format=FORMAT, is_listed=True)

    def keep(self, written):
        """Keep the signatures of these revisions, {revision: Written}, and return {revision: its LookAlikes}.

        Again changes nothing. What no reader and no editor sees any more of the same articles is listed no longer;
        what comes back is listed and compared anew. The caller holds the locks of the articles.
        """
        there = set(self.listed().filter(revision__in=written).values_list("revision", flat=True))
        new = {revision: text for revision, text in written.items() if revision.pk not in there}
        if not new:
            return {}
        self._unlist(new)
        self.filter(revision__in=new).delete()
        bulk.insert_values(
            Signature,
            ("revision", "format", "sketch"),
            ([revision.pk, FORMAT, packed(text.sketch)] for revision, text in new.items()),
        )
        candidates = SignatureKey.objects.file({one: text.sketch for one, text in new.items()})
        return LookAlike.objects.confirm(new, candidates)

    def likely(self, candidates):
        """Return {revision: ids of the candidates that may be like it}, given {revision: (sketch, ids)}. One query."""
        rows = self.filter(format=FORMAT)
        rows = rows.filter(revision__any_of={one for _, some in candidates.values() for one in some})
        sketches = {one: unpacked(sketch) for one, sketch in rows.values_list("revision", "sketch")}
        found = {}
        for revision, (sketch, some) in candidates.items():
            common = {one: in_common(sketch, sketches[one]) for one in some if one in sketches}
            some = sorted(common, key=common.get, reverse=True)
            found[revision] = [one for one in some[:1] if common[one] >= LEAST_COMMON]
            found[revision] += [one for one in some[1:] if common[one] >= LEAST_COMMON_OF_MORE]
        return found

    def _unlist(self, revisions):
        """Take older revisions of the same articles off the lists, and those of these that another format listed."""
        gone = Q(revision__in=revisions)
        if moved := [revision.article_id for revision in revisions if revision.number > 1]:
            stays = Q(revision=F("revision__article__latest_revision"))
            stays |= Q(revision=F("revision__article__current_release__revision"))
            stays |= Q(revision=F("revision__article__candidate"))
            gone |= Q(revision__article__in=moved, is_listed=True) & ~stays
        rows = dict(self.filter(gone).values_list("revision", "sketch"))
        if rows:
            SignatureKey.objects.take_off(rows)
            self.filter(revision__in=rows).update(is_listed=False)

    def forget(self, text):
        """Leave nothing of an erased text by which its words could be guessed."""
        rows = dict(self.filter(revision__text=text).values_list("revision", "sketch"))
        SignatureKey.objects.take_off(rows)
        self.filter(revision__in=rows).delete()
        LookAlike.objects.filter(Q(revision__in=rows) | Q(other__in=rows)).delete()


class Signature(models.Model):
    """The sketch of a revision's body (see articles/signatures.py), at most 256 bytes; empty for a very short one."""

    revision = models.OneToOneField(Revision, models.CASCADE, primary_key=True, related_name="signature")
    format = models.PositiveSmallIntegerField()
    sketch = models.BinaryField()
    is_listed = models.BooleanField(default=True, db_default=True)

    objects = SignatureQuerySet.as_manager()

    def __str__(self):
        return f"Signature of {self.revision_id}"


class SignatureKeyQuerySet(models.QuerySet):
    def lists(self, keys):
        """Return {key: ids of the revisions listed under it}, at most about FULL for each. One query."""
        found = defaultdict(list)
        for key, revision in self.filter(key__any_of=list(keys)).order_by().values_list("key", "revision"):
            found[key].append(revision)
        return found

    def candidates(self, sketch, lists=None):
        """Return ids of up to MOST_CANDIDATES revisions that have most of a sketch in common, best first.

        Numbers on full lists, boilerplate, make nobody a candidate by themselves as long as more of a text is its own;
        where nearly all of it is on full lists, it is one more copy of many, and they do.
        """
        lists = self.lists(sketch) if lists is None else lists
        listed = [found for key in sketch if (found := lists.get(key))]
        own = [found for found in listed if len(found) < FULL]
        is_copy = len(listed) - len(own) > len(sketch) * LEAST_FULL_OF_A_COPY
        weight = dict.fromkeys(chain.from_iterable(listed if is_copy else own), 0)
        for found in listed:
            for revision in found:
                if revision in weight:
                    weight[revision] += 1 / len(found)  # what few have in common says more
        whole = set(lists.get(sketch[0], ())) if sketch else set()
        return sorted(weight, key=lambda one: (one not in whole, -weight[one], one))[:MOST_CANDIDATES]

    def file(self, sketches):
        """List these revisions, {revision: sketch}, and return {revision: candidates among those before it}."""
        lists = self.lists({key for sketch in sketches.values() for key in sketch})
        found, rows = {}, []
        for revision, sketch in sketches.items():
            found[revision] = self.candidates(sketch, lists)
            free = [key for key in sketch if len(lists[key]) < FULL][:LISTED]
            rows += [(key, revision.pk) for key in free]
            for key in free:
                lists[key].append(revision.pk)
        bulk.insert_values(SignatureKey, ("key", "revision"), rows)
        return found

    def take_off(self, sketches):
        """Take revisions off all lists, given {revision's id: packed sketch}."""
        keys = {key for sketch in sketches.values() for key in unpacked(sketch)}
        if keys:
            self.filter(key__in=keys, revision__in=list(sketches)).delete()


class SignatureKey(models.Model):
    """That a revision is found under one number of its sketch. The primary key is the list of a number."""

    pk = models.CompositePrimaryKey("key", "revision")
    key = models.BigIntegerField()
    revision = models.ForeignKey(Revision, models.CASCADE, related_name="+", db_index=False)

    objects = SignatureKeyQuerySet.as_manager()

    def __str__(self):
        return f"{self.key} of {self.revision_id}"


class LookAlikeQuerySet(models.QuerySet):
    def confirm(self, written, candidates):
        """Hold candidates, {revision: ids}, that are likely against the texts, keep the most alike, and return them."""
        likely = Signature.objects.likely(
            {revision: (written[revision].sketch, some) for revision, some in candidates.items() if some}
        )
        others = Revision.objects.with_text().only("article", "text__data").exclude(text__data=None)
        others = (
            others.in_bulk({one for some in likely.values() for one in some}) if any(likely.values()) else {}
        )
        texts = {revision.pk: text for revision, text in written.items()}
        found = {}
        for revision, some in likely.items():
            pairs = []
            for other in (others[pk] for pk in some if pk in others):
                if other.article_id == revision.article_id:
                    continue
                if other.pk not in texts:
                    texts[other.pk] = Written.of(other.document.body)
                percent = likeness(written[revision], texts[other.pk])
                if percent >= LEAST_PERCENT:
                    pairs.append(self.model(revision=revision, other=other, percent=percent))
            if pairs:
                found[revision] = sorted(pairs, key=lambda pair: (-pair.percent, -pair.other_id))[:MOST_KEPT]
        self.bulk_create(
            (
                self.model(revision=one, other=other, percent=pair.percent)
                for pairs in found.values()
                for pair in pairs
                for one, other in ((pair.revision, pair.other), (pair.other, pair.revision))
            ),
            ignore_conflicts=True,
        )
        return found

    def alike(self):
        """Those that this site calls look-alikes (`LOOKALIKE_PERCENT`)."""
        return self.filter(percent__gte=settings.LOOKALIKE_PERCENT)

    def now(self):
        """Those whose other text is the latest or the public one of its article."""
        latest, shown = F("other__article__latest_revision"), F("other__article__current_release__revision")
        public = Q(other=shown, other__article__published_at__isnull=False)
        return self.filter(Q(other=latest) | public)

    def between(self, revision, others):
        """Those of this revision with one of some others."""
        return self.filter(revision=revision, other__in=others)

    def closest(self):
        return self.order_by("-percent", "-other")


class LookAlike(models.Model):
    """That revisions of two articles are alike in so many of a hundred words. It stands once for each side."""

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="look_alikes", db_index=False)
    other = models.ForeignKey(Revision, models.CASCADE, related_name="+", db_index=False)
    percent = models.PositiveSmallIntegerField()

    objects = LookAlikeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["revision", "other"], name="look_alike_once")]
        indexes = [
            models.Index(F("revision"), F("percent").desc(), F("other").desc(), name="look_alike_closest")
        ]

    def __str__(self):
        return f"{self.revision_id} is {self.percent}% like {self.other_id}"

    @property
    def is_alike(self):
        """This site calls them look-alikes (`LOOKALIKE_PERCENT`)."""
        return self.percent >= settings.LOOKALIKE_PERCENT
