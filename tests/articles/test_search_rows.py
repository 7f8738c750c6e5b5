"""How the indexes of words keep up with the texts, for staff and for readers, and what leaves them."""

import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from articles.models import Article, PublicWords, StaffWords, Text, Unswept
from articles.models import search as rows_of_words
from reviews import checking, intake, release
from reviews.erasure import erase_text
from tests.articles.test_search import found, make
from tests.makers import approve, make_document, make_person, make_release, make_released
from tests.test_canary import canary, planted

SECRET = "zyxwv9secret"


@pytest.mark.django_db
def test_an_import_is_found_once_it_is_checked():
    intake.receive_many([make_document("a", title="Landed"), make_document("b", title="Landed too")])
    assert found("landed") == []
    checking.check_due()
    assert found("landed") == ["b", "a"]


@pytest.mark.django_db
def test_an_edit_is_found_at_once_and_what_it_replaced_no_longer():
    article = make("a", title="Sooner")
    intake.edit(
        article,
        make_document("a", title="Later"),
        by=make_person("edith"),
        seen=article.latest_revision.digest,
    )
    assert (found("sooner"), found("later")) == ([], ["a"])
    assert StaffWords.objects.count() == 1


@pytest.mark.django_db
def test_a_candidate_beside_an_edit_is_not_found_before_it_is_adopted():
    edith = make_person("edith")
    article = make("a", title="First")
    intake.edit(article, make_document("a", title="Edited"), by=edith, seen=article.latest_revision.digest)
    intake.receive_many([make_document("a", title="Candidate")])
    checking.check_due()
    assert (found("candidate"), found("edited")) == ([], ["a"])
    article = Article.objects.get()
    intake.adopt(article, by=edith, seen=article.candidate.digest)
    assert (found("candidate"), found("edited")) == (["a"], [])


@pytest.mark.django_db
def test_a_text_that_moved_on_before_its_checks_is_not_kept():
    intake.receive_many([make_document("a", title="First")])
    intake.receive_many([make_document("a", title="Second")])
    checking.check_due()
    assert (found("first"), found("second")) == ([], ["a"])


@pytest.mark.django_db
def test_what_is_erased_is_found_no_more_P2():
    lea = make_person("lea")
    article = make("a", title=f"Has {SECRET}", body=f"Also {SECRET}.")
    make("b", title="Other")
    erase_text(article.latest_revision.text, by=lea, reason="A secret.")
    assert found(SECRET) == []
    assert not StaffWords.objects.filter(article=article).exists()
    assert Unswept.objects.exists()
    call_command("rebuild_search", stdout=StringIO())
    assert not StaffWords.objects.filter(article=article).exists()


