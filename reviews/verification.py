"""Proving the ledger: the chain is whole, and says what the tables say (reliability L6 and L8).

Verification hashes stored bytes and never re-serialises them. It reads one snapshot of everything, in order of seq, so
that it may run while the site does.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Max

from articles.canonical import digest
from articles.models import Article, ChecklistVersion, Erasure, Release, Revision, Text
from articles.revising import LATER_FACTS, SUMMARY_LENGTH, facts_of
from reviews import gate
from reviews.erasure import erasure_facts
from reviews.models import (
    CriteriaVersion,
    Decision,
    Finding,
    Hold,
    LedgerEntry,
    LedgerHead,
    Note,
    PolicyVersion,
    Requirement,
    SamplePlanVersion,
)
from reviews.models.check import findings_digest
from reviews.models.ledger import GENESIS, entry_hash
from reviews.release import release_facts
from reviews.standing import fresh_until

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong: at which entry (None: outside the chain), of what kind, in words."""

    seq: int | None
    kind: str
    message: str

    def __str__(self):
        return f"entry {self.seq}: {self.message}" if self.seq is not None else self.message


@dataclass(frozen=True, slots=True)
class Proof:
    """What was verified: `entries` of them, up to `head`; `fault` is None when all is well."""

    entries: int
    head: str
    fault: Fault | None


def verify(expected=None):
    """Verify the whole ledger and return the Proof.

    `expected` is a (seq, hash) that an earlier run printed and somebody kept elsewhere: a chain by itself cannot show
    that its tail was cut, or that all of it was written anew.
    """
    walk = _Walk(expected)
    with _snapshot():
        fault = next(_chain(walk), None) or next(_tables(), None)
    return Proof(entries=walk.seen, head=f"{walk.seq}:{walk.hash}", fault=fault)


