"""Comments in a real browser: by keyboard with a selection, kept over a reload, and by plain forms without scripts."""

import pytest

from reviews.models import Comment, Review, Thread
from tests.makers import make_article, make_person
from tests.test_browser import (  # noqa: F401
    address_of,
    open_page,
    sideways,
    sign_in,
    tab_to,
    wait_for_focus,
)

pytestmark = pytest.mark.browser

WORDS = "keep the commands"
SELECT = """words => {
  const text = [...document.querySelectorAll(".text p")].find(one => one.textContent.includes(words)).firstChild;
  const range = document.createRange();
  range.setStart(text, text.data.indexOf(words));
  range.setEnd(text, text.data.indexOf(words) + words.length);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}"""


def held_by_ada():
    make_article(flagged=True)
    return Review.objects.open().get().claim(by=make_person("ada"))


def test_words_are_selected_and_commented_on_by_keys_and_a_reload_loses_nothing_P8(open_page):  # noqa: F811
    review = held_by_ada()
    page = open_page()
    sign_in(page, "ada")
    page.goto(address_of(review))
    page.fill("#id_note", "Nearly.")
    page.locator("h1").focus()
    page.evaluate(SELECT, WORDS)
    page.keyboard.press("m")
    wait_for_focus(page, "#id_say")
    page.keyboard.type("Which commands?")
    page.reload()
    assert page.input_value("#id_say") == "Which commands?"
    assert page.input_value("#id_quote") == WORDS
    tab_to(page, "button[value=open]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".thread")
    wait_for_focus(page, ".thread")
    thread = Thread.objects.get()
    assert (thread.anchor["quote"], thread.anchor["part"]) == (WORDS, 6)
    assert (page.input_value("#id_say"), page.input_value("#id_note")) == ("", "Nearly.")
    page.goto(address_of(review))
    assert (page.input_value("#id_say"), page.input_value("#id_quote")) == ("", ""), (
        "what was sent is no draft"
    )
    assert page.input_value("#id_note") == "Nearly."
    assert page.evaluate("[...CSS.highlights.get('quoted')].map(String)") == [WORDS]
    page.locator("h1").focus()
    page.keyboard.press("t")
    wait_for_focus(page, ".thread")
    page.keyboard.press("w")
    page.keyboard.type("All of them.")
    tab_to(page, f"button[value=resolve-{thread.pk}]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".resolved[open]")
    wait_for_focus(page, ".thread")
    assert list(Comment.objects.values_list("act", "note__text"))[-1] == ("resolve", "All of them.")
    assert page.wrong == []


def test_without_javascript_a_comment_is_sent_answered_and_resolved(open_page):  # noqa: F811
    review = held_by_ada()
    make_person("edith", is_staff=True)
    page = open_page(java_script_enabled=False)
    sign_in(page, "ada")
    page.goto(address_of(review))
    page.fill("#id_note", "Nearly.")
    page.click("text=Comment on the text")
    page.select_option("#id_part", label="6. Compare, and keep the commands.")
    page.fill("#id_say", "Which commands?")
    page.click("text=Send the comment")
    assert "Which commands?" in page.inner_text(".thread")
    assert page.input_value("#id_note") == "Nearly."
    editor = open_page(java_script_enabled=False)
    sign_in(editor, "edith", "/admin/")
    editor.goto(f"/admin/articles/article/{review.article_id}/change/")
    editor.press(".beside li a", "Enter")
    editor.click(".thread summary")
    editor.fill(".thread textarea", "Those above.")
    editor.click("text=Answer and resolve")
    assert "edith resolved this" in editor.inner_text(".thread")
    assert not Thread.objects.open().exists()
    assert page.wrong == editor.wrong == []


def test_enter_in_a_field_of_the_page_says_and_resolves_nothing(open_page):  # noqa: F811
    review = held_by_ada()
    Thread.objects.start(review.revision, "Which?", by=make_person("ben"))
    page = open_page()
    sign_in(page, "ada")
    page.goto(address_of(review))
    page.locator("fieldset summary").first.click()
    page.locator("fieldset [type=text]").first.fill("A remark.")
    page.keyboard.press("Enter")
    page.wait_for_url("**/review/*/")
    assert page.locator("fieldset [type=text]").first.input_value() == "A remark."
    assert Thread.objects.open().exists()
    assert Review.objects.held_by(make_person("ada")).exists()


def test_threads_scroll_sideways_nowhere(open_page):  # noqa: F811
    review = held_by_ada()
    edith = make_person("edith", is_staff=True)
    for number in range(3):
        thread = Thread.objects.start(review.revision, f"{number} " + "x" * 190, by=edith, anchor=PLACE)
        thread.answer("y" * 190, by=edith, revision=review.revision)
    page = open_page()
    sign_in(page, "ada")
    page.goto(f"{address_of(review)}?part=2#comment")
    assert sideways(page) == []
    editor = open_page()
    sign_in(editor, "edith", "/admin/")
    editor.goto(f"/admin/articles/article/{review.article_id}/talk/")
    assert sideways(editor) == []


PLACE = {
    "kind": "body",
    "part": 2,
    "blocks": ["0" * 16],
    "around": [[], []],
    "quote": "z" * 190,
    "chosen": True,
} | {
    "before": "",
    "after": "",
}
