"""The review record of a released article: who decided what about which bytes, when, and where the ledger says so.

Personal data by setting: names (SHOW_REVIEWER_NAMES); notes are internal and stay at the desk.
"""

from django.conf import settings
from django.urls import reverse

from articles import pages
from reviews.models import Decision, LedgerEntry
from reviews.models.ledger import stamp


def record_of(article):
    """Return what the record page of a public article prints. A fixed number of queries."""
    release = article.current_release
    decisions = list(
        Decision.objects.verdicts()
        .on(article, release.digest)
        .select_related("person", "revoked_by__person", "ledger_seq")
        .order_by("pk")
    )
    entry = LedgerEntry.objects.get(seq=release.ledger_seq)
    return {
        "article": {"title": release.revision.title, "url": article.get_absolute_url()},
        "release": pages.release_facts(release),
        "reviewed": pages.is_indexable(article),
        "record": release.record,
        "decisions": [_decision(decision) for decision in decisions],
        "history": pages.history_of(article),
        "ledger": {"seq": entry.seq, "hash": entry.hash},
        "json_url": reverse("reviews:record-json", args=[article.slug]),
    }


def _decision(decision):
    revocation = getattr(decision, "revoked_by", None)
    return {
        "verdict": decision.get_verdict_display(),
        **_by(decision),
        "digest": decision.digest,
        "answers": [{"question": answer["text"], "answer": answer["answer"]} for answer in decision.answers],
        "overruled": len(decision.shown.get("overruled", [])),
        "revoked": revocation is not None,
        "revocation": _by(revocation) | {"ledger": {"seq": revocation.ledger_seq_id}} if revocation else None,
        "ledger": {"seq": decision.ledger_seq_id, "hash": decision.ledger_seq.hash},
    }


def _by(decision):
    """Return who decided and when; the name by setting."""
    person = decision.person
    return {
        "who": str(person) if settings.SHOW_REVIEWER_NAMES else f"Person {str(person.uuid)[:8]}",
        "person": str(person.uuid),
        "at": decision.decided_at,
    }


def as_json(record):
    """Return the same facts with moments written as the ledger writes them."""
    return {name: _plain(value) for name, value in record.items() if name != "json_url"}


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return stamp(value) if hasattr(value, "astimezone") else value
