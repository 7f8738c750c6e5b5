"""How a text enters: a new revision, its checks, why it needs review, and the seats that opens.

Importer, admin and desk all come through here, so that no revision slips in unchecked or unasked for.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from articles.canonical import canonical
from articles.models import Article, Contributor, Revision, TextErased
from reviews import checks, gate, standing
from reviews.errors import Incomplete, NotDone, Stale
from reviews.models import Decision, Facet, Finding, LedgerEntry, Policy, Requirement, Review
from reviews.rank import rank

Reason = Requirement.Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of one document: created, updated, unchanged, candidate, or refused (`reason` says why)."""

    outcome: str
    article: Article | None = None
    revision: Revision | None = None
    reason: str = ""
    is_flagged: bool = False


def receive_many(documents, *, run=None):
    """Take in a batch of documents in the caller's transaction, and return what became of each, in order.

    Of two documents with one source id, the second is compared with the first.
    """
    # All articles before the first entry in the ledger, in one order: the desk locks them so, too.
    Article.objects.locked_in_order(documents)
    received = []
    for document in documents:
        try:
            outcome, article = receive(document, run=run)
        except NotDone as error:
            received.append(Received(outcome="refused", reason=str(error)))
            continue
        revision = {"unchanged": None, "candidate": article.candidate}.get(outcome, article.latest_revision)
        flagged = revision is not None and revision.requirements.exists()
        received.append(Received(outcome=outcome, article=article, revision=revision, is_flagged=flagged))
    return received


@transaction.atomic
def receive(document, *, run=None):
    """Take in one document and return what happened: created, updated, unchanged, or candidate.

    Compared with the last *source* digest: unchanged source is nothing, even after a person edited. Changed source
    after a person's edit becomes a candidate beside theirs, never over it. A released revision is never touched.
    """
    article, created = Article.objects.locked_for(document)
    if document.view_count is not None and document.view_count != article.imported_view_count:
        article.imported_view_count = document.view_count
        article.save_fields("imported_view_count")
    if article.source_digest == document.source_digest:
        return "unchanged", article
    article.source_digest = document.source_digest
    article.save_fields("source_digest")
    latest = article.latest_revision
    edited = latest is not None and latest.origin in (Revision.Origin.EDIT, Revision.Origin.ADOPTION)
    revision = _revised(
        article,
        document,
        by=run.person if run else None,
        origin=Revision.Origin.CANDIDATE if edited else Revision.Origin.IMPORT,
        parent=latest,
        role=Contributor.Role.IMPORTED,
        import_run=run,
    )
    settle(revision, article, document)
    return ("created" if created else "candidate" if edited else "updated"), article


@transaction.atomic
def edit(article, document, *, by, seen):
    """Save a person's edit of the revision with digest `seen` as a new revision, and return it.

    A save without a change makes nothing and returns None. Raises Stale when the latest revision is another by now.
    """
    article = Article.objects.locked(article.pk)
    latest = article.latest_revision
    if latest.digest != seen:
        raise Stale(
            article, "Somebody saved another revision while you were writing. Nothing of yours is lost."
        )
    if canonical(document.data) == canonical(_document_of(latest).data):  # to Python, True is 1
        return None
    revision = _revised(
        article, document, by=by, origin=Revision.Origin.EDIT, parent=latest, role=Contributor.Role.EDITED
    )
    settle(revision, article, document)
    return revision


@transaction.atomic
def write(document, *, by, owner=""):
    """Take in a document that a person wrote here, and return its article. Raises Incomplete where its id is taken."""
    article, is_new = Article.objects.locked_for(document)
    if not is_new:
        raise Incomplete(f"There is an article with this source id already: {article.slug}.")
    article.owner = owner or article.owner
    article.save_fields("owner")
    revision = _revised(article, document, by=by, origin=Revision.Origin.EDIT, role=Contributor.Role.WROTE)
    settle(revision, article, document)
    return article


@transaction.atomic
def adopt(article, *, by, seen):
    """Make the candidate's text the latest revision, by a person's hand, and return that revision."""
    article = Article.objects.locked(article.pk)
    candidate = article.candidate
    if candidate is None or candidate.digest != seen:
        raise Stale(article, "This candidate is gone: somebody took or dismissed it, or a newer one came in.")
    document = _document_of(candidate)
    article.candidate = None
    article.save_fields("candidate")
    revision = _revised(
        article,
        document,
        by=by,
        origin=Revision.Origin.ADOPTION,
        parent=article.latest_revision,
        role=Contributor.Role.APPLIED,
        import_run=candidate.import_run,
        also=candidate,
    )
    settle(revision, article, document)
    return revision


