"""Pages as files: kept once, answered without a query, cleared with what they show, and never another's (C1-C16)."""

import gzip
import json
import threading
import time
from datetime import UTC, datetime, timedelta

import brotli
import pytest
from django.db import OperationalError
from django.db.models import Max
from django.http import HttpResponse
from django.urls import URLResolver, get_resolver

from articles.models import Article, Purge
from articles.models.purge import EVERYTHING, HEARD_WITHIN, LOGGED_FOR, PurgeQuerySet
from articles.stored import following, making
from articles.stored.folder import Folder, page_of
from articles.stored.following import Follower
from articles.stored.rules import BY_NAME, RULES, rule_of
from reviews import release
from tests.makers import approve, make_article, make_person, make_release, make_released
from tests.stored import Site, committing

PAGE = "/articles/a-change-you-can-take-back/"
KEPT = [
    PAGE,
    f"{PAGE[:-1]}.md",
    f"{PAGE[:-1]}.json",
    "/",
    "/articles/",
    "/tags/python/",
    "/entities/stack/python/",
    "/feed.atom",
    "/feed.json",
    "/tags/python/feed.atom",
    "/entities/stack/python/feed.json",
]


def last_purge():
    return Purge.objects.aggregate(last=Max("pk", default=0))["last"]


def since_by_id(purges, place):
    behind = last_purge()
    found = list(purges.filter(pk__gt=place or 0).order_by("pk"))
    return (None if place is None or behind < place else found), behind


@pytest.fixture
def site(db, settings, tmp_path, monkeypatch):
    settings.PAGES_DIR, settings.SITE_URL, settings.SITE_HOST = (
        tmp_path / "pages",
        "http://testserver",
        "testserver",
    )
    monkeypatch.setattr(following, "start", lambda: None)  # steps are taken by hand
    # All of a test is one transaction, which its snapshots do not tell from others; tests/test_stored_beside.py does.
    monkeypatch.setattr(PurgeQuerySet, "seen", lambda self: str(last_purge()))
    monkeypatch.setattr(PurgeQuerySet, "since", since_by_id)
    making.folder.cache_clear()
    yield Site()
    making.folder.cache_clear()


@pytest.fixture
def released(site):
    return make_released()


@pytest.fixture
def away(monkeypatch):
    """The database does not answer."""

    def refuse(*args):
        raise OperationalError("could not connect")

    def begin():
        monkeypatch.setattr(making, "render", refuse)

    return begin


# Rules ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "address"), [(rule, address) for rule in RULES for address in rule.fits])
def test_an_example_of_a_rule_is_under_it(rule, address):
    path, _, query = address.partition("?")
    assert rule_of(path, query) is rule


@pytest.mark.parametrize(("rule", "address"), [(rule, address) for rule in RULES for address in rule.others])
def test_what_only_looks_like_an_example_is_under_another_rule(rule, address):
    path, _, query = address.partition("?")
    assert rule_of(path, query) is not rule


def test_every_address_of_the_site_is_under_a_rule_that_names_it():
    def paths(resolver, before="/"):
        for one in resolver.url_patterns:
            path = before + str(one.pattern)
            yield from paths(one, path) if isinstance(one, URLResolver) else [path]

    words = {"word:slug": "x", "word:type": "x", "form:form": "atom", "int:part": "1"}
    for path in paths(get_resolver()):
        for name, value in words.items():
            path = path.replace(f"<{name}>", value)
        assert rule_of(path).name != "elsewhere", path


def test_every_answer_names_its_rule(site, released):
    for address, rule in [
        (PAGE, "article"),
        ("/", "home"),
        ("/tags/python/", "list"),
        ("/tags/python/?after=", "older"),
        (f"{PAGE}record/", "record"),
        ("/search/?q=x", "search"),
        ("/health", "health"),
        ("/review/", "desk"),
        ("/nothing/", "elsewhere"),
        ("/articles/nothing/", "article"),
    ]:
        for _ in range(2):
            assert site.get(address).headers["x-cache-rule"] == rule, address


