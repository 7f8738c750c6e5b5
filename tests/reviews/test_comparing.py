"""What a reviewer can compare a text with: their last look, what is public, any other revision (issue 3, item 4)."""

import re

import pytest
from django.utils import timezone

from articles.models import Article
from reviews import erasure, intake
from reviews.models import Look, Review
from tests.makers import answers_for, decide, make_article, make_document, make_person, make_released
from tests.reviews.desk import held, press, sign_in, url_of, waiting


@pytest.fixture
def ada(db):
    return make_person("ada")


@pytest.fixture
def ben(db):
    return make_person("ben")


@pytest.fixture
def at_desk(client, ada):
    return sign_in(client, ada)


def edited(article, **changes):
    """Save an edit of the article's latest revision by Edith and return its open seat."""
    article = Article.objects.get(pk=article.pk)
    document = make_document(article.source_id, flagged=True, **changes)
    intake.edit(article, document, by=make_person("edith"), seen=article.latest_revision.digest)
    return Review.objects.open().get(article=article)


def bodies(*words, **changes):
    """The open seat of a text that had a revision for each of `words`."""
    seat = waiting(body=f"{words[0]}\n", **changes)
    for word in words[1:]:
        seat = edited(seat.article, body=f"{word}\n")
    return seat


def changed_words(response):
    """What the page says went and came, in all fields."""
    page = response.content.decode()
    return re.findall("<del>(.*?)</del>", page, re.DOTALL), re.findall("<ins>(.*?)</ins>", page, re.DOTALL)


def choices(response):
    return {choice["words"]: choice["current"] for choice in response.context["comparison"]["choices"]}


def compare_url(article, **asked):
    return f"/review/articles/{article.pk}/compare/?" + "&".join(
        f"{key}={value}" for key, value in asked.items()
    )


# Looks ---------------------------------------------------------------------------------------------------------


def test_claiming_and_deciding_are_looks_and_reading_is_none(at_desk, ada):
    seat = waiting()
    at_desk.get(url_of(seat))
    assert not Look.objects.exists()
    press(at_desk, at_desk.get(url_of(seat)), "Take this review")
    look = Look.objects.get()
    assert (look.person, look.article, look.digest) == (ada, seat.article, seat.digest)
    decide(seat, ada)
    again = Look.objects.get()
    assert (again.pk, again.at > look.at) == (look.pk, True)


def test_a_decision_is_a_look_even_where_the_claim_left_none(ada):
    seat = held(ada)
    Look.objects.all().delete()
    given = {"answers": answers_for(seat), "overruled": {}}
    seat.decide("approve", by=ada, token=seat.claim_token, seen=seat.digest, note="", **given)
    assert Look.objects.get().digest == seat.digest


def test_a_claim_that_is_refused_is_no_look(at_desk, ada, ben):
    seat = held(ben)
    at_desk.post(url_of(seat) + "take/")
    assert not Look.objects.filter(person=ada).exists()


def test_a_claim_costs_one_query_more_for_its_look(ada, django_assert_num_queries):
    waiting()
    # where to begin, the claim in its savepoint, the seat, its checks, the look
    with django_assert_num_queries(7) as asked:
        Review.objects.claim_next(by=ada)
    assert sum("reviews_look" in query["sql"] for query in asked.captured_queries) == 1


# On the page of a seat -----------------------------------------------------------------------------------------


def test_what_changed_since_my_last_look_stands_open_first(at_desk, ada):
    seat = bodies("one")
    decide(seat, ada, "request_changes", note="More.")
    seat = edited(edited(seat.article, body="two\n").article, body="three\n")
    response = at_desk.get(url_of(seat))
    assert response.context["compared_with"].startswith("your last look, at revision 1 on ")
    assert changed_words(response) == (["one"], ["three"])
    assert choices(response) == {"Your last look": True, "Revision 2": False}


def test_what_i_held_and_gave_back_is_my_last_look_and_what_others_looked_at_is_not(at_desk, ada, ben):
    seat = bodies("one").claim(by=ada)
    seat = edited(seat.article, body="two\n").claim(by=ben)
    seat = edited(seat.article, body="three\n")
    assert changed_words(at_desk.get(url_of(seat))) == (["one"], ["three"])