@transaction.atomic
def dismiss(article, *, seen):
    """Put the candidate aside; the revision stays in the history."""
    article = Article.objects.locked(article.pk)
    if article.candidate is None or article.candidate.digest != seen:
        raise Stale(article, "This candidate is gone: somebody took or dismissed it, or a newer one came in.")
    article.candidate = None
    article.save_fields("candidate")


@transaction.atomic
def flag(revision, *, by, detail=""):
    """Send a revision to human review because an editor wants it. Returns the seats that opened.

    A revision that was flagged before is sent again: what it takes stays as frozen then, fresh seats open.
    """
    article = Article.objects.locked(revision.article_id)
    if article.archived_at:
        raise Incomplete("This article is archived. Bring it back first.")
    if revision.text.data is None:
        raise Incomplete("This text was erased; there is nothing to review.")
    shown = article.current_release.revision_id if article.is_public else None
    if revision.pk not in (article.latest_revision_id, shown):
        raise Stale(article, "Somebody saved another revision meanwhile. Look at it, and flag that one.")
    rejections = (
        Decision.objects.standing().on(article, revision.digest).filter(verdict=Decision.Verdict.REJECT)
    )
    if rejection := rejections.select_related("person").first():
        raise Incomplete(
            f"{rejection.person} rejected this text. Take the rejection back first, or edit the text."
        )
    require(revision, article, [(Reason.FLAGGED, detail)], by=by)
    seats = open_seats(revision, article, again=True)
    if not seats and not Review.objects.open().of_text(revision).exists():
        raise Incomplete("This text has all the approvals it needs already.")
    return seats


@transaction.atomic
def archive(article):
    """Put an article aside: out of lists and out of the queue. Nothing is deleted, `unarchive` brings it back."""
    article = Article.objects.locked(article.pk)
    if article.is_public:
        raise Incomplete("Readers see this article now. Withdraw it first, then archive it.")
    article.archived_at = timezone.now()
    article.save_fields("archived_at")
    Review.objects.open().filter(article=article).close(Review.State.MOOT)


@transaction.atomic
def unarchive(article):
    """Bring an archived article back, with the seats its latest revision still needs."""
    article = Article.objects.locked(article.pk)
    article.archived_at = None
    article.save_fields("archived_at")
    open_seats(article.latest_revision, article)


def _revised(article, document, **how):
    """Add a revision. Raises Incomplete for a text that was erased before."""
    try:
        return article.revise(document, **how)
    except TextErased as erased:
        raise Incomplete(str(erased)) from None


def _document_of(revision):
    """Return the document of a revision. Raises Incomplete where its bytes were erased."""
    try:
        return revision.document
    except TextErased:
        raise Incomplete(
            "The bytes of this text were erased meanwhile: there is nothing left of it."
        ) from None


def settle(revision, article, document):
    """Check a new revision, ask for its review where something says so, and replace the seats of older ones."""
    findings = checks.run(revision, document)
    if revision.origin == Revision.Origin.CANDIDATE:
        return
    supersede(article, but=revision)
    if reasons := reasons_for(revision, article, document, findings):
        require(revision, article, reasons)
        seats = open_seats(revision, article)
        if seats and revision.parent_id:
            _bring_back(seats[0], article)


def _bring_back(seat, article):
    """Keep a seat of an article's new text for who asked for changes to the one before, if they may judge it."""
    last = (
        Decision.objects.standing().filter(article=article).select_related("person").order_by("-pk").first()
    )
    if last is None or last.verdict != Decision.Verdict.REQUEST_CHANGES:
        return
    if seat.people_for_it().filter(pk=last.person_id).exists():
        Review.objects.open().filter(pk=seat.pk).reserve(last.person)


def reasons_for(revision, article, document, findings):
    """Return [(reason, detail)] for which this new revision needs human review; none where it needs none."""
    reasons = []
    if document.needs_human_review:
        reasons.append((Reason.DOCUMENT, ""))
    blocking = [finding.message for finding in findings if finding.severity == Finding.Severity.BLOCKING]
    if blocking:
        reasons.append((Reason.FINDING, "\n".join(blocking)))
    if policy := Policy.objects.matching(revision.facts):
        reasons.append((Reason.POLICY, policy.name))
    if article.current_release_id:
        # Also while it is withdrawn: otherwise withdrawing would be a way round the review.
        shown = article.releases.exclude(version=None).newest().first()
        reasons.append((Reason.CHANGES_RELEASE, f"Version {shown.version} was released."))
    if settings.REVIEW_REQUIRED == "all":
        reasons.append((Reason.SITE, ""))
    parent = revision.parent
    # Otherwise an edit that takes a flag out of the document would take the text out of review.
    if parent and not parent.was_released and Requirement.objects.of_text(parent).exists():
        reasons.append((Reason.CARRIED, f"Revision {parent.number} waits for review."))
    return reasons


