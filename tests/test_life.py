"""An article's life against a plain model: whatever happens in whatever order, the promises hold after each step."""

from dataclasses import dataclass, field

import hypothesis
import pytest
from django.db import transaction
from django.test import Client
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from articles.document import from_data
from articles.models import Article, Release, Revision
from reviews import intake, release
from reviews.errors import GateClosed, Incomplete, NotAllowed, Stale
from reviews.models import Decision, LedgerEntry, LedgerHead, Review
from reviews.verification import verify
from tests.makers import DATA, answers_for, make_person

pytestmark = pytest.mark.django_db

# Few texts and few people, so that they meet: the same text twice, the same person on both sides.
TEXTS = st.sampled_from(["alpha", "beta", "gamma"])
REVIEWERS = st.sampled_from(["ada", "ben", "cyd"])


@dataclass(eq=False)
class Text:
    """What the model knows of one revision."""

    digest: str
    word: str
    required: bool
    contributors: set = field(default_factory=set)
    released: bool = False
    edited: bool = False
    is_candidate: bool = False


def body_of(word):
    return f"The marker of this text is {word}-text."


class Life(RuleBasedStateMachine):
    """The model is plain Python: no query, no digest arithmetic, no gate of the product's own."""

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.people = {name: make_person(name, ["Reviewers", "Editors"]) for name in ("ada", "ben", "cyd")}
        self.edith = make_person("edith")
        self.texts = []  # every revision, in order
        self.latest = self.candidate = self.live = None
        self.source = None
        self.shown = []  # every release: the text it showed, or None
        self.verdicts = {}  # (digest, person) -> verdict that stands
        self.counts = (0, 0, 0)

    def teardown(self):
        assert verify().fault is None
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    # What happens

    @initialize(word=TEXTS, flagged=st.booleans())
    def arrives(self, word, flagged):
        self.flag_in_document = flagged
        self.source = word
        intake.receive(self._document(word))
        self._new(word, required=flagged)

    @rule(word=TEXTS)
    def source_changes(self, word):
        outcome, _ = intake.receive(self._document(word))
        if word == self.source:
            assert outcome == "unchanged"
            return
        self.source = word
        if self.latest.edited:
            assert outcome == "candidate"
            hands = self._hands_of(self.latest)
            self.candidate = self._seen(self.article.candidate, word, required=False)
            self.candidate.is_candidate = True  # nobody has asked yet what its review takes
            self._put_hands(self.candidate, hands)
        else:
            assert outcome == "updated"
            self._follow(word)

    @rule(word=TEXTS, name=REVIEWERS)
    def somebody_edits(self, word, name):
        revision = self._edit(word, name)
        if word == self.latest.word:
            assert revision is None
        else:
            self._follow(word, contributor=name, edited=True)

    @rule(word=TEXTS, name=REVIEWERS)
    def somebody_saves_a_page_that_is_too_old(self, word, name):
        with pytest.raises(Stale):
            intake.edit(self.article, self._document(word), by=self.people[name], seen="0" * 64)

    @precondition(lambda self: self.candidate)
    @rule(name=REVIEWERS)
    def somebody_takes_the_candidate(self, name):
        candidate = self.candidate
        intake.adopt(self.article, by=self.people[name], seen=candidate.digest)
        self.candidate = None
        self._follow(candidate.word, contributor=name, edited=True, also=candidate.contributors)

    @precondition(lambda self: self.candidate)
    @rule()
    def somebody_dismisses_the_candidate(self):
        intake.dismiss(self.article, seen=self.candidate.digest)
        self.candidate = None

    @rule()
    def an_editor_flags_the_latest(self):
        try:
            intake.flag(self.article.latest_revision, by=self.edith)
        except Incomplete:
            assert self._rejected(self.latest) or self._approvals(self.latest)
            return
        self.latest.required = True

    @rule(name=REVIEWERS, verdict=st.sampled_from(["approve", "approve", "request_changes", "reject"]))
    def somebody_decides(self, name, verdict):
        person = self.people[name]
        seat = Review.objects.free().for_judging_by(person).first()
        if seat is None:
            return
        text = self._text_of(seat.revision)
        assert name not in text.contributors
        assert (text.digest, name) not in self.verdicts
        seat = seat.claim(by=person)
        seat.decide(
            verdict, by=person, token=seat.claim_token, seen=seat.digest, answers=answers_for(seat), note="n"
        )
        self.verdicts[text.digest, name] = verdict

    @rule(name=REVIEWERS)
    def a_contributor_tries_to_decide(self, name):
        for seat in Review.objects.open():
            if name in self._text_of(seat.revision).contributors:
                with pytest.raises(NotAllowed):
                    seat.claim(by=self.people[name])

    @rule(name=REVIEWERS)
    def somebody_takes_a_decision_back(self, name):
        decision = Decision.objects.standing().filter(person=self.people[name]).first()
        if decision:
            decision.revoke(by=self.people[name], reason="On second thoughts.")
            del self.verdicts[decision.digest, name]

    @rule(data=st.data())
    def an_editor_releases(self, data):
        text = data.draw(st.sampled_from(self.texts))
        revision = self.article.revisions.get(number=self.texts.index(text) + 1)
        version = release.propose(self.article, revision).version
        arguments = {
            "by": self.edith,
            "revision": revision,
            "seen": text.digest,
            "version": version,
            "owner": "o",
            "expected_result": "e",
            "rollback_note": "r",
        }
        if self.live is text:
            with pytest.raises(Stale):
                release.release(self.article, **arguments)
        elif self._open(text):
            release.release(self.article, **arguments)
            self._shows(text)
        else:
            with pytest.raises(GateClosed):
                release.release(self.article, **arguments)

    @precondition(lambda self: len(self.shown) > 1)
    @rule(data=st.data())
    def an_editor_rolls_back(self, data):
        n = data.draw(st.integers(1, len(self.shown) - 1))
        text, was_required = self.shown[n - 1]
        if text:  # what was asked when it was first released is what counts, however often it came back
            was_required = next(asked for shown, asked in self.shown if shown is text)
        arguments = {
            "by": self.edith,
            "to": self.article.releases.get(n=n),
            "reason": "r",
            "seen": len(self.shown),
        }
        if text is None or text is self.live:
            with pytest.raises(Incomplete):
                release.rollback(self.article, **arguments)
        elif not self._rejected(text) and (not was_required or self._approvals(text)):
            release.rollback(self.article, **arguments)
            self._shows(text)
        else:
            with pytest.raises(GateClosed):
                release.rollback(self.article, **arguments)

    @precondition(lambda self: self.live)
    @rule()
    def an_editor_withdraws(self):
        release.withdraw(self.article, by=self.edith, reason="r", seen=len(self.shown))
        self._shows(None)

    # What holds

    @invariant()
    def readers_see_what_was_released_last_and_nothing_else_P1(self):
        if not self.texts:
            return
        page = Client().get(self.article.get_absolute_url())
        words = {word for word in ("alpha", "beta", "gamma") if f"{word}-text" in page.content.decode()}
        expected = 200 if self.live else 410 if self.shown else 404
        assert page.status_code == expected
        assert words == ({self.live.word} if self.live else set())

    @invariant()
    def a_page_may_be_indexed_exactly_while_a_review_stands_behind_it_P4(self):
        if self.texts:
            stands = self.live and self._stands(self.live)
            assert Article.objects.indexable().exists() == bool(stands)

    @invariant()
    def history_only_grows_P2(self):
        counts = (Revision.objects.count(), Decision.objects.count(), Release.objects.count())
        assert all(now >= before for now, before in zip(counts, self.counts, strict=True))
        assert counts[0] == len(self.texts)
        assert counts[2] == len(self.shown)
        assert LedgerHead.objects.get().seq == LedgerEntry.objects.count()
        self.counts = counts

    @invariant()
    def seats_are_open_only_for_texts_that_can_still_be_released(self):
        for seat in Review.objects.open():
            assert self._required(self._text_of(seat.revision))

    # The model

    @property
    def article(self):
        return Article.objects.select_related("current_release", "latest_revision").get()

    def _document(self, word):
        flags = DATA["meta"]["flags"] | {"needs_human_review": self.flag_in_document}
        return from_data(DATA | {"body": body_of(word), "meta": DATA["meta"] | {"flags": flags}})

    def _edit(self, word, name):
        latest = self.article.latest_revision
        data = latest.document.data | {"body": body_of(word)}
        return intake.edit(self.article, from_data(data), by=self.people[name], seen=latest.digest)

    def _new(self, word, *, required):
        self.latest = self._seen(self.article.latest_revision, word, required=required)

    def _seen(self, revision, word, *, required):
        self.texts.append(Text(digest=revision.digest, word=word, required=required))
        assert revision.number == len(self.texts)
        return self.texts[-1]

    def _follow(self, word, *, contributor=None, edited=False, also=()):
        """The latest has a successor: it needs review where its parent did, where it asks, where one was released."""
        parent = self.latest
        carried = self._required(parent) and not parent.released
        hands = self._hands_of(parent)
        self._new(word, required=self.flag_in_document or bool(self.shown) or carried)
        self.latest.edited = edited
        self._put_hands(self.latest, hands | set(also) | {contributor} - {None})

    def _hands_of(self, parent):
        """What a text takes over: nothing where readers see its parent, and somebody else stands behind that."""
        return set() if self.live is parent and self._stands(parent) else parent.contributors

    def _put_hands(self, text, hands):
        earlier = self.texts[: self.texts.index(text)]
        text.contributors = hands.union(*(one.contributors for one in earlier if one.digest == text.digest))

    def _shows(self, text):
        self.live = text
        self.shown.append((text, bool(text and self._required(text))))
        if text:
            text.released = True

    def _text_of(self, revision):
        return self.texts[revision.number - 1]

    def _required(self, text):
        """The same bytes need what they needed under another number."""
        return any(one.required for one in self.texts if one.digest == text.digest)

    def _stands(self, text):
        return bool(self._approvals(text)) and not self._rejected(text)

    def _approvals(self, text):
        return {
            name
            for (digest, name), verdict in self.verdicts.items()
            if digest == text.digest and verdict == "approve" and name not in text.contributors
        }

    def _rejected(self, text):
        return any(
            digest == text.digest and verdict == "reject" for (digest, _), verdict in self.verdicts.items()
        )

    def _open(self, text):
        if text.is_candidate or self._rejected(text):
            return False
        digests = {shown.digest for shown, _ in self.shown if shown}
        if not self._required(text) and digests and text.digest not in digests:
            return False  # it changes what was released, and nobody has asked for its review
        return not self._required(text) or bool(self._approvals(text))


@pytest.mark.parametrize(
    ("examples", "steps"),
    [pytest.param(25, 15, id="short"), pytest.param(150, 30, id="long", marks=pytest.mark.long)],
)
def test_an_articles_life_keeps_every_promise_S4(examples, steps):
    run_state_machine_as_test(
        Life,
        settings=hypothesis.settings(
            max_examples=examples,
            stateful_step_count=steps,
            suppress_health_check=list(hypothesis.HealthCheck),
            deadline=None,
        ),
    )
