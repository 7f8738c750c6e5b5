"""Whatever happens in whatever order: each page that is kept says what a fresh one says (C11), and only what changed
is cleared."""

import hypothesis
import pytest
from django.db import transaction
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from articles import similar
from articles.models import Article, Checklist, Entity, EntityAlias, Person, Tag, TagAlias
from articles.models.purge import PurgeQuerySet
from articles.stored import following, making
from articles.stored.rules import beside, rule_of
from reviews import intake, release
from reviews.errors import GateClosed, Incomplete, NotAllowed, Stale
from reviews.models import Decision
from tests.articles.test_stored import last_purge
from tests.makers import approve, make_document, make_person
from tests.stored import Site, committing

pytestmark = pytest.mark.django_db

ARTICLES = st.sampled_from(["one", "two", "three"])
WORDS = st.sampled_from(["alpha", "beta"])
THINGS = st.sampled_from([Tag, Entity])
# Things that articles share, in twos, so that each change shows elsewhere.
TAGS = {"one": ["rust", "c++"], "two": ["rust", "go"], "three": ["go"]}
REFUSALS = (GateClosed, Incomplete, NotAllowed, Stale)


class Pages(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.site = Site()
        self.site.folder.empty()
        self.edith, self.ada = make_person("edith"), make_person("ada")

    def teardown(self):
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @initialize()
    def three_arrive(self):
        with committing():
            for name in TAGS:
                self._arrive(name, "alpha")

    @rule(name=ARTICLES, word=WORDS, views=st.integers(1, 3))
    def a_source_changes(self, name, word, views):
        with committing():
            self._arrive(name, word, views)

    @rule(name=ARTICLES)
    def one_is_approved(self, name):
        self._try(approve, self._article(name), self.ada)

    @rule(name=ARTICLES)
    def an_approval_is_taken_back(self, name):
        with committing():
            standing = (
                Decision.objects.standing().filter(article=self._article(name), verdict="approve").first()
            )
            if standing:
                standing.revoke(by=self.ada, reason="A second look.")

    @rule(name=ARTICLES)
    def one_is_released(self, name):
        article = self._article(name)
        self._try(
            release.release,
            article,
            by=self.edith,
            revision=article.latest_revision,
            seen=article.latest_revision.digest,
            version=release.propose(article, article.latest_revision).version,
            owner="the desk",
            expected_result="fewer questions",
            rollback_note="roll back",
        )

    @rule(name=ARTICLES)
    def one_is_rolled_back(self, name):
        article = self._article(name)
        earlier = article.releases.filter(revision__isnull=False).order_by("n").first()
        if earlier:
            self._try(
                release.rollback,
                article,
                by=self.edith,
                to=earlier,
                reason="Worse.",
                seen=article.current_release.n,
            )

    @rule(name=ARTICLES)
    def one_is_withdrawn(self, name):
        article = self._article(name)
        if article.is_public:
            self._try(
                release.withdraw, article, by=self.edith, reason="Wrong.", seen=article.current_release.n
            )

    @rule(name=ARTICLES, slug=st.sampled_from(["here", "there"]), owner=WORDS)
    def one_moves(self, name, slug, owner):
        with committing():
            self._article(name).rename(slug=f"{name}-{slug}", owner=owner)

    @rule(name=st.sampled_from(["Ada", "Ada L."]))
    def a_reviewer_is_called_otherwise(self, name):
        with committing():
            person = Person.objects.get(pk=self.ada.pk)
            person.name = name
            person.save()

    @rule(
        kind=THINGS,
        name=st.sampled_from(["rust", "go"]),
        to=st.sampled_from(["Rust!", "go"]),
    )
    def a_thing_is_called_otherwise(self, kind, name, to):
        with committing():
            thing = kind.objects.filter(key=name).first()
            if thing and not kind.objects.filter(key=to.casefold()).exists():
                thing.name = to
                thing.save()

    @rule(kind=THINGS)
    def two_things_become_one(self, kind):
        with committing():
            thing, into = (kind.objects.filter(key=key).first() for key in ("go", "rust"))
            if thing and into:
                thing.merge_into(into, by=self.edith)

    @rule(alias=st.sampled_from([TagAlias, EntityAlias]))
    def an_alias_goes(self, alias):
        with committing():
            if one := alias.objects.first():
                one.delete()

    @rule(title=WORDS)
    def a_checklist_is_called_otherwise(self, title):
        with committing():
            if checklist := Checklist.objects.first():
                checklist.title = title
                checklist.save()

    @rule()
    def the_job_makes_lists_of_similar_ones(self):
        with committing():
            list(similar.catch_up())

    @rule()
    def somebody_reads_all_there_is(self):
        for path in self._paths():
            self.site.get(path)

    @invariant()
    def what_is_kept_says_what_a_fresh_page_says(self):
        for path in self.site.folder._paths():
            assert rule_of(path).is_kept
            page = self.site.folder.fresh(path)
            if page is not None:
                response, _ = making.render(path)
                assert response.status_code == 200, path
                assert page.body("")[0] == response.content, path

    def _paths(self):
        public = Article.objects.public()
        for article in public:
            yield from beside(article.get_absolute_url())
        things = (model.objects.public() for model in (Tag, Entity, Checklist))
        for path in ["/", "/articles/", *(thing.get_absolute_url() for some in things for thing in some)]:
            yield from beside(path)

    def _article(self, name):
        return Article.objects.get(source_id=name)

    def _arrive(self, name, word, views=1):
        things = {"entities": [{"name": tag, "type": "tool"} for tag in TAGS[name]], "stack": TAGS[name]}
        document = make_document(
            name,
            title=f"{name} {word}",
            body=f"This is {word} of {name}.",
            meta={**things, "view_count": views},
        )
        intake.receive(document)

    def _try(self, verb, *args, **said):
        with committing():
            try:
                with transaction.atomic():
                    verb(*args, **said)
            except REFUSALS:
                pass


def test_each_kept_page_says_what_a_fresh_one_says_whatever_happens_C11(settings, tmp_path, monkeypatch):
    settings.PAGES_DIR, settings.SITE_URL, settings.SITE_HOST = tmp_path, "http://testserver", "testserver"
    monkeypatch.setattr(following, "start", lambda: None)
    # All of it is one transaction, which its own snapshots do not tell from what was there before.
    monkeypatch.setattr(PurgeQuerySet, "seen", lambda self: str(last_purge()))
    making.folder.cache_clear()
    try:
        run_state_machine_as_test(
            Pages,
            # Each step makes pages; to look for the shortest way to a fault would take minutes.
            settings=hypothesis.settings(
                max_examples=12, stateful_step_count=20, deadline=None, phases=[Phase.reuse, Phase.generate]
            ),
        )
    finally:
        making.folder.cache_clear()
