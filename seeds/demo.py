"""The demo's story: a few dozen articles in every state an article can be in, made by the real verbs."""

import json
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group

from articles.document import from_data
from articles.models import Article, Person, User
from reviews import intake, release
from reviews.models import Criteria, Decision, Policy, Requirement, Review
from seeds.importer import Importer
from seeds.sources import Source

CONTENT = Path(__file__).parent / "content"

# Known to everybody who reads this, so no start outside the demo accepts them (editorial/sign_in.py).
SIGN_INS = {
    "editor": ("Edith Editor", "edit-with-care-1", ["Editors", "Releasers", "Leads", "Auditors"]),
    "reviewer-ada": ("Ada Reviewer", "read-it-all-twice-1", ["Reviewers"]),
    "reviewer-ben": ("Ben Reviewer", "read-it-all-twice-2", ["Reviewers"]),
}


def fill(say):
    """Fill the site, or leave what is there alone. `say` is told what is going on. Returns the people by user name."""
    people = {username: _person(username, *rest) for username, rest in SIGN_INS.items()}
    if Article.objects.exists():
        say("The articles of an earlier demo are still here; nothing is added.")
        return people
    _policies(people["editor"])
    say("Importing the articles ...")
    for path in sorted(CONTENT.glob("fieldnote-*.json")):
        Importer(Source(path.name, path), person=people["editor"], report=_complain).go()
    say("Reviewing and releasing them ...")
    Story(people).tell()
    return people


def _complain(line, problem):
    raise RuntimeError(f"The demo's own content is wrong at line {line}: {problem}")


def _person(username, name, password, groups):
    user = User.objects.filter(username=username).first()
    if user is None:
        first, last = name.split()
        user = User.objects.create_user(
            username,
            password=password,
            first_name=first,
            last_name=last,
            is_demo=True,
            is_staff=username == "editor",
        )
        user.groups.set(Group.objects.filter(name__in=groups))
    return Person.objects.of(user)


def _policies(by):
    """Rows beyond the default, so that the queue shows reasons, seats and dates that differ."""
    criteria = Criteria.objects.get(name="Standard")
    for position, fields in enumerate(
        [
            {
                "name": "Two readers for advanced articles",
                "match_difficulty": "advanced",
                "approvals": 2,
                "due_hours": 48,
            },
            {"name": "Many images", "match_flag": "image_heavy", "due_hours": 72},
        ],
        start=1,
    ):
        Policy(position=10 * position, criteria=criteria, **fields).settle(by=by)