def require(revision, article, reasons, *, by=None):
    """Freeze what reviewing this revision takes, one Requirement a reason, each with its ledger entry."""
    known = set(revision.requirements.values_list("reason", flat=True))
    policy = Policy.objects.terms_for(revision.facts)
    version = policy.in_force()
    now = timezone.now()
    carried = Requirement.objects.strictest(revision.parent) if revision.parent else None
    rows = [
        Requirement(
            revision=revision,
            reason=reason,
            detail=detail,
            approvals=policy.approvals,
            four_eyes=policy.four_eyes,
            exclude_importer=policy.exclude_importer,
            valid_days=version.terms["valid_days"],
            criteria_version=policy.criteria.in_force(),
            policy_version=version,
            due_at=now + timedelta(hours=policy.due_hours) if policy.due_hours else None,
            person=by,
            created_at=now,
        )
        for reason, detail in reasons
        if reason not in known or reason == Reason.STALE
    ]
    for row in rows:
        if row.reason == Reason.CARRIED:
            row.take_over(carried)
    if not rows:
        return []
    revision.article = article
    entries = LedgerEntry.objects.append(*({"kind": "requirement", **row.facts()} for row in rows))
    for row, entry in zip(rows, entries, strict=True):
        row.ledger_seq = entry
    Requirement.objects.bulk_create(rows)
    _tighten(revision)
    if article.is_public and article.current_release.digest == revision.digest:
        standing.refresh(article)  # what readers see may need more now than it has
    return rows


def _tighten(revision):
    """Bring open seats of this text up to what it takes by now: asked for later, it holds for them too.

    Their rank stays, since a place in the queue is a rank: see reviews/rank.py.
    """
    terms = Requirement.objects.strictest(revision)
    seats = Review.objects.open().of_text(revision)
    seats.update(
        reasons=[row.reason for row in terms.rows],
        four_eyes=terms.four_eyes,
        exclude_importer=terms.exclude_importer,
        due_at=terms.due_at,
    )
    Facet.objects.file(list(seats.select_related("article", "revision__text")))


def open_seats(revision, article, *, fresh=False, again=False, most=None):
    """Open as many seats as approvals are missing, and return the new ones. The caller holds the article's lock.

    A text that was sent back or rejected waits for its editor, unless `again` asks all the same. `fresh` asks for all
    approvals anew, whatever stands. No more than `most` seats open.
    """
    verdict = gate.look(revision)
    if verdict.terms is None or article.archived_at:
        return []
    shown = article.current_release.revision_id if article.is_public else None
    if revision.pk not in (article.latest_revision_id, shown) or revision.text.data is None:
        return []
    verdicts = Decision.objects.standing().on(article, revision.digest)
    if not again and verdicts.exclude(verdict=Decision.Verdict.APPROVE).exists():
        return []
    terms = verdict.terms
    taken = set(Review.objects.open().filter(article=article).values_list("seat", flat=True))
    waiting = Review.objects.open().of_text(revision).count()
    missing = terms.approvals - waiting - (0 if fresh else len(verdict.approvals))
    missing = missing if most is None else min(missing, most)
    free = (seat for seat in range(1, len(taken) + terms.approvals + 1) if seat not in taken)
    reasons = [row.reason for row in terms.rows]
    now = timezone.now()
    seats = [
        Review.objects.create(
            article=article,
            revision=revision,
            digest=revision.digest,
            seat=seat,
            reasons=reasons,
            public=article.is_public,
            four_eyes=terms.four_eyes,
            exclude_importer=terms.exclude_importer,
            rank=rank(reasons, public=article.is_public, opened_at=now),
            due_at=terms.due_at,
            opened_at=now,
        )
        for _, seat in zip(range(missing), free, strict=False)
    ]
    Facet.objects.file(seats)
    return seats


def reopen(revision, article):
    """Open fresh seats for a text whose approvals grew old: they stand, and are asked for again."""
    return open_seats(revision, article, fresh=True)


def supersede(article, *, but):
    """Close the open seats of an article's other texts, but those of the text readers see now."""
    stay = [but.digest, *([article.current_release.digest] if article.is_public else [])]
    Review.objects.open().filter(article=article).exclude(digest__in=stay).close(Review.State.SUPERSEDED)