# What is kept, and how it is answered ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", KEPT)
def test_a_kept_page_is_answered_without_a_query_and_is_what_django_says(
    site, released, client, path, django_assert_num_queries
):
    first = site.get(path)
    with django_assert_num_queries(0):
        second = site.get(path)
    fresh = client.get(path)
    assert first == second
    assert (second.status, second.sent) == (200, fresh.content)
    same = {name.lower(): value for name, value in fresh.items() if name not in ("ETag", "Content-Length")}
    assert same.items() <= second.headers.items()


def test_a_page_is_compressed_ahead_and_each_form_has_an_etag_of_its_own(site, released):
    plain = site.get(PAGE)
    forms = {
        accepted: site.get(PAGE, HTTP_ACCEPT_ENCODING=accepted)
        for accepted in ("gzip, deflate, br", "gzip", "br;q=0, gzip;q=0.5", "identity", "br;q=0")
    }
    assert [one.headers.get("content-encoding") for one in forms.values()] == [
        "br",
        "gzip",
        "gzip",
        None,
        None,
    ]
    assert {one.body for one in forms.values()} == {plain.body}
    assert len({one.headers["etag"] for one in forms.values()}) == 3
    for one in forms.values():
        assert one.headers["vary"] == "Accept-Encoding"
        assert int(one.headers["content-length"]) == len(one.sent)
        assert one.headers["etag"].startswith('"'), "a strong one"


