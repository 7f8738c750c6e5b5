"""Proving the ledger: the chain is whole, and says what the tables say (reliability L6 and L8).

Verification hashes stored bytes and never re-serialises them. It reads everything once, in order of seq.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import F

from articles.models import Article, Erasure, Release, Text
from reviews.erasure import erasure_facts
from reviews.models import (
    CriteriaVersion,
    Decision,
    LedgerEntry,
    LedgerHead,
    Note,
    PolicyVersion,
    Requirement,
)
from reviews.models.ledger import GENESIS, entry_hash
from reviews.release import release_facts

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
    fault = next(_chain(walk), None) or next(_tables(), None)
    return Proof(entries=walk.seen, head=f"{walk.seq}:{walk.hash}", fault=fault)


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
        fault = _says_what_its_row_says(entry, rows.get(entry.seq))
        if fault:
            yield fault
        walk.seq, walk.hash, walk.seen = entry.seq, entry.hash, walk.seen + 1


def _rows_of(batch):
    """Return {seq: row} of the rows these entries speak of; a fixed number of queries."""
    seqs = [entry.seq for entry in batch]
    decisions = Decision.objects.filter(ledger_seq__in=seqs).select_related(
        "article", "revision", "person", "note", "revokes"
    )
    requirements = Requirement.objects.filter(ledger_seq__in=seqs).select_related(
        "revision__article", "policy_version"
    )
    releases = Release.objects.filter(ledger_seq__in=seqs).select_related(
        "article", "revision", "person", "restores"
    )
    rows = {row.ledger_seq_id: row for row in [*decisions, *requirements]}
    rows |= {row.ledger_seq: row for row in [*releases, *Erasure.objects.filter(ledger_seq__in=seqs)]}
    return rows


FACTS = {
    "decision": Decision.facts,
    "requirement": Requirement.facts,
    "release": release_facts,
    "erasure": erasure_facts,
}
ROWS = {"decision": Decision, "requirement": Requirement, "release": Release, "erasure": Erasure}


def _says_what_its_row_says(entry, row):
    """Return the Fault of an entry that is not what its row in the tables says, or None."""
    payload = _read(entry.payload)
    kind = payload.get("kind")
    if kind in ("policy", "criteria"):
        return None  # compared from the table's side, by digest
    if kind not in FACTS:
        return Fault(entry.seq, "kind", "it is not of a kind that this site writes.")
    if row is None:
        return Fault(entry.seq, "no_row", f"the {kind} it records is not in the tables.")
    if not isinstance(row, ROWS[kind]) or payload != {
        "kind": kind,
        **json.loads(json.dumps(FACTS[kind](row))),
    }:
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
    """Yield rows without an entry, and stored bytes that are not what their digest says."""
    known = LedgerEntry.objects.values("seq")
    for model in (Decision, Requirement, Release, Erasure):
        stray = model.objects.exclude(ledger_seq__in=known).order_by("pk").first()
        if stray:
            yield Fault(
                None, "no_entry", f"{model._meta.verbose_name} {stray.pk} has no entry in the ledger."
            )
    recorded = set()
    for payload in LedgerEntry.objects.order_by("seq").values_list("payload", flat=True).iterator(CHUNK):
        entry = _read(payload)
        if entry.get("kind") in ("policy", "criteria"):
            recorded.add((entry["kind"], entry.get("number"), entry.get("digest")))
    for policy in PolicyVersion.objects.select_related("policy"):
        if ("policy", policy.number, policy.digest) not in recorded:
            yield Fault(None, "no_entry", f"{policy} has no entry in the ledger.")
    for criteria in CriteriaVersion.objects.select_related("criteria"):
        if ("criteria", criteria.number, criteria.digest) not in recorded:
            yield Fault(None, "no_entry", f"{criteria} has no entry in the ledger.")
    for dated in (Decision, Release):
        astray = dated.objects.exclude(revision=None).exclude(digest=F("revision__text_id")).first()
        if astray:
            yield Fault(None, "text", f"{astray}: its revision holds another text by now.")
    decided = Decision.objects.values("digest").union(Release.objects.exclude(digest="").values("digest"))
    for text in Text.objects.filter(pk__in=decided).iterator(CHUNK):
        if not text.is_intact():
            yield Fault(
                None,
                "text",
                f"The stored text {text.digest[:12]} does not have its digest: its bytes were edited.",
            )
    for note in Note.objects.iterator(CHUNK):
        if not note.is_intact():
            yield Fault(None, "note", f"Note {note.pk} is not what its decision recorded: it was edited.")
    yield from _pointers()


def _pointers() -> Iterator[Fault]:
    """Yield articles that show another release than their last."""
    newest: dict[int, tuple[int | None, bool]] = {}
    releases = Release.objects.order_by("article", "n").values_list("article_id", "pk", "revision_id")
    for article_id, pk, revision_id in releases:
        newest[article_id] = (pk, revision_id is not None)
    for article in Article.objects.only("pk", "slug", "current_release_id", "published_at").iterator(CHUNK):
        release, shows = newest.get(article.pk, (None, False))
        if article.current_release_id != release or article.is_public != shows:
            yield Fault(None, "pointer", f"Article {article.slug} does not show its latest release.")
