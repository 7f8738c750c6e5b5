"""The main paths in a real browser: reading, reviewing, editing, releasing; with JavaScript and without."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from articles.models import Article
from reviews import intake
from reviews.models import Decision, Review, Thread
from tests.makers import (
    approve,
    decide,
    make_article,
    make_document,
    make_person,
    make_release,
    make_released,
)

pytestmark = pytest.mark.browser

NOTE = "The second step is missing.\n\nSay which version it needs."
HOSTILE = (
    '"><script>window.taken = 1</script><img src=/none onerror="window.taken = 1">'
    '<svg onload="window.taken = 1"><a href="javascript:alert(1)">press</a></svg> [press](javascript:alert(1))'
)


# The browser ---------------------------------------------------------------------------------------------------


@pytest.fixture
def open_page(browser, live_site):
    """Open pages, each of a browser of its own, that collect in `wrong` what goes wrong in them.

    Chromium writes what the Content-Security-Policy refuses to the console. It also writes there each answer of 4xx,
    which is no fault of a page.
    """
    contexts = []

    def call(**options):
        context = browser.new_context(base_url=live_site, **options)
        contexts.append(context)
        page = context.new_page()
        page.wrong = []

        def on_console(message):
            if (
                message.type in ("error", "warning")
                and "the server responded with a status of 4" not in message.text
            ):
                page.wrong.append(message.text)

        def on_dialog(dialog):
            page.wrong.append(f"dialog: {dialog.message}")
            dialog.dismiss()

        def on_request(asked):
            if not asked.url.startswith(f"{live_site}/"):
                page.wrong.append(f"request: {asked.url}")

        page.on("console", on_console)
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.on("dialog", on_dialog)
        page.on("request", on_request)
        return page

    yield call
    for context in contexts:
        context.close()


def sign_in(page, username, to="/review/"):
    page.goto(f"/sign-in/?next={to}")
    send_sign_in(page, username)
    page.wait_for_url(to)


def send_sign_in(page, username):
    page.fill("#id_username", username)
    page.fill("#id_password", username * 2)
    page.press("#id_password", "Enter")


def end_session(page):
    page.context.clear_cookies(name="sessionid")


def sideways(page):
    """Return the widths and schemes in which what the page shows scrolls sideways."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 800})
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                found.append((width, scheme))
    return found


def wait_for_focus(page, selector="*"):
    """Wait until something has the focus; on the body, where nothing has it, the keyboard begins at the top again."""
    page.wait_for_selector(f"{selector}:focus", timeout=10_000)


def tab_to(page, selector):
    """Press Tab until what `selector` names has the focus."""
    for _ in range(80):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"The Tab key does not lead to {selector}.")


def said(page):
    return page.inner_text(".said")


def address_of(review):
    return f"/review/{review.pk}/"


def test_these_pages_notice_what_the_policy_refuses_and_what_asks_another_host(open_page):
    page = open_page()
    page.goto("/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">')")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"http://127.0.0.2:9/\">')")
    page.wait_for_timeout(200)
    assert any("style" in wrong for wrong in page.wrong)
    assert any("127.0.0.2" in wrong for wrong in page.wrong)


# Reading -------------------------------------------------------------------------------------------------------


def test_a_reader_finds_an_article_and_reads_text_meta_history_and_record(open_page):
    article = make_released()
    page = open_page()
    page.goto("/")
    page.click(f"text={article.current_release.revision.title}")
    page.wait_for_url(article.get_absolute_url())
    assert "Write down what the page measures now" in page.inner_text("article .text")
    assert "measure before" in page.inner_text("article .checks")
    assert "releases / python" in page.inner_text("aside dl.meta:last-of-type >> nth=-1")
    assert "1.0.0" in page.inner_text(".history")
    assert "Reviewed by ada" in page.inner_text(".made")
    page.click("text=How this was made")
    page.wait_for_url("**#made")
    page.click("text=The review record")
    page.wait_for_url("**/record/")
    assert "ada approved" in page.inner_text(".decisions")
    assert page.wrong == []


def test_a_button_copies_the_code_beside_it_and_says_so(open_page):
    body = "```python\nprint('as it is')\n```\n\n```\nother < code\n```\n"
    path = make_released(body=body).get_absolute_url()
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(path)
    buttons = page.locator(".copy")
    assert [one.get_attribute("aria-label") for one in buttons.all()] == ["Copy code, python", "Copy code 2"]
    for name, code in (("code, python", "print('as it is')\n"), ("code 2", "other < code\n")):
        page.get_by_role("button", name=f"Copy {name}", exact=True).press("Enter")
        page.get_by_text(f"Copied {name}", exact=True).wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == code
    assert page.wrong == []


def test_where_code_cannot_be_copied_it_says_so_and_without_script_there_is_no_button(open_page):
    path = make_released().get_absolute_url()
    page = open_page()
    page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))")
    page.goto(path)
    page.locator(".copy").click()
    page.get_by_text("The browser did not let code, python be copied").wait_for()
    assert page.locator(".copy").text_content() == "Not copied"
    plain = open_page(java_script_enabled=False)
    plain.goto(path)
    assert plain.locator("pre").is_visible()
    assert plain.locator(".copy").count() == 0


