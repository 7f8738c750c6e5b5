"""Similar articles: which a page names and why, how few a release concerns, and how lists keep up (P6, P7)."""

import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from articles import similar
from articles.models import Article, LookAlike, Mention, Release, Signature, Similar, SimilarList
from articles.models.similar import MOST_SHOWING, MOST_SIMILAR
from editorial.jobs import JOBS
from reviews import intake, release
from reviews.erasure import erase_text
from tests.databases import around_tests
from tests.makers import approve, make_article, make_document, make_person, make_release, make_released

pytestmark = pytest.mark.django_db

FIELDS = ("release", "rank", "other", "shares")


def make(name, *things, tags=(), **more):
    """A released article about these things, with a text of its own."""
    body = " ".join(f"{name}{number} is said once and" for number in range(40))
    meta = {
        "stack": [],
        "tools": [],
        "entities": [{"name": thing, "type": "area"} for thing in things],
        "flags": {"needs_human_review": False},
    }
    given = {"title": name, "body": body, "tags": list(tags), "meta": meta, "reviewed": False}
    return make_released(name, **(given | more))


def catch_up():
    return sum(similar.catch_up())


def why(name):
    """{title: why} of what the page of an article names, in its order."""
    article = Article.objects.get(source_id=name)
    context = Client().get(article.get_absolute_url()).context["article"]
    return {one["title"]: one["why"] for one in context["similar"]}


def named(name):
    return list(why(name))


def withdraw(name):
    article = Article.objects.get(source_id=name)
    by = make_person("edith")
    return release.withdraw(article, by=by, reason="Wrong.", seen=article.current_release.n)


def edit(name, *things, **changes):
    """Say something else in an article, about these things, that nobody released yet."""
    article = Article.objects.get(source_id=name)
    entities = [{"name": thing, "type": "area"} for thing in things]
    document = make_document(name, meta={"entities": entities, "stack": [], "tools": []}, **changes)
    intake.edit(article, document, by=make_person("edith"), seen=article.latest_revision.digest)
    return article


def release_edited(article):
    approve(article, make_person("ada"))
    make_release(article, make_person("edith"))


def rows():
    return list(Similar.objects.order_by("release", "rank").values_list(*FIELDS))


def test_a_page_names_what_shares_the_most_and_says_what_in_its_own_words_rarest_first_P3():
    make("a", "Rollback", "Services", "Cache")
    for number in range(4):
        make(f"many-{number}", "cache")
    make("services", "services", "cache")
    make("both", "rollback", "services")
    make("other", "nothing of it")
    catch_up()
    assert why("a") == {
        "both": "shares Rollback, Services",
        "services": "shares Services, Cache",
        **{f"many-{number}": "shares Cache" for number in (3, 2, 1, 0)},
    }
    assert why("other") == {}
    page = Client().get(Article.objects.get(source_id="other").get_absolute_url()).content.decode()
    assert 'id="similar"' not in page
    page = Client().get(Article.objects.get(source_id="a").get_absolute_url()).content.decode()
    assert "shares Rollback, Services" in page


def test_a_tag_and_an_entity_of_one_name_are_one_thing_that_is_shared():
    make("a", "python", "rare", tags=["python"])
    make("b", "python", tags=["python"])
    make("c", "rare")
    make("d", "python", tags=["python"])
    catch_up()
    assert why("a") == {"c": "shares rare", "d": "shares python", "b": "shares python"}


def test_a_tag_alone_is_shared_too():
    make("a", tags=["Blue"])
    make("b", tags=["blue"])
    catch_up()
    assert (why("a"), why("b")) == ({"b": "shares Blue"}, {"a": "shares blue"})


def test_reviewed_articles_come_first_and_only_as_long_as_that_stands_P4():
    make("page", "one", "two", "three")
    make("far", "three", reviewed=True)
    near = make("near", "two", "three", reviewed=True)
    make("unreviewed", "one", "two", "three")
    catch_up()
    assert named("page") == ["near", "far", "unreviewed"]
    Article.objects.filter(pk=near.pk).update(indexable_until=near.published_at)
    assert named("page") == ["far", "near", "unreviewed"]  # whatever stood when the list was made
    SimilarList.objects.update(is_due=True)
    catch_up()
    assert named("page") == ["far", "unreviewed", "near"]


