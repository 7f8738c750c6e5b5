"""Triggers of the review side: the gate itself (P1), one winner (P5), the chain, and the history (P2).

They read append-only tables only. How guards are written, installed and compared stands in articles/guards.py.
"""

from articles import guards
from articles.guards import ERASED, HIDDEN_KEY, Guard, append_only, unchanged

NOT_REVOKED = "NOT EXISTS (SELECT 1 FROM reviews_decision u WHERE u.revokes_id = d.id)"


# Requirements and hands are looked for under the text, not under one revision of it: the same bytes again, under
# another number, need what they needed before.
OF_THIS_TEXT = (
    "(SELECT v.id FROM articles_revision v WHERE v.article_id = {0}.article_id AND v.digest = {0}.digest{1})"
)
NOT_LATER = " AND v.number <= (SELECT w.number FROM articles_revision w WHERE w.id = {0}.revision_id)"


def asked_of(row, counts="1 = 1"):
    """The condition that requirement q asks something of the text of `row`."""
    return f"q.revision_id IN {OF_THIS_TEXT.format(row, '')} AND {counts}"


def barred(person, row, counts="1 = 1"):
    """The condition that `person` may not judge the revision of `row`, as its strictest requirement says."""
    asks = (
        "(SELECT max(CASE WHEN q.{0} THEN 1 ELSE 0 END) FROM reviews_requirement q "
        f"WHERE {asked_of(row, counts)}) = 1"
    )
    texts = OF_THIS_TEXT.format(row, NOT_LATER.format(row))
    hand = (
        "EXISTS (SELECT 1 FROM articles_contributor c "
        f"WHERE c.person_id = {person} AND c.role {{0}} AND c.revision_id IN {texts})"
    )
    return (
        f"(({asks.format('four_eyes')} AND {hand.format("<> 'imported'")}) "
        f"OR ({asks.format('exclude_importer')} AND {hand.format("= 'imported'")}))"
    )


def rejected(row):
    """The condition that a rejection of the text of `row` stands."""
    return (
        f"EXISTS (SELECT 1 FROM reviews_decision d WHERE d.article_id = {row}.article_id AND d.digest = {row}.digest "
        f"AND d.verdict = 'reject' AND {NOT_REVOKED})"
    )


def enough(row, least, counts="1 = 1"):
    """The condition that the release `row` has the standing approvals its requirements ask for, at least `least`."""
    return (
        "(SELECT count(DISTINCT d.person_id) FROM reviews_decision d "
        f"WHERE d.article_id = {row}.article_id AND d.digest = {row}.digest AND d.verdict = 'approve' "
        f"AND {NOT_REVOKED} AND NOT {barred('d.person_id', row, counts)}) >= "
        f"coalesce((SELECT max(q.approvals) FROM reviews_requirement q WHERE {asked_of(row, counts)}), {least})"
    )


# A rollback asks for what was asked when the restored release was made (P7); anything else for all that is asked now.
ASKED_THEN = (
    "(NEW.restores_id IS NULL OR q.ledger_seq < "
    "(SELECT o.ledger_seq FROM articles_release o WHERE o.id = NEW.restores_id))"
)
ASKED = f"EXISTS (SELECT 1 FROM reviews_requirement q WHERE {asked_of('NEW')})"
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
        rejected("NEW"),
        "a rejection of this text stands",
    ),
    "release_with_findings_needs_its_review": (
        f"NEW.revision_id IS NOT NULL AND NEW.restores_id IS NULL AND NOT {ASKED} AND EXISTS (SELECT 1 "
        "FROM reviews_finding f JOIN reviews_checkrun k ON k.id = f.run_id WHERE k.revision_id = NEW.revision_id "
        "AND f.severity = 'blocking' AND k.version = (SELECT max(o.version) FROM reviews_checkrun o "
        "WHERE o.revision_id = NEW.revision_id))",
        "a check found something blocking, and its review was not asked for",
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
        "AND o.article_id = NEW.article_id AND o.revision_id = NEW.revision_id AND o.kind = 'release')",
        "the restored release is of another article or another revision, or restores one itself",
    ),
    "release_follows_the_last": (
        "NEW.n <> 1 + coalesce((SELECT max(o.n) FROM articles_release o WHERE o.article_id = NEW.article_id), 0)",
        "releases of an article are numbered without a gap",
    ),
}

