"""What a lead does to all texts that were found together: send to review, take approvals back, take from readers.

Each is done by the verb that does it to one, in a transaction of its own with its own entry in the ledger. What is done
already is left alone, so all of it can be done twice; what cannot be done stops no other.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from articles.models import Article
from reviews import intake, release
from reviews.alike import Match
from reviews.arranging import may_arrange
from reviews.errors import Incomplete, NotAllowed, NotDone

LONGEST_REASON = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one text, or would: done or left alone, in words."""

    match: Match
    done: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing to do to many texts: `left` says why it leaves a match alone, or "", `words` what it does to it."""

    title: str
    explanation: str
    right: str
    words: str
    left: Callable
    do: Callable

    def preview(self, matches):
        """Return an Outcome for each of these as they stand, with nothing done."""
        return [self._foreseen(match) for match in matches]

    def carry_out(self, matches, *, by, reason):
        """Do it to each of these, and return an Outcome for each.

        Raises NotAllowed without the rights, and Incomplete without a reason.
        """
        if not may(self, by):
            raise NotAllowed("You do not have the right to do this.")
        if not reason.strip():
            raise Incomplete("Give the reason; it stays with each of them.")
        return [self._done(match, by, reason.strip()) for match in matches]

    def _foreseen(self, match):
        left = "the text was erased" if match.revision.title == "" else self.left(match)
        return Outcome(match=match, done=not left, words=f"Left alone: {left}" if left else self.words)

    def _done(self, match, by, reason):
        foreseen = self._foreseen(match)
        if not foreseen.done:
            return foreseen
        try:
            with transaction.atomic():
                self.do(match, by, reason)
        except NotDone as refusal:
            return Outcome(match=match, done=False, words=f"Left alone: {refusal}")
        return foreseen


def may(act, person):
    """Say whether this person's account has the rights that an act on many needs, now."""
    return may_arrange(person) and person.account.has_perm(act.right)


def _no_review(match):
    if match.waits:
        return "it waits for review already"
    if match.refusals:
        return "somebody sent it back or rejected it"
    return "somebody approved it; take the approval back to have it reviewed anew" if match.approvals else ""


def _revoke(match, by, reason):
    for decision in match.approvals:
        decision.revoke(by=by, reason=reason)


def _withdraw(match, by, reason):
    article = Article.objects.locked(match.revision.article_id)
    if not article.is_public or article.current_release.revision_id != match.revision.pk:
        raise NotDone("readers see another text by now")
    release.withdraw(article, by=by, reason=reason, seen=article.current_release.n)


ACTS = {
    "review": Act(
        title="Send to review",
        explanation="Each is flagged, and waits in the queue with your reason. What nobody reviews is not released.",
        right="reviews.arrange_review",
        words="Goes to review",
        left=_no_review,
        do=lambda match, by, reason: intake.flag(match.revision, by=by, detail=reason),
    ),
    "reopen": Act(
        title="Take approvals back",
        explanation="Every approval that stands is revoked for your reason, and a fresh seat opens. What is public "
        "stays public, without its place in search engines.",
        right="reviews.revoke_decision",
        words="Loses its approvals and is reviewed anew",
        left=lambda match: "" if match.approvals else "nobody has approved it, as far as you may know",
        do=_revoke,
    ),
    "withdraw": Act(
        title="Take from readers",
        explanation="Each page is withdrawn at once, for your reason, which its public record shows. A release "
        "brings it back.",
        right="articles.release_article",
        words="Is taken from readers",
        left=lambda match: "" if match.is_shown else "readers do not see this text",
        do=_withdraw,
    ),
}