def test_who_has_the_page_hears_that_nothing_changed_and_head_agrees_C15(site, released):
    for accepted in ("", "br"):
        whole = site.get(PAGE, HTTP_ACCEPT_ENCODING=accepted)
        tag = whole.headers["etag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            short = site.get(PAGE, HTTP_ACCEPT_ENCODING=accepted, HTTP_IF_NONE_MATCH=known)
            assert (short.status, short.sent, short.headers["etag"]) == (304, b"", tag)
            assert "content-length" not in short.headers
        assert site.get(PAGE, HTTP_ACCEPT_ENCODING=accepted, HTTP_IF_NONE_MATCH='"other"').status == 200
        head = site.get(PAGE, method="HEAD", HTTP_ACCEPT_ENCODING=accepted)
        assert (head.status, head.sent, head.headers) == (200, b"", whole.headers)


def test_the_etag_of_one_form_is_not_that_of_another_C15(site, released):
    packed = site.get(PAGE, HTTP_ACCEPT_ENCODING="br").headers["etag"]
    assert site.get(PAGE, HTTP_IF_NONE_MATCH=packed).status == 200


def test_what_is_asked_first_by_head_is_kept_whole(site, released):
    assert site.get(PAGE, method="HEAD").sent == b""
    assert b"Keep the way back" in site.get(PAGE).body


def test_a_release_makes_its_own_page_before_anybody_asks_P9(site, django_assert_num_queries):
    with committing():
        make_released()
    with django_assert_num_queries(0):
        assert site.get(PAGE).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_only_reading_is_answered_from_files(site, released, method):
    site.get(PAGE)
    assert site.get(PAGE, method=method).status in (403, 405)


# Whose it is not ------------------------------------------------------------------------------------------------------


def test_staff_and_readers_get_the_same_bytes_whoever_comes_first_C1(site, released, client):
    client.force_login(make_person("edith").account)
    cookie = client.cookies["sessionid"].value
    for path in KEPT:
        for order in (("", cookie), (cookie, "")):
            site.folder.empty()
            answers = {site.get(path, HTTP_COOKIE=f"sessionid={one}").sent for one in order}
            assert len(answers) == 1, path
            assert b"edith" not in answers.pop()


@pytest.mark.parametrize("path", KEPT)
def test_no_cookie_token_or_nonce_is_in_what_is_kept_C2_C3_C5(site, released, path):
    answer = site.get(path)
    assert "set-cookie" not in answer.headers
    assert b"csrf" not in answer.body.lower()
    assert b"nonce" not in answer.body.lower()


@pytest.mark.parametrize(
    "change",
    [
        lambda response: response.set_cookie("a", "b"),
        lambda response: response.headers.__setitem__("Vary", "Cookie"),
        lambda response: response.headers.__setitem__("Cache-Control", "private"),
        lambda response: response.headers.__setitem__("Cache-Control", "max-age=0, no-store"),
        lambda response: setattr(response, "status_code", 302),
        lambda response: setattr(response, "status_code", 404),
        lambda response: setattr(response, "status_code", 500),
    ],
)
def test_what_is_one_persons_or_no_page_is_never_kept_C2_C4(site, monkeypatch, change):
    response = HttpResponse("<main>x</main>")
    monkeypatch.setattr(making, "render", lambda path: (response, float("inf")))
    assert making.is_for_all(response)
    change(response)
    answer = site.get("/")
    assert (answer.status, answer.body) == (response.status_code, b"<main>x</main>")
    assert not site.is_kept("/")
    assert site.get("/").headers.get("set-cookie", "").startswith("a=b") is bool(response.cookies)


def test_an_address_where_nothing_was_answers_once_it_is_released_C4(site):
    article = make_article()
    assert site.get(PAGE).status == 404
    with committing():
        make_release(article, make_person("edith"))
    assert site.get(PAGE).status == 200


def test_parameters_make_no_further_page_C6(site, released):
    for number in range(300):
        for path in (PAGE, "/", "/tags/python/", "/feed.atom"):
            assert site.get(f"{path}?u={number}").status == 200
    assert len(list(site.folder.root.rglob("*.meta"))) == 4


def test_further_pages_of_a_list_are_not_kept_and_not_answered_with_the_first(site, released):
    first = site.get("/articles/")
    for address in (
        "/articles/?after=2020-01-01T00:00:00Z",
        "/articles/?%61fter=x",
        "/articles/?a=1&after=x",
    ):
        further = site.get(address)
        assert further.headers["x-cache-rule"] == "older"
        assert further.body != first.body or further.status == 404, address


@pytest.mark.parametrize(
    "header",
    [
        {"HTTP_X_FORWARDED_HOST": "evil.example"},
        {"HTTP_X_FORWARDED_PROTO": "gopher"},
        {"HTTP_X_FORWARDED_PREFIX": "/evil"},
        {"HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE"},
        {"HTTP_ACCEPT_LANGUAGE": "tlh"},
        {"HTTP_X_ORIGINAL_URL": "/evil/"},
        {"HTTP_RANGE": "bytes=0-1"},
        {"HTTP_IF_NONE_MATCH": "*"},
        {"HTTP_IF_MODIFIED_SINCE": "Fri, 01 Jan 2100 00:00:00 GMT"},
        {"HTTP_COOKIE": "csrftoken=evil; messages=evil; sessionid=evil"},
        {"QUERY_STRING": "evil=1"},
        {"SCRIPT_NAME": "/evil"},
        {"SERVER_NAME": "evil.example", "SERVER_PORT": "1"},
    ],
)
def test_nothing_of_who_asks_first_is_in_what_others_get_C7(site, released, header):
    for path in KEPT:
        clean = site.get(path)
        site.folder.empty()
        site.get(path, **header)
        assert site.get(path) == clean, path


def test_a_host_that_is_not_ours_gets_no_page_C7(site, released, settings):
    site.get(PAGE)
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    assert site.get(PAGE, host="evil.example").status == 400
    assert site.get(PAGE, host="").status == 400
    assert site.get(PAGE, host="other.example:8000") == site.get(PAGE)


def test_what_must_come_by_https_is_not_answered_by_http(site, released, settings):
    site.get(PAGE)
    settings.SECURE_SSL_REDIRECT, settings.SECURE_PROXY_SSL_HEADER = True, ("HTTP_X_FORWARDED_PROTO", "https")
    assert site.get(PAGE, HTTP_X_FORWARDED_PROTO="https").status == 200
    assert site.front.is_ours({"HTTP_HOST": "testserver"}) is False


@pytest.mark.parametrize(
    "path",
    [
        "/review/x.css",
        "/articles/../admin/",
        "/articles/%2e%2e/",
        "//articles/",
        "/articles/a;b/",
        "/articles/a%2Fb/",
        "/articles/%00/",
        "/articles/%ff/",
        f"{PAGE}x.css",
        f"{PAGE}?x.css",
        "/articles/" + "long-" * 60 + "/",
        "/tags/" + "語" * 90 + "/",
    ],
)
def test_no_path_leads_out_of_the_folder_or_to_another_page_C8(site, released, path):
    site.get(PAGE)
    before = sorted(site.folder.root.rglob("*.meta"))
    answer = site.get(path)
    assert answer.status in (302, 404) or answer == site.get(PAGE)
    assert sorted(site.folder.root.rglob("*.meta")) == before


def test_a_slug_in_any_script_has_its_file(site):
    make_released(title="巻き戻しできる変更")
    path = Article.objects.get().get_absolute_url()
    assert site.get(path).status == 200
    assert site.is_kept("/articles/巻き戻しできる変更/")
    assert site.get(path).headers["x-cache-rule"] == "article"


# Clearing -------------------------------------------------------------------------------------------------------------


def remains(folder, said):
    """Say whether some file below the folder says this."""
    for file in folder.root.rglob("*"):
        unpack = {".gz": gzip.decompress, ".br": brotli.decompress}.get(file.suffix)
        if unpack and said in unpack(file.read_bytes()):
            return True
    return False


def test_a_withdrawal_is_seen_on_every_page_at_once_and_leaves_no_copy_P7(site, released):
    for path in KEPT:
        assert site.get(path).status == 200
    with committing():
        release.withdraw(released, by=make_person("edith"), reason="It is wrong.", seen=1)
    assert not remains(site.folder, b"A change you can take back")
    assert site.get(PAGE).status == 410
    for path in KEPT:
        assert b"A change you can take back" not in site.get(path).body or site.get(path).status == 410, path


def test_a_new_release_is_seen_on_every_page_at_once(site, released):
    for path in KEPT:
        site.get(path)
    with committing():
        article = make_article(title="A change that stays")
        approve(article, make_person("ada"))
        make_release(article, make_person("edith"))
    for path in KEPT:
        assert b"A change that stays" in site.get(path).body, path


def test_what_a_change_does_not_show_on_stays_C11(site, released):
    make_released("other", title="Something else", meta={"stack": ["rust"], "entities": [], "checklist": []})
    others = ["/articles/something-else/", "/tags/rust/", "/tags/rust/feed.atom"]
    for path in [*KEPT, *others]:
        site.get(path)
    with committing():
        release.withdraw(released, by=make_person("edith"), reason="It is wrong.", seen=1)
    assert [path for path in others if not site.is_kept(path)] == []


def test_a_page_made_while_it_changes_is_cleared_though_it_was_kept_later_C9(site, released, monkeypatch):
    """What was read before a release must not be kept behind it: the release waits for whoever makes the page."""
    make, order = making.render, []

    def slow(path):
        made = make(path)
        order.append("read")
        # The release's process comes behind our reading, and finds nothing to clear yet.
        purge = Purge(paths=[PAGE], xact=10**15, pk=10**15)
        thread = threading.Thread(target=lambda: (site.folder.clear(purge), order.append("cleared")))
        thread.start()
        threads.append(thread)
        time.sleep(0.1)
        order.append("made")
        return made

    threads = []
    monkeypatch.setattr(making, "render", slow)
    assert site.get(PAGE).status == 200
    for thread in threads:
        thread.join()
    assert order == ["read", "made", "cleared"]
    assert not site.is_kept(PAGE)


def test_a_purge_that_is_met_again_clears_no_page_that_was_made_behind_it_C9(site, released):
    purge = Purge(paths=[PAGE], pk=5, xact=5)
    site.get(PAGE)
    meta = site.folder.root / f"live{PAGE}index.meta"
    for seen, is_left in [
        ("4", False),
        ("5", True),
        ("4:9:5", False),
        ("4:9:6,7", True),
        ("4:5:", False),
        ("6:6:", True),
    ]:
        site.get(PAGE)
        said = json.loads(meta.read_bytes()) | {"seen": seen}
        meta.write_bytes(json.dumps(said).encode())
        site.folder.clear(purge)
        assert meta.exists() is is_left, seen


def test_a_process_that_died_behind_its_commit_leaves_the_clearing_to_the_next_C10(site, released):
    follower = Follower(site.folder)
    follower.step()
    site.get(PAGE)
    follower.step()
    assert site.is_kept(PAGE), "nothing came in"
    release.withdraw(
        released, by=make_person("edith"), reason="It is wrong.", seen=1
    )  # and no commit hook runs
    assert site.is_kept(PAGE)
    follower.step()
    assert not site.is_kept(PAGE)


def test_no_page_is_older_than_a_day_C10(site, released, monkeypatch):
    site.get(PAGE)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 24 * 3600 + 1)
    assert not site.is_kept(PAGE)


