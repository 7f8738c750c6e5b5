"""How a text enters: a new revision, its checks, why it needs review, and the seats that opens.

Importer, admin and desk all come through here, so that no revision slips in unchecked or unasked for.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from articles import bulk, revising, showing
from articles.canonical import canonical
from articles.models import Article, Contributor, Revision, StaffWords, TextErased
from articles.models.topics import hold_names
from articles.signatures import Written
from reviews import checks, gate, lookalikes, standing
from reviews.errors import Incomplete, Stale
from reviews.models import (
    Decision,
    Due,
    Facet,
    Label,
    LedgerEntry,
    Look,
    Policy,
    Requirement,
    Review,
    Sample,
    SamplePlan,
    Terms,
    draw,
)
from reviews.models.leap import barring, written
from reviews.rank import rank

Reason = Requirement.Reason
OUTCOMES = {Revision.Origin.IMPORT: "updated", Revision.Origin.CANDIDATE: "candidate"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of one document: created, updated, unchanged, candidate, or refused (`reason` says why)."""

    outcome: str
    article: Article | None = None
    revision: Revision | None = None
    reason: str = ""
    is_flagged: bool = False


@transaction.atomic
def receive(document, *, run=None):
    """Take in one document, run its checks, and return (what happened, article).

    What happened is created, updated, unchanged or candidate. Raises Incomplete where the text was erased before.
    """
    (received,) = receive_many([document], run=run, check=True)
    if received.reason:
        raise Incomplete(received.reason)
    article = received.article or Article.objects.get(source_key=document.source_key)
    return received.outcome, article


@transaction.atomic
def receive_many(documents, *, run=None, check=False):
    """Take in a batch of documents with a few queries for all, and return what became of each, in order.

    Each is compared with its last *source* digest: unchanged source is nothing, even after a person edited. Changed
    source after a person's edit becomes a candidate beside theirs, never over it. A released revision is never
    touched. Of two documents with one source id, the second is compared with the first.

    Unless `check` says so, what came in waits for its checks (see checks.Due), and nothing is released without them.
    """
    firsts = {document.source_key: document for document in reversed(documents)}
    received = _received(list(firsts.values()), run, check)
    return [
        received[document.source_key]
        if document is firsts[document.source_key]
        else receive_many([document], run=run, check=check)[0]
        for document in documents
    ]


def _received(documents, run, check):
    """Take in documents of different source ids, and return {source key: Received}."""
    received = {}
    for document in documents:
        received[document.source_key] = Received(outcome="unchanged")
    moved = _moved(documents)
    # All articles before the first entry in the ledger, in one order: the desk locks them so, too.
    articles = Article.objects.received(moved)
    _note_views(moved, articles)
    changes = []
    for document in moved:
        article = articles[document.source_key]
        received[document.source_key] = Received(outcome="unchanged", article=article)
        if not article.latest_revision_id or article.source_digest != document.source_digest:
            changes.append(_change(article, document, run))
    landed = []
    for change, revision in zip(changes, revising.revise(changes), strict=True):
        if isinstance(revision, TextErased):
            received[change.document.source_key] = Received(outcome="refused", reason=str(revision))
        else:
            landed.append((change, revision))
    _note_sources([change for change, _ in landed])
    flagged = settle(
        [(revision, change.article, change.document) for change, revision in landed], check=check
    )
    for change, revision in landed:
        received[change.document.source_key] = Received(
            outcome="created" if revision.number == 1 else OUTCOMES[revision.origin],
            article=change.article,
            revision=revision,
            is_flagged=revision.pk in flagged,
        )
    return received


def _moved(documents):
    """Return those documents that say something new, or count other views than before."""
    known = Article.objects.filter(source_key__any_of=[document.source_key for document in documents])
    known = {
        key: (digest, views)
        for key, digest, views in known.values_list("source_key", "source_digest", "imported_view_count")
    }

    def moved(document):
        digest, views = known.get(document.source_key, ("", None))
        return digest != document.source_digest or document.view_count not in (None, views)

    return [document for document in documents if moved(document)]


