"""The one audited verb that erases bytes: a leaked secret, a person's right. Digest, reason and entry remain."""

from django.db import transaction
from django.utils import timezone

from articles.models import Article, Erasure, PublicWords, Revision, Signature, StaffWords, Text
from reviews.errors import Incomplete, NotAllowed
from reviews.models import Finding, LedgerEntry, Note, Requirement, Review, Skip, Thread
from reviews.models.ledger import stamp


@transaction.atomic
def erase_text(text, *, by, reason):
    """Erase the bytes of a text and what lists, findings and reasons repeat of it.

    Refused while readers see it: withdraw it first. The address stays; where the title held what must go, move it.
    """
    # A text holds its article's id, so it belongs to one article.
    article = Article.objects.locked(text.revisions.first().article_id)
    if article.is_public and article.current_release.digest == text.digest:
        raise Incomplete("Readers see this text now. Withdraw the article first, then erase it.")
    _erase(text.digest, by=by, reason=reason)
    # While its words are known: an index may have to be told which it is to forget.
    for words in (StaffWords, PublicWords):
        words.objects.forget(text)
    Text.objects.filter(pk=text.pk).update(data=None)
    Revision.objects.filter(text=text).update(title="", summary="", facts={})
    # What was noticed in it may quote it.
    Finding.objects.filter(run__revision__text=text).update(message="", place="")
    Requirement.objects.filter(revision__text=text).update(detail="")
    Signature.objects.forget(text)
    Skip.objects.filter(review__digest=text.digest).delete()
    Thread.objects.filter(revision__text=text).exclude(anchor={}).update(anchor={"kind": "erased"})
    Review.objects.open().filter(digest=text.digest).close(Review.State.MOOT)


@transaction.atomic
def erase_note(note, *, by, reason):
    """Erase what somebody wrote with a decision or in a thread, and the salt that could prove it."""
    _erase(note.hash, by=by, reason=reason)
    Note.objects.filter(pk=note.pk).update(text=None, remarks=None, salt=None)


def _erase(subject, *, by, reason):
    if by.account is None or not by.account.has_perm("articles.add_erasure"):
        raise NotAllowed("You do not have the right to erase texts and notes.")
    if Erasure.objects.filter(subject=subject).exists():
        raise Incomplete("This was erased before; nothing of it is left.")
    if not reason.strip():
        raise Incomplete("Give the reason for the erasure; it stays on record.")
    erasure = Erasure(subject=subject, reason=reason.strip(), person=by, erased_at=timezone.now())
    [entry] = LedgerEntry.objects.append({"kind": "erasure", **erasure_facts(erasure)})
    erasure.ledger_seq = entry.seq
    erasure.save(force_insert=True)


def erasure_facts(erasure):
    """What the ledger holds of an erasure."""
    return {
        "subject": erasure.subject,
        "reason": erasure.reason,
        "person": str(erasure.person.uuid),
        "at": stamp(erasure.erased_at),
    }
