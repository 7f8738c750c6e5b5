"""Making a revision public, and taking it back: release, rollback and withdrawal, each a release of its own."""

from django.db import transaction
from django.utils import timezone

from articles import similar
from articles.models import Article, Release
from articles.models.topics import hold_names
from articles.rendering import RENDERER
from reviews import checks, gate, intake, lookalikes, standing
from reviews.errors import GateClosed, Incomplete, NotAllowed, Stale
from reviews.models import Hold, LedgerEntry
from reviews.models.ledger import stamp
from reviews.versions import is_after, next_version, parse_version, proposed

EVIDENCE = ("commands", "figures", "assumptions")


def highest_version(article):
    """Return the highest version an article ever had, or None."""
    versions = article.releases.exclude(version=None).values_list("version", flat=True)
    return max(versions, key=parse_version, default=None)


def propose(article, revision):
    """Return the semantic version to propose for releasing `revision`, and why (see reviews/versions.py)."""
    old = article.current_release.revision.document.data if article.is_public else None
    return proposed(old, revision.document.data, highest_version(article))


@transaction.atomic
def release(article, *, by, revision, seen, version, owner, expected_result, rollback_note, evidence=None):
    """Make `revision`, whose digest the person saw, public, and return the Release.

    Raises NotAllowed without the right to release, GateClosed where the gate keeps it, Incomplete for an empty field
    or a version that does not follow the last one, and Stale when the article moved on.
    """
    may_release(by)
    article = Article.objects.locked(article.pk)
    if revision.article_id != article.pk or revision.digest != seen:
        raise Stale(article, "This is not the text you saw. Open the article again.")
    if article.is_public and article.current_release.revision_id == revision.pk:
        raise Stale(
            article, f"This revision is public already, as version {article.current_release.version}."
        )
    for name, value in (
        ("owner", owner),
        ("expected result", expected_result),
        ("rollback note", rollback_note),
    ):
        if not value.strip():
            raise Incomplete(f"A release needs its {name}.")
    return _release(
        article,
        by=by,
        kind=Release.Kind.RELEASE,
        revision=revision,
        version=following(article, version),
        owner=owner.strip(),
        expected_result=expected_result.strip(),
        rollback_note=rollback_note.strip(),
        evidence={name: list((evidence or {}).get(name, [])) for name in EVIDENCE},
    )


@transaction.atomic
def rollback(article, *, by, to, reason, seen):
    """Show again what the earlier release `to` showed, and return the new Release.

    `seen` is the number of the current release the person saw. Staleness of the old approvals does not block it: the
    page is then not indexed and the text goes back to review (P7).
    """
    may_release(by)
    article = Article.objects.locked(article.pk)
    current = unmoved(article, seen)
    needs_reason(reason)
    if to.article_id != article.pk or not to.is_public or to.n >= current.n:
        raise Incomplete("Choose an earlier release of this article that showed a text.")
    if article.is_public and current.revision_id == to.revision_id:
        raise Incomplete(f"Readers see the text of version {to.version} already.")
    if to.restores:
        to = to.restores  # what was asked when that was made is what counts, however often it comes back
    new = _release(
        article,
        by=by,
        kind=Release.Kind.ROLLBACK,
        revision=to.revision,
        restores=to,
        version=next_patch(article),
        owner=to.owner,
        expected_result=to.expected_result,
        rollback_note=to.rollback_note,
        evidence=to.evidence,
        reason=reason.strip(),
    )
    if article.indexable_until is None:
        if gate.look(to.revision).is_reviewed:
            stale = [(intake.Reason.STALE, f"Restored by version {new.version}.")]
            intake.require([(to.revision, article, stale)])
            intake.reopen(to.revision, article)
        else:
            intake.open_seats(to.revision, article)
    return new


@transaction.atomic
def withdraw(article, *, by, reason, seen):
    """Take an article from readers, and return the withdrawal: a release without version and revision."""
    may_release(by)
    article = Article.objects.locked(article.pk)
    unmoved(article, seen)
    needs_reason(reason)
    if not article.is_public:
        raise Incomplete("This article is not public; there is nothing to withdraw.")
    return _release(
        article, by=by, kind=Release.Kind.WITHDRAWAL, revision=None, version=None, reason=reason.strip()
    )


