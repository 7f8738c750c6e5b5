"""How alike two texts are, and how a look-alike is found: of one text in a hundred words changed as of a moved part."""

import random

import pytest

from articles.models import Article, LookAlike, Signature, SignatureKey, signature
from articles.models.signature import FULL, LISTED
from articles.signatures import LEAST_WORDS, LONGEST_WORD, Written, in_common, likeness, packed, unpacked
from reviews import erasure, intake
from tests.makers import make_article, make_document, make_person

PARTS = 6


def prose(seed, parts=PARTS, words=60):
    """A text of sentences that no other seed has."""
    rng = random.Random(seed)
    vocabulary = [f"{rng.choice('bcdfgklmnprst')}a{number}" for number in range(900)]
    return "\n\n".join(" ".join(rng.choice(vocabulary) for _ in range(words)) + "." for _ in range(parts))


def with_changed_words(text, share, seed=1):
    rng = random.Random(seed)
    words = text.split(" ")
    for place in rng.sample(range(len(words)), int(len(words) * share)):
        words[place] = f"new{place}"
    return " ".join(words)


def percent(one, other):
    return likeness(Written.of(one), Written.of(other))


@pytest.mark.parametrize(
    ("share", "least", "most"), [(0.01, 98, 99), (0.05, 93, 96), (0.1, 84, 91), (0.2, 68, 81)]
)
def test_a_changed_word_costs_little_more_than_itself(share, least, most):
    text = prose(1)
    assert least <= percent(text, with_changed_words(text, share)) <= most


def test_case_markup_and_punctuation_make_no_other_text():
    assert percent("# Write *it* down, and keep it.", "write it down - AND **keep** it") == 100


def test_paragraphs_that_moved_are_the_same_words():
    parts = prose(1).split("\n\n")
    assert percent("\n\n".join(parts), "\n\n".join(reversed(parts))) == 100


def test_a_hundred_is_said_of_the_same_words_alone():
    text = prose(1, parts=40)
    assert percent(text, text.replace(".", " once.", 1)) == 99


def test_the_same_words_in_another_order_are_another_text():
    words = [f"w{number}" for number in range(100)]
    assert percent(" ".join(words), " ".join(reversed(words))) == 0


def test_other_texts_are_not_alike():
    assert percent(prose(1), prose(2)) == 0


def test_shared_boilerplate_counts_as_much_as_there_is_of_it():
    shared = prose(0, parts=3)
    assert 45 <= percent(f"{shared}\n\n{prose(1, parts=3)}", f"{shared}\n\n{prose(2, parts=3)}") <= 55


def test_a_text_without_spaces_has_words_all_the_same():
    rng = random.Random(1)
    text = "".join(chr(rng.randrange(0x4E00, 0x5E00)) for _ in range(200))
    assert percent(text, text[:100] + "一二三" + text[100:]) >= 95


def test_a_sketch_is_the_same_in_every_process_and_fits_256_bytes():
    sketch = Written.of(" ".join(f"word{number}" for number in range(500))).sketch
    assert len(packed(sketch)) == 256
    assert unpacked(packed(sketch)) == sketch
    assert sketch[:2] == (3417982198713496087, 6401967228076475)


@pytest.mark.parametrize("text", ["", "one", "one two", "w " * (LEAST_WORDS - 1)])
def test_a_text_too_short_to_say_has_no_sketch(text):
    assert Written.of(text).sketch == ()
    assert percent(text, text) in (0, 100)


@pytest.mark.parametrize(
    "text", ["a" * 400_000, "a " * 200_000, "\ud800 " * 100, "一" * 50_000, "_" * 400_000]
)
def test_no_text_is_too_strange_for_a_sketch(text):
    assert len(packed(Written.of(text).sketch)) <= 256


def test_a_letter_beyond_ascii_in_a_text_leaves_its_other_words_as_they_are():
    text = f"Don't SPLIT snake_case\x1f7 -- {'long' * 40}\x7fthe 'rest'?"
    assert Written.of(f"{text} é").words == [*Written.of(text).words, "é"]
    assert max(map(len, Written.of(text).words)) == LONGEST_WORD


def test_what_sketches_have_in_common_is_told_of_32_numbers():
    assert in_common(tuple(range(32)), tuple(range(24, 56))) == 8
    assert in_common(tuple(range(8)), tuple(range(6, 38))) == 8
    assert in_common((), tuple(range(32))) == in_common((), ()) == 0


# In the database -----------------------------------------------------------------------------------------------------


def likenesses(article):
    rows = LookAlike.objects.filter(revision=article.latest_revision).closest()
    return [(row.other.article.source_id, row.percent) for row in rows.select_related("other__article")]


