"""Keyset paging: a place in a list that stays right while the list grows, at the same cost on every page."""

import re
from datetime import UTC, datetime

from django.db.models import Q

PAGE_SIZE = 20
CURSOR = re.compile(r"([0-9]{1,17})-([0-9]{1,18})")


def page_of(rows, after, *, article="pk"):
    """Return (up to PAGE_SIZE rows, the cursor of the next page or "").

    `rows` are ordered newest first by `published_at` and then by the article's id, which stands in column `article`.
    A cursor that is none gives the first page.
    """
    if (start := parsed(after)) is not None:
        published_at, pk = start
        rows = rows.filter(published_at__lte=published_at).filter(
            Q(published_at__lt=published_at) | Q(**{f"{article}__lt": pk})
        )
    found = list(rows[: PAGE_SIZE + 1])
    if len(found) <= PAGE_SIZE:
        return found, ""
    last = found[PAGE_SIZE - 1]
    return found[:PAGE_SIZE], cursor(last.published_at, getattr(last, article))


def cursor(published_at, pk):
    """Return a place as it stands in an address: microseconds since 1970 and the id."""
    micros = round(published_at.timestamp() * 1_000_000)
    return f"{micros}-{pk}"


def parsed(text):
    """Return (moment, id), or None for what is no cursor."""
    micros, _, pk = (text or "").partition("-")
    if (
        not (micros.isascii() and micros.isdigit() and pk.isascii() and pk.isdigit())
        or len(micros) > 17
        or len(pk) > 18
    ):
        return None
    seconds, rest = divmod(int(micros), 1_000_000)
    try:
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest), int(pk)
    except (ValueError, OverflowError, OSError):
        return None
