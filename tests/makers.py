"""The cast and the things tests are about, made by the real verbs.

Edith edits and releases, Ada and Ben review, Lea leads, Otto audits.
"""

from copy import deepcopy

from django.contrib.auth.models import Group

from articles.document import from_data
from articles.models import Article, Person, User
from reviews import checks, intake, release
from reviews.models import Finding, Requirement, Review

CAST = {
    "edith": ["Editors", "Releasers"],
    "ada": ["Reviewers"],
    "ben": ["Reviewers"],
    "lea": ["Leads"],
    "otto": ["Auditors"],
}

BODY = """Keep the way back as short as the way forward.

## Before the change

Write down what the page measures now, and who will look at it.

```python
def ready() -> bool:
    return True
```

## After the change

Compare, and keep the commands.
"""

DATA = {
    "source_id": "note-1",
    "title": "A change you can take back",
    "body": BODY,
    "meta": {
        "topic": "releases / python",
        "summary": "How to keep the way back short.",
        "stack": ["python", "backend"],
        "tools": ["pytest"],
        "code_language": "python",
        "difficulty": "beginner",
        "reading_time": 3,
        "score": {"quality": 90, "freshness": 50, "depth": 60, "clarity": 95},
        "flags": {"ai_generated_style": True, "has_images": False, "needs_human_review": False},
        "checklist": ["measure before", "measure after"],
        "entities": [{"name": "python", "type": "stack"}, {"name": "taking changes back", "type": "problem"}],
        "payload": {"generator": "field note writer", "seed": 7},
    },
}


def make_user(username, groups=None, **fields):
    """An account with a password that is its name twice; members of the cast get their groups."""
    user = User.objects.create_user(username, password=username * 2, **fields)
    user.groups.set(Group.objects.filter(name__in=CAST.get(username, []) if groups is None else groups))
    return user


def make_person(username, groups=None, **fields):
    """The person of a new account, or of the one that is there."""
    user = User.objects.filter(username=username).first() or make_user(username, groups, **fields)
    return Person.objects.of(user)


def make_document(source_id="note-1", *, flagged=False, meta=None, **changes):
    """A document like DATA with some keys changed; `flagged` makes it ask for human review."""
    data = deepcopy(DATA) | {"source_id": source_id} | changes
    data["meta"] = data["meta"] | (meta or {})
    data["meta"]["flags"] = data["meta"]["flags"] | {"needs_human_review": flagged}
    return from_data(data)


def make_article(source_id="note-1", *, run=None, **changes):
    """An article as an import makes it."""
    _, article = intake.receive(make_document(source_id, **changes), run=run)
    return Article.objects.get(pk=article.pk)


def answers_for(review, answer="pass"):
    terms = Requirement.objects.strictest(review)
    return [
        {"id": question["id"], "text": question["text"], "answer": answer, "note": ""}
        for question in terms.questions
    ]


def decide(review, by, verdict="approve", note="", *, why="", **more):
    """Claim a seat and decide it, as a person at the desk does; `why` overrules whatever the checks object to."""
    review = review.claim(by=by)
    blocking = Finding.objects.of(review.revision, checks.VERSION).blocking()
    return review.decide(
        verdict,
        by=by,
        token=review.claim_token,
        seen=review.digest,
        note=note,
        **{
            "answers": answers_for(review),
            "overruled": {finding.pk: why for finding in blocking if why},
            **more,
        },
    )


def approve(article, *people, why=""):
    """Have each of `people` approve the latest revision, which is sent to review where it was not."""
    article = Article.objects.get(pk=article.pk)
    revision = article.latest_revision
    if not Review.objects.open().filter(revision=revision).exists():
        intake.flag(revision, by=people[0])
    for person in people:
        decide(
            Review.objects.free().for_judging_by(person).filter(revision=revision).first(), person, why=why
        )
    return revision


def make_release(article, by, *, version=None, revision=None):
    """Release the latest revision; the gate must be open."""
    article = Article.objects.get(pk=article.pk)
    revision = revision or article.latest_revision
    return release.release(
        article,
        by=by,
        revision=revision,
        seen=revision.digest,
        version=version or release.propose(article, revision).version,
        owner="the platform desk",
        expected_result="fewer questions",
        rollback_note="roll back",
    )


def make_released(source_id="note-1", *, reviewed=True, **changes):
    """A public article, reviewed by Ada unless it is not to be."""
    article = make_article(source_id, **changes)
    if reviewed:
        approve(article, make_person("ada"))
    make_release(article, make_person("edith"))
    return Article.objects.get(pk=article.pk)
