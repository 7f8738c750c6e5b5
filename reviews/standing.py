"""What stands behind the current release, now: the one place that writes P4's `indexable_until`."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from articles import showing
from reviews import gate
from reviews.models.ledger import stamp


def refresh(article):
    """Bring `indexable_until` and `standing` of an article up to date. The caller holds the article's lock.

    Run after every release, decision and revocation. Until its approvals grow old the page may be indexed; a page
    without enough standing approvals may not, whatever was true when it was released.
    """
    until, standing = None, []
    if article.published_at is not None:
        revision = article.current_release.revision
        verdict = gate.look(revision)
        standing = [
            {"person": str(decision.person.uuid), "at": stamp(decision.decided_at)}
            for decision in verdict.approvals
        ]
        if verdict.is_reviewed:
            until = fresh_until(verdict)
            until = until if until > timezone.now() else None
    if (article.indexable_until, article.standing) != (until, standing):
        # No copy is left that names who does not stand behind it any more.
        lost = [approval for approval in article.standing if approval not in standing]
        article.indexable_until, article.standing = until, standing
        article.save_fields("indexable_until", "standing")
        make = [article.get_absolute_url()] if article.is_public else []
        showing.changed(showing.of_articles(article), hard=bool(lost), make=make)


def fresh_until(verdict):
    """Return when fewer approvals than needed will be fresh: the age of the oldest one that is needed."""
    valid = timedelta(days=verdict.terms.valid_days if verdict.terms else settings.REVIEW_VALID_DAYS)
    newest_first = sorted((decision.decided_at for decision in verdict.approvals), reverse=True)
    return newest_first[verdict.needed - 1] + valid