def test_articles_in_another_language_are_not_named():
    make("a", "one", lang="en")
    make("b", "one", lang="de")
    make("c", "one", lang="en")
    catch_up()
    assert (named("a"), named("b")) == (["c"], [])


class TestNearlyTheSame:
    TEXT = " ".join(f"{word} of the note" for word in range(60))

    def make_copies(self, *names):
        make("page", "one", body=self.TEXT)
        make("another", "one")
        for name in names:
            make(name, "one", body=f"{self.TEXT} Copied for {name}.")

    def test_it_is_not_named_and_takes_no_place(self, monkeypatch):
        monkeypatch.setattr(similar, "MOST_SIMILAR", 1)
        self.make_copies("copy")
        catch_up()
        assert (named("page"), named("copy")) == (["another"], ["another"])

    def test_it_is_not_named_where_its_signature_alone_tells(self):
        self.make_copies("copy")
        LookAlike.objects.all().delete()
        catch_up()
        assert named("page") == ["another"]

    def test_it_is_not_named_where_it_was_counted_alone(self, monkeypatch):
        monkeypatch.setattr(similar, "MOST_SIMILAR", 1)
        self.make_copies("copy")
        Signature.objects.all().delete()
        catch_up()
        assert named("page") == ["another"]

    def test_two_of_one_text_are_not_named_beside_each_other(self):
        self.make_copies("copy", "copy-2")
        catch_up()
        assert named("another") == ["copy-2"]

    def test_it_is_left_out_as_soon_as_the_site_calls_it_so(self, settings):
        self.make_copies()
        catch_up()
        page, other = (Article.objects.get(source_id=name) for name in ("page", "another"))
        LookAlike.objects.create(
            revision=page.current_release.revision, other=other.current_release.revision, percent=70
        )
        assert named("page") == ["another"]
        settings.LOOKALIKE_PERCENT = 65
        assert named("page") == []


def test_what_was_withdrawn_is_named_nowhere_at_once_P7():
    make("a", "one")
    make("b", "one")
    make("c", "one")
    catch_up()
    assert named("a") == ["c", "b"]
    withdraw("b")
    assert (named("a"), named("c")) == (["c"], ["a"])  # and no job ran
    assert Similar.objects.filter(other__article__source_id="b").exists()
    catch_up()
    assert not Similar.objects.filter(other__article__source_id="b").exists()
    assert not SimilarList.objects.filter(article__source_id="b").exists()


def test_a_list_that_is_behind_says_nothing_of_a_text_that_is_no_longer_shown_P1():
    make("a", "one")
    make("b", "one", title="Secret title")
    catch_up()
    article = edit("b", title="Other title")
    assert named("a") == ["Secret title"]  # a draft changes nothing
    release_edited(article)
    assert named("a") == []
    catch_up()
    assert rows() == []


def test_a_rollback_is_named_again_by_what_it_shows():
    make("a", "one")
    make("b", "one")
    article = edit("b", title="Elsewhere")
    release_edited(article)
    catch_up()
    assert named("a") == []
    to, by = article.releases.get(n=1), make_person("edith")
    release.rollback(article, by=by, to=to, reason="Back.", seen=2)
    catch_up()
    assert (named("a"), named("b")) == (["b"], ["a"])


def test_what_is_not_released_is_never_named():
    make("a", "one")
    make_article("draft", meta={"entities": [{"name": "one", "type": "area"}]})
    catch_up()
    assert named("a") == []


def test_an_erased_text_leaves_none_of_its_words_in_a_list_P2():
    make("a", "zyxwv9secret")
    make("b", "zyxwv9secret")
    catch_up()
    withdraw("a")
    withdraw("b")
    assert not Similar.objects.filter(shares__icontains="zyxwv9secret").exists()
    erase_text(
        Article.objects.get(source_id="a").latest_revision.text, by=make_person("lea"), reason="A secret."
    )