def test_one_rendering_serves_all_who_wait_for_it_C13(site, monkeypatch):
    made = []

    def slow(path):
        made.append(path)
        time.sleep(0.2)
        return HttpResponse("<main>x</main>"), float("inf")

    monkeypatch.setattr(making, "render", slow)
    monkeypatch.setattr(Purge.objects, "seen", lambda: "0")
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(making.made("/")[0])) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert [page.digest for page in answers] == [answers[0].digest] * 40


def test_who_waits_too_long_makes_the_page_without_keeping_it_C13(site, released, monkeypatch):
    lock = site.folder.lock
    monkeypatch.setattr(Folder, "lock", lambda folder, path: lock(path, wait=0.01))
    with lock(PAGE):
        page, _ = making.made(PAGE)
        assert page is not None
        assert not site.is_kept(PAGE)


@pytest.mark.parametrize("harm", ["cut", "other", "gone", "meta"])
def test_damaged_files_are_no_page_C14(site, released, harm):
    whole = site.get(PAGE)
    folder = site.folder.root / f"live{PAGE}"
    match harm:
        case "cut":
            (folder / "index.br").write_bytes(b"")
        case "other":
            (folder / "index.gz").write_bytes(gzip.compress(b"<script>evil()</script>"))
        case "gone":
            (folder / "index.gz").unlink()
        case "meta":
            (folder / "index.meta").write_bytes(b'{"format": 1, "bodies": {}}')
    making.folder.cache_clear()  # as another process, or this one later
    assert not site.is_kept(PAGE)
    assert site.get(PAGE).body == whole.body
    assert site.is_kept(PAGE)