def test_readers_pages_scroll_sideways_nowhere_whatever_they_show_P10(open_page):
    long = "x" * 190
    article = make_released(
        title=f"Long {long}",
        body=f"{long}\n\n`{long}`\n\n```\n{long}\n```\n\n| a | b |\n|-|-|\n| {'y ' * 90} | {long} |",
        meta={
            "summary": long,
            "topic": long,
            "stack": ["python", long[:60]],
            "checklist": [long],
            long[:50]: long,
        },
    )
    path = article.get_absolute_url()
    found = ("/search/", f"/search/?q={long}", "/search/?q=python", f"/search/?q=zebra&tag={long}")
    page = open_page()
    for address in (
        "/",
        "/articles/",
        path,
        f"{path}record/",
        "/tags/python/",
        "/nothing/",
        "/sign-in/",
        *found,
    ):
        page.goto(address)
        assert sideways(page) == [], address
    assert page.wrong == []


def test_the_desk_scrolls_sideways_nowhere(open_page):
    ada = make_person("ada")
    review = Review.objects.get(article=make_article(flagged=True, title=f"Long {'x' * 190}", body="x" * 300))
    page = open_page()
    sign_in(page, "ada")
    assert sideways(page) == []
    page.click("text=Take the next item")
    page.wait_for_url(address_of(review))
    assert sideways(page) == []
    page.fill("[name=note]", "y" * 300)
    end_session(page)
    page.click("button[value=reject]")
    assert sideways(page) == [], "signing in again"
    send_sign_in(page, "ada")
    page.wait_for_selector("button[value=reject]")
    review.refresh_from_db()
    review.give_back(by=ada, token=review.claim_token)
    decide(review, make_person("ben"), note="z" * 300)
    page.click("button[value=reject]")
    assert page.inner_text("[role=alert] h2") == "Somebody was faster"
    assert sideways(page) == [], "a conflict, and how it was decided"
    assert page.wrong == []


@pytest.mark.parametrize("scripts", [False, True], ids=["without JavaScript", "with JavaScript"])
def test_a_lead_narrows_the_queue_takes_from_it_and_arranges_the_rest(open_page, scripts):
    make_person("lea")
    for name in ("one", "two"):
        make_article(name, flagged=True, title=f"Of Go, {name}", meta={"stack": ["Go"]})
    make_article("three", flagged=True, title=f"Of Python {'x' * 150}")
    page = open_page(java_script_enabled=scripts)
    sign_in(page, "lea")
    page.click(".alike >> text=Go >> nth=0")
    assert page.locator(".queue h2").count() == 2
    assert page.inner_text(".chips").split()[:2] == ["2", "of"]
    page.click("text=Narrow and sort")
    assert sideways(page) == [], "the queue, narrowed"
    page.set_viewport_size({"width": 1280, "height": 800})
    page.click("text=Take the next item of these")
    page.wait_for_url("**/review/*/?tag=Go")
    page.click("text=Give back")
    page.wait_for_url("**/review/?tag=Go")
    page.check("[name=seat] >> nth=1")
    page.select_option("[name=action]", "put_off")
    page.click("text=Go on")
    assert page.locator(".chosen li").count() == 1
    assert sideways(page) == [], "what would be done"
    page.fill("[name=until]", str(timezone.now().date()))
    page.click("text=Put these off")
    assert page.inner_text(".outcomes").count("Put off until") == 1
    assert sideways(page) == [], "what became of it"
    assert Review.objects.filter(deferred_until__isnull=False).count() == 1
    assert page.wrong == []


def test_a_lead_reads_figures_of_any_days_and_only_their_tables_scroll_sideways(open_page):
    decide(Review.objects.get(article=make_article(flagged=True, title="x" * 190)), make_person("ada"))
    make_person("lea")
    page = open_page()
    sign_in(page, "lea")
    page.click("text=Figures")
    assert page.inner_text("nav [aria-current=page] >> nth=0") == "Figures"
    assert sideways(page) == []
    tab_to(page, "[role=region][aria-labelledby=queue]")
    page.fill("#from", "2026-11-01")
    page.locator("h1").click()  # out of the field, where a key is a letter
    page.keyboard.press("d")
    page.wait_for_url("**/figures/?from=2026-11-01&to=*")
    assert page.wrong == []


# Reviewing -----------------------------------------------------------------------------------------------------


