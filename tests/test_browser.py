"""The main paths in a real browser: reading, and reviewing by keyboard alone, with JavaScript and without."""

import pytest

from articles.models import Article
from reviews.models import Decision, Review
from tests.makers import make_article, make_person, make_released

pytestmark = pytest.mark.browser

HOSTILE = '"><script>document.title="taken"</script><img src=x onerror=alert(1)>'


@pytest.fixture
def open_page(browser, live_site):
    """Open pages that report what goes wrong in them: console messages, dialogs, requests to other hosts."""
    contexts = []

    def call(**options):
        context = browser.new_context(base_url=live_site, **options)
        contexts.append(context)
        page = context.new_page()
        page.wrong = []
        page.on(
            "console", lambda message: page.wrong.append(message.text) if message.type == "error" else None
        )
        page.on("dialog", lambda dialog: (page.wrong.append(dialog.message), dialog.dismiss()))
        page.on(
            "request",
            lambda asked: None if asked.url.startswith(live_site) else page.wrong.append(asked.url),
        )
        return page

    yield call
    for context in contexts:
        context.close()


def sign_in(page, username):
    page.goto("/sign-in/?next=/review/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", username * 2)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/review/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_pages_scroll_sideways_nowhere_and_nothing_runs_in_them_P10(open_page, scheme, width):
    make_released(
        body=f"{HOSTILE}\n\n```\n{'x' * 400}\n```\n\n| a | b |\n|-|-|\n| {'y ' * 90} | {'z' * 90} |"
    )
    path = Article.objects.get().get_absolute_url()
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    for address in ("/", "/articles/", path, f"{path}record/", "/tags/python/", "/nothing/"):
        page.goto(address)
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, address
        assert page.title() != "taken"
    assert [wrong for wrong in page.wrong if "404" not in wrong] == []


def test_a_reviewer_takes_answers_and_approves_by_keyboard_alone(open_page):
    make_person("ada")
    make_article(flagged=True, title=f"Note {HOSTILE}")
    page = open_page()
    sign_in(page, "ada")
    page.keyboard.press("n")
    page.wait_for_url("**/review/*/")
    assert page.evaluate("document.activeElement.tagName") != "BODY"
    for question in page.query_selector_all("input[type=radio][value=pass]"):
        question.focus()
        page.keyboard.press("Space")
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/review/")
    assert Decision.objects.get().verdict == "approve"
    assert page.evaluate("document.activeElement.tagName") != "BODY"
    assert page.wrong == []


def test_without_javascript_a_lost_session_keeps_the_note_and_goes_on_P8(open_page):
    make_person("ada")
    make_article(flagged=True)
    page = open_page(java_script_enabled=False)
    sign_in(page, "ada")
    page.click("text=Take the next item")
    page.fill("[name=note]", "The second step is missing.")
    page.context.clear_cookies(name="sessionid")
    page.click("button[value=request_changes]")
    assert not Decision.objects.exists()
    assert "The second step is missing." in page.content()
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", "adaada")
    page.press("[name=password]", "Enter")
    assert page.input_value("[name=note]") == "The second step is missing."
    assert not Decision.objects.exists()
    page.click("button[value=request_changes]")
    assert Decision.objects.get().note.text == "The second step is missing."
    assert not Review.objects.open().exists()
