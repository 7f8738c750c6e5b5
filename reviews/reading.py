"""What a reviewer sees of one seat: the text, the evidence beside it, and what is left to do."""

from django.conf import settings
from django.db.models import Prefetch
from django.urls import reverse

from articles.models import Revision, TextErased
from articles.panel import panel_rows
from articles.rendering import RENDERER
from reviews import checks, gate
from reviews.conversation import Conversation
from reviews.diff import compare
from reviews.folding import NO_TEXT, folded_text
from reviews.models import Decision, Finding, Requirement, Review

# Older conversation than this is in the article's history.
MOST_EARLIER_DECISIONS = 20


def seats_with_text():
    """Reviews with all that their page prints, read in one query."""
    return Review.objects.select_related(
        "revision__text",
        "revision__checklist__checklist",
        "article__current_release__revision__text",
        "article__latest_revision",
        "claimed_by",
    )


def document_of(revision):
    """Return a revision's document, or None where its bytes were erased."""
    try:
        return revision.document
    except TextErased:
        return None


def findings_of(revision):
    """Return what the current version of the checks noticed, or None where they have not finished."""
    run = (
        revision.check_runs.filter(version=checks.VERSION)
        .prefetch_related(Prefetch("findings", Finding.objects.order_by("number")))
        .first()
    )
    return list(run.findings.all()) if run else None


def shown_of(terms, findings):
    """Return what a decision keeps of the screen: versions of renderer, checks, policy and criteria, and findings."""
    rows = terms.rows if terms else []
    return {
        "renderer": RENDERER,
        "checks": checks.VERSION if findings is not None else None,
        "findings": [finding.pk for finding in findings or []],
        "policies": sorted({row.policy_version.digest for row in rows}),
        "criteria": sorted({row.criteria_version.digest for row in rows}),
    }


def earlier_decisions(review, person):
    """Return what was decided on this article before, newest first, as far as this person may know it."""
    decisions = (
        Decision.objects.verdicts()
        .filter(article=review.article_id)
        .exclude(review=review)
        .visible_to(person)
        .select_related("person", "note", "revision", "revoked_by__person", "revoked_by__note")
        .order_by("-pk")[:MOST_EARLIER_DECISIONS]
    )
    return [decision_row(decision) for decision in decisions]


def decision_row(decision):
    """Return what the desk prints of a decision. Its relations are loaded."""
    revocation = getattr(decision, "revoked_by", None)
    return {
        "verdict": decision.get_verdict_display(),
        "did": did(decision),
        "who": str(decision.person),
        "at": decision.decided_at,
        "note": str(decision.note or ""),
        "number": decision.revision.number,
        "remarks": remarks_of(decision),
        "revoked": f"{revocation.person}: {revocation.note}" if revocation else "",
    }


def did(decision):
    """Return what a person did to the revision that is named next."""
    asked = decision.verdict == Decision.Verdict.REQUEST_CHANGES
    return decision.get_verdict_display() + (" to" if asked else "")


def remarks_of(decision):
    """Return [{text, note}]: what was remarked on single questions. Empty once the note is erased."""
    remarks = (decision.note.remarks if decision.note else None) or {}
    return [
        {"text": answer["text"], "note": remarks[answer["id"]]}
        for answer in decision.answers
        if answer["id"] in remarks
    ]


def compared_with(review):
    """Return (revision, name) of what this text is compared with: what is public, else what was last reviewed."""
    article = review.article
    if article.is_public and article.current_release.revision.digest != review.digest:
        return article.current_release.revision, f"version {article.current_release.version}, which is public"
    if article.is_public:
        return None, ""
    last = (
        Revision.objects.filter(
            article=review.article_id, number__lt=review.revision.number, decisions__isnull=False
        )
        .exclude(text=review.digest)
        .with_text()
        .newest()
        .first()
    )
    return (last, f"revision {last.number}, the last one reviewed") if last else (None, "")


def difference(old, new):
    """Return the differences between two revisions' documents, or None where a text is missing."""
    before, after = document_of(old) if old else None, document_of(new)
    return compare(before.data, after.data) if before and after else None


def reasons_of(terms):
    """Return why the text needs review, each reason with its detail."""
    return [
        {"label": row.get_reason_display(), "detail": row.detail} for row in (terms.rows if terms else [])
    ]


