"""Triggers of the review side: the gate itself (P1), one winner (P5), the chain, and the history (P2).

They read append-only tables only. How guards are written, installed and compared stands in articles/guards.py.
"""

from articles import guards
from articles.guards import ERASED, Guard, append_only

NOT_REVOKED = "NOT EXISTS (SELECT 1 FROM reviews_decision u WHERE u.revokes_id = d.id)"


def barred(person, revision, counts="1 = 1"):
    """The condition that `person` may not judge `revision`: the four-eyes rule, as its strictest requirement says."""
    asks = (
        "(SELECT max(CASE WHEN q.{0} THEN 1 ELSE 0 END) FROM reviews_requirement q "
        f"WHERE q.revision_id = {{1}} AND {counts}) = 1"
    )
    hand = (
        "EXISTS (SELECT 1 FROM articles_contributor c "
        "WHERE c.revision_id = {0} AND c.person_id = {1} AND c.role {2})"
    )
    return (
        f"(({asks.format('four_eyes', revision)} AND {hand.format(revision, person, "<> 'imported'")}) "
        f"OR ({asks.format('exclude_importer', revision)} AND {hand.format(revision, person, "= 'imported'")}))"
    )


def enough(row, least, counts="1 = 1"):
    """The condition that the release `row` has the standing approvals its requirements ask for, at least `least`."""
    return (
        "(SELECT count(DISTINCT d.person_id) FROM reviews_decision d "
        f"WHERE d.article_id = {row}.article_id AND d.digest = {row}.digest AND d.verdict = 'approve' "
        f"AND {NOT_REVOKED} AND NOT {barred('d.person_id', f'{row}.revision_id', counts)}) >= "
        f"coalesce((SELECT max(q.approvals) FROM reviews_requirement q "
        f"WHERE q.revision_id = {row}.revision_id AND {counts}), {least})"
    )


# A rollback asks for what was asked when the restored release was made (P7); anything else for all that is asked now.
ASKED_THEN = (
    "(NEW.restores_id IS NULL OR q.ledger_seq < "
    "(SELECT o.ledger_seq FROM articles_release o WHERE o.id = NEW.restores_id))"
)
ASKED = "EXISTS (SELECT 1 FROM reviews_requirement q WHERE q.revision_id = NEW.revision_id)"
EARLIER = "EXISTS (SELECT 1 FROM articles_release o WHERE o.article_id = NEW.article_id AND o.digest {0})"

GATE = {
    "release_is_of_its_revision": (
        "NEW.revision_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM articles_revision v WHERE v.id = NEW.revision_id "
        "AND v.article_id = NEW.article_id AND v.digest = NEW.digest)",
        "the revision is not of this article, or its digest is another",
    ),
    "release_needs_its_approvals": (
        f"NEW.revision_id IS NOT NULL AND NOT ({enough('NEW', 0, ASKED_THEN)})",
        "this revision needs more standing approvals by people who did not write it",
    ),
    "release_that_changes_needs_its_review": (
        f"NEW.revision_id IS NOT NULL AND NOT {ASKED} AND {EARLIER.format("<> ''")} "
        f"AND NOT {EARLIER.format('= NEW.digest')}",
        "it changes what was released before, and its review was not asked for",
    ),
    "release_is_no_candidate": (
        "NEW.revision_id IS NOT NULL AND EXISTS (SELECT 1 FROM articles_revision v "
        "WHERE v.id = NEW.revision_id AND v.origin = 'candidate')",
        "a candidate is taken over before it is released",
    ),
    "release_needs_no_rejection": (
        "EXISTS (SELECT 1 FROM reviews_decision d WHERE d.article_id = NEW.article_id AND d.digest = NEW.digest "
        f"AND d.verdict = 'reject' AND {NOT_REVOKED})",
        "a rejection of this text stands",
    ),
    "release_needs_its_checks": (
        "NEW.revision_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM reviews_checkrun k "
        "WHERE k.revision_id = NEW.revision_id)",
        "the automatic checks have not finished on this revision",
    ),
    "release_needs_its_text": (
        "NEW.revision_id IS NOT NULL AND EXISTS (SELECT 1 FROM articles_text x "
        "WHERE x.digest = NEW.digest AND x.data IS NULL)",
        "the text was erased",
    ),
    "release_restores_what_it_names": (
        "NEW.restores_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM articles_release o WHERE o.id = NEW.restores_id "
        "AND o.article_id = NEW.article_id AND o.revision_id = NEW.revision_id)",
        "the restored release is of another article or another revision",
    ),
    "release_follows_the_last": (
        "NEW.n <> 1 + coalesce((SELECT max(o.n) FROM articles_release o WHERE o.article_id = NEW.article_id), 0)",
        "releases of an article are numbered without a gap",
    ),
    "release_is_in_the_ledger": (
        "NOT EXISTS (SELECT 1 FROM reviews_ledgerentry l WHERE l.seq = NEW.ledger_seq) "
        "OR EXISTS (SELECT 1 FROM reviews_decision d WHERE d.ledger_seq = NEW.ledger_seq) "
        "OR EXISTS (SELECT 1 FROM reviews_requirement q WHERE q.ledger_seq = NEW.ledger_seq)",
        "a release has an entry of its own in the ledger",
    ),
}

