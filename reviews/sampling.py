"""Samples: which drafts are picked, and when too many of them failed. Pure functions; docs/batches.md explains them."""

import hashlib
import math

# Of a hundred batches that are no worse than tolerated, at most 100 / ENOUGH are ever held.
ENOUGH = 20
SPAN = 2**64


def picked(source_key, salt, rate):
    """Say whether a sample of this rate (0 to 1) holds the article of this source id.

    Chosen by hash: a rerun picks the same, a higher rate picks those of a lower one and more, and nobody who does not
    know the salt can tell beforehand which they are.
    """
    drawn = hashlib.sha256(f"{salt}\n{source_key}".encode()).digest()
    return int.from_bytes(drawn[:8]) < rate * SPAN


def evidence(failed, decided, tolerated):
    """Return how strongly `failed` of `decided` texts speak for a batch of which more than `tolerated` (0 to 1) fails.

    It is the likelihood ratio of a failure rate somewhere above `tolerated`, each as likely, against `tolerated`:
    the integral of p^f (1-p)^(n-f) over p from t to 1, divided by (1-t) t^f (1-t)^(n-f). The incomplete beta function
    in it is a binomial tail (Abramowitz and Stegun 26.5.24), whose terms over the divisor are summed here from the
    largest count down. In a batch no worse than tolerated the ratio is a nonnegative supermartingale that begins at 1,
    so it ever reaches 1/a with a chance of at most a, however often one looks (Ville 1939; Robbins, Annals of
    Mathematical Statistics 41, 1970, 1397): it may be asked after every decision.
    """
    if tolerated == 0 and failed:
        return math.inf
    total = part = 1 / (decided + 1 - failed)
    for count in range(failed, 0, -1):
        part *= count * (1 - tolerated) / ((decided + 2 - count) * tolerated)
        total += part
    return total


def too_many_failed(failed, decided, *, tolerated, least):
    """Say whether a batch is to be held: `least` of its sample are decided, and the evidence is ENOUGH."""
    return decided >= least and evidence(failed, decided, tolerated) >= ENOUGH
