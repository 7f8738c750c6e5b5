"""What a reviewer sees of one seat: the text, the evidence beside it, and what is left to do."""

from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.urls import reverse

from articles.models import LookAlike
from articles.panel import panel_rows
from articles.rendering import RENDERER
from reviews import checks, gate, lookalikes
from reviews.alike import scope_of
from reviews.arranging import may_arrange
from reviews.comparing import comparison, document_of
from reviews.conversation import Conversation
from reviews.folding import NO_TEXT, folded_text, part_of_line
from reviews.forms import named
from reviews.models import Decision, Finding, Hold, Requirement, Review, Skip, batch_of
from reviews.models.check import findings_digest

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
        "reserved_for",
        "reserved_by",
    ).annotate(
        was_skipped=Exists(Skip.objects.filter(review=OuterRef("pk"))),
        looks_like=Exists(LookAlike.objects.filter(revision=OuterRef("revision")).alike()),
    )


def findings_of(revision):
    """Return what the current version of the checks noticed, or None where they have not finished."""
    found = list(Finding.objects.of(revision, checks.VERSION))
    return found if found or revision.check_runs.filter(version=checks.VERSION).exists() else None


def shown_of(terms, findings):
    """Return what a decision keeps of the screen: versions of renderer, checks, policy and criteria, and findings."""
    rows = terms.rows if terms else []
    return {
        "renderer": RENDERER,
        "checks": checks.VERSION if findings is not None else None,
        "findings": [finding.pk for finding in findings or []],
        "findings_digest": findings_digest(findings or []),
        "policies": sorted({row.policy_version.digest for row in rows}),
        "criteria": sorted({row.criteria_version.digest for row in rows}),
    }


def asked(terms, findings, revision):
    """Return what the decision form asks: questions, blocking findings, the article's own checks; and whether one
    act may pass what is open."""
    return {
        "questions": terms.questions if terms else [],
        "blocking": [finding for finding in findings or [] if finding.is_blocking],
        "items": revision.checklist.items if revision.checklist else [],
        "together": terms.answers_together if terms else False,
    }


def asked_of(review):
    """Return what the decision form of a seat asks."""
    return asked(Requirement.objects.strictest(review), findings_of(review.revision), review.revision)


def place_findings(findings, text, panel):
    """Give each finding the anchor of what it is about, and each part and each row of the panel the findings it has.

    A finding of no part and no row, such as one about the title, has the anchor of the title or none.
    """
    parts = {part["number"]: part for run in text["runs"] for part in run["parts"]}
    for finding in findings:
        finding.anchor = ""
        if finding.place == "body" and finding.line and parts:
            part = parts[part_of_line(parts.values(), finding.line)]
            part["findings"].append(finding)
            finding.anchor = f"part-{part['number']}"
        elif finding.place == "title":
            finding.anchor = "title"
        for number, row in enumerate(panel, start=1):
            if finding.place == row.path or finding.place.startswith((f"{row.path}.", f"{row.path}[")):
                row.anchor = finding.anchor = f"row-{number}"
                row.findings = [*row.findings, finding]
                break


def fold_rows(panel, text, *, everything):
    """Return the rows of the panel that stand open and those that are folded: approved before, and nothing found there.

    What is folded is noted in `text`, which the decision records.
    """
    if everything:
        return panel, []
    is_folded = [row.path in text["known_meta"] and not row.findings for row in panel]
    folded = [row for row, folds in zip(panel, is_folded, strict=True) if folds]
    text["folded"] = sorted({*text["folded"], *(text["known_meta"][row.path] for row in folded)})
    return [row for row, folds in zip(panel, is_folded, strict=True) if not folds], folded


def findings_on_page(findings, form):
    """Return the findings, each blocking one with the field in which an approval overrules it."""
    for finding in findings:
        finding.overrule = form[f"overrule_{finding.pk}"] if finding.is_blocking else None
    return findings