def _note_views(documents, articles):
    changed = []
    for document in documents:
        article = articles[document.source_key]
        if document.view_count not in (None, article.imported_view_count):
            article.imported_view_count = document.view_count
            changed.append(article)
    Article.objects.save_fields(changed, "imported_view_count")
    showing.changed({article.get_absolute_url() for article in changed if article.is_public})


def _note_sources(changes):
    changed = []
    for change in changes:
        if change.article.source_digest != change.document.source_digest:
            change.article.source_digest = change.document.source_digest
            changed.append(change.article)
    Article.objects.save_fields(changed, "source_digest")


def _change(article, document, run):
    latest = article.latest_revision
    edited = latest is not None and latest.origin in (Revision.Origin.EDIT, Revision.Origin.ADOPTION)
    return revising.Change(
        article=article,
        document=document,
        by=run.person if run else None,
        role=Contributor.Role.IMPORTED,
        origin=Revision.Origin.CANDIDATE if edited else Revision.Origin.IMPORT,
        parent=latest,
        import_run=run,
    )


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
    settle([(revision, article, document)], check=True)
    return revision


@transaction.atomic
def write(document, *, by, owner=""):
    """Take in a document that a person wrote here, and return its article. Raises Incomplete where its id is taken."""
    article = Article.objects.received([document])[document.source_key]
    if article.latest_revision_id:
        raise Incomplete(f"There is an article with this source id already: {article.slug}.")
    revision = _revised(article, document, by=by, origin=Revision.Origin.EDIT, role=Contributor.Role.WROTE)
    article.owner = owner or article.owner
    article.source_digest, article.imported_view_count = "", None  # no source has sent it yet
    article.save_fields("owner", "source_digest", "imported_view_count")
    settle([(revision, article, document)], check=True)
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
    settle([(revision, article, document)], check=True)
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
    require([(revision, article, [(Reason.FLAGGED, detail)])], by=by)
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


def settle(landed, *, check):
    """Ask for the review of new revisions where something says so, and replace the seats of older ones.

    `landed` holds (revision, article, document) for each. Checks run now, or later where `check` is false. Returns
    the ids of the revisions that need review.
    """
    findings = {revision.pk: checks.run(revision, document) for revision, _, document in landed if check}
    if not check:
        bulk.insert_values(Due, ("revision",), ((revision.pk,) for revision, *_ in landed))
    policies, plans = Policy.objects.in_force(), SamplePlan.objects.in_force()
    asked, drawn = [], []
    for revision, article, document in landed:
        if revision.origin == Revision.Origin.CANDIDATE:
            continue
        if revision.number > 1:
            supersede(article, but=revision)
        reasons = reasons_for(revision, article, document, findings.get(revision.pk, ()), policies)
        # What waits for its checks may be flagged by them, and is drawn behind them (see sample).
        if check and not reasons and (plan := draw(plans, revision, article)):
            reasons = [(Reason.SAMPLE, plan.name)]
            drawn.append((revision, plan))
        if reasons:
            asked.append((revision, article, reasons))
    terms = require(asked, policies=policies)
    Sample.objects.keep(drawn)
    _open_first_seats(
        (revision, article, terms[revision.pk], document)
        for revision, article, document in landed
        if revision.pk in terms and revision.number == 1
    )
    for revision, article, _ in asked:
        if revision.number > 1:
            seats = open_seats(revision, article)
            if seats:
                _bring_back(seats[0], article)
    if check:
        latest = {
            revision: StaffWords.line_of(document)
            for revision, _, document in landed
            if revision.origin != Revision.Origin.CANDIDATE
        }
        StaffWords.objects.keep(latest)
        alike = lookalikes.keep({revision: Written.of(document.body) for revision, _, document in landed})
        ours = alike & {revision.pk for revision, *_ in landed}
        lookalikes.file(ours)
        if others := alike - ours:
            # Seats of articles nobody has locked here: behind the commit, when the ledger is free again.
            transaction.on_commit(lambda: lookalikes.file(others))
    return terms.keys()