def pages_hold(word):
    """Say whether the index's own storage holds a word, whether or not anybody finds a row by it."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT block FROM articles_staffwords_index_data")
            return any(word.encode() in bytes(block) for (block,) in cursor.fetchall())
        cursor.execute("CHECKPOINT")
        cursor.execute("SELECT pg_read_binary_file(pg_relation_filepath('articles_staffwords_index'))")
        return word.encode() in bytes(cursor.fetchone()[0])


def test_a_sweep_leaves_no_erased_word_in_the_pages_of_an_index_P2(committed_database):
    for number in range(5):
        make(f"other-{number}")
    article = make("a", title="Title", body=f"A text with {SECRET} in it.")
    assert pages_hold(SECRET)
    erase_text(article.latest_revision.text, by=make_person("lea"), reason="A secret.")
    make("later")
    list(Unswept.sweep())
    assert not pages_hold(SECRET)
    assert not Unswept.objects.exists()
    assert found("importance") == ["later", *(f"other-{number}" for number in reversed(range(5)))]
    assert list(Unswept.sweep()) == []


@pytest.mark.django_db
def test_words_of_unicode_that_another_format_knew_are_made_anew(monkeypatch):
    make("a", title="One")
    article = make("b", title="Two")
    StaffWords.objects.update(format="0")
    assert StaffWords.objects.due().count() == 2
    # An edit on a site that was upgraded a moment ago: FTS5 cannot forget words that nobody knows any more.
    intake.edit(
        article,
        make_document("b", title="Three"),
        by=make_person("edith"),
        seen=article.latest_revision.digest,
    )
    assert found("three") == ["b"]
    assert found("two") == []
    list(StaffWords.objects.catch_up())
    assert (found("one"), found("three"), found("two")) == (["a"], ["b"], [])
    assert not StaffWords.objects.due().exists()


@pytest.mark.django_db
def test_a_rebuild_says_what_is_missing_and_makes_it(monkeypatch):
    monkeypatch.setattr(rows_of_words, "BATCH", 2)
    for number in range(5):
        make(f"note-{number}", title="A needle")
    make_released("live", title="A public needle")
    for words in (StaffWords, PublicWords):
        words.objects.empty()
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("rebuild_search", check=True, stdout=said)
    assert "staff: 6 missing, 0 stale" in said.getvalue()
    assert "readers: 1 missing, 0 stale" in said.getvalue()
    steps = StaffWords.objects.catch_up()
    next(steps)  # and stopped here
    assert StaffWords.objects.due().count() == 4
    call_command("rebuild_search", stdout=StringIO())
    assert len(found("needle")) == 6
    assert found("needle", PublicWords) == ["live"]
    call_command("rebuild_search", check=True, stdout=StringIO())


@pytest.mark.django_db
def test_what_waits_for_its_checks_is_missing_and_its_last_text_is_stale():
    make("a", title="Old")
    intake.receive_many([make_document("a", title="New")])
    assert (StaffWords.objects.due().count(), StaffWords.objects.stale().count()) == (1, 1)
    call_command("rebuild_search", stdout=StringIO())
    assert (found("old"), found("new")) == ([], ["a"])
    checking.check_due()
    assert found("new") == ["a"]


@pytest.mark.django_db
def test_readers_find_what_is_released_as_long_as_it_is_S7():
    edith = make_person("edith")
    first, second = canary(), canary()
    intake.receive(planted("a", first))
    assert found(first, PublicWords) == []
    article = Article.objects.get()
    make_release(article, edith)
    assert found(first, PublicWords) == ["a"]
    intake.edit(
        Article.objects.get(),
        planted("a", second),
        by=edith,
        seen=Article.objects.get().latest_revision.digest,
    )
    assert (found(first, PublicWords), found(second, PublicWords)) == (["a"], [])
    assert (found(first), found(second)) == ([], ["a"])
    release.withdraw(Article.objects.get(), by=edith, reason="Gone.", seen=1)
    assert (found(first, PublicWords), found(second, PublicWords)) == ([], [])
    assert not PublicWords.objects.exists()


@pytest.mark.django_db
def test_a_rollback_is_found_by_what_it_shows_again():
    edith = make_person("edith")
    article = make_released("a", title="First", reviewed=False)
    seen = article.latest_revision.digest
    intake.edit(article, make_document("a", title="Second"), by=edith, seen=seen)
    approve(article, make_person("ada"))
    make_release(article, edith)
    assert (found("first", PublicWords), found("second", PublicWords)) == ([], ["a"])
    article = Article.objects.get()
    release.rollback(article, by=edith, to=article.releases.get(n=1), reason="Back.", seen=2)
    assert (found("first", PublicWords), found("second", PublicWords)) == (["a"], [])


@pytest.mark.django_db
def test_readers_do_not_find_by_what_only_the_desk_reads():
    make_released(
        "a", meta={"notes": ["Internally remarkable."], "payload": {"prompt": "Write marvellously."}}
    )
    for word in ("remarkable", "marvellously"):
        assert (found(word), found(word, PublicWords)) == (["a"], [])


@pytest.mark.django_db
def test_an_index_is_never_asked_for_by_a_row_of_the_other():
    make("a", title="Only for staff")
    article = Article.objects.get()
    with transaction.atomic():
        PublicWords.objects.keep({})
        with (
            pytest.raises(IntegrityError, match="readers find an article by what they see"),
            transaction.atomic(),
        ):
            PublicWords.objects.keep({article.latest_revision: ["staff"]})
    assert found("staff", PublicWords) == []


def test_two_who_check_and_edit_at_once_leave_one_row_with_the_last_text(committed_database):
    article = make("a", title="Zero")
    edith = make_person("edith")
    errors = []

    def write(number):
        try:
            for turn in range(5):
                with transaction.atomic():
                    now = Article.objects.locked(article.pk)
                    document = make_document("a", title=f"By {number} turn {turn}")
                    intake.edit(now, document, by=edith, seen=now.latest_revision.digest)
                list(StaffWords.objects.catch_up())
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(2)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert errors == []
    row = StaffWords.objects.get()
    last = Article.objects.get().latest_revision
    assert row.revision_id == last.pk
    assert found(f'"{last.title}"') == ["a"]
    assert len(found("turn")) == 1
    assert Text.objects.count() == 11
