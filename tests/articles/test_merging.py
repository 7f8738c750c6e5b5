"""Merging tags and entities: what it changes is shown first, lists and addresses lead on, and no text changes."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from articles.merging import MergeRefused, changes
from articles.models import Article, ArticleTag, Entity, EntityAlias, Mention, Revision, Tag, TagAlias, User
from reviews import checking, intake, lapsing, merging, release
from reviews.errors import NotDone
from reviews.models import Decision, Facet, Policy, Review
from reviews.models.facet import FacetQuerySet
from reviews.queue import Asked
from tests.makers import (
    decide,
    make_article,
    make_document,
    make_person,
    make_release,
    make_released,
    make_user,
)
from tests.processes import output_of


def tagged(source_id, *tags, released=False, **more):
    make = make_released if released else make_article
    return make(source_id, meta={"stack": list(tags), "tools": [], "topic": "", "entities": []}, **more)


def mentioning(source_id, *pairs, released=False):
    make = make_released if released else make_article
    entities = [{"name": name, "type": kind} for kind, name in pairs]
    return make(source_id, meta={"stack": [], "tools": [], "topic": "", "entities": entities})


def signed_in(username, groups, **fields):
    make_user(username, groups, is_staff=True, **fields)
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client


def tag(key):
    return Tag.objects.get(key=key)


@pytest.mark.django_db
class TestTags:
    @pytest.fixture(autouse=True)
    def scene(self):
        self.by = make_person("lea")
        self.live = tagged("live", "js", released=True)
        self.both = tagged("both", "JavaScript", "js", released=True)
        self.draft = tagged("draft", "js", "Javascript")
        self.waiting = tagged("waiting", "js", flagged=True)
        self.js, self.javascript = tag("js"), tag("javascript")

    def test_the_preview_counts_what_changes_and_changes_nothing(self):
        (change,) = changes([self.js], self.javascript)
        assert (change.staff, change.public, change.both) == (4, 2, 2)
        assert change.address == "/tags/js/"
        assert change.aliases == ["js"]
        assert Tag.objects.filter(pk=self.js.pk).exists()

    def test_all_articles_are_found_under_the_tag_that_stays_each_once(self):
        self.js.merge_into(self.javascript, by=self.by)
        rows = ArticleTag.objects.filter(tag=self.javascript)
        assert set(rows.values_list("content_object", flat=True)) == {
            one.pk for one in (self.live, self.both, self.draft, self.waiting)
        }
        assert not Tag.objects.filter(key="js").exists()
        page = Client().get("/tags/javascript/").content.decode()
        for article in (self.live, self.both):
            assert article.get_absolute_url() in page
        assert self.draft.get_absolute_url() not in page

    def test_an_article_that_has_both_says_what_either_said(self):
        ArticleTag.objects.filter(content_object=self.both, tag=self.javascript).update(
            in_latest=False, published_at=None
        )
        self.js.merge_into(self.javascript, by=self.by)
        row = ArticleTag.objects.get(content_object=self.both, tag=self.javascript)
        assert row.in_latest
        assert row.published_at == self.both.published_at

    def test_the_old_address_leads_on_for_ever_also_after_a_second_merge(self):
        self.js.merge_into(self.javascript, by=self.by)
        answer = Client().get("/tags/js/")
        assert (answer.status_code, answer["Location"]) == (301, "/tags/javascript/")
        tagged("third", "ECMAScript", released=True)
        tag("javascript").merge_into(tag("ecmascript"), by=self.by)
        for old in ("/tags/js/", "/tags/javascript/"):
            assert Client().get(old)["Location"] == "/tags/ecmascript/"

    def test_an_address_that_readers_never_saw_leads_nowhere_P1(self):
        tagged("secret", "codename")
        tag("codename").merge_into(self.javascript, by=self.by)
        assert Client().get("/tags/codename/").status_code == 404

    def test_no_text_changes_P3(self):
        before = Client().get(self.live.get_absolute_url()).content.decode()
        digests = set(Revision.objects.values_list("pk", "text"))
        self.js.merge_into(self.javascript, by=self.by)
        after = Client().get(self.live.get_absolute_url()).content.decode()
        assert ">js<" in before
        assert ">js<" in after
        assert set(Revision.objects.values_list("pk", "text")) == digests

    def test_an_import_that_names_what_is_merged_lands_on_what_stays(self):
        self.js.merge_into(self.javascript, by=self.by)
        late = tagged("late", "JS")
        assert late.tag_appearances.get().tag == self.javascript
        # The article that has both goes on having one.
        assert tagged("again", "js", "javascript").tag_appearances.count() == 1

    def test_seats_are_found_under_what_stays_by_either_name(self):
        seat = Review.objects.open().get(article=self.waiting)
        merging.merge([self.js], self.javascript, by=self.by)
        later = tagged("later", "js", flagged=True)
        for name in ("js", "JavaScript"):
            found = {one.article_id for one in Asked(narrowed={"tag": name}).seats(None)}
            assert found == {seat.article_id, later.pk}
        assert not Facet.objects.filter(key="tag:js").exists()

    def test_a_merge_that_ends_before_the_queue_followed_has_done_nothing_F1(self, monkeypatch):
        def ends(self, key, to):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(FacetQuerySet, "move", ends)
            with pytest.raises(KeyboardInterrupt):
                merging.merge([self.js], self.javascript, by=self.by)
        assert Tag.objects.filter(pk=self.js.pk).exists()
        merging.merge([self.js], self.javascript, by=self.by)
        assert [one.article_id for one in Asked(narrowed={"tag": "js"}).seats(None)] == [self.waiting.pk]

    def test_a_name_that_is_an_alias_of_a_third_tag_as_well_is_refused_with_its_name(self):
        TagAlias.objects.create(tag=Tag.objects.create(name="third"), name="js")
        with pytest.raises(NotDone, match="“js” is an alias of “third” as well"):
            merging.merge([self.js], self.javascript, by=self.by)
        assert Tag.objects.filter(pk=self.js.pk).exists()

    def test_an_alias_there_is_one_more_time_stays_once_with_its_old_address(self):
        TagAlias.objects.create(tag=self.javascript, name="js", slug="old-js")
        self.draft.tag_appearances.filter(tag=self.js).delete()
        ArticleTag.objects.filter(tag=self.js).update(published_at=None)
        alias = self.js.merge_into(self.javascript, by=self.by)
        assert (alias.tag, alias.slug) == (self.javascript, "old-js")

    def test_what_is_gone_meanwhile_is_refused_and_nothing_is_merged(self):
        other = Tag.objects.create(name="other")
        self.js.merge_into(self.javascript, by=self.by)
        with pytest.raises(NotDone, match="not here any more"):
            merging.merge([other, self.js], self.javascript, by=self.by)
        assert Tag.objects.filter(pk=other.pk).exists()
        with pytest.raises(MergeRefused, match="itself"):
            other.merge_into(other, by=self.by)

    def test_a_removed_alias_makes_a_tag_of_its_own_again(self):
        self.js.merge_into(self.javascript, by=self.by)
        TagAlias.objects.get().delete()
        assert Client().get("/tags/js/").status_code == 404
        tagged("anew", "js", released=True)
        assert Client().get("/tags/js/").status_code == 200

    def test_the_article_list_is_narrowed_by_either_name(self):
        editor = signed_in("eva", ["Editors"])
        self.js.merge_into(self.javascript, by=self.by)
        for name in ("js", "javascript"):
            page = editor.get("/admin/articles/article/", {"tag": name}).content.decode()
            assert "4 articles" in page


@pytest.mark.django_db
class TestEntities:
    def test_entities_of_two_types_become_one_and_both_spellings_lead_to_it(self):
        live = mentioning("live", ("stack", "py"), released=True)
        mentioning("other", ("language", "Python"), released=True)
        py, python = Entity.objects.get(key="py"), Entity.objects.get(key="python")
        EntityAlias.objects.create(entity=py, name="cpython")
        py.merge_into(python, by=make_person("lea"))
        assert Mention.objects.get(article=live).entity == python
        answer = Client().get("/entities/stack/py/")
        assert (answer.status_code, answer["Location"]) == (301, "/entities/language/python/")
        for name in ("PY", "CPython"):
            assert mentioning(f"later-{name}", ("stack", name)).mentions.get().entity == python
        # The other type never had these names.
        assert mentioning("apart", ("language", "py")).mentions.get().entity != python
        page = Client().get(live.get_absolute_url()).content.decode()
        assert 'href="/entities/language/python/"' in page

    def test_aliases_that_came_to_mean_the_same_are_one_behind_a_merge(self):
        py = Entity.objects.create(type="stack", name="py")
        EntityAlias.objects.create(entity=py, name="cpython", slug="cpython", type_slug="stack")
        EntityAlias.objects.create(entity=py, name="CPython", type="language")
        Entity.objects.filter(pk=py.pk).update(type="language")  # as in its page in the admin
        for kind in ("tool", "language"):
            stays = Entity.objects.create(type=kind, name=f"Python {kind}")
            EntityAlias.objects.create(entity=stays, name="cpython", type="language")
            Entity.objects.get(pk=py.pk).merge_into(stays, by=make_person("lea"))
            assert Entity.objects.called([("language", "cpython")]) == {("language", "cpython"): stays}
            assert set(stays.aliases.values_list("key", "slug")) >= {("cpython", "cpython")}
            assert stays.aliases.filter(key="cpython").count() == 1
            py = stays

    def test_a_name_that_is_an_alias_of_a_third_entity_as_well_is_refused_with_its_name(self):
        py, python, third = (Entity.objects.create(type="stack", name=name) for name in ("py", "python", "x"))
        EntityAlias.objects.create(entity=third, name="py")
        with pytest.raises(NotDone, match=r"“py \(stack\)” is an alias of “x \(stack\)” as well"):
            merging.merge([py], python, by=make_person("lea"))
        EntityAlias.objects.update(type="tool")
        merging.merge([py], python, by=make_person("lea"))

    def test_seats_that_mention_it_are_found_by_either_name(self):
        article = make_article("waiting", flagged=True, meta={"entities": [{"name": "py", "type": "stack"}]})
        python = Entity.objects.create(type="language", name="Python")
        merging.merge([Entity.objects.get(key="py")], python, by=make_person("lea"))
        for name in ("stack/py", "language/python"):
            assert [one.article_id for one in Asked(narrowed={"entity": name}).seats(None)] == [article.pk]


def spread(count):
    """So many articles, each with the tags a and b, and half of them with both."""
    Tag.objects.named(["a", "b"])
    first = Article.objects.count()
    articles = Article.objects.bulk_create(
        Article(slug=f"s-{n}", source_id=f"s-{n}", source_key=f"s-{n}") for n in range(first, first + count)
    )
    a, b = tag("a"), tag("b")
    rows = [ArticleTag(content_object=one, tag=a, in_latest=True) for one in articles]
    rows += [ArticleTag(content_object=one, tag=b, in_latest=True) for one in articles[::2]]
    ArticleTag.objects.bulk_create(rows)
    return a, b


@pytest.mark.django_db
def test_merging_asks_the_same_number_of_queries_for_any_number_of_articles():
    by, counts = make_person("lea"), []
    for size in (2, 200):
        a, b = spread(size)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            a.merge_into(b, by=by)
        counts.append(len(asked))
        TagAlias.objects.all().delete()
    assert counts[0] == counts[1] <= 26


@pytest.mark.long
@pytest.mark.django_db
def test_ten_thousand_articles_are_merged_each_once():
    a, b = spread(10_000)
    a.merge_into(b, by=make_person("lea"))
    assert ArticleTag.objects.filter(tag=b).count() == 10_000


@pytest.mark.django_db
class TestAdmin:
    @pytest.fixture(autouse=True)
    def scene(self):
        tagged("live", "js", "javascript", "other", released=True)
        self.js, self.javascript, self.other = tag("js"), tag("javascript"), tag("other")
        self.ids = f"{self.js.pk},{self.javascript.pk}"
        self.page = reverse("admin:articles_tag_merge")

    def test_a_lead_chooses_sees_what_changes_and_merges(self):
        lead = signed_in("lea", ["Leads"])
        chosen = {"action": "merge", "_selected_action": [self.js.pk, self.javascript.pk]}
        asked = lead.post("/admin/articles/tag/", chosen, follow=True)
        assert "Which one stays?" in asked.content.decode()
        shown = lead.get(self.page, {"ids": self.ids, "into": self.javascript.pk}).content.decode()
        assert "/tags/js/" in shown
        assert "No text changes" in shown
        assert Tag.objects.filter(pk=self.js.pk).exists()
        done = lead.post(self.page, {"ids": self.ids, "into": self.javascript.pk}, follow=True)
        assert "merged into" in done.content.decode()
        assert TagAlias.objects.get().merged_by.name == make_person("lea").name
        assert "Merged “js”" in LogEntry.objects.get().get_change_message()
        assert lead.get(f"/admin/articles/tag/{self.javascript.pk}/change/").status_code == 200

    def test_another_one_is_chosen_by_name(self):
        lead = signed_in("lea", ["Leads"])
        lead.post(self.page, {"ids": self.ids, "other": "OTHER"})
        assert set(Tag.objects.filter(pk__in=[self.js.pk, self.javascript.pk])) == set()
        assert self.other.aliases.count() == 2

    def test_a_policy_that_names_the_tag_is_shown(self):
        criteria = Policy.objects.get(is_default=True).criteria
        Policy.objects.create(name="Scripts first", match_tag="JS", criteria=criteria)
        page = signed_in("lea", ["Leads"]).get(self.page, {"ids": self.ids, "into": self.javascript.pk})
        assert "Scripts first" in page.content.decode()

    @pytest.mark.parametrize(
        ("asked", "why"),
        [
            ({"into": "", "other": ""}, "Choose which one stays"),
            ({"other": "nowhere"}, "Nothing here is called"),
            ({"other": "no\0where"}, "Null characters"),
            ({"into": "99999"}, "valid choice"),
        ],
    )
    def test_what_cannot_be_merged_is_said_in_words(self, asked, why):
        lead = signed_in("lea", ["Leads"])
        for answer in (
            lead.get(self.page, {"ids": self.ids} | asked),
            lead.post(self.page, {"ids": self.ids} | asked),
        ):
            assert answer.status_code == 200
            assert why in answer.content.decode()
        assert Tag.objects.filter(pk=self.js.pk).exists()

    @pytest.mark.parametrize("ids", ["", "0", "x", "9" * 30, "\0", "²"])
    def test_what_is_not_there_leads_back_to_the_list(self, ids):
        answer = signed_in("lea", ["Leads"]).get(self.page, {"ids": ids})
        assert answer.status_code == 302

    @pytest.mark.parametrize("groups", [["Editors"], ["Reviewers"], ["Releasers"], ["Auditors"]])
    def test_others_may_not_merge(self, groups):
        client = signed_in("someone", groups)
        for answer in (
            client.get(self.page, {"ids": self.ids}),
            client.post(self.page, {"ids": self.ids, "into": self.javascript.pk}),
        ):
            assert answer.status_code == 403
        client.post("/admin/articles/tag/", {"action": "merge", "_selected_action": [self.js.pk]})
        assert Tag.objects.filter(pk=self.js.pk).exists()

    def test_a_name_is_only_text_on_these_pages_S1(self):
        bad = Tag.objects.create(name="<script>alert(1)</script>")
        lead = signed_in("lea", ["Leads"])
        for asked in ({}, {"into": bad.pk}):
            page = lead.get(self.page, {"ids": f"{self.js.pk},{bad.pk}"} | asked).content.decode()
            assert "<script>alert" not in page

    def test_the_page_asks_the_same_number_of_queries_for_any_number_of_articles(self):
        lead = signed_in("lea", ["Leads"])
        lead.get(self.page, {"ids": self.ids, "into": self.javascript.pk})
        counts = []
        for number in range(2):
            with CaptureQueriesContext(
                connection,
            ) as asked:
                lead.get(self.page, {"ids": self.ids, "into": self.javascript.pk})
            counts.append(len(asked))
            for more in range(5):
                tagged(f"more-{number}-{more}", "js")
        assert counts[0] == counts[1] <= 16


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time.")
def test_whoever_holds_names_holds_them_before_the_ledger_and_the_words_of_seats():
    ada, edith = make_person("ada"), make_person("edith")
    article = make_article("a")
    with CaptureQueriesContext(connection) as asked:
        verbs = [
            lambda: intake.flag(article.latest_revision, by=edith),
            lambda: decide(Review.objects.open().get(), ada),
            lambda: Decision.objects.get().undo(by=ada),
            lambda: decide(Review.objects.open().get(), ada),
            lambda: make_release(article, edith),
            lambda: release.withdraw(article, by=edith, reason="Wrong.", seen=1),
            lambda: release.rollback(
                article, by=edith, to=article.releases.get(n=1), reason="Right.", seen=2
            ),
            lambda: Article.objects.update(indexable_until=timezone.now() - timedelta(days=1)),
            lambda: lapsing.ask_again(),
            lambda: intake.receive_many([make_document("b", body="Key: AKIAIOSFODNN7EXAMPLQ")]),
            lambda: checking.check_due(),
        ]
        steps = []
        for verb in verbs:
            before = len(asked)
            verb()
            steps.append([query["sql"] for query in asked.captured_queries[before:]])
    orders = [[what for sql in step for what, mark in MARKS.items() if mark in sql] for step in steps]
    assert sum("names" in order and "ledger" in order for order in orders) >= 7
    for order in orders:
        if "names" in order:
            assert order[0] == "names", orders


MARKS = {
    "names": "pg_advisory_xact_lock",
    "ledger": '"reviews_ledgerhead"',
    "words": '"reviews_facet"',
}
IMPORT = """
from tests.makers import make_document
from reviews import intake
number = int(sys.argv[1])
for n in range(int(sys.argv[2])):
    for i in range(3):
        entities = [{"name": "py", "type": "stack"}]
        meta = {"stack": ["js"], "tools": [], "topic": "", "entities": entities}
        intake.receive(make_document(f"p{number}-{n}-{i}", meta=meta))
"""
MERGE = """
from articles.models import Entity, Person, Tag
from reviews import merging
by = Person.objects.first()
merging.merge([Tag.objects.get(key="js")], Tag.objects.get(key="javascript"), by=by)
merging.merge([Entity.objects.get(key="py")], Entity.objects.get(key="python"), by=by)
"""


def test_an_import_that_names_it_at_the_same_moment_loses_nothing_C4(committed_database, spawn):
    make_person("lea")
    tagged("first", "js", "javascript")
    mentioning("second", ("stack", "py"), ("stack", "python"))
    running = [spawn(IMPORT, number, 5) for number in range(2)]
    merge = spawn(MERGE)
    for process in [*running, merge]:
        output_of(process)
    assert not Tag.objects.filter(key="js").exists()
    assert not Entity.objects.filter(key="py").exists()
    assert ArticleTag.objects.filter(tag=tag("javascript"), in_latest=True).count() >= 31
    assert Mention.objects.filter(entity__key="python", in_latest=True).count() == 31