def test_the_newest_look_counts_and_never_one_at_this_very_text(at_desk, ada):
    seat = bodies("one").claim(by=ada)
    seat = edited(seat.article, body="two\n").claim(by=ada)
    seat = edited(seat.article, body="three\n").claim(by=ada)
    assert changed_words(at_desk.get(url_of(seat))) == (["two"], ["three"])
    Look.objects.filter(digest=seat.article.revisions.get(number=1).digest).update(at=timezone.now())
    assert changed_words(at_desk.get(url_of(seat))) == (["one"], ["three"])


def test_the_other_comparisons_are_one_press_away(at_desk, ada):
    article = make_released(body="public\n", flagged=True)
    Look.objects.all().delete()
    seat = edited(article, body="looked at\n").claim(by=ada)
    seat = edited(article, body="now\n")
    response = at_desk.get(url_of(seat))
    assert choices(response) == {"Your last look": True, "What is public": False}
    by_key = [one["words"] for one in response.context["comparison"]["choices"] if one["following"]]
    assert by_key == ["What is public"]
    public = press(at_desk, response, "What is public", note="Half a thought.")
    assert changed_words(public) == (["public"], ["now"])
    assert public.context["compared_with"] == "version 1.0.0, which is public"
    assert choices(public) == {"Your last look": False, "What is public": True}
    assert 'aria-current="true">What is public' in public.content.decode()
    assert public.context["form"]["note"].value() == "Half a thought."  # P8, without any script
    assert changed_words(at_desk.get(url_of(seat) + "?against=2")) == (["looked at"], ["now"])
    assert changed_words(at_desk.get(url_of(seat) + "?against=released")) == (["public"], ["now"])


def test_a_look_at_what_is_public_is_named_as_both(at_desk, ada):
    seat = edited(make_released(body="one\n"), body="two\n")  # Ada reviewed the first
    response = at_desk.get(url_of(seat))
    assert response.context["compared_with"] == "your last look, at version 1.0.0, which is public"


@pytest.mark.parametrize(
    ("against", "said"),
    [
        ("9", "This article has no revision “9”."),
        ("nonsense", "This article has no revision “nonsense”."),
        ("99999999999999999999", "This article has no revision “99999999999999999999”."),
        ("look", "You have looked at no other text of this article."),
        ("released", "No other text of this article is public."),
    ],
)
def test_what_cannot_be_compared_is_said(at_desk, against, said):
    response = at_desk.get(f"{url_of(bodies('one', 'two'))}?against={against}")
    assert response.status_code == 200
    assert response.context["difference"] is None
    assert said in response.content.decode()


def test_another_articles_revision_is_none_of_this_one_S1(at_desk):
    bodies("secret", "secret two", "secret three", source_id="other")
    response = at_desk.get(f"{url_of(bodies('one', 'two'))}?against=3")
    assert "This article has no revision “3”." in response.content.decode()


def test_a_look_at_an_erased_text_leaves_nothing_to_compare(at_desk, ada):
    seat = bodies("one").claim(by=ada)
    seat = edited(seat.article, body="two\n")
    first = seat.article.revisions.get(number=1)
    erasure.erase_text(first.text, by=make_person("lea"), reason="It held a password.")
    response = at_desk.get(url_of(seat))
    assert "The text of revision 1 was erased" in response.content.decode()
    assert response.context["difference"] is None


def test_marks_show_white_space_and_markup_of_what_did_not_change_too(at_desk, ada):
    seat = bodies("A **bold** [link](https://a.example/x).\n\nStays.", "One").claim(by=ada)
    seat = edited(seat.article, body="A **bold** [link](https://b.example/x).  \n\nStays\u200b too.")
    plain = at_desk.get(url_of(seat) + "?against=1").content.decode()
    assert 'class="space"' not in plain
    assert "Links changed.</b> <del>https://a.example/x</del> <ins>https://b.example/x</ins>" in plain
    marked = press(at_desk, at_desk.get(url_of(seat) + "?against=1"), "Show marks").content.decode()
    assert '<span class="markup">**</span>bold<span class="markup">**</span>' in marked
    assert '<span class="end"></span>\n' in marked
    assert "[zero width space]" in marked
    assert "Hide marks" in marked