@contextmanager
def _snapshot():
    """Read everything as it is at one moment, and hold nobody up."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")  # Django's own transactions here take the lock of a writer
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


class _Walk:
    """How far the chain has been followed."""

    def __init__(self, expected):
        self.seq, self.hash, self.seen, self.expected = 0, GENESIS, 0, expected


def _chain(walk) -> Iterator[Fault]:
    """Follow the chain and yield what breaks it, entry by entry."""
    batch = []
    for entry in LedgerEntry.objects.order_by("seq").iterator(CHUNK):
        batch.append(entry)
        if len(batch) == CHUNK:
            yield from _links(walk, batch)
            batch = []
    yield from _links(walk, batch)
    head = LedgerHead.objects.first()
    if head is None:
        yield Fault(None, "head", "The head of the ledger is missing.")
    elif head.seq > walk.seq:
        yield Fault(
            walk.seq + 1,
            "truncated",
            f"missing: the ledger ends at {walk.seq}, its head stands at {head.seq}.",
        )
    elif (head.seq, head.hash) != (walk.seq, walk.hash):
        yield Fault(
            walk.seq, "head", f"the head of the ledger stands at {head.seq} and does not match this entry."
        )
    if walk.expected:
        seq, _ = walk.expected
        if seq > walk.seq:
            yield Fault(walk.seq + 1, "truncated", f"missing: entries up to {seq} were seen before.")


def _links(walk, batch) -> Iterator[Fault]:
    rows = _rows_of(batch)
    for entry in batch:
        payload = bytes(entry.payload)
        if entry.seq == walk.seq:
            yield Fault(entry.seq, "duplicate", "there are two entries with this number.")
        if entry.seq != walk.seq + 1:
            yield Fault(walk.seq + 1, "missing", f"missing: the next entry is {entry.seq}.")
        if entry.previous != walk.hash:
            yield Fault(
                entry.seq,
                "link",
                "it does not follow the entry before it (broken link, reordered or forked).",
            )
        if entry_hash(entry.seq, entry.previous, payload) != entry.hash:
            yield Fault(
                entry.seq, "payload", "its content was edited: the hash of the stored bytes is another."
            )
        if walk.expected and entry.seq == walk.expected[0] and entry.hash != walk.expected[1]:
            yield Fault(
                entry.seq, "rewritten", "its hash is not the one seen before: the ledger was written anew."
            )
        fault = _says_what_its_row_says(entry, rows[entry.seq])
        if fault:
            yield fault
        walk.seq, walk.hash, walk.seen = entry.seq, entry.hash, walk.seen + 1


# Each kind of entry: its model, what the ledger holds of a row, and the rows with what that takes.
RECORDED: dict[str, tuple[Any, Callable, Any]] = {
    "decision": (
        Decision,
        Decision.facts,
        Decision.objects.select_related("article", "revision", "person", "note", "revokes").prefetch_related(
            "revision__contributors__person"
        ),
    ),
    "requirement": (
        Requirement,
        Requirement.facts,
        Requirement.objects.select_related(
            "revision__article", "policy_version", "criteria_version", "person"
        ),
    ),
    "release": (
        Release,
        release_facts,
        Release.objects.select_related("article", "revision", "person", "restores"),
    ),
    "erasure": (Erasure, erasure_facts, Erasure.objects.select_related("person")),
    "policy": (PolicyVersion, PolicyVersion.facts, PolicyVersion.objects.select_related("person")),
    "criteria": (CriteriaVersion, CriteriaVersion.facts, CriteriaVersion.objects.select_related("person")),
    "sample_plan": (
        SamplePlanVersion,
        SamplePlanVersion.facts,
        SamplePlanVersion.objects.select_related("person"),
    ),
    "hold": (Hold, Hold.facts, Hold.objects.select_related("person", "plan_version")),
}


def _rows_of(batch):
    """Return {seq: [(kind, row)]} of the rows these entries speak of; a fixed number of queries."""
    rows: dict[int, list] = {entry.seq: [] for entry in batch}
    for kind, (_, _, found) in RECORDED.items():
        for row in found.filter(ledger_seq__in=rows):
            seq = row.ledger_seq_id if hasattr(row, "ledger_seq_id") else row.ledger_seq
            rows[seq].append((kind, row))
    return rows


def _says_what_its_row_says(entry, rows):
    """Return the Fault of an entry that is not what its one row in the tables says, or None."""
    payload = _read(entry.payload)
    kind = payload.get("kind")
    if kind not in RECORDED or kind != entry.kind:
        return Fault(entry.seq, "kind", "it is not of a kind that this site writes.")
    if not rows:
        return Fault(entry.seq, "no_row", f"the {kind} it records is not in the tables.")
    if [found for found, _ in rows] != [kind]:
        others = " and ".join(f"a {found}" for found, _ in rows)
        return Fault(entry.seq, "borrowed", f"it records one {kind}; {others} in the tables lean on it.")
    facts = RECORDED[kind][1](rows[0][1])
    if payload != {"kind": kind, **json.loads(json.dumps(facts))}:
        return Fault(entry.seq, "row", f"the {kind} in the tables is not what the ledger says.")
    return None


def _read(payload):
    """Return the map that stored payload bytes hold, or an empty one: they may have been tampered with."""
    try:
        value = json.loads(bytes(payload))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _tables() -> Iterator[Fault]:
    """Yield rows without an entry, and rows and bytes that are not what a digest or an entry says of them."""
    known = LedgerEntry.objects.values("seq")
    for model, _, _ in RECORDED.values():
        stray = model.objects.exclude(ledger_seq__in=known).order_by("pk").first()
        if stray:
            yield Fault(
                None, "no_entry", f"{model._meta.verbose_name} {stray.pk} has no entry in the ledger."
            )
    for versions in (PolicyVersion.objects, CriteriaVersion.objects, SamplePlanVersion.objects):
        for version in versions.iterator(CHUNK):
            if digest(version.said()) != version.digest:
                yield Fault(None, "version", f"{version} is not what its digest says: it was edited.")
    for checklist in ChecklistVersion.objects.select_related("checklist").iterator(CHUNK):
        if digest(checklist.items) != checklist.digest:
            yield Fault(None, "version", f"{checklist} is not what its digest says: it was edited.")
    for dated in (Decision, Release):
        astray = dated.objects.exclude(revision=None).exclude(digest=F("revision__text_id")).first()
        if astray:
            yield Fault(None, "text", f"{astray}: its revision holds another text by now.")
    yield from _texts()
    for note in Note.objects.iterator(CHUNK):
        if not note.is_intact():
            yield Fault(None, "note", f"Note {note.pk} is not what its decision recorded: it was edited.")
    yield from _evidence()
    yield from _pointers()


def _texts() -> Iterator[Fault]:
    """Yield decided and released texts that are not their digest's, and revisions that say something else of them."""
    decided = Decision.objects.values("digest").union(Release.objects.exclude(digest="").values("digest"))
    lost = Revision.objects.exclude(text__in=Text.objects.values("pk")).order_by("pk").first()
    if lost:
        yield Fault(None, "text", f"{lost}: its text is gone.")
    texts = Text.objects.filter(pk__in=decided).prefetch_related("revisions__checklist")
    for text in texts.iterator(CHUNK):
        if not text.is_intact():
            yield Fault(
                None,
                "text",
                f"The stored text {text.digest[:12]} does not have its digest: its bytes were edited.",
            )
        if text.data is not None:
            yield from _revisions_of(text)