def may_release(person):
    """Raise NotAllowed unless this person's account has the right to release, now."""
    account = person.account
    if account is None or not account.has_perm("articles.release_article"):
        raise NotAllowed("You do not have the right to release, roll back or withdraw articles.")


def unmoved(article, seen):
    """Return the current release, or raise Stale when it is not the one the person saw."""
    current = article.current_release
    if current is None:
        raise Incomplete("This article has never been released.")
    if current.n != seen:
        raise Stale(article, "Another release came in while you were deciding. Look at it first.")
    return current


def needs_reason(reason):
    if not reason.strip():
        raise Incomplete("Give the reason; readers of the record will look for it.")


def following(article, version):
    """Return `version` if it is a version that comes after all earlier ones; otherwise raise Incomplete."""
    try:
        parse_version(version)
    except ValueError as error:
        raise Incomplete(str(error)) from None
    last = highest_version(article)
    if last and not is_after(version, last):
        raise Incomplete(f"The version must come after {last}, the last one of this article.")
    return version


def next_patch(article):
    """Return the version of a rollback. Raises Incomplete where no version can follow any more."""
    try:
        return next_version(highest_version(article), "patch")
    except ValueError as error:
        raise Incomplete(str(error)) from None


def _release(article, *, by, kind, revision, version, **said):
    verdict = None
    if article.archived_at:
        raise Incomplete("This article is archived. Bring it back first.")
    if revision is not None:
        checks.catch_up(revision)
        verdict = gate.look(revision, restores=said.get("restores"))
        if not revision.text.is_intact():
            raise GateClosed(
                ["The stored bytes of this text do not have its digest. Tell whoever runs the site."]
            )
        if not verdict.is_open:
            raise GateClosed(list(verdict.reasons))
    new = Release(
        article=article,
        n=(article.releases.count() or 0) + 1,
        kind=kind,
        revision=revision,
        digest=revision.digest if revision else "",
        version=version,
        record=record_of(revision, verdict) if revision else {},
        person=by,
        released_at=timezone.now(),
        **said,
    )
    hold_names()  # before the ledger, for what readers find it under
    [entry] = LedgerEntry.objects.append({"kind": "release", **release_facts(new)})
    unreviewed = revision is not None and not verdict.is_reviewed and not said.get("restores")
    # A verdict elsewhere may have held the batch while this waited for the ledger.
    if unreviewed and (hold := Hold.objects.on(revision)):
        raise GateClosed([f"Its batch was held at this moment: {hold.reason}"])
    new.ledger_seq = entry.seq
    new.save(force_insert=True)
    article.show(new)
    if revision is not None:
        lookalikes.show(revision)
    intake.supersede(article, but=article.latest_revision)
    standing.refresh(article)
    similar.make_soon(article)
    return new


def release_facts(release):
    """What the ledger holds of a release."""
    return {
        "release": release.kind,
        "article": str(release.article.uuid),
        "n": release.n,
        "revision": release.revision.number if release.revision else None,
        "digest": release.digest,
        "version": release.version,
        "restores": release.restores.n if release.restores else None,
        "person": str(release.person.uuid),
        "owner": release.owner,
        "expected_result": release.expected_result,
        "rollback_note": release.rollback_note,
        "evidence": release.evidence,
        "reason": release.reason,
        "record": release.record,
        "at": stamp(release.released_at),
    }


def record_of(revision, verdict):
    """Return the public review record, frozen at release: pseudonymous ids, dates and digests."""
    terms = verdict.terms
    return {
        "digest": revision.digest,
        "revision": revision.number,
        "renderer": RENDERER,
        "reviewed": verdict.is_reviewed,
        "required": [row.reason for row in terms.rows] if terms else [],
        "approvals_needed": verdict.needed if terms else 0,
        "four_eyes": terms.four_eyes if terms else True,
        "approvals": [
            {
                "person": str(decision.person.uuid),
                "at": stamp(decision.decided_at),
                "ledger": decision.ledger_seq_id,
            }
            for decision in verdict.approvals
        ],
        "contributors": sorted(
            {str(one.person.uuid) for one in revision.contributors.select_related("person")},
        ),
        "drafted_by": revision.facts.get("generator", ""),
    }
