"""Holding the rest of a batch when too many of its sample fail, and lifting that again."""

from django.db import transaction
from django.utils import timezone

from reviews.arranging import may_arrange
from reviews.errors import Incomplete, NotAllowed
from reviews.models import Hold, LedgerEntry, LedgerHead, Sample
from reviews.sampling import too_many_failed


def judge(revision):
    """Hold the batch of a revision that was decided, where too many of its sample have failed by now.

    Returns the Hold, or None. After a lead lifted one, only what is decided from then on counts. The caller has just
    appended the decision to the ledger, so that decisions of one batch are judged one after the other.
    """
    sample = (
        Sample.objects.select_related("plan_version__sample_plan__current").filter(revision=revision).first()
    )
    if sample is None or not sample.batch:
        return None
    plan = sample.plan_version.sample_plan
    last = Hold.objects.of_batch(sample.of).newest().first()
    if plan.tolerated is None or (last and last.held):
        return None
    decided, failed = Sample.objects.tally(sample.of, since=last.at if last else None)
    if not too_many_failed(failed, decided, tolerated=float(plan.tolerated) / 100, least=plan.least):
        return None
    return _record(
        sample.of,
        held=True,
        reason=f"{failed} of {decided} sampled drafts failed; the plan “{plan}” tolerates {plan.tolerated} %.",
        decided=decided,
        failed=failed,
        plan_version=plan.current,
    )


@transaction.atomic
def hold(batch, *, by, reason):
    """Hold a batch by hand: what nobody reviewed of it is not released. Raises NotAllowed, and Incomplete without a
    reason or where it is held already."""
    return _turned(batch, True, by, reason)


@transaction.atomic
def lift(batch, *, by, reason):
    """Lift the hold of a batch. Raises NotAllowed, and Incomplete without a reason or where it is not held."""
    return _turned(batch, False, by, reason)


def _turned(batch, held, by, reason):
    if not may_arrange(by):
        raise NotAllowed("You do not have the right to hold batches and to lift holds.")
    if not batch.name.startswith(("batch ", "run ")):
        raise Incomplete("Say which batch: “batch” and its name, or “run” and the number of an import.")
    if not reason.strip():
        raise Incomplete("Give the reason; whoever finds the batch held, or free again, will look for it.")
    LedgerHead.objects.select_for_update().get()  # one after the other, as decisions are
    last = Hold.objects.of_batch(batch).newest().first()
    if held == bool(last and last.held):
        raise Incomplete(f"It is {'held already' if held else 'not held'}.")
    return _record(batch, held=held, reason=reason.strip(), person=by)


def _record(batch, **said):
    row = Hold(generator=batch.generator, batch=batch.name, at=timezone.now(), **said)
    [row.ledger_seq] = LedgerEntry.objects.append({"kind": "hold", **row.facts()})
    row.save(force_insert=True)
    return row