def other_seat(review, person):
    """Return an open seat of this text or of a newer one that this person may take instead, or None."""
    seats = Review.objects.free().filter(
        article=review.article_id, revision__number__gte=review.revision.number
    )
    return seats.exclude(pk=review.pk).for_judging_by(person).in_order().first()


def outcome(review, person):
    """Return the decision that closed this seat, if this person may know it, or None."""
    decisions = review.decisions.verdicts().visible_to(person)
    return decisions.select_related(
        "person", "note", "revision", "revoked_by__person", "revoked_by__note"
    ).first()


def release_url(review, person):
    """Return where this person may release the text of a closed seat now, or ""."""
    article, account = review.article, person.account
    if review.is_open or account is None or not account.is_staff:
        return ""
    if not account.has_perm("articles.release_article") or article.latest_revision_id != review.revision_id:
        return ""
    if article.is_public and article.current_release.revision_id == review.revision_id:
        return ""
    return reverse("admin:article-release", args=[article.pk]) if gate.look(review.revision).is_open else ""


def page_of(review, person, *, everything=False):
    """Return what the page of a seat shows this person, but for the decision form; `everything` folds nothing."""
    revision = review.revision
    document = document_of(revision)
    terms = Requirement.objects.strictest(revision)
    findings = findings_of(revision)
    talk = Conversation(revision, document, person)
    text = folded_text(review, person, document, talk, everything=everything) if document else NO_TEXT
    old, compared = compared_with(review)
    decided = outcome(review, person) if not review.is_open else None
    mine = review.is_claimed and review.claimed_by_id == person.pk
    return {
        "review": {
            "pk": review.pk,
            "title": revision.title or "(erased)",
            "url": reverse("reviews:review", args=[review.pk]),
            "state": state_of(review, decided),
            "is_open": review.is_open,
            "reasons": reasons_of(terms),
            "why": review.why if review.is_open else "",
            "seat": review.seat,
            "seats": max(terms.approvals if terms else 1, review.seat),
            "due": review.due_at,
            "overdue": review.is_overdue,
            "claimed_by": str(review.claimed_by) if review.is_claimed else "",
            "mine": mine,
            "claimed_until": review.claimed_until if mine else None,
            "barred": review.bars(person) if review.is_open else "",
            "digest": review.digest,
            "number": revision.number,
            "opened_at": review.opened_at,
            "lang": document.lang if document else "",
            "dir": document.dir if document else "",
            "language": language_of(document) if document else "",
            "take_url": reverse("reviews:take", args=[review.pk]),
            "give_back_url": reverse("reviews:give_back", args=[review.pk]),
            "renew_url": reverse("reviews:renew", args=[review.pk]),
        },
        "talk": talk,
        "decided": decision_row(decided) if decided else None,
        **text,
        "everything": everything,
        "release_url": release_url(review, person),
        "erased": document is None,
        "lead": document.summary if document else "",
        "panel": (
            panel_rows(
                document.data, include_desk=True, imported_view_count=review.article.imported_view_count
            )
            if document
            else []
        ),
        "checklist": (
            {"title": revision.checklist.checklist.title, "items": revision.checklist.items}
            if revision.checklist
            else None
        ),
        "findings": findings or [],
        "checks_finished": findings is not None,
        "previous_decisions": earlier_decisions(review, person),
        "difference": difference(old, revision) if old else None,
        "compared_with": compared,
        "questions_asked": terms.questions if terms else [],
        "shown": shown_of(terms, findings)
        | {name: text[name] for name in ("words", "new_words", "folded")}
        | {"threads": talk.shown()},
    }


def language_of(document):
    """Return the language and direction of a text in words, where they are not the ones of this site."""
    if (document.lang, document.dir) == (settings.ARTICLE_LANG, settings.ARTICLE_DIR):
        return ""
    return f"{document.lang}, {'right to left' if document.dir == 'rtl' else 'left to right'}"


def state_of(review, decided):
    """Return a word for the seat's state; a verdict only where its decision may be known."""
    if review.state in Decision.Verdict.values and decided is None:
        return "decided"
    return review.get_state_display()
