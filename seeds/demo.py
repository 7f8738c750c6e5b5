"""The demo's story: a few dozen articles in every state an article can be in, made by the real verbs; and drafts."""

import json
import re
import tempfile
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group

from articles.document import from_data
from articles.models import Article, Person, Release, User
from reviews import intake, release
from reviews.models import Criteria, Decision, Policy, Requirement, Review
from seeds.importer import Importer
from seeds.sources import Source
from seeds.synthesizer import Shares, synthesized

CONTENT = Path(__file__).parent / "content"

# What each release of the story promises: the first that fits the article's language, or its topic and stack.
PROMISES = [
    {
        "for": ["lang ar"],
        "owner": "فريق قواعد البيانات",
        "expected": "تجربة استعادة ناجحة كل شهر، وأقل من ساعة حتى تعود البيانات.",
        "way_back": "أعد الإصدار السابق من الصفحة؛ لا يعتمد عليها شيء آخر.",
        "commands": ["pg_restore --list backup.dump | wc -l"],
        "figures": ["آخر تجربة استعادة: قبل سبعة أشهر"],
        "assumptions": ["لكل نسخة احتياطية صاحب معروف."],
    },
    {
        "for": ["lang de"],
        "owner": "Betrieb, Hintergrundaufgaben",
        "expected": "Alarme nennen das Alter des ältesten Auftrags statt der Länge der Warteschlange.",
        "way_back": "Die vorige Fassung wieder freigeben; die Alarmregel bleibt davon unberührt.",
        "commands": ["psql -c 'select now() - min(queued_at) from jobs where done_at is null'"],
        "figures": ["9 Fehlalarme im letzten Monat, 1 echter"],
        "assumptions": ["Wer Bereitschaft hat, liest diesen Text vor der ersten Schicht."],
    },
    {
        "for": ["rollback-friendly"],
        "owner": "the release desk",
        "expected": "Going back takes one person and less than five minutes.",
        "way_back": "Release the version before; the rehearsal in the calendar stays as it is.",
        "commands": ["git log --oneline --grep '^Roll back' --since '90 days ago'"],
        "figures": ["4 rollbacks in 90 days, median 22 minutes"],
        "assumptions": ["The two last builds are kept on every machine."],
    },
    {
        "for": ["cache", "caching"],
        "owner": "the web desk",
        "expected": "Three of four requests for pages are answered without the application.",
        "way_back": "Release the version before, and purge the two addresses that the note names.",
        "commands": ["awk '{ n[$NF]++ } END { for (s in n) print n[s], s }' cache.log | sort -rn"],
        "figures": ["58% of page requests answered from the cache last week"],
        "assumptions": ["Nobody who is signed in is served from the shared cache."],
    },
    {
        "for": ["scheduled jobs"],
        "owner": "the operations desk",
        "expected": "A job that did not run is noticed within the hour, by a machine.",
        "way_back": "Release the version before; the checks this note adds can stay.",
        "commands": ["systemctl list-timers --all --no-pager"],
        "figures": ["3 nights without a backup before somebody noticed"],
        "assumptions": ["The machine that watches is not the one that runs the jobs."],
    },
    {
        "for": ["jobs", "queue"],
        "owner": "the jobs desk",
        "expected": "No job is done twice after a deployment, and none waits longer than a minute.",
        "way_back": "Release the version before; workers that follow this note keep running either way.",
        "commands": ["psql -c 'select count(*) from jobs where attempts > 1'"],
        "figures": ["31 jobs done twice in the last ten deployments"],
        "assumptions": ["Every job carries a key of its own."],
    },
    {
        "for": ["migrations", "data imports"],
        "owner": "the database desk",
        "expected": "No reader waits more than two seconds while the tables change.",
        "way_back": "Release the version before; a column or copy that is left over harms nobody.",
        "commands": [
            "psql -c 'select pid, wait_event from pg_stat_activity where wait_event_type = $$Lock$$'"
        ],
        "figures": ["74 seconds of waiting at the last change"],
        "assumptions": ["There is a quiet hour at night."],
    },
    {
        "for": ["pagination", "SQL"],
        "owner": "the database desk",
        "expected": "The last page of a list is as fast as the first, and no row is shown twice.",
        "way_back": "Release the version before; indexes made by this note may stay.",
        "commands": ["psql -f slowest.sql --csv > slowest-before.csv"],
        "figures": ["1.9 s for page 400 of the orders list"],
        "assumptions": ["Nobody needs to jump to a page by its number."],
    },
    {
        "for": ["dates and times"],
        "owner": "the calendar desk",
        "expected": "No appointment moves when the clocks change in autumn.",
        "way_back": "Release the version before; stored moments are right under both.",
        "commands": ["grep -rn 'utcnow()' --include='*.py' src | wc -l"],
        "figures": ["11 appointments moved by an hour last spring"],
        "assumptions": ["Every account says where it lives."],
    },
    {
        "for": ["distributed systems", "rate limiting"],
        "owner": "the services desk",
        "expected": "A slow neighbour no longer takes this service down with it.",
        "way_back": "Release the version before; limits are settings and can be put back alone.",
        "commands": ["grep -c ' 503 ' access.log access.log.1"],
        "figures": ["2,140 answers of 503 in the worst hour of last month"],
        "assumptions": ["Callers honour Retry-After."],
    },
    {
        "for": ["release management"],
        "owner": "the front-end desk",
        "expected": "No switch outlives its date by more than a week.",
        "way_back": "Release the version before; switches that were removed stay removed.",
        "commands": ["grep -rhoE \"flag\\('[a-z-]+'\" src | sort | uniq -c"],
        "figures": ["17 switches older than a year"],
        "assumptions": ["Every switch has one owner."],
    },
    {
        "for": ["Atom"],
        "owner": "the web desk",
        "expected": "No reader's program shows an old entry as new after a change.",
        "way_back": "Release the version before; ids of entries never change with a release.",
        "commands": ["curl -s https://example.org/feed/ | grep -c '<entry>'"],
        "figures": ["5 letters about repeated entries since January"],
        "assumptions": ["Most programs look once an hour."],
    },
    {
        "for": ["plug-ins"],
        "owner": "the front-end desk",
        "expected": "Switching the plug-in off leaves no table, no option and no scheduled event behind.",
        "way_back": "Release the version before; sites that followed this note need no change.",
        "commands": ["wp option list --search='shop_*' --format=count"],
        "figures": ["26 options left behind by the last version"],
        "assumptions": ["Sites update within a month."],
    },
    {
        "for": ["text processing"],
        "owner": "the tools desk",
        "expected": "A day of logs is counted in under ten seconds on a laptop.",
        "way_back": "Release the version before; the old script still works.",
        "commands": ["time ./count access.log"],
        "figures": ["4 minutes 10 seconds with the script of last year"],
        "assumptions": ["A day of logs fits on one disk."],
    },
    {
        "for": ["observability", "operations"],
        "owner": "the operations desk",
        "expected": "Whoever is on call finds the cause without asking a second person.",
        "way_back": "Release the version before, and say so in the on-call channel.",
        "commands": ["jq -r '.minutes_to_cause' incidents/*.json | sort -n"],
        "figures": ["41 minutes to the cause, median of the last 12 incidents"],
        "assumptions": ["Incidents are written up within a week."],
    },
    {
        "for": ["stack trace"],
        "owner": "the handbook desk",
        "expected": "New colleagues find the failing line by themselves.",
        "way_back": "Release the version before; only the handbook links here.",
        "commands": [],
        "figures": ["6 of 8 new colleagues asked about this in their first month"],
        "assumptions": ["The examples are read on paper, too."],
    },
    {
        "for": [""],
        "owner": "the platform desk",
        "expected": "Two teams work by this note at the end of the quarter.",
        "way_back": "Release the version before; nothing else refers to this one.",
        "commands": [],
        "figures": ["No team works by it now"],
        "assumptions": ["The teams have time for one change a month."],
    },
]
# Why the first two went back.
REGRETS = {
    "fieldnote-000101": "Readers took the new section for a rule that is agreed. It is not yet; the old text stands.",
    "fieldnote-000102": "The new limit drops a job after eight attempts and tells nobody. The old text stands.",
}