def test_a_look_alike_is_found_when_it_comes_in_and_stands_on_both_sides(db):
    first = make_article("first", body=prose(1))
    second = make_article("second", body=with_changed_words(prose(1), 0.05))
    make_article("other", body=prose(2))
    [(name, alike)] = likenesses(second)
    assert (name, likenesses(first)) == ("first", [("second", alike)])
    assert 90 <= alike < 100


def test_two_of_one_batch_find_each_other(db):
    bodies = {"a": prose(1), "b": prose(2), "c": with_changed_words(prose(1), 0.03)}
    documents = [make_document(name, body=body) for name, body in bodies.items()]
    intake.receive_many(documents, check=True)
    assert [name for name, _ in likenesses(Article.objects.get(source_id="c"))] == ["a"]


def test_revisions_of_one_article_are_no_look_alikes(db):
    article = make_article("first", body=prose(1))
    make_article("first", body=with_changed_words(prose(1), 0.02))
    assert not LookAlike.objects.exists()
    assert Signature.objects.filter(revision__article=article).count() == 2


def test_a_text_that_was_replaced_is_found_no_more(db):
    make_article("first", body=prose(1))
    make_article("first", body=prose(2))
    assert likenesses(make_article("late", body=prose(1))) == []
    assert [name for name, _ in likenesses(make_article("later", body=prose(2)))] == ["first"]


def test_what_thousands_share_fills_its_lists_once_and_their_own_words_are_listed(db):
    """A band shared by all must not explode: neither its list nor what is read for the next text."""
    shared = prose(0, parts=3)
    for number in range(FULL + 8):
        make_article(f"note-{number}", body=f"{shared}\n\n{prose(number + 1, parts=3)}")
    lists = SignatureKey.objects.lists(SignatureKey.objects.values_list("key", flat=True))
    assert max(map(len, lists.values())) == FULL
    last = make_article("last", body=f"{shared}\n\n{with_changed_words(prose(FULL + 8, parts=3), 0.05)}")
    assert next(name for name, _ in likenesses(last)) == f"note-{FULL + 7}"
    assert (
        not LookAlike.objects.exclude(other=last.latest_revision)
        .exclude(revision=last.latest_revision)
        .exists()
    )


def test_drafts_of_one_house_that_are_a_third_alike_are_not_read_to_be_told_apart(db, monkeypatch):
    """They have numbers in common, and many others have as many: only the likeliest is held against the text."""
    shared, held = prose(0, parts=2), []
    for number in range(4):
        make_article(f"note-{number}", body=f"{shared}\n\n{prose(number + 1, parts=4)}")
    with monkeypatch.context() as watched:
        watched.setattr(signature, "likeness", lambda *texts: held.append(texts) or likeness(*texts))
        make_article("last", body=f"{shared}\n\n{prose(9, parts=4)}")
        make_article("other", body=prose(10))
    assert len(held) <= 1
    assert not LookAlike.objects.exists()


def test_a_whole_family_of_copies_is_still_recognised(db):
    for number in range(FULL + 6):
        make_article(f"copy-{number}", body=with_changed_words(prose(1), 0.02, seed=number))
    assert len(likenesses(make_article("last", body=prose(1)))) == 3


def test_a_revision_has_few_rows_and_few_bytes(db):
    article = make_article("first", body=prose(1))
    assert SignatureKey.objects.filter(revision=article.latest_revision).count() == LISTED
    assert len(bytes(article.latest_revision.signature.sketch)) == 256


def test_looking_up_a_batch_takes_the_same_queries_for_one_and_for_many(db, django_assert_max_num_queries):
    make_article("first", body=prose(1))
    texts = {article.latest_revision: Written.of(prose(number)) for number, article in enumerate_articles(9)}
    one = dict(list(texts.items())[:1])
    with django_assert_max_num_queries(9) as few:
        Signature.objects.keep(one)
    with django_assert_max_num_queries(9) as many:
        Signature.objects.keep(texts)
    assert len(many) <= len(few) + 1


def enumerate_articles(count):
    """Articles whose signatures are not there yet."""
    articles = [make_article(f"bare-{number}", body="Short.") for number in range(count)]
    Signature.objects.all().delete()
    return enumerate(articles, start=20)


def test_what_is_erased_leaves_no_numbers_of_its_words(db):
    """A sketch would let somebody who guesses the words prove them."""
    article = make_article("first", body=prose(1))
    make_article("second", body=prose(1))
    erasure.erase_text(article.latest_revision.text, by=make_person("lea"), reason="It holds a secret.")
    revision = article.latest_revision
    assert not Signature.objects.filter(revision=revision).exists()
    assert not SignatureKey.objects.filter(revision=revision).exists()
    assert not LookAlike.objects.exists()


def test_the_list_of_a_number_needs_no_second_index():
    assert SignatureKey._meta.indexes == []
    assert [field.name for field in SignatureKey._meta.pk_fields] == ["key", "revision"]
