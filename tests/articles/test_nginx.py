"""nginx serves the same files by a configuration that is made from the rules."""

import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from articles.models import Article
from articles.stored import making
from tests.articles.test_stored import PAGE, site  # noqa: F401
from tests.makers import make_released

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
if not NGINX and os.environ.get("CI") == "true":
    raise RuntimeError("nginx is required in CI.")


def printed(*options):
    said = StringIO()
    call_command("nginx_config", *options, stdout=said)
    return said.getvalue()


def test_each_kept_rule_has_its_places_and_no_other_rule_has_one(site):  # noqa: F811
    text = printed()
    assert set(re.findall(r'X-Cache-Rule "(\w+)"', text)) == {"article", "home", "list", "source", "feed"}
    assert "brotli" not in text
    assert printed("--brotli").count("brotli_static always;") == text.count("gzip_static always;")
    assert f'root "{site.folder.root}/live";' in text


def test_what_is_not_measured_is_said(site):  # noqa: F811
    assert "neither who reads an article nor hits of a rule are counted" in " ".join(printed().split("\n# "))


@pytest.mark.parametrize("command", ["nginx_config", "keep_pages"])
def test_a_site_that_keeps_no_pages_says_so(db, command):
    making.folder.cache_clear()
    with pytest.raises(CommandError, match="Pages are not kept here"):
        call_command(command)


def test_all_pages_are_made_on_demand(site):  # noqa: F811
    make_released()
    for said in ("Made 1 page in ", "Made 0 pages in "):
        out = StringIO()
        call_command("keep_pages", stdout=out)
        assert out.getvalue().startswith(said)
    assert site.is_kept(PAGE)


@pytest.fixture
def nginx(site, tmp_path):  # noqa: F811
    """The address of an nginx before nothing: whatever it answers comes from the files."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "site.conf").write_text(printed("--listen", f"127.0.0.1:{port}", "--upstream", "127.0.0.1:1"))
    (tmp_path / "nginx.conf").write_text(
        f"{'user root; ' if os.geteuid() == 0 else ''}daemon off; events {{}}\n"
        f"pid {tmp_path}/pid; error_log {tmp_path}/error.log;\n"
        f"http {{ access_log off; include {tmp_path}/site.conf;\n"
        + "".join(
            f"{kind}_temp_path {tmp_path}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        + "}\n"
    )
    process = subprocess.Popen([NGINX, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")])
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait()


def answer(address, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=10) as said:
            return said.status, said.headers, said.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, b""


@pytest.mark.skipif(not NGINX, reason="there is no nginx")
def test_nginx_answers_with_the_same_bytes_and_headers_and_leaves_the_rest_to_the_site(site, nginx):  # noqa: F811
    make_released()
    unreviewed = make_released("other", title="Unreviewed", reviewed=False)
    for path in (
        PAGE,
        "/",
        "/articles/",
        "/tags/python/",
        "/feed.atom",
        "/tags/python/feed.json",
        f"{PAGE[:-1]}.md",
    ):
        assert answer(nginx + path)[0] == 502, "not kept yet"
        ours = site.get(path)
        status, headers, body = answer(nginx + path)
        assert (status, body) == (200, ours.body), path
        for name in (
            "content-type",
            "content-security-policy",
            "cache-control",
            "x-cache-rule",
            "x-frame-options",
        ):
            assert headers[name] == ours.headers[name], (path, name)
        assert answer(nginx + path, **{"Accept-Encoding": "gzip"})[1]["Content-Encoding"] == "gzip"
    site.get(unreviewed.get_absolute_url())
    assert answer(nginx + unreviewed.get_absolute_url())[0] == 502, "the site says noindex in a header"
    assert answer(f"{nginx}/articles/?after=x")[0] == 502
    assert answer(f"{nginx}/articles/?%61fter=x")[0] == 502
    assert answer(f"{nginx}{PAGE}?utm=x")[0] == 200
    assert answer(f"{nginx}/review/")[0] == 502
    assert Article.objects.count() == 2