def test_where_no_file_can_be_written_pages_are_made_each_time_C14(site, released, caplog):
    (site.folder.root / "live" / "articles").write_text("in the way")
    for _ in range(2):
        assert site.get(PAGE).status == 200
    assert "could not be kept" in caplog.text


def test_where_no_lock_can_be_made_pages_are_made_each_time_C14(site, released, caplog):
    for lock in (site.folder.root / "locks").iterdir():
        lock.unlink()
    (site.folder.root / "locks").rmdir()
    (site.folder.root / "locks").write_text("in the way")
    for _ in range(2):
        assert site.get(PAGE).status == 200
    assert "No lock could be made" in caplog.text
    assert not list(site.folder.root.rglob("*.meta"))


def test_where_there_can_be_no_folder_the_site_keeps_no_pages_C14(site, released, settings, tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    settings.PAGES_DIR = tmp_path / "file" / "pages"
    making.folder.cache_clear()
    assert making.folder() is None
    assert "No pages are kept" in caplog.text
    assert site.get("/health").status == 200


@pytest.mark.parametrize("everything", [True, False])
def test_a_folder_is_emptied_behind_whoever_makes_a_page_at_that_moment_C9(site, everything):
    order = []

    def empty():
        if everything:
            site.folder.clear(Purge(paths=[EVERYTHING], pk=10**15, xact=10**15))
        else:
            site.folder.empty()
        order.append("emptied")

    with site.folder.lock(PAGE) as is_ours:
        assert is_ours
        thread = threading.Thread(target=empty)
        thread.start()
        time.sleep(0.1)
        order.append("kept")
        site.folder.keep(
            PAGE, page_of(b"x", [], ends=2**33, seen="0", edition=site.folder.edition, is_own=False)
        )
    thread.join()
    assert order == ["kept", "emptied"]
    assert not site.is_kept(PAGE)


def test_what_one_process_clears_no_other_answers_with_C16(site, released):
    """Each process has pages in memory; two folders over one place are two processes."""
    other = Folder(site.folder.root, site.folder.edition)
    site.get(PAGE)
    assert other.fresh(PAGE).digest == site.folder.fresh(PAGE).digest
    with committing():
        release.withdraw(released, by=make_person("edith"), reason="It is wrong.", seen=1)
    assert other.fresh(PAGE) is None


def test_memory_is_bounded_C6(site, released, monkeypatch):
    monkeypatch.setattr("articles.stored.folder.MOST_IN_MEMORY", 5_000)
    for path in KEPT:
        site.get(path)
        site.get(path)
    assert len(site.folder._memory) < len(KEPT)
    assert site.folder._in_memory == sum(page.size for *_, page in site.folder._memory.values())


def test_code_templates_and_settings_of_another_edition_make_the_page_anew(site, released):
    site.get(PAGE)
    other = Folder(site.folder.root, "another edition")
    assert other.fresh(PAGE) is None
    assert not other.has(PAGE)
    assert other.last(PAGE) is not None, "while the database is away it is better than nothing"


# Following the log ----------------------------------------------------------------------------------------------------


def test_who_follows_begins_with_an_empty_folder_and_goes_on_from_there(site, released):
    site.get(PAGE)
    follower = Follower(site.folder)
    follower.step()
    assert not site.is_kept(PAGE), "nobody knows what was missed"
    site.get(PAGE)
    Follower(site.folder).step()
    assert site.is_kept(PAGE), "another process goes on where the first stopped"


def test_a_folder_that_was_not_followed_for_too_long_is_emptied(site, released, monkeypatch):
    Follower(site.folder).step()
    site.get(PAGE)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + HEARD_WITHIN.total_seconds() + 1)
    Follower(site.folder).step()
    assert not list(site.folder.root.rglob("*.meta"))


