"""The gate (P1): the one function that says whether readers may see a revision.

The admin, the desk, commands and imports all pass it; the triggers on releases in reviews/guards.py repeat it.
"""

from dataclasses import dataclass

from django.conf import settings

from articles.models import Contributor, Release, Revision
from reviews import checks
from reviews.models import Decision, Due, Hold, Requirement, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the gate says of one revision. `reasons` is empty exactly when it is open."""

    reasons: tuple[str, ...]
    terms: Terms | None
    approvals: tuple[Decision, ...]
    is_rejected: bool

    @property
    def is_open(self):
        return not self.reasons

    @property
    def needed(self):
        """How many approvals the text needs to count as reviewed."""
        return self.terms.approvals if self.terms else 1

    @property
    def is_reviewed(self):
        return len(self.approvals) >= self.needed and not self.is_rejected


def counted_approvals(revision, terms):
    """Return the standing approvals of this article and digest that count: a person's latest, no contributor's."""
    barred = set()
    if terms is None or terms.four_eyes or terms.exclude_importer:
        hands = Contributor.objects.filter(revision=revision).values_list("person_id", "role")
        for person, role in hands:
            imported = role == Contributor.Role.IMPORTED
            if imported and terms is not None and terms.exclude_importer:
                barred.add(person)
            if not imported and (terms is None or terms.four_eyes):
                barred.add(person)
    counted = {}
    decisions = Decision.objects.standing().approvals().on(revision.article_id, revision.digest)
    for decision in decisions.select_related("person").order_by("pk"):
        if decision.person_id not in barred:
            counted[decision.person_id] = decision
    return tuple(counted.values())


def look(revision, *, restores=None):
    """Return what the gate says of `revision` now.

    A rollback names the release it `restores`: then what was asked for when that was made is what counts (P7).
    """
    terms = Requirement.objects.strictest(revision, before=restores.ledger_seq if restores else None)
    approvals = counted_approvals(revision, terms)
    reasons = []
    if revision.text.data is None:
        reasons.append("The text was erased.")
    if revision.origin == Revision.Origin.CANDIDATE:
        # Nobody has asked yet whether it needs review: that is settled when a person takes it over.
        reasons.append("It is a source's newer text beside an edit. Take it over first.")
    check_run = revision.check_runs.filter(version=checks.VERSION).first()
    if check_run is None:
        # Those of an older version did: to open its release runs today's.
        reasons.append("The automatic checks of today have not finished on this revision.")
    elif not terms and not restores and check_run.findings.blocking().exists():
        # An old draft that only the checks of today object to.
        reasons.append(
            "A check found something blocking, and its review was not asked for: flag it for review."
        )
    elif not terms and not restores and Due.objects.filter(revision=revision).exists():
        reasons.append("Whether a sample picks it is settled with the checks of its import, which still run.")
    rejection = (
        Decision.objects.standing()
        .on(revision.article_id, revision.digest)
        .filter(verdict=Decision.Verdict.REJECT)
        .select_related("person")
        .first()
    )
    if rejection:
        reasons.append(f"{rejection.person} rejected it.")
    if terms and len(approvals) < terms.approvals:
        missing = terms.approvals - len(approvals)
        reasons.append(
            f"It needs {missing} more approval{'s' if missing > 1 else ''} by people who did not write it."
        )
    reviewed = len(approvals) >= (terms.approvals if terms else 1)
    if not reviewed and not restores and (hold := Hold.objects.on(revision)):
        reasons.append(
            f"Its batch is held: {hold.reason.rstrip('.')}. "
            "It waits for its own review, or until a lead lifts the hold."
        )
    earlier = Release.objects.filter(article=revision.article_id, revision__isnull=False)
    if not terms and earlier.exists() and not earlier.filter(digest=revision.digest).exists():
        reasons.append(
            "It changes what was released before, and its review was not asked for: flag it for review."
        )
    if not terms and not restores and settings.REVIEW_REQUIRED == "all":
        reasons.append(
            "This site releases nothing without review, and this revision has not been sent to it."
        )
    return Verdict(
        reasons=tuple(reasons), terms=terms, approvals=approvals, is_rejected=rejection is not None
    )