class TestFortyArticlesAboutOneThing:
    """All might name the same ones."""

    @pytest.fixture(scope="class")
    @classmethod
    def made_once(cls, django_db_setup, django_db_blocker):
        with around_tests(django_db_blocker):
            for number in range(40):
                make(f"note-{number:02}", "everything")
            catch_up()
            yield

    @pytest.fixture
    def forty(self, made_once, db):
        return

    def test_no_page_names_more_than_some_and_no_article_is_named_by_more_than_some(self, forty):
        pages, shown = {}, {}
        for page, _, other, _ in rows():
            pages[page] = pages.get(page, 0) + 1
            shown[other] = shown.get(other, 0) + 1
        assert max(pages.values()) == MOST_SIMILAR
        assert max(shown.values()) <= MOST_SHOWING
        assert len(pages) == 40

    def test_what_enough_pages_name_is_named_by_no_more(self, forty, monkeypatch):
        monkeypatch.setattr(similar, "MOST_SHOWING", 2)
        monkeypatch.setattr(similar, "MOST_BESIDE", 40)
        Similar.objects.all().delete()
        SimilarList.objects.update(is_due=True)
        catch_up()
        shown = list(Similar.objects.values_list("other", flat=True))
        assert {shown.count(other) for other in shown} == {2}

    @pytest.mark.parametrize("what", ["release", "release anew", "withdrawal"])
    def test_a_release_changes_few_other_pages(self, forty, what):
        before = self.pages()
        if what == "release":
            make("new", "everything")
        elif what == "withdrawal":
            withdraw("note-20")
        else:
            release_edited(edit("note-20", "everything", title="Anew"))
        made = catch_up()
        after = self.pages()
        changed = {page for page in before if before[page] != after.get(page)}
        assert changed
        assert len(changed) <= made <= 1 + MOST_SHOWING + MOST_SIMILAR
        assert not SimilarList.objects.due().exists()

    def pages(self):
        """{source id: what its page names}"""
        found = {}
        for row in Similar.objects.select_related("release__article", "other").order_by("rank"):
            found.setdefault(row.release.article.source_id, []).append(row.other_id)
        return found

    def test_a_list_that_is_made_again_concerns_no_other(self, forty):
        article = Article.objects.get(source_id="note-20")
        SimilarList.objects.want([article.pk])
        assert catch_up() == 1

    def test_making_one_and_many_costs_the_same_queries(self, forty):
        costs = []
        for count in (1, 20):
            ids = list(Article.objects.order_by("pk").values_list("pk", flat=True)[:count])
            Similar.objects.of_articles(ids).delete()
            SimilarList.objects.want(ids)
            with CaptureQueriesContext(connection) as asked:
                similar.make(ids)
            costs.append(len(asked))
        assert costs[0] == costs[1] <= 26

    def test_what_newest_articles_are_named_by_is_not_all_that_is_old(self, forty):
        """Pages name what was published near them, so no few newest articles stand on every page."""
        there = named("note-05")
        assert len(there) == MOST_SIMILAR
        assert "note-39" not in there


def test_the_lists_are_made_from_nothing_and_the_same_wherever_that_is_stopped_P6():
    for number in range(30):
        make(f"note-{number}", f"thing {number % 4}", f"rarer {number % 7}", tags=[f"tag {number % 5}"])
    catch_up()

    def from_nothing(stop_after):
        Similar.objects.all().delete()
        SimilarList.objects.all().delete()
        assert sum(similar.want_missing()) == 30
        steps = similar.catch_up()
        for _ in range(stop_after):
            next(steps)
        steps.close()
        catch_up()
        return rows()

    whole = from_nothing(0)
    assert len(whole) > 100
    assert from_nothing(1) == whole
    similar_batch, similar.BATCH = similar.BATCH, 1
    try:
        assert from_nothing(7) == whole
    finally:
        similar.BATCH = similar_batch


def test_the_command_makes_what_is_missing_and_says_so():
    make("a", "one")
    make("b", "one")
    Similar.objects.all().delete()
    SimilarList.objects.all().delete()
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("rebuild_similar", check=True, stdout=said)
    assert "2 missing, 0 due" in said.getvalue()
    call_command("rebuild_similar", stdout=said)
    assert "2 lists made" in said.getvalue()
    call_command("rebuild_similar", check=True, stdout=said)
    assert named("a") == ["b"]
    call_command("rebuild_similar", fresh=True, stdout=(said := StringIO()))
    assert "2 lists made" in said.getvalue()