def sample(checked):
    """Send those to review that a sample plan picks of what was checked behind its import and nothing else asks about.

    `checked` are revisions with their texts, each the latest of its article; the caller holds the articles' locks.
    Returns the set of those that were drawn.
    """
    plans = SamplePlan.objects.in_force()
    if not plans:
        return set()
    asked = Requirement.objects.filter(revision__any_of=[revision.pk for revision in checked])
    asked = set(asked.values_list("revision", flat=True))
    drawn = {
        revision: plan
        for revision in checked
        if revision.pk not in asked and (plan := draw(plans, revision, revision.article))
    }
    terms = require(
        [(revision, revision.article, [(Reason.SAMPLE, plan.name)]) for revision, plan in drawn.items()]
    )
    Sample.objects.keep(list(drawn.items()))
    _seat_checked(drawn, terms)
    return set(drawn)


def _seat_checked(revisions, terms):
    """Open the seats these revisions need by now, with a few queries for all whose articles nobody has met before."""
    articles = [revision.article_id for revision in revisions]
    met = {revision.article_id for revision in revisions if revision.article.archived_at}
    for rows in (Review, Label):
        met |= set(rows.objects.filter(article__any_of=articles).values_list("article", flat=True))
    first = [one for one in revisions if one.pk in terms and one.article_id not in met]
    _open_first_seats((one, one.article, terms[one.pk], one.document) for one in first)
    for revision in revisions:
        if revision not in first:
            rank_anew(revision)
            open_seats(revision, revision.article)


def _open_first_seats(flagged):
    """Open all seats of articles that never had one: nobody has decided, nobody sits, and nobody labelled them."""
    now = timezone.now()
    flagged = list(flagged)
    hands = defaultdict(list)
    known = Contributor.objects.filter(revision__any_of=[revision.pk for revision, *_ in flagged])
    for revision, *hand in known.values_list("revision", "person", "role"):
        hands[revision].append(hand)
    filed = []
    for revision, article, terms, document in flagged:
        seats = [_seat(revision, article, terms, number, now) for number in range(1, terms.approvals + 1)]
        for seat in seats:
            seat.barred = written(barring(hands[revision.pk], terms))
        filed.append((seats, document))
    bulk.insert(seat for seats, _ in filed for seat in seats)
    Facet.objects.file_new(filed)


def _bring_back(seat, article):
    """Keep a seat of an article's new text for who read the one before and asked for changes, if they may judge it."""
    last = (
        Decision.objects.standing().filter(article=article).select_related("person").order_by("-pk").first()
    )
    if last is None or last.verdict != Decision.Verdict.REQUEST_CHANGES:
        return
    if not Look.objects.filter(person=last.person_id, article=article, digest=last.digest).exists():
        return
    if seat.people_for_it().filter(pk=last.person_id).exists():
        Review.objects.open().filter(pk=seat.pk).reserve(last.person)


def reasons_for(revision, article, document, findings, policies):
    """Return [(reason, detail)] for which this new revision needs human review; none where it needs none."""
    reasons = []
    if document.needs_human_review:
        reasons.append((Reason.DOCUMENT, ""))
    if blocking := [finding for finding in findings if finding.is_blocking]:
        reasons.append(reason_of(blocking))
    if policy := policies.matching(revision.facts):
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


def ask(found):
    """Send revisions to review for what their checks found, {revision with its text: its blocking findings}.

    Each is the latest of its article; the caller holds the articles' locks. Returns the set of those of which nothing
    had been asked before.
    """
    if not found:
        return set()
    asked = Requirement.objects.filter(revision__article__any_of=[one.article_id for one in found])
    asked = set(asked.values_list("revision__article", "revision__text"))
    terms = require(
        [(revision, revision.article, [reason_of(blocking)]) for revision, blocking in found.items()]
    )
    _seat_checked(found, terms)
    return {revision for revision in found if (revision.article_id, revision.digest) not in asked}


def reason_of(blocking):
    """Return the (reason, detail) that some blocking findings are."""
    return Reason.FINDING, "\n".join(finding.message for finding in blocking)