def _revisions_of(text) -> Iterator[Fault]:
    document = text.document
    for revision in text.revisions.all():
        said = (revision.title, revision.summary, revision.facts)
        facts = facts_of(document)
        older = {name: value for name, value in facts.items() if name not in LATER_FACTS}
        if said not in [
            (document.title, document.summary[:SUMMARY_LENGTH], known) for known in (facts, older)
        ]:
            yield Fault(None, "revision", f"{revision}: title, summary or facts are not those of its text.")
        if (revision.checklist.digest if revision.checklist else None) != text.checklist_digest:
            yield Fault(None, "revision", f"{revision}: its checklist is not the one its text pins.")


def _evidence() -> Iterator[Fault]:
    """Yield decisions whose findings are gone or edited, or overruled for no reason that its note holds; and releases
    whose contributors are not those on their record."""
    erased = set(Erasure.objects.values_list("subject", flat=True))
    for decision in Decision.objects.select_related("note").iterator(CHUNK):
        yield from _findings_of(decision, erased)
    releases = Release.objects.exclude(revision=None).select_related("revision")
    for release in releases.prefetch_related("revision__contributors__person").iterator(CHUNK):
        revision = release.revision
        if revision and sorted({uuid for uuid, _ in revision.hands()}) != release.record.get("contributors"):
            yield Fault(None, "contributor", f"{release}: its contributors are not those on its record.")


def _findings_of(decision, erased) -> Iterator[Fault]:
    shown, overruled = decision.shown.get("findings", []), decision.shown.get("overruled", [])
    if not shown and not overruled:
        return
    found = Finding.objects.filter(pk__in=[*shown, *overruled], run__revision=decision.revision_id)
    there = {finding.pk: finding for finding in found.order_by("number")}
    if not there.keys() >= {*shown, *overruled}:
        yield Fault(None, "finding", f"Decision {decision.pk}: findings that were on the screen are gone.")
        return
    bound = decision.shown.get("findings_digest")
    if bound and decision.digest not in erased and findings_digest(there[pk] for pk in shown) != bound:
        yield Fault(
            None, "finding", f"Decision {decision.pk}: findings that were on the screen say something else."
        )
    reasons = decision.note.remarks if decision.note else {}
    if reasons is not None and any(there[pk].remark_key not in reasons for pk in overruled):
        yield Fault(None, "finding", f"Decision {decision.pk}: a finding was overruled without a reason.")


def _pointers() -> Iterator[Fault]:
    """Yield articles that show readers, or call latest, another text than their history says."""
    newest: dict[int, tuple[int | None, bool]] = {}
    first: dict[int, object] = {}
    releases = Release.objects.order_by("article", "n").values_list(
        "article_id", "pk", "revision_id", "released_at"
    )
    for article_id, pk, revision_id, released_at in releases:
        newest[article_id] = (pk, revision_id is not None)
        if revision_id is not None:
            first.setdefault(article_id, released_at)
    latest = dict(
        Revision.objects.exclude(origin=Revision.Origin.CANDIDATE)
        .order_by()
        .values_list("article_id")
        .annotate(Max("number"))
    )
    articles = Article.objects.select_related("latest_revision", "current_release__revision__text")
    for article in articles.iterator(CHUNK):
        release, shows = newest.get(article.pk, (None, False))
        if article.current_release_id != release or article.is_public != shows:
            yield Fault(None, "pointer", f"Article {article.slug} does not show its latest release.")
        if article.is_public and article.published_at != first[article.pk]:
            yield Fault(None, "pointer", f"Article {article.slug} was first released at another time.")
        if article.latest_revision and article.latest_revision.number != latest.get(article.pk):
            yield Fault(None, "pointer", f"Article {article.slug} calls an older revision its latest.")
        if article.indexable_until and not _may_be_indexed(article):
            yield Fault(
                None, "indexable", f"Article {article.slug} may be indexed longer than its reviews say."
            )


def _may_be_indexed(article):
    """Say whether approvals stand behind the page for as long as it says; the site's own setting may have changed."""
    verdict = gate.look(article.current_release.revision)
    if not verdict.is_reviewed:
        return False
    return verdict.terms is None or article.indexable_until == fresh_until(verdict)