def batch_on_page(revision, findings, person):
    """Return what the page says of the text's batch: whether it is held, and for leads where all like it is found."""
    batch = batch_of(revision)
    hold = Hold.objects.of_batch(batch).standing().first() if batch.name else None
    if not may_arrange(person):
        return {"hold": hold}
    find_url, scope = reverse("reviews:find"), scope_of(batch)
    for finding in findings:
        asked = {"code": finding.code, "message": finding.message}
        finding.alike_url = f"{find_url}?{'&'.join(filter(None, (scope, urlencode(asked))))}"
    return {"hold": hold, "find_url": f"{find_url}?{scope}"}


def earlier_decisions(review, person):
    """Return what was decided on this article before, newest first, as far as this person may know it."""
    return list(
        Decision.objects.verdicts()
        .filter(article=review.article_id)
        .exclude(review=review)
        .visible_to(person)
        .select_related("person", "note", "revision", "revoked_by__person", "revoked_by__note")
        .order_by("-pk")[:MOST_EARLIER_DECISIONS]
    )


def sent_back_by(person, review, earlier):
    """Return the number of the earlier revision this person asked for changes to, if that is what they said last."""
    for decision in earlier:
        if decision.person_id == person.pk and not hasattr(decision, "revoked_by"):
            asked = decision.verdict == Decision.Verdict.REQUEST_CHANGES and decision.digest != review.digest
            return decision.revision.number if asked else None
    return None


def former_answers(person, review, earlier, findings):
    """Return what this person had answered and written on this text before they took it back, as the form's fields."""
    mine = (one for one in earlier if one.person_id == person.pk and one.digest == review.digest)
    last = next(mine, None)
    if last is None or getattr(getattr(last, "revoked_by", None), "person_id", None) != person.pk:
        return {}
    written = (last.note.remarks if last.note else None) or {}
    reasons = {finding.pk: written.get(finding.remark_key, "") for finding in findings}
    return {
        "note": (last.note.text if last.note else None) or "",
        **{f"answer_{answer['id']}": answer["answer"] for answer in last.answers},
        **{f"remark_{answer['id']}": written.get(answer["id"], "") for answer in last.answers},
        **{f"link_{answer['id']}": written.get(f"link:{answer['id']}", "") for answer in last.answers},
        **{f"overrule_{pk}": reasons.get(pk, "") for pk in last.shown.get("overruled", [])},
        **{f"ticked_{number}": True for number in last.shown.get("ticked", [])},
        "together": " ".join(last.shown.get("together", [])),
    }


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
        "ticked": decision.shown.get("ticked", []),
        "together": len(decision.shown.get("together", [])),
        "duplicate": duplicate_of(decision),
        "revoked": f"{revocation.person}: {revocation.note}" if revocation else "",
    }


def duplicate_of(decision):
    """Return how alike what a decision names as the original was, and where the two are compared; or None."""
    original = decision.shown.get("duplicate_of")
    if not original:
        return None
    url = lookalikes.compare_url(original["id"], decision.revision_id)
    return {"percent": original["percent"], "url": url, "other": original["id"]}


def did(decision):
    """Return what a person did to the revision that is named next."""
    asked = decision.verdict == Decision.Verdict.REQUEST_CHANGES
    return decision.get_verdict_display() + (" to" if asked else "")


def remarks_of(decision):
    """Return [{text, note, link}]: what was said of single questions and findings. Empty once the note is erased."""
    remarks = (decision.note.remarks if decision.note else None) or {}
    found = [
        {
            "text": answer["text"],
            "note": remarks.get(answer["id"], ""),
            "link": remarks.get(f"link:{answer['id']}", ""),
        }
        for answer in decision.answers
        if answer["id"] in remarks or f"link:{answer['id']}" in remarks
    ]
    for key, why in sorted(remarks.items()):
        if key.startswith("finding:"):
            _, number, code = key.split(":")
            found.append({"text": f"On finding {number}, {code}", "note": why, "link": ""})
    return found


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