def test_a_reviewer_takes_answers_and_approves_by_keyboard_alone(open_page):
    make_person("ada")
    make_article(flagged=True)
    page = open_page()
    page.goto("/sign-in/?next=/review/")
    wait_for_focus(page, "[name=username]")
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type("adaada")
    page.keyboard.press("Enter")
    page.wait_for_url("/review/")
    page.keyboard.press("n")
    page.wait_for_url("**/review/*/")
    wait_for_focus(page)
    questions = page.locator("fieldset .answers").count()
    assert questions
    assert page.evaluate("document.activeElement.tagName") == "H1"
    for _ in range(3):  # the skip links stand first
        page.keyboard.press("Shift+Tab")
    tab_to(page, ".skip[href='#decide']")
    page.keyboard.press("Enter")
    wait_for_focus(page, "#decide")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('fieldset:first-of-type input')")
    for number in range(questions):
        tab_to(page, f"fieldset:nth-of-type({number + 1}) input[value=pass]")
        page.keyboard.press("Space")
    page.keyboard.press("a")
    assert not Decision.objects.exists(), "one key alone decides nothing"
    assert page.evaluate("document.activeElement.value") == "approve"
    page.keyboard.press("Enter")
    page.wait_for_url("/review/")
    assert "You approved “A change you can take back”." in said(page)
    wait_for_focus(page)
    decision = Decision.objects.get()
    assert decision.verdict == "approve"
    assert [answer["answer"] for answer in decision.answers] == ["pass"] * questions
    assert page.wrong == []


def test_ten_items_in_a_row_are_approved_by_two_keys_and_one_for_each_question(open_page):
    make_person("ada")
    for number in range(10):
        make_article(f"note-{number}", flagged=True, title=f"Note {number}")
    page = open_page()
    sign_in(page, "ada")
    page.keyboard.press("n")
    page.wait_for_url("**/review/*/")
    for number in range(10):
        here = page.url
        wait_for_focus(page, "h1")
        assert page.inner_text("h1") == f"Note {number}"
        for answered in range(page.locator("fieldset").count()):
            assert page.locator("fieldset :checked").count() == answered
            page.keyboard.press("p")
            wait_for_focus(page, "fieldset input")
        page.keyboard.press("a")
        wait_for_focus(page, "button[value=approve]")
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url, here=here: url != here)
        wait_for_focus(page)
        assert f"You approved “Note {number}”." in said(page)
        assert page.get_attribute(".said", "role") == "status"
    assert page.url.endswith("/review/")
    wait_for_focus(page, "button")
    assert Decision.objects.filter(verdict="approve").count() == 10
    assert "draft" not in page.evaluate("JSON.stringify(localStorage)"), "what was sent is no draft any more"
    assert page.wrong == []


def test_with_nothing_to_say_an_item_is_approved_by_two_keys_one_of_which_passes_what_is_open(open_page):
    make_person("ada")
    for number in range(3):
        make_article(f"note-{number}", flagged=True, title=f"Note {number}")
    page = open_page()
    sign_in(page, "ada")
    page.keyboard.press("n")
    page.wait_for_url("**/review/*/")
    page.keyboard.press("?")
    assert "yAll pass" in page.inner_text("dialog").replace("\n", "")
    page.keyboard.press("Escape")
    for number in range(3):
        here = page.url
        wait_for_focus(page)
        assert page.inner_text("h1") == f"Note {number}"
        assert page.locator("fieldset :checked").count() == 0, "no question is answered by itself"
        page.keyboard.press("y")
        wait_for_focus(page, "button[value=approve]")
        assert "4 questions passed together. Approve: press Enter" in page.inner_text(".told[role=status]")
        assert Decision.objects.count() == number, "one key alone decides nothing"
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url, here=here: url != here)
    for decision in Decision.objects.all():
        assert decision.shown["together"] == [answer["id"] for answer in decision.answers]
    assert page.wrong == []


def test_what_is_answered_by_itself_is_no_part_of_what_passed_together_and_a_draft_knows_P8(open_page):
    make_article(flagged=True)
    review = Review.objects.get().claim(by=make_person("ada"))
    page = open_page()
    sign_in(page, "ada")
    page.goto(address_of(review))
    page.keyboard.press("p")
    page.keyboard.press("y")
    wait_for_focus(page, "button[value=approve]")
    page.check("[name=answer_safe][value=na]")
    page.check("[name=answer_safe][value=pass]")
    page.goto("/review/")
    page.goto(address_of(review))
    page.click("button[value=approve]")
    page.wait_for_url("/review/")
    decision = Decision.objects.get()
    assert {answer["answer"] for answer in decision.answers} == {"pass"}
    by_themselves = {decision.answers[0]["id"], "safe"}
    assert set(decision.shown["together"]) == {answer["id"] for answer in decision.answers} - by_themselves
    assert page.wrong == []