# Any two revisions ---------------------------------------------------------------------------------------------


def test_any_two_revisions_are_compared_either_way_round(at_desk):
    article = bodies("one", "two", "three").article
    assert changed_words(at_desk.get(compare_url(article, old=1, new=3))) == (["one"], ["three"])
    assert changed_words(at_desk.get(compare_url(article, old=3, new=1))) == (["three"], ["one"])
    assert "Nothing differs." in at_desk.get(compare_url(article, old=2, new=2)).content.decode()


def test_without_numbers_the_last_two_are_compared_and_one_alone_with_itself(at_desk):
    assert changed_words(at_desk.get(compare_url(bodies("one", "two", "three").article))) == (
        ["two"],
        ["three"],
    )
    assert at_desk.get(compare_url(make_article("alone"))).status_code == 200


def test_the_lists_name_number_origin_and_day_and_lead_there_by_a_plain_form(at_desk):
    article = bodies("one", "two").article
    page = at_desk.get(compare_url(article)).content.decode()
    day = f"{timezone.now():%-d %b %Y}"
    assert f"Revision 1, imported on {day}</option>" in page
    assert f'<option value="2" selected>Revision 2, edited on {day}</option>' in page
    assert f'<form method="get" action="/review/articles/{article.pk}/compare/"' in page


def test_a_number_that_is_no_revision_is_said_and_the_lists_stay(at_desk):
    article = bodies("one", "two").article
    for number in ("7", "-1", "x<b>", "9" * 5000, "²"):
        response = at_desk.get(compare_url(article, old=number, new=2))
        assert response.status_code == 404
        assert "This article has no revision “" in response.content.decode()
        assert "<select" in response.content.decode()
        assert "<b>”" not in response.content.decode()


def test_an_erased_text_is_said_and_shows_nothing(at_desk):
    seat = bodies("one", "two")
    first = seat.article.revisions.get(number=1)
    erasure.erase_text(first.text, by=make_person("lea"), reason="It held a password.")
    response = at_desk.get(compare_url(seat.article, old=1, new=2))
    assert "The text of revision 1 was erased" in response.content.decode()
    assert changed_words(response) == ([], [])


def test_what_was_decided_before_leads_to_the_comparison_with_it(at_desk, ada, ben):
    seat = bodies("one")
    decide(seat, ben, "request_changes", note="More.")
    seat = edited(seat.article, body="two\n")
    link = f'href="/review/articles/{seat.article_id}/compare/?old=1&amp;new=2"'
    assert link in at_desk.get(url_of(seat)).content.decode()


@pytest.mark.parametrize("name", ["edith", "otto"])
def test_who_may_not_decide_may_not_compare_here(client, db, name):
    article = bodies("one", "two").article
    assert sign_in(client, make_person(name)).get(compare_url(article)).status_code == 403


def test_a_signed_out_visitor_compares_nothing_and_no_article_is_not_found(client, ada):
    article = bodies("one", "two").article
    assert client.get(compare_url(article)).status_code == 302
    assert sign_in(client, ada).get("/review/articles/999/compare/").status_code == 404
    assert client.post(compare_url(article)).status_code == 405


@pytest.mark.parametrize("size", [2, 9])
def test_comparing_two_costs_the_same_queries_however_many_there_are(
    at_desk, size, django_assert_num_queries
):
    article = bodies(*(f"text {number}" for number in range(size))).article
    # Session, account with its person, its permissions; article, revisions, the two texts.
    with django_assert_num_queries(7):
        at_desk.get(compare_url(article, old=1, new=2))


def test_editors_see_marks_on_request_too(client, ada):
    article = bodies("one two", "one three").article
    sign_in(client, make_person("lea", is_staff=True))
    page = client.get(f"/admin/articles/article/{article.pk}/compare/?old=1&new=2").content.decode()
    assert 'class="space"' not in page
    link = re.search('class="marks"><a href="(.*?)">Show marks', page)[1].replace("&amp;", "&")
    page = client.get(f"/admin/articles/article/{article.pk}/compare/{link}").content.decode()
    assert 'one<span class="space"> </span><del>two</del><ins>three</ins>' in page
    assert 'href="?old=1&amp;new=2">Hide marks' in page