# The batch of a release is that of the last text its source sent, up to the revision (see reviews.models.batch_of).
# Where that text was erased, nothing says any more which batch it was: then it may be any that is held.
SENT = (
    "(SELECT s.id FROM articles_revision s WHERE s.article_id = NEW.article_id AND s.number <= "
    "(SELECT w.number FROM articles_revision w WHERE w.id = NEW.revision_id) "
    "AND s.origin IN ('import', 'adoption') ORDER BY s.number DESC LIMIT 1)"
)
HELD = (
    "EXISTS (SELECT 1 FROM articles_revision v JOIN articles_text x ON x.digest = v.digest JOIN reviews_hold h "
    "ON x.data IS NULL OR (h.generator = coalesce(v.facts ->> 'generator', '') AND h.batch = "
    "CASE WHEN coalesce(v.facts ->> 'batch', '') <> '' THEN 'batch ' || (v.facts ->> 'batch') "
    "ELSE 'run ' || coalesce(CAST(v.import_run_id AS text), '') END) "
    f"WHERE v.id = {SENT} AND h.held AND NOT EXISTS (SELECT 1 FROM reviews_hold l "
    "WHERE l.generator = h.generator AND l.batch = h.batch AND l.ledger_seq > h.ledger_seq))"
)

DECISION = {
    "decision_is_of_its_text": (
        "NOT EXISTS (SELECT 1 FROM articles_revision v WHERE v.id = NEW.revision_id "
        "AND v.article_id = NEW.article_id AND v.digest = NEW.digest)",
        "the revision is not of this article, or its digest is another",
    ),
    "decision_not_by_a_contributor": (
        f"NEW.verdict <> 'revoke' AND {barred('NEW.person_id', 'NEW')}",
        "nobody decides on a text they contributed to",
    ),
    "decision_one_seat_per_person": (
        "NEW.verdict <> 'revoke' AND EXISTS (SELECT 1 FROM reviews_decision d WHERE d.article_id = NEW.article_id "
        f"AND d.digest = NEW.digest AND d.person_id = NEW.person_id AND d.verdict <> 'revoke' AND {NOT_REVOKED} "
        f"AND NOT EXISTS (SELECT 1 FROM reviews_requirement q WHERE {asked_of('NEW')} "
        "AND q.reason = 'stale' AND q.created_at > d.decided_at))",
        "this person has decided on this text already",
    ),
    "decision_revokes_a_verdict": (
        "NEW.verdict = 'revoke' AND NOT EXISTS (SELECT 1 FROM reviews_decision d WHERE d.id = NEW.revokes_id "
        "AND d.article_id = NEW.article_id AND d.digest = NEW.digest AND d.verdict <> 'revoke')",
        "only a verdict on the same text can be revoked",
    ),
}

# What an erased text has left in rows about it.
TEXT_ERASED = (
    "EXISTS (SELECT 1 FROM articles_erasure e JOIN articles_revision v ON v.digest = e.subject "
    "WHERE v.id = {0})"
)
# Each kind of entry, and the table whose rows it records, one row an entry.
RECORDED = {
    "decision": "reviews_decision",
    "requirement": "reviews_requirement",
    "release": "articles_release",
    "erasure": "articles_erasure",
    "policy": "reviews_policyversion",
    "criteria": "reviews_criteriaversion",
    "sample_plan": "reviews_sampleplanversion",
    "hold": "reviews_hold",
}

