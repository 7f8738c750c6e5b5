"""What a text can be compared with at the desk: what is public, a person's last look, any other revision."""

from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Subquery
from django.urls import reverse
from django.utils.formats import date_format

from articles.models import Revision, TextErased
from reviews.diff import compare
from reviews.models import Decision, Look

# Lists offer the newest revisions; the address takes the number of any.
MOST_LISTED = 100
MOST_CHOICES = 4


def document_of(revision):
    """Return a revision's document, or None where its bytes were erased."""
    try:
        return revision.document
    except TextErased:
        return None


def difference(old, new):
    """Return the differences between two revisions' documents, or None where a text is missing."""
    before, after = document_of(old) if old else None, document_of(new)
    return compare(before.data, after.data) if before and after else None


def revisions_of(article_id, person):
    """Return the newest revisions of an article without their texts: when `person` looked, whether they were judged."""
    looks = Look.objects.filter(person=person, article=article_id, digest=OuterRef("text"))
    return list(
        Revision.objects.filter(article=article_id)
        .annotate(
            looked_at=Subquery(looks.values("at")),
            reviewed=Exists(Decision.objects.filter(revision=OuterRef("pk"))),
        )
        .only("number", "text", "origin", "created_at")
        .newest()[:MOST_LISTED]
    )


def revision_of(article_id, number):
    """Return this revision of this very article with its text, or None where there is none (S1, S3)."""
    # Longer digits are no number of a revision.
    if not str(number).isdecimal() or len(str(number)) > 9:
        return None
    return Revision.objects.filter(article=article_id, number=int(number)).with_text().first()


def comparison(review, person, *, against="", marks=False, everything=False, query=""):
    """Return what the page of a seat shows of differences: one of them, and the others to choose from.

    `against` is "look", "released" or a revision's number. Without it the person's last look comes first, then what
    is public, then what was reviewed last; a text that is public itself is compared with nothing. `query` is the part
    of the queue they work on, which the addresses carry on.
    """
    revisions = revisions_of(review.article_id, person)
    choices, first = _choices(review, revisions)
    chosen = against or first
    old = _text_of(review, choices, chosen)
    found = difference(old, review.revision) if old else None
    if chosen not in choices and old:
        choices[chosen] = (old.number, f"revision {old.number}", f"Revision {old.number}")
    page = reverse("reviews:review", args=[review.pk])

    def url(against, marks):
        asked = {"all": "1" if everything else "", "against": against, "marks": "1" if marks else ""}
        said = urlencode({name: value for name, value in asked.items() if value})
        return f"{page}?{'&'.join(part for part in (query, said) if part)}#difference"

    return {
        "difference": found,
        "compared_with": choices[chosen][1] if found is not None else "",
        "comparison": {
            "choices": [
                {
                    "words": words,
                    "url": url(key, marks),
                    "current": key == chosen,
                    "following": key == _after(chosen, list(choices)),
                }
                for key, (_, _, words) in choices.items()
            ],
            "problem": _problem(review, chosen, old) if chosen and found is None else "",
            "marks": marks,
            "marks_url": url(against, not marks),
            **choosing(review.article_id, revisions, old.number if old else "", review.revision.number),
        }
        if len(revisions) > 1
        else None,
    }


def choosing(article_id, revisions, old, new):
    """Return the form that leads to the comparison of any two revisions, filled with two numbers."""
    return {
        "compare_url": reverse("reviews:compare", args=[article_id]),
        "sides": [
            {"name": name, "label": label, "options": [_option(revision, number) for revision in revisions]}
            for name, label, number in (("old", "Before", old), ("new", "After", new))
        ],
    }


def _option(revision, chosen):
    return {"number": revision.number, "words": told(revision), "chosen": revision.number == chosen}


def told(revision):
    """Return a revision in a few words: its number, where it came from, and when."""
    day = date_format(revision.created_at, "j M Y")
    return f"Revision {revision.number}, {revision.get_origin_display()} on {day}"


def named(revision):
    """Return a revision of any article in a few words: its title, its number, where it came from, and when."""
    words = told(revision)
    return f"“{revision.title or '(erased)'}”, {words[:1].lower()}{words[1:]}"


def _choices(review, revisions):
    """Return ({key: (number, after "Changed since", on its link)}, the key that stands open first or "")."""
    others = [revision for revision in revisions if revision.digest != review.digest]
    seen = [revision for revision in others if revision.looked_at]
    look = max(seen, key=lambda revision: (revision.looked_at, revision.number), default=None)
    release = review.article.current_release if review.article.is_public else None
    choices = {}
    if look:
        when = f"revision {look.number} on {date_format(look.looked_at, 'j M Y')}"
        choices["look"] = (look.number, f"your last look, at {when}", "Your last look")
    if release and release.revision.digest != review.digest:
        words = f"version {release.version}, which is public"
        if look and look.digest == release.revision.digest:
            choices["look"] = (look.number, f"your last look, at {words}", "Your last look")
        choices["released"] = (release.revision.number, words, "What is public")
    reviewed = [one for one in others if one.reviewed and one.number < review.revision.number][:1]
    for revision in [*reviewed, *others]:
        name = f"revision {revision.number}"
        if len(choices) < MOST_CHOICES and revision.number not in {number for number, *_ in choices.values()}:
            words = f"{name}, the last one reviewed" if revision in reviewed else name
            choices[str(revision.number)] = (revision.number, words, name.capitalize())
    first = ""
    if look and look.number < review.revision.number:
        first = "look"
    elif "released" in choices:
        first = "released"
    elif reviewed:
        first = next(key for key, (number, *_) in choices.items() if number == reviewed[0].number)
    is_public = release and release.revision.digest == review.digest
    return choices, "" if is_public else first


def _after(chosen, keys):
    """Return the choice that one key leads to from this one: the next, behind the last one the first."""
    place = keys.index(chosen) + 1 if chosen in keys else 0
    return keys[place % len(keys)] if keys != [chosen] else ""


def _text_of(review, choices, chosen):
    """Return the revision of a choice with its text, or None."""
    if chosen == "released" and chosen in choices:
        return review.article.current_release.revision
    return revision_of(review.article_id, choices[chosen][0] if chosen in choices else chosen)


def _problem(review, chosen, old):
    """Return why a choice shows no difference."""
    if old:
        erased = old if document_of(old) is None else review.revision
        return f"The text of revision {erased.number} was erased: there is nothing left to compare."
    if chosen == "look":
        return "You have looked at no other text of this article."
    if chosen == "released":
        return "No other text of this article is public."
    return f"This article has no revision “{chosen[:20]}”."