class Story:
    """Who does what to which article. Articles without a part in it wait as the import left them."""

    def __init__(self, people):
        self.editor, self.ada, self.ben = (people[name] for name in SIGN_INS)
        changes = json.loads((CONTENT / "changes.json").read_text())
        self.changes = {
            source_id: edits if isinstance(edits, list) else [edits] for source_id, edits in changes.items()
        }
        articles = Article.objects.select_related("latest_revision").order_by("source_key")
        self.edited = [article for article in articles if article.source_id in self.changes]
        rest = [article for article in articles if article.source_id not in self.changes]
        self.waiting = [article for article in rest if article.latest_revision.requirements.exists()]
        self.free = [article for article in rest if article not in self.waiting]

    def tell(self):
        rolled_back, drafts, beside = self.edited[:2], self.edited[2:5], self.edited[5:]
        for article in rolled_back:
            self.publish(article)
            self.edit(article)
            self.publish(article)
            first = article.releases.get(n=1)
            release.rollback(
                self._now(article),
                by=self.editor,
                to=first,
                seen=2,
                reason="The new wording confused readers; the old one stands.",
            )
        for article in drafts:
            self.publish(article)
            self.edit(article)
        for article in beside:
            self.edit(article)
            self.reimport(article)
        self.tell_of_the_waiting()
        self.tell_of_the_free()

    def tell_of_the_waiting(self):
        """Sent back, rejected, approved; the rest keeps waiting, one of them in Ben's hands."""
        one_seat = [article for article in self.waiting if article.reviews.count() == 1]
        notes = (
            "The second code block does not say which version it needs. Please add it.",
            "Two paragraphs say the same; keep the better one.",
            "The way back is missing: what does a reader do when the change fails?",
        )
        for article, note in zip(one_seat[:3], notes, strict=False):
            self.decide(article, self.ada, Decision.Verdict.REQUEST_CHANGES, note)
        for article in one_seat[3:4]:
            self.decide(
                article, self.ben, Decision.Verdict.REJECT, "This repeats an article we have, and less well."
            )
        for article in one_seat[4:6]:
            self.decide(article, self.ada, Decision.Verdict.APPROVE, "Checked against the manual.")
        for review in Review.objects.open().for_judging_by(self.ben).in_order()[:1]:
            review.claim(by=self.ben)

    def tell_of_the_free(self):
        """Released without review, reviewed and released, withdrawn, revoked, archived."""
        free = iter(self.free)
        for article in islice(free, 4):
            self.release(article)
        for article in islice(free, 2):
            self.publish(article)
            release.withdraw(
                self._now(article), by=self.editor, seen=1, reason="The tool it describes was retired."
            )
        for article in islice(free, 1):
            self.publish(article)
            approval = Decision.objects.standing().approvals().get(article=article)
            approval.revoke(
                by=self.ada, reason="I overlooked that the flag was renamed. It needs another reading."
            )
        for article in islice(free, 1):
            intake.archive(article)
        for article in free:
            self.publish(article)

    def publish(self, article):
        """Have the latest revision reviewed by as many people as it takes, and release it."""
        article = self._now(article)
        revision = article.latest_revision
        if not revision.requirements.exists():
            intake.flag(revision, by=self.editor, detail="Release candidate.")
        for person in (self.ada, self.ben)[: Requirement.objects.strictest(revision).approvals]:
            self.decide(article, person, Decision.Verdict.APPROVE, "")
        self.release(article)

    def decide(self, article, person, verdict, note):
        article = self._now(article)
        review = (
            Review.objects.free()
            .for_judging_by(person)
            .filter(article=article)
            .in_order()
            .first()
            .claim(by=person)
        )
        questions = Requirement.objects.strictest(review).questions
        answers = [{"id": one["id"], "text": one["text"], "answer": "pass", "note": ""} for one in questions]
        review.decide(
            verdict, by=person, token=review.claim_token, seen=review.digest, answers=answers, note=note
        )

    def release(self, article):
        article = self._now(article)
        revision = article.latest_revision
        release.release(
            article,
            by=self.editor,
            revision=revision,
            seen=revision.digest,
            version=release.propose(article, revision).version,
            owner=article.owner or "the platform desk",
            expected_result="Fewer questions about this in the support channel.",
            rollback_note="Roll back to the release before; nothing else depends on it.",
            evidence={
                "commands": ["grep -c 'rollback' support-questions.txt"],
                "figures": ["12 questions a week before"],
                "assumptions": ["Readers find the article by search."],
            },
        )

    def edit(self, article):
        """The editor makes the changes that changes.json has for this article."""
        article = self._now(article)
        document = article.latest_revision.document
        body = document.body
        for change in self.changes[article.source_id]:
            body = body.replace(change["find"], change["replace"])
        intake.edit(
            article,
            from_data(document.data | {"body": body}),
            by=self.editor,
            seen=article.latest_revision.digest,
        )

    def reimport(self, article):
        """The generator sends a newer text after the editor has changed the older one."""
        data = self._now(article).latest_revision.parent.document.data
        body = (
            data["body"]
            + "\n\nMeasure once more a week later: what held under one load may not hold under the next."
        )
        document = from_data(data | {"body": body}, lang=settings.ARTICLE_LANG, dir=settings.ARTICLE_DIR)
        intake.receive(document)

    def _now(self, article):
        return Article.objects.select_related("latest_revision", "current_release").get(pk=article.pk)