DRAFTS = 160
DRAFT_SHARES = Shares(review=0.3, fault=0.2, duplicate=0.08)

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
    Importer(Source("notes", CONTENT / "notes"), person=people["editor"], report=_complain).go()
    say("Reviewing and releasing them ...")
    Story(people).tell()
    say(f"Bringing in {DRAFTS} drafts of a generator ...")
    _bring_drafts(people["editor"])
    return people


def _bring_drafts(editor):
    """Import what makes the queue as long as a queue is, with faults and repetitions in it to be found."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "drafts.jsonl")
        with path.open("w", encoding="utf-8") as file:
            for document, _ in synthesized(DRAFTS, seed=2026, shares=DRAFT_SHARES):
                file.write(json.dumps(document, ensure_ascii=False) + "\n")
        Importer(Source("drafts.jsonl", path), person=editor, report=_complain).go()


def flagship():
    """Return the article that shows most: released, changed, released and rolled back; else the newest, or None."""
    public = Article.objects.public()
    rolled_back = public.filter(current_release__kind=Release.Kind.ROLLBACK).order_by("source_key")
    return rolled_back.first() or public.newest().first()


def _promise(document):
    about = " ".join([f"lang {document.lang}", document.title, document.topic, *document.tags]).casefold()
    return next(
        promise
        for promise in PROMISES
        if any(re.search(rf"\b{re.escape(word.casefold())}\b", about) for word in promise["for"])
    )


def _complain(file, line, problem):
    raise RuntimeError(f"The demo's own content is wrong in {file}, line {line}: {problem}")


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
                reason=REGRETS[article.source_id],
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
        promise = _promise(revision.document)
        release.release(
            article,
            by=self.editor,
            revision=revision,
            seen=revision.digest,
            version=release.propose(article, revision).version,
            owner=article.owner or promise["owner"],
            expected_result=promise["expected"],
            rollback_note=promise["way_back"],
            evidence={kind: promise[kind] for kind in ("commands", "figures", "assumptions")},
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