def test_ticks_remarks_findings_and_what_is_said_have_their_keys(open_page):
    ben = make_person("ben")
    article = make_article(flagged=True, body="See [there](#nowhere).\n\nKey: AKIAABCDEFGHIJKLMNOP.\n")
    review = Review.objects.get(article=article)
    review = review.claim(by=make_person("ada"))
    Thread.objects.start(review.revision, "Is this so?", by=ben)
    page = open_page()
    sign_in(page, "ada")
    page.goto(address_of(review))
    wait_for_focus(page, "h1")
    page.keyboard.press("?")
    keys = page.inner_text("dialog")
    for words in (
        "Next finding",
        "Overrule it",
        "Remark or link",
        "not ticked",
        "About this draft",
        "Ctrl+Enter",
    ):
        assert words in keys
    page.keyboard.press("Escape")
    # The boxes of its own checklist, one after the other; then all pass, and the next finding.
    for number in (1, 2):
        page.keyboard.press("b")
        wait_for_focus(page, f".ticks li:nth-child({number}) input")
        page.keyboard.press("Space")
    page.keyboard.press("e")
    wait_for_focus(page, "fieldset:first-of-type details input")
    page.keyboard.type("Ran it.")
    page.locator("h1").focus()
    page.keyboard.press("i")
    wait_for_focus(page, "#finding-1")
    page.keyboard.press("i")
    wait_for_focus(page, "#finding-2")
    page.keyboard.press("o")
    wait_for_focus(page, ".overrule input")
    page.keyboard.type("A sample of what is wrong.")
    page.locator("h1").focus()
    page.keyboard.press("q")
    assert page.get_attribute("details.about", "open") is None
    # An answer and a comment are sent from their fields, and everything else that was typed stays.
    page.keyboard.press("t")
    page.keyboard.press("w")
    wait_for_focus(page, ".thread textarea")
    page.keyboard.type("It is.")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    assert "It is." in page.inner_text(".thread")
    page.locator("h1").focus()
    page.keyboard.press("m")
    wait_for_focus(page, "[name=say]")
    page.keyboard.type("And this?")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    assert Thread.objects.count() == 2
    for thread in Thread.objects.all():
        thread.resolve("Settled.", by=ben, revision=review.revision)
    page.locator("h1").focus()
    page.keyboard.press("y")
    wait_for_focus(page, "button[value=approve]")
    page.keyboard.press("Enter")
    page.wait_for_url("/review/")
    decision = Decision.objects.get()
    assert decision.shown["ticked"] == [1, 2]
    assert sorted(decision.note.remarks.values()) == ["A sample of what is wrong.", "Ran it."]
    assert page.wrong == []


def test_a_claim_that_ran_out_is_taken_again_by_the_key_beside_its_time(open_page):
    make_article(flagged=True)
    review = Review.objects.get().claim(by=make_person("ada"))
    page = open_page()
    sign_in(page, "ada")
    page.goto(address_of(review))
    again = page.locator("[data-again]")
    assert not again.is_visible()
    page.fill("[name=note]", NOTE)
    page.locator("h1").focus()
    page.keyboard.press("n")  # nothing to take yet
    Review.objects.update(claimed_until=timezone.now() - timedelta(minutes=1))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    again.wait_for(state="visible")
    assert "Your claim ran out." in page.inner_text(".lease")
    with page.expect_navigation():
        page.keyboard.press("n")
    assert not page.locator("[data-again]").is_visible()
    assert page.input_value("[name=note]") == NOTE
    assert Review.objects.held_by(review.claimed_by).exists()
    assert page.wrong == []


def test_magnified_four_times_the_bar_of_verdicts_takes_no_room_from_the_text(open_page):
    make_article(flagged=True)
    review = Review.objects.get().claim(by=make_person("ada"))
    page = open_page()
    sign_in(page, "ada")
    for size, position in (
        ({"width": 320, "height": 256}, "static"),
        ({"width": 320, "height": 640}, "sticky"),
    ):
        page.set_viewport_size(size)
        page.goto(address_of(review))
        assert page.evaluate("getComputedStyle(document.querySelector('.bar')).position") == position
    assert page.wrong == []


def test_an_item_is_skipped_by_two_keys_and_handed_over_by_keyboard(open_page):
    ada, ben = make_person("ada"), make_person("ben")
    for number in range(3):
        make_article(f"note-{number}", flagged=True, title=f"Note {number}")
    page = open_page()
    sign_in(page, "ada")
    page.keyboard.press("n")
    page.wait_for_url("**/review/*/")
    wait_for_focus(page, "h1")
    first = page.url
    page.keyboard.press("s")
    wait_for_focus(page, "[name=skip_reason]")
    page.keyboard.press("Escape")
    wait_for_focus(page, "summary")
    page.keyboard.press("s")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != first)
    wait_for_focus(page, "h1")
    assert "You skipped “Note 0” (not my field)." in said(page)
    second = page.url
    page.keyboard.press("h")
    wait_for_focus(page, "#id_hand_over_to")
    page.keyboard.type("b")
    tab_to(page, "[name=hand_over_note]")
    page.keyboard.type("You know this one.")
    with page.expect_navigation():
        page.keyboard.press("Enter")  # shows the page again, and does nothing
    assert page.input_value("[name=hand_over_note]") == "You know this one."
    assert page.input_value("#id_hand_over_to") == "ben"
    assert not Review.objects.exclude(reserved_for=None).exists()
    tab_to(page, "[formaction$='hand-over/']")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url not in (second, f"{second}hand-over/"))
    wait_for_focus(page, "h1")
    assert "You handed “Note 1” over to ben" in said(page)
    kept = Review.objects.get(reserved_for=ben)
    assert (kept.reserved_by, kept.reserved_note) == (ada, "You know this one.")
    page.keyboard.press("g")
    page.wait_for_url("/review/")
    assert not Review.objects.held_by(ada).exists()
    assert page.wrong == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_decision_is_undone_and_what_was_typed_is_back_and_what_is_typed_then_is_a_draft(
    open_page, scripts
):
    make_person("ada")
    make_article(flagged=True)
    page = open_page(java_script_enabled=scripts)
    sign_in(page, "ada")
    page.click("text=Take the next item")
    page.wait_for_url("**/review/*/")
    decided = page.url
    page.fill("#id_note", NOTE)
    page.check("[name=answer_safe][value=fail]")
    page.click("button[value=reject]")
    page.wait_for_url("/review/")
    if scripts:
        wait_for_focus(page)
        page.keyboard.press("z")
        wait_for_focus(page, ".undo button")
        assert Decision.objects.count() == 1, "one key alone undoes nothing"
        page.keyboard.press("Enter")
    else:
        page.click(".undo button")
    page.wait_for_url(lambda url: re.search(r"/review/\d+/$", url) and url != decided)
    assert page.input_value("#id_note") == NOTE
    assert page.is_checked("[name=answer_safe][value=fail]")
    if scripts:
        page.fill("#id_note", "Better words.")
        page.reload()
        assert page.input_value("#id_note") == "Better words."
    page.click("button[value=request_changes]")
    page.wait_for_url("/review/")
    assert Decision.objects.standing().get().verdict == "request_changes"
    assert page.wrong == []