GUARDS = [
    *append_only("reviews_criteriaversion", ("id",), ("criteria_id", "number"), ("ledger_seq",)),
    *append_only("reviews_policyversion", ("id",), ("policy_id", "number"), ("ledger_seq",)),
    *append_only("reviews_sampleplanversion", ("id",), ("sample_plan_id", "number"), ("ledger_seq",)),
    *append_only("reviews_sample", ("id",), ("revision_id",)),
    *append_only("reviews_hold", ("id",), ("ledger_seq",)),
    *append_only(
        "reviews_requirement",
        ("id",),
        ("ledger_seq",),
        ("revision_id", "reason", "NEW.reason <> 'stale'"),
        erasable="NEW.detail = '' AND "
        + unchanged(
            "id",
            "revision_id",
            "reason",
            "approvals",
            "four_eyes",
            "exclude_importer",
            "valid_days",
            "criteria_version_id",
            "policy_version_id",
            "due_at",
            "person_id",
            "created_at",
            "ledger_seq",
        )
        + f" AND {TEXT_ERASED.format('OLD.revision_id')}",
    ),
    *append_only("reviews_checkrun", ("id",), ("revision_id", "version")),
    *append_only(
        "reviews_finding",
        ("id",),
        ("run_id", "number"),
        erasable="NEW.message = '' AND NEW.place = '' AND "
        + unchanged("id", "run_id", "number", "code", "severity", "line")
        + f" AND {TEXT_ERASED.format('(SELECT k.revision_id FROM reviews_checkrun k WHERE k.id = OLD.run_id)')}",
    ),
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
        erasable="NEW.text IS NULL AND NEW.remarks IS NULL AND NEW.salt IS NULL AND "
        + unchanged("id", "hash")
        + f" AND {ERASED.replace('OLD.digest', 'OLD.hash')}",
    ),
    *append_only("reviews_approvedblock", ("id",), ("digest", "decision_id")),
    *append_only("reviews_comment", ("id",), ("thread_id", "number"), ("note_id",)),
    *append_only("reviews_ledgerentry", ("seq",), ("previous",), ("hash",), HIDDEN_KEY),
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
    *(
        Guard(
            name=f"{kind}_has_its_entry",
            table=table,
            event="INSERT",
            refuse_when="NOT EXISTS (SELECT 1 FROM reviews_ledgerentry l "
            f"WHERE l.seq = NEW.ledger_seq AND l.kind = '{kind}')",
            message=f"a {kind} has an entry of its own in the ledger",
        )
        for kind, table in RECORDED.items()
    ),
    Guard(
        name="release_of_a_held_batch_needs_its_review",
        table="articles_release",
        event="INSERT",
        refuse_when="NEW.revision_id IS NOT NULL AND NEW.restores_id IS NULL "
        f"AND {HELD} AND NOT ({enough('NEW', 1)})",
        message="its batch is held, and nobody has reviewed it",
        reads="reviews_hold",
    ),
    Guard(
        name="erasure_not_of_what_readers_see",
        table="articles_erasure",
        event="INSERT",
        refuse_when="EXISTS (SELECT 1 FROM articles_revision v JOIN articles_release r ON r.revision_id = v.id "
        "JOIN articles_article a ON a.current_release_id = r.id "
        "WHERE v.digest = NEW.subject AND a.published_at IS NOT NULL)",
        message="readers see this text now",
    ),
    Guard(
        name="article_indexable_only_when_approved",
        table="articles_article",
        event="UPDATE",
        refuse_when="NEW.indexable_until IS NOT NULL AND NOT EXISTS (SELECT 1 FROM articles_release r "
        f"WHERE r.id = NEW.current_release_id AND {enough('r', 1)} AND NOT {rejected('r')})",
        message="only a page with its standing approvals may be indexed",
    ),
]


def missing(connection):
    """Return the names of this app's guards that are absent, switched off or not what GUARDS says."""
    return guards.missing(connection, GUARDS)