def test_a_folder_of_a_database_that_is_behind_it_is_emptied(site, released):
    """As after a restore from a backup."""
    Follower(site.folder).step()
    site.get(PAGE)
    site.folder.follow(10**15)
    Follower(site.folder).step()
    assert not site.is_kept(PAGE)


def test_one_process_follows_for_all(site, released):
    first, second = Follower(site.folder), Follower(site.folder)
    first.step()
    site.get(PAGE)
    Purge.objects.create(paths=[PAGE])
    with site.folder.following():
        second.step()
        assert site.is_kept(PAGE), "another one is at it"
    second.step()
    assert not site.is_kept(PAGE)


def test_a_purge_is_cleared_once_though_it_stays_in_the_log(site, released):
    follower = Follower(site.folder)
    follower.step()
    Purge.objects.create(paths=[PAGE])
    follower.step()
    making.made(PAGE)
    follower.step()
    assert site.is_kept(PAGE)


def test_a_purge_of_everything_clears_every_page(site, released):
    for path in KEPT:
        site.get(path)
    with committing():
        Purge.objects.of([EVERYTHING])
    assert [path for path in KEPT if site.is_kept(path)] == []


def test_old_purges_are_forgotten_and_none_that_a_folder_may_ask_for(db):
    now = datetime.now(UTC)
    for age in (LOGGED_FOR + timedelta(minutes=1), HEARD_WITHIN + timedelta(minutes=1), timedelta(0)):
        Purge.objects.create(paths=["/"], at=now - age)
    assert Purge.objects.forget() == 1
    assert Purge.objects.count() == 2
    assert LOGGED_FOR > HEARD_WITHIN


# What ends by itself, and while the database is away ------------------------------------------------------------------