def test_answer_keys_go_to_the_question_with_the_focus_and_can_be_switched_off(open_page):
    review = Review.objects.get(article=make_article(flagged=True)).claim(by=make_person("ada"))
    page = open_page()
    sign_in(page, "ada", address_of(review))
    page.locator("fieldset").nth(1).locator("input").first.focus()
    page.keyboard.press("f")
    page.keyboard.press("-")
    answers = [
        page.evaluate(
            "number => document.querySelectorAll('fieldset')[number].querySelector(':checked')?.value", n
        )
        for n in range(3)
    ]
    assert answers == [None, "fail", "na"]
    page.keyboard.press("?")
    assert "Not applicable" in page.inner_text("dialog")
    page.uncheck("dialog input")
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    assert page.locator("fieldset :checked").count() == 2
    assert not page.locator("fieldset kbd").first.is_visible()
    assert page.wrong == []


def test_a_verdict_that_needs_a_note_leads_to_it_without_losing_the_place_in_the_text(open_page):
    review = Review.objects.get(article=make_article(flagged=True, body="A paragraph.\n\n" * 80))
    review.claim(by=make_person("ada"))
    page = open_page(viewport={"width": 1280, "height": 800})
    sign_in(page, "ada", address_of(review))
    wait_for_focus(page)
    page.evaluate("scrollTo(0, 700)")
    page.keyboard.press("c")
    wait_for_focus(page, "[name=note]")
    assert page.evaluate("scrollY") == 700
    assert "say in the note" in page.inner_text(".told")
    boxes = page.evaluate(
        """() => Object.fromEntries(["[name=note]", ".told", ".evidence", ".bar"].map(one => {
            const {top, bottom} = document.querySelector(one).getBoundingClientRect();
            return [one, [top, bottom]];
        }))"""
    )
    bar = boxes[".bar"][0]
    assert boxes["[name=note]"][1] <= bar
    assert boxes[".evidence"][1] <= bar
    assert boxes[".told"][0] >= bar, "what is told stands in the bar"
    page.evaluate("scrollTo(0, 0)")
    assert page.evaluate("document.querySelector('.evidence').getBoundingClientRect().bottom") <= bar


def test_what_has_the_focus_is_never_behind_the_bar_of_verdicts(open_page):
    """WCAG 2.4.11: on a small screen the bar takes a good part of it."""
    review = Review.objects.get(article=make_article(flagged=True)).claim(by=make_person("ada"))
    page = open_page(viewport={"width": 320, "height": 640})
    sign_in(page, "ada", address_of(review))
    wait_for_focus(page)
    fields = set()
    while not page.evaluate("document.activeElement.matches('.bar *')"):
        page.keyboard.press("Tab")
        page.wait_for_function(
            """() => {
                const [field, bar] = [document.activeElement, document.querySelector(".bar")];
                return bar.contains(field) || field.getBoundingClientRect().top < bar.getBoundingClientRect().top;
            }""",
            timeout=5_000,
        )
        fields.add(page.evaluate("document.activeElement.name"))
    assert "note" in fields


def test_a_key_pressed_while_typing_is_a_letter_and_a_refusal_without_a_note_leads_to_the_note(open_page):
    make_person("ada")
    make_article(flagged=True)
    page = open_page()
    sign_in(page, "ada")
    page.keyboard.press("n")
    page.wait_for_url("**/review/*/")
    page.keyboard.press("c")
    assert page.evaluate("document.activeElement.name") == "note"
    page.keyboard.type("A cactus, next.")
    assert page.input_value("[name=note]") == "A cactus, next."
    page.click("button[value=approve]")  # nothing is answered
    assert page.inner_text("[role=alert] h2") == "Not done"
    assert page.input_value("[name=note]") == "A cactus, next."
    wait_for_focus(page)
    page.click("text=Give back")
    assert page.input_value("[name=note]") == "A cactus, next."
    wait_for_focus(page)
    assert not Decision.objects.exists()
    assert page.wrong == []


