"""Every page and every state of the desk, looked at by axe-core: no violation in light and dark, wide and at 320 px."""

import json
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from django.utils import timezone

from articles.models import Article, Checklist, Entity, Tag
from reviews import release
from reviews.models import Review, Thread
from tests.makers import approve, decide, make_article, make_person, make_released
from tests.test_browser import (  # noqa: F401
    address_of,
    end_session,
    open_page,
    send_sign_in,
    sign_in,
    wait_for_focus,
)

pytestmark = [
    pytest.mark.browser,
    # They cost a second each, and what a page is made of comes from no database.
    pytest.mark.skipif(connection.vendor != "sqlite", reason="The pages are the same on both engines."),
]

axe = Axe()
# All rules once; of the others looks those that could differ there.
LOOKS = [
    ("light", 1280, {}),
    ("light", 320, {"runOnly": ["target-size", "scrollable-region-focusable", "aria-hidden-focus", "label"]}),
    ("dark", 1280, {"runOnly": ["color-contrast"]}),
]
BODY = """## First

Some words, a [link](https://example.com/), `code` and a note[^1].

```python
print("as it is")
```

| a | b |
|---|---|
| 1 | 2 |

- [x] done
- [ ] open

[^1]: A note.
"""


def violations(page):
    """Return [(scheme, width, rule, where)] of what axe objects to in the page as it stands."""
    found = []
    for scheme, width, options in LOOKS:
        page.emulate_media(color_scheme=scheme)
        # So high that the bar of verdicts covers nothing: axe takes that for what has no room.
        page.set_viewport_size({"width": width, "height": 4_000})
        for one in axe.run(page, options=options).response["violations"]:
            found += [(scheme, width, one["id"], node["target"]) for node in one["nodes"]]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 800})
    return found


def test_it_notices_what_is_wrong(open_page):  # noqa: F811
    page = open_page()
    page.goto("/")
    page.evaluate("document.querySelector('h1').insertAdjacentHTML('afterend', '<button></button>')")
    assert {rule for _, _, rule, _ in violations(page)} == {"button-name"}


def test_readers_pages(open_page):  # noqa: F811
    make_released("plain", reviewed=False, title="Plain", body="Some words.")
    gone = make_released("gone", title="Gone")
    release.withdraw(gone, by=make_person("edith"), reason="Wrong.", seen=1)
    article = make_released(title="A title", body=BODY, meta={"tags": ["python"], "checklist": ["One."]})
    path = article.get_absolute_url()
    page = open_page()
    for address in (
        "/",
        "/articles/",
        path,
        f"{path}record/",
        Article.objects.get(source_id="plain").get_absolute_url(),
        gone.get_absolute_url(),
        Tag.objects.public().first().get_absolute_url(),
        Entity.objects.public().first().get_absolute_url(),
        Checklist.objects.first().get_absolute_url(),
        "/search/",
        "/search/?q=title",
        "/search/?q=words",
        "/search/?q=zebra+nonsense&tag=python",
        "/search/?q=!!!",
        "/nothing/",
        "/sign-in/",
    ):
        page.goto(address)
        assert violations(page) == [], address


@pytest.fixture
def seat(committed_database):
    """A seat that has everything: findings, threads, words that were approved before, a revision before it."""
    ada, ben = make_person("ada"), make_person("ben")
    approve(make_article("other", flagged=True, title="Another", body=BODY), ben)
    decide(
        Review.objects.get(article=make_article("full", flagged=True, body=f"{BODY}\nOld words.\n")),
        ada,
        "request_changes",
        note="More.",
    )
    article = make_article("full", flagged=True, body=f"{BODY}\n[nowhere](#nowhere) and new words.\n")
    seat = Review.objects.open().get(article=article)
    thread = Thread.objects.start(seat.revision, "Is this so?", by=ben)
    thread.answer("It is.", by=ada, revision=seat.revision)
    return seat


def test_the_page_of_a_seat_in_every_state(open_page, seat):  # noqa: F811
    page = open_page()
    sign_in(page, "ada")

    def check(state):
        assert violations(page) == [], state

    page.goto(address_of(seat))
    check("nobody holds it")
    page.keyboard.press("n")
    page.wait_for_selector("button[value=reject]")
    check("held")
    for key, state in (
        ("s", "skipping"),
        ("h", "handing over"),
        ("m", "commenting"),
        ("y", "passed together"),
        ("x", "a note is missing"),
    ):
        page.locator("h1").click()
        page.keyboard.press(key)
        check(state)
    for key, state in (("v", "marks are shown"), ("u", "everything is shown")):
        page.locator("h1").click()
        with page.expect_navigation():
            page.keyboard.press(key)
        check(state)
    page.click("text=Any two revisions")
    check("choosing two revisions")
    page.locator("h1").click()
    page.keyboard.press("?")
    check("keys")
    page.keyboard.press("Escape")
    with page.expect_navigation():
        page.click("button[value=approve]")
    check("refused: a thread is open")
    page.fill("[name=note]", "No.")
    end_session(page)
    with page.expect_navigation():
        page.click("button[value=reject]")
    check("signed out")
    send_sign_in(page, "ada")
    page.wait_for_selector("button[value=reject]")
    seat.refresh_from_db()
    seat.give_back(by=seat.claimed_by, token=seat.claim_token)
    decide(seat, make_person("cem", ["Reviewers"]), "reject", note="No.")
    with page.expect_navigation():
        page.click("button[value=reject]")
    check("somebody was faster")
    page.goto(address_of(seat))
    check("closed")


def test_the_queue_and_the_pages_of_leads_in_every_state(open_page, seat):  # noqa: F811
    make_person("lea")
    page = open_page()

    def check(state):
        assert violations(page) == [], state

    held, put_off, late, _ = (make_article(f"n-{number}", flagged=True) for number in range(4))
    Review.objects.get(article=held).claim(by=make_person("ben"))
    soon = timezone.now() + timedelta(days=1)
    Review.objects.filter(article=put_off).update(deferred_until=soon)
    Review.objects.filter(article=late).update(due_at=timezone.now() - timedelta(days=1))
    sign_in(page, "lea")
    check("the queue")
    page.keyboard.press("f")
    wait_for_focus(page, ".fields *")
    check("narrowing")
    page.goto("/review/?tag=python&show=put_off")
    check("narrowed")
    page.goto("/review/?tag=nothing")
    check("nothing waits here")
    page.goto("/review/")
    page.keyboard.press("e")
    page.keyboard.press("w")
    wait_for_focus(page, "[name=action]")
    page.select_option("[name=action]", "put_off")
    with page.expect_navigation():
        page.click("text=Go on")
    check("what would be done")
    page.fill("[name=until]", str((timezone.now() + timedelta(days=2)).date()))
    with page.expect_navigation():
        page.click("text=Put these off")
    check("what became of it")
    for name in ("Figures", "Batches"):
        with page.expect_navigation():
            page.click(f"nav >> text={name}")
        check(name)
    page.goto("/review/")
    page.click("h2 a >> nth=0")
    page.wait_for_url("**/review/*/")
    page.keyboard.press("l")
    page.wait_for_url("**/find/**")
    check("find all like this")
    assert json.dumps(page.wrong) == "[]"