def test_a_page_stops_being_indexable_by_itself_P4(site, released, monkeypatch):
    for path in ("/", PAGE, "/feed.atom"):
        site.get(path)
    assert "x-robots-tag" not in site.get(PAGE).headers
    soon = datetime.now(UTC) + timedelta(seconds=0.2)
    Article.objects.update(indexable_until=soon)
    site.folder.empty()
    for path in ("/", PAGE, "/feed.atom"):
        site.get(path)
        assert site.is_kept(path)
    time.sleep(0.3)
    assert [path for path in ("/", PAGE, "/feed.atom") if site.is_kept(path)] == []
    answer = site.get(PAGE)
    assert answer.headers["x-robots-tag"] == "noindex"
    assert "no person stands behind this text now" in answer.text
    assert b"A change you can take back" not in site.get("/feed.atom").body


def test_a_released_page_is_answered_while_the_database_is_away_P9(
    site, released, away, django_assert_num_queries
):
    whole = site.get(PAGE)
    away()
    with django_assert_num_queries(0):
        assert site.get(PAGE) == whole


def test_a_list_that_was_cleared_says_that_it_is_a_copy_while_the_database_is_away_P9(site, released, away):
    whole = site.get("/tags/python/")
    with committing():
        Purge.objects.of(["/tags/python/"])
    away()
    copy = site.get("/tags/python/")
    assert copy.status == 200
    assert "This is a copy of" in copy.text
    assert "A change you can take back" in copy.text
    assert copy.headers["cache-control"] == "no-store"
    assert "etag" not in copy.headers
    assert whole.headers["content-security-policy"] == copy.headers["content-security-policy"]


def test_a_copy_whose_review_ended_meanwhile_is_for_no_search_engine_P4(site, released, away, monkeypatch):
    site.get(PAGE)
    away()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 400 * 24 * 3600)
    copy = site.get(PAGE)
    assert (copy.status, copy.headers["x-robots-tag"]) == (200, "noindex")


def test_of_what_was_withdrawn_no_copy_is_shown_while_the_database_is_away_P7(site, released, away):
    for path in KEPT:
        site.get(path)
    with committing():
        release.withdraw(released, by=make_person("edith"), reason="It is wrong.", seen=1)
    site.get("/")
    away()
    for path in KEPT:
        answer = site.get(path)
        assert b"A change you can take back" not in answer.body, path
        assert answer.status == (200 if path == "/" else 503), path


def test_what_was_never_made_says_that_it_is_away_and_when_to_ask_again(site, away):
    away()
    for path in ("/", "/articles/nothing/"):
        answer = site.get(path)
        assert (answer.status, answer.headers["retry-after"], answer.headers["x-robots-tag"]) == (
            503,
            "60",
            "noindex",
        )
        assert "Released articles can still be read." in answer.text


def test_nobody_waits_for_a_database_that_was_found_away_a_moment_ago(site, released, monkeypatch):
    asked = []

    def refuse(path):
        asked.append(path)
        raise OperationalError("could not connect")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(making, "render", refuse)
        for path in ("/", "/articles/", "/tags/python/"):
            assert site.get(path).status == 503
    assert asked == ["/"]
    site.front.away_until = 0.0
    assert site.get("/").status == 200


def test_a_view_that_finds_the_database_away_says_so(client, db, monkeypatch):
    def refuse(*args):
        raise OperationalError("could not connect")

    monkeypatch.setattr("articles.pages.tags_at_home", refuse)
    answer = client.get("/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "Content-Security-Policy" in answer.headers


# Filling --------------------------------------------------------------------------------------------------------------


def test_the_job_makes_what_pages_are_missing_the_newest_first(site, monkeypatch):
    monkeypatch.setattr(making, "BATCH", 2)
    articles = [make_released(f"n-{number}", title=f"Number {number}") for number in range(5)]
    site.get("/articles/number-4/")
    assert list(making.fill(most=3)) == [True, True]
    assert [site.is_kept(one.get_absolute_url()) for one in articles] == [False, False, True, True, True]
    assert list(making.fill()) == [True, True]
    assert list(making.fill()) == []


def test_the_first_page_of_a_list_is_kept_and_no_further_one():
    assert (BY_NAME["list"].is_kept, BY_NAME["older"].is_kept) == (True, False)