def test_without_javascript_a_reviewer_takes_answers_and_approves_by_plain_forms(open_page):
    make_person("ada")
    make_article(flagged=True)
    page = open_page(java_script_enabled=False)
    sign_in(page, "ada")
    page.click("text=Take the next item")
    page.wait_for_url("**/review/*/")
    for answer in page.locator("input[value=pass]").all():
        answer.check()
    page.click("button[value=approve]")
    page.wait_for_url("/review/")
    assert "You approved “A change you can take back”." in said(page)
    assert Decision.objects.get().verdict == "approve"
    assert page.wrong == []


@pytest.mark.parametrize("scripts", [False, True], ids=["without JavaScript", "with JavaScript"])
def test_a_session_that_ends_while_a_note_is_typed_keeps_it_and_goes_on_P8(open_page, scripts):
    make_person("ada")
    make_article(flagged=True)
    page = open_page(java_script_enabled=scripts)
    sign_in(page, "ada")
    page.click("text=Take the next item")
    page.wait_for_url("**/review/*/")
    page.fill("[name=note]", NOTE)
    page.locator("input[value=fail]").first.check()
    end_session(page)
    page.click("button[value=request_changes]")
    assert page.input_value("label:has-text('Note') textarea") == NOTE
    send_sign_in(page, "ada")
    page.wait_for_selector("button[value=request_changes]")
    assert page.input_value("[name=note]") == NOTE
    assert page.locator("input[value=fail]").first.is_checked()
    assert not Decision.objects.exists(), "signing in decides nothing"
    page.click("button[value=request_changes]")
    page.wait_for_url("/review/")
    assert "You asked for changes to" in said(page)
    assert str(Decision.objects.get().note).replace("\r\n", "\n") == NOTE
    assert not Review.objects.open().exists()
    assert page.wrong == []


def test_a_page_left_without_sending_it_opens_with_what_was_typed_for_its_author_alone_P8(open_page):
    make_person("ben")
    review = Review.objects.get(article=make_article(flagged=True)).claim(by=make_person("ada"))
    page = open_page()
    sign_in(page, "ada", address_of(review))
    page.fill("[name=note]", NOTE)
    end_session(page)
    page.reload()
    send_sign_in(page, "ben")
    page.wait_for_url(address_of(review))
    assert page.input_value("[name=note]") == ""
    end_session(page)
    sign_in(page, "ada", address_of(review))
    assert page.input_value("[name=note]") == NOTE
    page.click("button[value=request_changes]")
    page.wait_for_url("/review/")
    assert str(Decision.objects.get().note).replace("\r\n", "\n") == NOTE
    assert "draft" not in page.evaluate("JSON.stringify(localStorage)"), "what was sent is no draft any more"
    assert page.wrong == []


@pytest.mark.parametrize("scripts", [False, True], ids=["without JavaScript", "with JavaScript"])
def test_a_finding_leads_into_what_is_folded_and_its_mark_leads_back(open_page, scripts):
    ada, ben = make_person("ada"), make_person("ben")
    approve(make_article("first", flagged=True, body="One ![](https://a.example/x.png)\n"), ben)
    body, notes = "Two.\n\nOne ![](https://a.example/x.png)\n", ["AKIAABCDEFGHIJKLMNOP"]
    make_article("second", flagged=True, body=body, meta={"notes": notes})
    review = Review.objects.get(article__source_id="second").claim(by=ada)
    page = open_page(java_script_enabled=scripts)
    sign_in(page, "ada")
    page.goto(address_of(review))
    page.click("text=body, line 3")
    assert page.locator("details.approved[open] #part-2").is_visible()
    page.click("#part-2 .mark")
    assert page.url.endswith("#finding-2")
    page.click("text=meta.notes[0]")
    assert page.locator("details.about[open] :target").is_visible()
    assert page.wrong == []


def test_reasons_links_and_ticks_are_drafts_like_the_note_P8(open_page):
    ada = make_person("ada")
    make_article(flagged=True, body="Use AKIAABCDEFGHIJKLMNOP.\n")
    review = Review.objects.get().claim(by=ada)
    page = open_page()
    sign_in(page, "ada")
    page.goto(address_of(review))
    page.fill("[name^=overrule_]", "A sample.")
    page.click("fieldset summary >> nth=0")
    page.fill("[name=link_accurate]", "https://ci.example/7")
    page.check("[name=ticked_2]")
    page.goto("/review/")
    page.goto(address_of(review))
    assert page.input_value("[name^=overrule_]") == "A sample."
    assert page.input_value("[name=link_accurate]") == "https://ci.example/7"
    assert (page.is_checked("[name=ticked_2]"), page.is_checked("[name=ticked_1]")) == (True, False)
    for key in "pppp":
        page.keyboard.press(key)
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    page.wait_for_url("/review/")
    decision = Decision.objects.get()
    assert (len(decision.shown["overruled"]), decision.shown["ticked"]) == (1, [2])
    assert page.wrong == []


