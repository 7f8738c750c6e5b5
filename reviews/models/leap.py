"""Whom a seat is not for, written on the seat itself: so Next leaps over all that is not for somebody at once."""

from django.db.models import Subquery

from articles.models import Contributor

LONGEST = 200


def barring(hands, terms):
    """Return the people, by id, whose hands in a text, [(person, role)], bar them from judging it under its terms."""
    imported = Contributor.Role.IMPORTED
    return {
        person for person, role in hands if (terms.exclude_importer if role == imported else terms.four_eyes)
    }


def written(people):
    """Write people's ids down, in one way for the same people. Where they are too many, some are left out."""
    kept = ""
    for pk in sorted(people):
        longer = f"{kept or ' '}{pk} "
        if len(longer) > LONGEST:
            break
        kept = longer
    return kept


class HighestRank(Subquery):
    """The highest rank of open seats that may be for this person. `seats` are those of one group, `groups.barred`.

    Seats that are not for the same people are neighbours in the index `review_barred`. It is asked once for each such
    group, never for each seat: a hundred thousand drafts that somebody imported are one step.
    """

    template = (
        "(WITH RECURSIVE groups(barred) AS ("
        "SELECT MIN(barred) FROM reviews_review WHERE closed_at IS NULL "
        "UNION ALL SELECT (SELECT MIN(r.barred) FROM reviews_review r "
        "WHERE r.closed_at IS NULL AND r.barred > groups.barred) FROM groups WHERE groups.barred IS NOT NULL) "
        "SELECT MAX((%(subquery)s)) FROM groups WHERE groups.barred NOT LIKE '%%%% %(person)d %%%%')"
    )

    def __init__(self, seats, person):
        super().__init__(seats, person=person.pk)
