"""What every kind of readers' page keeps to: valid HTML, the strict policy, few requests, few bytes."""

import gzip
import re
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from xml.etree.ElementTree import Comment

import html5lib
import pytest
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.test import Client

from articles.document import from_data
from articles.models import Article, Checklist, Entity, Tag
from reviews import intake, release
from seeds.synthesizer import Shares, synthesized
from tests.makers import make_person, make_release, make_released
from tests.test_headers import CLOSED, OWN

pytestmark = pytest.mark.django_db

BODY = """Begins with words[^1] and [a link](https://example.com/ "A title"), `code`, **bold**, ~~gone~~.

# First
## Deeper
> A quotation
>
> - of a list

```python
def ready() -> bool:
    return "<b>" != '&'
```

## Second

| a | b |
|:--|--:|
| 1 | `2` |

- [x] done
- [ ] open

    indented code

### Third
![An image](https://example.com/a.png)

<div onclick="x()">raw HTML</div>

# First

1. one

   two

[^1]: A note with *words*.
"""
KINDS = {
    "home",
    "list",
    "older",
    "article",
    "plain",
    "right-to-left",
    "record",
    "search",
    "results",
    "nothing-found",
    "no-word",
    "tag",
    "entity",
    "checklist",
    "withdrawn",
    "withdrawn-record",
    "missing",
    "failed",
    "sign-in",
}


@pytest.fixture
def pages(settings):
    """Return {kind: HTML} of every kind of page that readers can see; each was answered with its status."""
    settings.SHOW_DESK_META = True
    full = make_released(
        "full",
        body=BODY,
        title="Full & <whole>",
        meta={"nested": {"a": [{"b": [1, None]}]}, "url": "https://example.com/?a=1&b=2"},
    )
    plain = make_released("plain", reviewed=False, title="Plain", body="Some words.")
    arabic = make_released(
        "rtl", title="النسخ الاحتياطي", lang="ar", dir="rtl", body="كلمات\n\n```\ncode\n```\n"
    )
    gone = make_released("gone", title="Gone")
    release.withdraw(gone, by=make_person("edith"), reason="Wrong.", seen=1)
    asked = {
        "home": "/",
        "list": "/articles/",
        "older": "/articles/?after=99999999999999999-1",
        "article": full.get_absolute_url(),
        "plain": plain.get_absolute_url(),
        "right-to-left": arabic.get_absolute_url(),
        "record": f"{full.get_absolute_url()}record/",
        "search": "/search/",
        "results": "/search/?q=full&tag=python&reviewed=1",
        "nothing-found": "/search/?q=zebra+nonsense&tag=python",
        "no-word": "/search/?q=!!!",
        "tag": Tag.objects.public().first().get_absolute_url(),
        "entity": Entity.objects.public().first().get_absolute_url(),
        "checklist": Checklist.objects.first().get_absolute_url(),
        "withdrawn": gone.get_absolute_url(),
        "withdrawn-record": f"{gone.get_absolute_url()}record/",
        "missing": "/nothing/",
        "sign-in": "/sign-in/",
    }
    expected = {"withdrawn": 410, "withdrawn-record": 410, "missing": 404}
    answers = {kind: Client().get(path) for kind, path in asked.items()}
    for kind, answer in answers.items():
        assert answer.status_code == expected.get(kind, 200), kind
        assert set(answer["Content-Security-Policy"].split("; ")) == CLOSED | OWN, kind
    return {kind: answer.content.decode() for kind, answer in answers.items()} | {
        "failed": render_to_string("500.html")
    }