@pytest.mark.parametrize("scripts", [False, True], ids=["without JavaScript", "with JavaScript"])
def test_the_second_of_two_reviewers_on_one_seat_is_told_who_decided_and_keeps_the_note(open_page, scripts):
    ada, ben = make_person("ada"), make_person("ben")
    review = Review.objects.get(article=make_article(flagged=True)).claim(by=ada)
    page = open_page(java_script_enabled=scripts)
    sign_in(page, "ada", address_of(review))
    page.fill("[name=note]", NOTE)
    Review.objects.filter(pk=review.pk).update(claimed_until=Now())  # her lease runs out
    decide(review, ben)
    page.click("button[value=reject]")
    alert = page.inner_text("[role=alert]")
    assert "Somebody was faster" in alert
    assert "ben" in alert
    assert page.input_value("[aria-label='Your note']") == NOTE
    assert Decision.objects.get().person == ben
    wait_for_focus(page, "[role=alert]")
    assert page.wrong == []


# Editing -------------------------------------------------------------------------------------------------------


def test_an_editor_edits_previews_compares_releases_and_rolls_back(open_page):
    ada = make_person("ada")
    make_person("edith", is_staff=True)
    article = make_released()
    public = article.get_absolute_url()
    change = f"/admin/articles/article/{article.pk}/change/"
    page = open_page()
    sign_in(page, "edith", "/admin/")
    page.goto("/admin/articles/article/")
    page.click("#result_list >> text=A change you can take back")
    page.wait_for_url(change)

    body = page.input_value("[name=body]")
    page.fill("[name=body]", body.replace("keep the commands", "keep all the figures"))
    page.click("text=Save as a new revision")
    assert "Saved as revision 2." in page.inner_text(".messagelist")

    page.click("text=Preview")
    assert "Preview of revision 2: not released." in page.inner_text(".band")
    assert "keep all the figures" in page.inner_text("article .text")
    page.click("text=Back to the article")

    page.click("text=History")
    page.click("text=Compare the two")
    page.wait_for_url("**/compare/?**")
    assert "commands" in " ".join(page.locator("del").all_inner_texts())
    assert "figures" in " ".join(page.locator("ins").all_inner_texts())

    approve(article, ada)
    page.goto(change)
    page.click(".object-tools >> text=Release")
    page.fill("[name=owner]", "the platform desk")
    page.fill("[name=expected_result]", "Fewer questions.")
    page.fill("[name=rollback_note]", "Roll back.")
    version = page.input_value("[name=version]")
    page.click(".submit-row input")
    page.wait_for_url(change)
    assert version in page.inner_text(".messagelist")
    page.goto(public)
    assert "keep all the figures" in page.inner_text("article .text")

    page.goto(change)
    page.click("text=Roll back")
    page.locator("[name=to]").first.check()
    page.fill("[name=reason]", "The figures were wrong.")
    page.click(".submit-row input")
    page.wait_for_url(change)
    assert "shows 1.0.0 again" in page.inner_text(".messagelist")
    page.goto(public)
    assert "keep the commands" in page.inner_text("article .text")
    assert "Rolled back" in page.inner_text(".history")
    assert page.wrong == []


def test_the_policy_of_the_site_refuses_nothing_on_any_page_of_the_admin(open_page):
    make_person("lea", ["Editors", "Releasers", "Leads", "Auditors"], is_staff=True)
    make_released()
    page = open_page()
    sign_in(page, "lea", "/admin/")
    waiting, seen = {"/admin/"}, set()
    while waiting:
        address = waiting.pop()
        seen.add(address)
        assert page.goto(address).status == 200, address
        links = page.eval_on_selector_all(
            "a[href]", "links => links.map(link => link.pathname + link.search)"
        )
        # A list has a page for each order and filter; one stands for all.
        waiting |= {link for link in links if re.match(r"/admin/([a-z/]*$|\w+/\w+/\d+/)", link)} - seen
        assert page.wrong == [], address
    assert len(seen) > 15, seen