def require(asked, *, by=None, policies=None):
    """Freeze what reviewing some revisions takes, one Requirement a reason, each with its ledger entry.

    `asked` holds (revision, article, [(reason, detail)]) for each; the caller holds the articles' locks. A reason that
    is known already is asked once. Returns {revision's id: Terms} of those for which something new was asked.
    """
    if not asked:
        return {}
    hold_names()  # before the ledger, for the seats that open with it
    policies = policies or Policy.objects.in_force()
    known = set(
        Requirement.objects.filter(revision__any_of=[revision.pk for revision, *_ in asked])
        .exclude(reason=Reason.STALE)
        .values_list("revision", "reason")
    )
    rows = [
        row
        for revision, article, reasons in asked
        for row in _requirements(revision, article, reasons, policies, by)
        if (revision.pk, row.reason) not in known
    ]
    if not rows:
        return {}
    entries = LedgerEntry.objects.append(*({"kind": "requirement", **row.facts()} for row in rows))
    for row, entry in zip(rows, entries, strict=True):
        row.ledger_seq = entry
    bulk.insert(rows)
    terms = defaultdict(list)
    for row in rows:
        terms[row.revision_id].append(row)
    _after_asking([(revision, article) for revision, article, _ in asked if revision.pk in terms])
    return {pk: Terms(rows) for pk, rows in terms.items()}


def _requirements(revision, article, reasons, policies, by):
    """Yield the requirement of each reason, as the policy that matches this revision has it now."""
    policy = policies.terms_for(revision.facts)
    version = policies.version(policy)
    now = timezone.now()
    revision.article = article
    for reason, detail in reasons:
        row = Requirement(
            revision=revision,
            reason=reason,
            detail=detail,
            approvals=policy.approvals,
            four_eyes=policy.four_eyes,
            exclude_importer=policy.exclude_importer,
            valid_days=version.terms["valid_days"],
            criteria_version=policies.criteria(policy),
            policy_version=version,
            due_at=now + timedelta(hours=policy.due_hours) if policy.due_hours else None,
            person=by,
            created_at=now,
        )
        if reason == Reason.CARRIED:
            row.take_over(Requirement.objects.strictest(revision.parent))
        yield row


def _after_asking(asked):
    """Bring what stands already up to what was asked now: open seats, and what readers may be told."""
    seated = set(
        Review.objects.open()
        .filter(article__any_of=[article.pk for _, article in asked])
        .values_list("article", flat=True)
    )
    for revision, article in asked:
        if article.pk in seated:
            _tighten(revision)
        if article.is_public and article.current_release.digest == revision.digest:
            standing.refresh(article)  # what readers see may need more now than it has


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
    seats.note_barred()
    Facet.objects.file(list(seats.select_related("article", "revision__text")))


def rank_anew(revision):
    """Give the open seats of this text that nobody has taken yet the rank of their reasons as they are by now."""
    seats = list(Review.objects.open().of_text(revision).filter(claimed_at=None))
    for seat in seats:
        seat.rank = rank(seat.reasons, public=seat.public, opened_at=seat.opened_at)
    Review.objects.bulk_update(seats, ["rank"])
    Facet.objects.rank_anew(seats)


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
    now = timezone.now()
    seats = [
        _seat(revision, article, terms, number, now) for _, number in zip(range(missing), free, strict=False)
    ]
    for seat in seats:
        seat.save()
    Review.objects.open().of_text(revision).note_barred()
    Facet.objects.file(seats)
    return seats


def _seat(revision, article, terms, number, now):
    reasons = [row.reason for row in terms.rows]
    return Review(
        article=article,
        revision=revision,
        digest=revision.digest,
        seat=number,
        reasons=reasons,
        public=article.is_public,
        four_eyes=terms.four_eyes,
        exclude_importer=terms.exclude_importer,
        rank=rank(reasons, public=article.is_public, opened_at=now),
        due_at=terms.due_at,
        opened_at=now,
    )


def reopen(revision, article):
    """Open fresh seats for a text whose approvals grew old: they stand, and are asked for again."""
    return open_seats(revision, article, fresh=True)


def supersede(article, *, but):
    """Close the open seats of an article's other texts, but those of the text readers see now."""
    stay = [but.digest, *([article.current_release.digest] if article.is_public else [])]
    Review.objects.open().filter(article=article).exclude(digest__in=stay).close(Review.State.SUPERSEDED)