def faults(html):
    """Return what is not valid in a page: what the parser of the standard objects to, and what it does not look at."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(html)
    found = [(place, code) for place, code, _ in parser.errors]
    elements = [(one, above) for one, above in walk(tree)]
    ids = [one.get("id") for one, _ in elements if one.get("id")]
    found += [("id twice", one) for one in sorted({one for one in ids if ids.count(one) > 1})]
    for one, above in elements:
        named = (one.get("aria-labelledby", "") + " " + one.get("for", "")).split()
        if one.tag == "a" and one.get("href", "").startswith("#") and len(one.get("href")) > 1:
            named.append(one.get("href")[1:])
        found += [("names no id", name) for name in named if name not in ids]
        if one.tag in INTERACTIVE and INTERACTIVE.intersection(above):
            found.append(("interactive within interactive", one.tag))
        if one.tag in BLOCKS and PHRASES.intersection(above):
            found.append(("block within a phrase", one.tag))
        if one.tag in PARTS and above[-1:] not in [[parent] for parent in PARTS[one.tag]]:
            found.append(("not in its parent", one.tag))
        found += [("no such attribute", name) for name in one.attrib if NO_ATTRIBUTE.match(name)]
        if "datetime" in one.attrib and not WHEN.match(one.get("datetime")):
            found.append(("no moment", one.get("datetime")))
        if "lang" in one.attrib and not LANGUAGE.match(one.get("lang")):
            found.append(("no language", one.get("lang")))
        if one.get("dir", "auto") not in ("ltr", "rtl", "auto"):
            found.append(("no direction", one.get("dir")))
    levels = [
        int(one.tag[1]) for one, above in elements if re.fullmatch("h[1-6]", one.tag) and "aside" not in above
    ]
    if levels.count(1) != 1:
        found.append(("h1", levels.count(1)))
    found += [("heading skips", pair) for pair in pairwise(levels) if pair[1] > pair[0] + 1]
    return found


INTERACTIVE = {"a", "button", "input", "select", "textarea", "summary"}
BLOCKS = {
    "p",
    "div",
    "ul",
    "ol",
    "dl",
    "pre",
    "table",
    "section",
    "figure",
    "blockquote",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
}
PHRASES = {
    "p",
    "span",
    "b",
    "em",
    "strong",
    "code",
    "small",
    "bdi",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "time",
    "button",
}
PARTS = {
    "li": ("ul", "ol"),
    "dt": ("dl", "div"),
    "dd": ("dl", "div"),
    "tr": ("thead", "tbody"),
    "td": ("tr",),
    "th": ("tr",),
}
NO_ATTRIBUTE = re.compile("on|style$|align$|bgcolor$|border$")
WHEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")


def walk(element, above=()):
    for child in element:
        if child.tag is not Comment and isinstance(child.tag, str):
            yield child, list(above)
            yield from walk(child, (*above, child.tag))


def test_every_kind_of_page_is_valid_html_under_the_strict_policy(pages):
    assert set(pages) == KINDS
    assert {kind: found for kind, html in pages.items() if (found := faults(html))} == {}


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ("<p><div>x</div></p>", "unexpected-end-tag"),
        ("<b>x", "expected-one-end-tag-but-got-another"),
        ('<p id="a"></p><p id="a"></p>', "a"),
        ('<a href="#nowhere">x</a>', "nowhere"),
        ('<button><a href="/">x</a></button>', "a"),
        ("<span><div>x</div></span>", "div"),
        ("<div><li>x</li></div>", "li"),
        ('<p onclick="x()">x</p>', "onclick"),
        ('<p style="color:red">x</p>', "style"),
        ('<time datetime="yesterday">x</time>', "yesterday"),
        ('<p lang="">x</p>', ""),
        ('<p dir="up">x</p>', "up"),
        ("<h1>x</h1>", 2),
        ("<h3>x</h3>", (1, 3)),
    ],
)
def test_it_notices_what_is_not_valid(wrong, fault):
    page = '<!doctype html><html lang="en"><head><title>x</title></head><body><h1>x</h1>{}</body></html>'
    assert faults(page.format("")) == []
    assert fault in [what for _, what in faults(page.format(wrong))]


def test_no_page_loads_from_elsewhere_or_runs_what_stands_in_it(pages):
    for kind, html in pages.items():
        for tag in re.findall(r"<(?:script|link|img|iframe|source|video)\b[^>]*>", html):
            loaded = re.search(r'\b(?:src|href)="([^"]*)"', tag)
            is_data = 'type="application/ld+json"' in tag and not loaded
            is_word = re.search('rel="(canonical|alternate)"', tag)
            assert is_data or is_word or (loaded and loaded[1].startswith("/")), (kind, tag)
            assert not loaded or not loaded[1].startswith("//"), (kind, tag)


def fetched(html):
    """Return the addresses that a browser fetches for a page beside it."""
    tags = re.findall(
        r"<script\b[^>]*\bsrc=[^>]*>|<link\b[^>]*\brel=\"(?:stylesheet|icon)\"[^>]*>|<link rel=\"icon\"[^>]*>",
        html,
    )
    return [re.search(r'\b(?:src|href)="([^"]*)"', tag)[1] for tag in tags]


def test_a_page_takes_at_most_four_requests(pages):
    for kind, html in pages.items():
        assert 2 <= len(fetched(html)) <= 3, (kind, fetched(html))
    assert len(fetched(pages["article"])) == 3


def test_only_pages_that_show_code_fetch_the_script(pages):
    assert {kind for kind, html in pages.items() if "copy.js" in html} == {"article", "right-to-left"}


def sent(content):
    return len(gzip.compress(content, 6, mtime=0))


def sent_of(name):
    return sent(Path(finders.find(f"articles/{name}")).read_bytes())


def test_styles_and_script_are_small():
    assert sent_of("site.css") <= 12 * 1024
    assert sent_of("copy.js") <= 5 * 1024


def test_an_article_with_all_it_takes_is_light():
    """Forty notes as drafts come, with styles, script and icon."""
    edith = make_person("edith")
    none = Shares(review=0, fault=0, duplicate=0)
    for data, _ in synthesized(40, seed=7, shares=none):
        _, article = intake.receive(from_data(data))
        make_release(article, edith)
    beside = sent_of("site.css") + sent_of("copy.js") + sent_of("favicon.svg")
    reader = Client()
    paths = [article.get_absolute_url() for article in Article.objects.public()]
    assert len(paths) == 40
    weights = [beside + sent(reader.get(path).content) for path in paths]
    assert median(weights) <= 14 * 1024
    assert quantiles(weights, n=20)[-1] <= 30 * 1024