def test_the_list_of_articles_is_seen_whole_at_1280_and_as_cards_at_390(open_page):
    make_person("edith", is_staff=True)
    entities = [{"name": f"a rather long name {number}", "type": "problem"} for number in range(5)]
    flags = {"image_heavy": True, "has_images": True, "ai_generated_style": True}
    make_article(
        flagged=True,
        title="A title of the length that titles of technical articles have: what, for whom, and why now",
        body="```python\ndef f(:\n```",
        meta={"entities": entities, "flags": flags, "stack": ["python"]},
    )
    page = open_page()
    sign_in(page, "edith", "/admin/")
    for width in (1280, 1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/admin/articles/article/")
        hidden = page.evaluate(
            "(() => {const box = document.querySelector('.results'); return box.scrollWidth - box.clientWidth})()"
        )
        assert hidden <= 0, width
    assert page.locator("#result_list .field-title").bounding_box()["width"] > 300
    assert page.wrong == []


# Hostile text --------------------------------------------------------------------------------------------------


def test_hostile_text_is_shown_as_text_wherever_it_is_shown_S13(open_page):
    ada = make_person("ada", ["Reviewers", "Auditors"])
    make_person("edith", ["Editors", "Releasers", "Auditors"], is_staff=True)
    article = make_article(
        flagged=True,
        title=HOSTILE,
        body=f"{HOSTILE}\n\n## {HOSTILE}\n\n```{HOSTILE[:9]}\n{HOSTILE}\n```\n",
        meta={
            "topic": HOSTILE,
            "summary": HOSTILE,
            "stack": [HOSTILE[:43], "python"],
            "checklist": [HOSTILE],
            "entities": [{"name": HOSTILE[44:90], "type": "problem"}],
            "payload": {HOSTILE: HOSTILE},
            HOSTILE[:43]: HOSTILE,
        },
    )
    waiting = Review.objects.get(article=article)
    page = open_page()
    desk, admin = address_of(waiting), f"/admin/articles/article/{article.pk}"

    def visit(*addresses):
        for address in addresses:
            assert page.goto(address).status == 200, address
            assert page.evaluate("window.taken") is None, address
            assert page.locator("a[href^='javascript:' i], [onerror], [onload], svg[onload]").count() == 0, (
                address
            )
            assert "window.taken" in page.content(), f"{address} shows none of it"

    sign_in(page, "ada")
    visit("/review/", desk)
    decide(waiting, ada, note=HOSTILE)
    visit(desk)
    make_release(article, make_person("edith"))
    path = Article.objects.get().get_absolute_url()
    visit(path, f"{path}record/", "/", "/articles/", "/tags/python/", f"/search/?q={quote(HOSTILE)}")
    page.context.clear_cookies()
    sign_in(page, "edith", "/admin/")
    visit("/admin/articles/article/", f"{admin}/change/", f"{admin}/history/", f"{admin}/preview/")
    visit("/admin/articles/tag/", "/admin/articles/entity/")
    assert page.wrong == []


# Differences ---------------------------------------------------------------------------------------------------


def test_changes_are_walked_by_keys_with_the_place_told_and_marks_are_shown_without_losing_the_note(
    open_page,
):
    ada, edith = make_person("ada"), make_person("edith")
    article = make_released(body="One two three four.\n\nStays.\n\nFive six seven eight.\n")
    intake.edit(
        article,
        make_document(body="One two three four!\n\nStays.\n\nFive six seven nine.\n"),
        by=edith,
        seen=article.latest_revision.digest,
    )
    review = Review.objects.open().get().claim(by=ada)
    page = open_page()
    sign_in(page, "ada")
    page.goto(address_of(review))
    assert "Changed since your last look" in page.inner_text(".difference > summary")
    wait_for_focus(page, "h1")
    for number, key in ((1, "j"), (2, "j"), (1, "k"), (2, "j")):
        page.keyboard.press(key)
        wait_for_focus(page, f"#change-{number}")
        assert f"Change {number} of 2" in page.inner_text(".told")
    page.keyboard.press("j")
    assert page.inner_text(".told") == "That was the last change."
    wait_for_focus(page, "#change-2")
    page.keyboard.press("?")
    assert "Next change" in page.inner_text("dialog")
    page.keyboard.press("Escape")
    page.fill("[name=note]", NOTE)
    page.locator("h1").focus()
    page.keyboard.press("v")
    page.wait_for_selector("text=Hide marks")
    assert page.locator(".difference .space").count() > 0
    assert page.input_value("[name=note]") == NOTE
    wait_for_focus(page, "#difference")
    assert sideways(page) == []
    for choice in ("What is public", "Your last look"):
        page.locator("h1").focus()
        with page.expect_navigation():
            page.keyboard.press("=")
        assert page.inner_text(".against [aria-current]").startswith(choice)
        assert page.input_value("[name=note]") == NOTE
    page.goto(f"/review/articles/{article.pk}/compare/?old=1&new=2&marks=1")
    page.keyboard.press("j")
    wait_for_focus(page, "#change-1")
    assert sideways(page) == []
    assert page.wrong == []


def test_without_javascript_changes_lead_from_one_to_the_next(open_page):
    article = make_released(body="One two three four.\n\nFive six seven eight.\n")
    intake.edit(
        article,
        make_document(body="One two three four!\n\nFive six seven nine.\n"),
        by=make_person("edith"),
        seen=article.latest_revision.digest,
    )
    page = open_page(java_script_enabled=False)
    sign_in(page, "ada")
    page.goto(f"/review/articles/{article.pk}/compare/")
    page.click("text=1 of 2")
    assert page.url.endswith("#change-2")
    assert not page.is_visible("text=Next change")
    page.select_option("[name=new]", "1")
    page.click("button:has-text('Compare')")
    assert "Nothing differs." in page.inner_text("#difference")
    assert page.wrong == []