def test_the_jobs_make_what_is_missing_and_what_is_due():
    make("a", "one")
    make("b", "one")
    SimilarList.objects.all().delete()
    done = []
    for job in JOBS:
        if job.name in ("missing", "similar"):
            job.work(lambda **counts: done.append(counts))
    assert {"wanted": 2} in done
    catch_up()
    assert named("a") == ["b"]


def test_a_list_of_an_earlier_release_is_missing():
    make("a", "one")
    catch_up()
    assert not similar.missing().exists()
    article = edit("a", title="Later")
    release_edited(article)
    SimilarList.objects.update(is_due=False)  # as if the mark were lost
    assert similar.missing().get() == article


def test_a_release_makes_its_own_list_behind_its_commit(django_capture_on_commit_callbacks):
    make("a", "one")
    with django_capture_on_commit_callbacks(execute=True):
        make("b", "one")
    assert named("b") == ["a"]


def test_a_release_stands_where_its_list_cannot_be_made(django_capture_on_commit_callbacks, monkeypatch):
    def fail(ids):
        raise RuntimeError

    make("a", "one")
    monkeypatch.setattr(similar, "make", fail)
    with django_capture_on_commit_callbacks(execute=True):
        make("b", "one")
    monkeypatch.undo()
    assert named("b") == []
    catch_up()
    assert named("b") == ["a"]


def test_a_page_reads_its_list_with_one_query():
    make("a", "one")
    make("b", "one")
    catch_up()
    article = Article.objects.select_related("current_release").get(source_id="a")
    from articles.pages import similar_to

    with CaptureQueriesContext(connection) as asked:
        assert len(similar_to(article)) == 1
    assert len(asked) == 1


def test_lists_are_made_beside_releases_and_withdrawals_without_a_trace_of_either(committed_database):
    """Two make lists at once while a third withdraws and releases: nothing fails, and all ends as it should."""
    for number in range(12):
        make(f"note-{number}", "everything")
    make_person("edith")
    errors, done = [], threading.Event()

    def work():
        try:
            while not done.is_set():
                catch_up()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    def change():
        try:
            for number in range(6):
                withdraw(f"note-{number}")
            for number in range(12, 16):
                make(f"note-{number}", "everything")
        except Exception as error:
            errors.append(error)
        finally:
            done.set()
            connection.close()

    threads = [threading.Thread(target=one) for one in (work, work, change)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    catch_up()
    current = set(Article.objects.public().values_list("current_release", flat=True))
    assert {page for page, *_ in rows()} == current
    assert {other for _, _, other, _ in rows()} <= current
    assert not similar.missing().exists()


def test_an_entity_names_those_it_is_found_together_with_most_often_first():
    make("a", "Cache", "Rollback")
    make("b", "Cache", "Rollback", "Deploy")
    make("c", "Cache")
    make_article(
        "draft", meta={"entities": [{"name": "cache", "type": "area"}, {"name": "Hidden", "type": "area"}]}
    )
    withdrawn = make("d", "Cache", "Withdrawn")
    entity = Mention.objects.get(article=withdrawn, entity__key="cache").entity
    withdraw("d")
    answer = Client().get(entity.get_absolute_url())
    found = [(one["name"], one["count"]) for one in answer.context["related"]]
    assert found == [("Rollback", 2), ("Deploy", 1)]
    page = answer.content.decode()
    assert "Found together with it" in page
    assert "in 2 articles" in page
    assert "Hidden" not in page
    assert Release.objects.count() == 5


def test_only_the_newest_articles_of_an_entity_are_counted_and_few_are_named(monkeypatch):
    monkeypatch.setattr(similar, "MOST_RELATED_IN", 2)
    monkeypatch.setattr(similar, "MOST_RELATED", 1)
    make("a", "Cache", "Old")
    make("b", "Cache", "New", "Newer")
    article = make("c", "Cache", "New")
    entity = Mention.objects.get(article=article, entity__key="cache").entity
    assert [(one["name"], one["count"]) for one in similar.related_to(entity)] == [("New", 2)]