def page_of(review, person, *, everything=False, query="", against="", marks=False):
    """Return what the page of a seat shows this person, but for the decision form; `everything` folds nothing.

    `query` is the part of the queue they work on; the page's own addresses carry it on. What it is compared with and
    how: see `comparing.comparison`.
    """
    part = f"?{query}" if query else ""
    revision = review.revision
    document = document_of(revision)
    terms = Requirement.objects.strictest(revision)
    findings = findings_of(revision)
    blocking = [one.line for one in findings or [] if one.is_blocking and one.place == "body" and one.line]
    talk = Conversation(revision, document, person)
    text = (
        folded_text(review, person, document, talk, everything=everything, blocking=blocking)
        if document
        else NO_TEXT
    )
    panel = (
        panel_rows(document.data, include_desk=True, imported_view_count=review.article.imported_view_count)
        if document
        else []
    )
    place_findings(findings or [], text, panel)
    panel, folded_panel = fold_rows(panel, text, everything=everything)
    decided = outcome(review, person) if not review.is_open else None
    mine = review.is_claimed and review.claimed_by_id == person.pk
    earlier = earlier_decisions(review, person)
    alike = lookalikes.look_alikes(revision) if review.looks_like else []
    return {
        "review": {
            "pk": review.pk,
            "title": revision.title or "(erased)",
            "url": reverse("reviews:review", args=[review.pk]) + part,
            "everything_url": reverse("reviews:review", args=[review.pk])
            + (part + "&" if part else "?")
            + "all=1",
            "queue_url": reverse("reviews:queue") + part,
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
            "take_url": reverse("reviews:take", args=[review.pk]) + part,
            "give_back_url": reverse("reviews:give_back", args=[review.pk]) + part,
            "renew_url": reverse("reviews:renew", args=[review.pk]),
            "skip_url": reverse("reviews:skip", args=[review.pk]) + part,
            "hand_over_url": reverse("reviews:hand_over", args=[review.pk]) + part,
            "reserved": reservation(review, person),
            "deferred_until": review.deferred_until if review.is_deferred else None,
            "sent_back": sent_back_by(person, review, earlier) if review.is_open else None,
        },
        "colleagues": [name for _, name in named(review.people_for_it().exclude(pk=person.pk))]
        if mine
        else [],
        "skip_reasons": Skip.Reason.choices,
        "skips": list(review.skips.select_related("person")) if review.is_open and review.was_skipped else [],
        "former": former_answers(person, review, earlier, findings or []) if mine else {},
        "undo_url": undo_url(decided, person),
        "talk": talk,
        "decided": decision_row(decided) if decided else None,
        **text,
        "everything": everything,
        "release_url": release_url(review, person),
        "erased": document is None,
        "lead": document.summary if document else "",
        "panel": panel,
        "folded_panel": folded_panel,
        "checklist": (
            {"title": revision.checklist.checklist.title, "items": revision.checklist.items}
            if revision.checklist
            else None
        ),
        "look_alikes": alike,
        "findings": findings or [],
        "checks_finished": findings is not None,
        "previous_decisions": [decision_row(decision) for decision in earlier],
        **comparison(
            review,
            person,
            against=against,
            marks=marks,
            everything=everything and review.is_open,
            query=query,
        ),
        "asked": asked(terms, findings, revision),
        "shown": shown_of(terms, findings)
        | {name: text[name] for name in ("words", "new_words", "folded")}
        | {"threads": talk.shown(), "look_alikes": lookalikes.shown(alike)},
    }


def reservation(review, person):
    """Return for whom an open seat is kept, by whom, until when and with which words; None where it is not."""
    if not review.is_reserved:
        return None
    return {
        "mine": review.reserved_for_id == person.pk,
        "who": str(review.reserved_for),
        # By nobody: it came back to who had asked for changes.
        "by": str(review.reserved_by or ""),
        "by_me": review.reserved_by_id == person.pk,
        "until": review.reserved_until,
        "note": review.reserved_note,
    }


def undo_url(decided, person):
    """Return where this person may undo the decision that closed a seat, or ""."""
    if decided is None or hasattr(decided, "revoked_by") or decided.why_not_undo(person):
        return ""
    return reverse("reviews:undo", args=[decided.review_id])


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