DECISION = {
    "decision_is_of_its_text": (
        "NOT EXISTS (SELECT 1 FROM articles_revision v WHERE v.id = NEW.revision_id "
        "AND v.article_id = NEW.article_id AND v.digest = NEW.digest)",
        "the revision is not of this article, or its digest is another",
    ),
    "decision_not_by_a_contributor": (
        f"NEW.verdict <> 'revoke' AND {barred('NEW.person_id', 'NEW.revision_id')}",
        "nobody decides on a text they contributed to",
    ),
    "decision_one_seat_per_person": (
        "NEW.verdict <> 'revoke' AND EXISTS (SELECT 1 FROM reviews_decision d WHERE d.article_id = NEW.article_id "
        f"AND d.digest = NEW.digest AND d.person_id = NEW.person_id AND d.verdict <> 'revoke' AND {NOT_REVOKED} "
        "AND NOT EXISTS (SELECT 1 FROM reviews_requirement q WHERE q.revision_id = NEW.revision_id "
        "AND q.reason = 'stale' AND q.created_at > d.decided_at))",
        "this person has decided on this text already",
    ),
    "decision_revokes_a_verdict": (
        "NEW.verdict = 'revoke' AND NOT EXISTS (SELECT 1 FROM reviews_decision d WHERE d.id = NEW.revokes_id "
        "AND d.article_id = NEW.article_id AND d.digest = NEW.digest AND d.verdict <> 'revoke')",
        "only a verdict on the same text can be revoked",
    ),
}

GUARDS = [
    *append_only("reviews_criteriaversion", ("id",), ("criteria_id", "number")),
    *append_only("reviews_policyversion", ("id",), ("policy_id", "number")),
    *append_only(
        "reviews_requirement", ("id",), ("ledger_seq",), ("revision_id", "reason", "NEW.reason <> 'stale'")
    ),
    *append_only("reviews_checkrun", ("id",), ("revision_id", "version")),
    *append_only("reviews_finding", ("id",), ("run_id", "number")),
    *append_only(
        "reviews_decision",
        ("id",),
        ("revokes_id",),
        ("ledger_seq",),
        ("review_id", "NEW.verdict <> 'revoke'", "t.verdict <> 'revoke'"),
    ),
    *append_only(
        "reviews_note",
        ("id",),
        ("hash",),
        erasable="NEW.text IS NULL AND NEW.salt IS NULL AND NEW.id = OLD.id AND NEW.hash = OLD.hash "
        f"AND {ERASED.replace('OLD.digest', 'OLD.hash')}",
    ),
    *append_only("reviews_ledgerentry", ("seq",), ("previous",), ("hash",)),
    Guard(
        name="ledger_follows_its_head",
        table="reviews_ledgerentry",
        event="INSERT",
        refuse_when="NEW.seq <> 1 + coalesce((SELECT max(l.seq) FROM reviews_ledgerentry l), 0) "
        "OR (NEW.seq > 1 AND NOT EXISTS (SELECT 1 FROM reviews_ledgerentry l "
        "WHERE l.seq = NEW.seq - 1 AND l.hash = NEW.previous))",
        message="an entry follows the last one, without a gap",
    ),
    *(
        Guard(name=name, table="articles_release", event="INSERT", refuse_when=condition, message=message)
        for name, (condition, message) in GATE.items()
    ),
    *(
        Guard(name=name, table="reviews_decision", event="INSERT", refuse_when=condition, message=message)
        for name, (condition, message) in DECISION.items()
    ),
    Guard(
        name="article_indexable_only_when_approved",
        table="articles_article",
        event="UPDATE",
        refuse_when="NEW.indexable_until IS NOT NULL AND NOT EXISTS (SELECT 1 FROM articles_release r "
        f"WHERE r.id = NEW.current_release_id AND {enough('r', 1)})",
        message="only a page with its standing approvals may be indexed",
    ),
]


def missing(connection):
    """Return the names of this app's guards that are absent, switched off or not what GUARDS says."""
    return guards.missing(connection, GUARDS)
