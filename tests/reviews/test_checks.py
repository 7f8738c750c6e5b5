"""What the automatic checks notice, and what they leave alone."""

import re

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from articles.document import from_data
from articles.models import Redirect
from articles.rendering import outline
from reviews import checks, intake
from reviews.checks import boilerplate, secrets
from reviews.checks.noticed import BLOCKING, REMARK, folded, holds
from tests.articles.hostile import HOSTILE
from tests.makers import BODY, DATA, make_article, make_document, make_person, make_released


def noticed(body=BODY, facts=frozenset, lang="en", **meta):
    """Return [(code, severity, place, line, message)] of a document with this body and these values of its meta."""
    document = from_data(DATA | {"body": body, "lang": lang, "meta": DATA["meta"] | meta})
    return [
        (check.code, found.severity or check.severity, found.place, found.line, found.message)
        for check, found in checks.notice(document, facts)
    ]


def nothing_holds(asked):
    return set()


def fenced(language, text):
    return f"```{language}\n{text}\n```\n"


def of(code, **changes):
    return [found[1:] for found in noticed(**changes) if found[0] == code]


def test_a_sound_text_has_no_findings():
    assert noticed() == []


@pytest.mark.parametrize(
    ("body", "code", "severity", "line"),
    [
        ("Well.\n\nAs an AI language model, I cannot know.", "boilerplate", BLOCKING, 3),
        ("Well.\n\nAdd [insert the command] here.", "boilerplate", BLOCKING, 3),
        ("Run it with AKIAIOSFODNN7EXAMPLE.", "secret", BLOCKING, 1),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "secret", BLOCKING, 1),
        ("if (admin\u202e) {", "invisible", BLOCKING, 1),
        ("one\u200btwo", "invisible", REMARK, 1),
        ("A.\n\n```python\ndef f(:\n    pass\n```", "code", REMARK, 4),
        ('```json\n{"a": 1,}\n```', "code", REMARK, 2),
        ("```toml\na = \n```", "code", REMARK, 2),
        ("```yaml\na: 1\nb: [1\n```", "code", REMARK, 4),
        ("```yaml\na: 1\nb: *.py\n```", "code", REMARK, 3),
        ("```yaml\na: 1\n\tb: 2\n```", "code", REMARK, 3),
        ("## One\n\n#### Two", "headings", REMARK, 3),
        ("## One\n\n##\n\nText.", "headings", REMARK, 3),
        ("Certainly! Here is the article.\n\nText.", "boilerplate", BLOCKING, 1),
        ("As of my last knowledge update, it holds.", "boilerplate", BLOCKING, 1),
        ("One.\n\nTwo. TODO: the figure", "open", REMARK, 3),
        ("One line\nand {{ title }}.", "open", REMARK, 2),
        ("I hope this helps!", "open", REMARK, 1),
        ("Text.\n\n[a]()", "link", REMARK, 3),
        ("Text\n![](https://a.example/x.png)", "image", REMARK, 2),
        ("![image.png](https://a.example/image.png)", "image", REMARK, 1),
        ('```bash\n{"a": 1}\n```', "language", REMARK, 1),
        ('```python\n{"a": true}\n```', "language", REMARK, 1),
        ("```json\n[server]\nport = 1\n```", "language", REMARK, 1),
        ("```python\n#!/bin/bash\nset -e\n```", "language", REMARK, 1),
        ("Some <b>raw</b> markup.", "markup", REMARK, 1),
    ],
)
def test_a_fault_is_found_at_its_place(body, code, severity, line):
    [found, *_] = of(code, body=body)
    assert found[:3] == (severity, "body", line)


@pytest.mark.parametrize(
    ("pattern", "marks", "looked_into"),
    [
        (secrets.SECRET, secrets.MARKS, str),
        (boilerplate.LEFT_BEHIND, boilerplate.MARKS_LEFT_BEHIND, lambda text: folded(f"\n{text}")),
        (boilerplate.OPEN, boilerplate.MARKS_OPEN, str),
    ],
)
def test_whatever_a_pattern_matches_has_one_of_its_marks(pattern, marks, looked_into):
    """What has none is passed over, so a mark that is wrong would hide what it stands for."""

    @examples(max_examples=200, suppress_health_check=list(HealthCheck))
    @given(st.from_regex(pattern))
    def matches_have_a_mark(text):
        assert holds(looked_into(text), marks) or not pattern.search(text)

    matches_have_a_mark()


def test_what_stands_in_a_key_deep_inside_is_found():
    [found] = of("secret", tried={"one": [{"AKIAIOSFODNN7EXAMPLE": 1}]})
    assert found[:2] == (BLOCKING, "meta.tried.one[0] (key)")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("[here]()", "is empty"),
        ("[here](http://)", "names no host"),
        ("[here](http://db.internal/)", "private network"),
        ("[here](http://10.20.3.4/graphs/)", "private network"),
        ("[here](http://[fd12::1]/)", "private network"),
        ("[here](#nowhere)", "leads to no section"),
        ("[here](javascript:x)", ""),
    ],
)
def test_links_that_lead_nowhere_are_remarked_on(body, said):
    if not said:  # it is no link at all, and readers see it as it is written
        assert of("link", body=body) == []
        return
    [found] = of("link", body=body)
    assert said in found[-1]


@pytest.mark.parametrize(
    "body",
    [
        "[here](#what-follows)\n\n## What follows",
        "[up](#top) and [up](#)",
        "A note.[^1]\n\n[^1]: It says more.",
        "[here](/articles/another/) and [there](https://example.org/)",
    ],
)
def test_links_that_lead_somewhere_are_left_alone(body):
    assert of("link", body=body) == []


@pytest.mark.parametrize(
    ("body", "meta", "place"),
    [
        ("![a map](/map.png)", {"flags": {"has_images": False}}, "meta.flags.has_images"),
        ("No image.", {"flags": {"has_images": True}}, "meta.flags.has_images"),
        ("```go\nx\n```", {"code_language": "python"}, "meta.code_language"),
        ("word " * 3_000, {"reading_time": 2}, "meta.reading_time"),
        ("word " * 100, {"reading_time": 30}, "meta.reading_time"),
    ],
)
def test_what_the_meta_says_against_the_text_is_remarked_on(body, meta, place):
    [found] = of("meta", body=body, **meta)
    assert found[:2] == (REMARK, place)


@pytest.mark.parametrize(
    ("body", "meta"),
    [
        ("![a map](/map.png)", {"flags": {"has_images": True}}),
        ("No image.", {"flags": {}}),
        ("```py\nx\n```\n\n```yaml\na: 1\n```", {"code_language": "Python"}),
        ("```\nx\n```", {"code_language": "python"}),
        ("word " * 3_000, {"reading_time": 12}),
        ("word " * 100, {"reading_time": 3}),
        ("word " * 3_000, {"reading_time": None}),
    ],
)
def test_what_fits_well_enough_is_left_alone(body, meta):
    assert of("meta", body=body, **meta) == []


def test_what_stands_in_the_meta_is_checked_too():
    [found] = of("secret", body="Fine.", notes=["ghp_" + "a" * 36])
    assert found[:3] == (BLOCKING, "meta.notes[0]", None)


# What real articles hold, and what is no fault ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", "def f():\n    ..."),
        ("python", "total = count(rows, ..., where=)"),
        ("python", ">>> 1 +\n..."),
        ("python", "$ python manage.py migrate"),
        ("python", "%timeit f()\n!pip install x\nf()"),
        ("python", "line = '%s'\nx = (line\n  % 3)"),
        ("python", "    return self.x"),
        ("python", "Client(<your key>)"),
        ("json", '{\n  // why\n  "a": "http://x", /* and */\n  "b": 1\n}'),
        ("json", '{"a": 1}\n{"a": 2}\n'),
        ("json", '"scripts": {"build": "x"},'),
        ("json", '{"a": 1, ...}'),
        ("jsonc", '{"a": 1,} // c'),
        ("yaml", "a: !Ref b\n---\nc: !GetAtt d.e\n"),
        ("yaml", "{{- if .Values.x }}\na: {{ .Values.y }}\n{{- end }}"),
        ("yaml", "base: &base {a: 1}\nother:\n  <<: *base\n"),
        ("yaml", "on: push\nrun: ${{ github.ref }}"),
        ("toml", "[a]\nb = 1\n...\n"),
        ("bash", "[ -f x ] && echo '{}'"),
        ("bash", "#!/usr/bin/env bash\nset -e"),
        ("js", '{"a": true}'),
        ("python", '{"a": 1}'),
        ("", '{"a": 1}'),
        ("text", "not: [yaml"),
    ],
)
def test_code_as_articles_show_it_is_left_alone(language, text):
    body = f"Text.\n\n{fenced(language, text)}"
    assert of("code", body=body) + of("language", body=body) == []


@pytest.mark.parametrize(
    "body",
    [
        "She works as an AI engineer, and writes.",
        "A model serves as a large language model in this setup.",
        "See [your dashboard](/articles/) and `items[add]`.",
        "`{{ title }}` prints the title, and `# TODO` is a comment.\n\n```python\n# TODO: {{ x }}\n```",
        "Of course, here is the catch: nobody looked.",
    ],
)
def test_words_that_people_write_too_are_left_alone(body):
    assert of("boilerplate", body=body) + of("open", body=body) == []


def way_back(body, lang="en", **meta):
    document = from_data({"source_id": "a", "title": "Apply it", "body": body, "lang": lang, "meta": meta})
    return [found for check, found in checks.notice(document) if check.code == "rollback"]


def test_commands_that_change_things_without_a_word_of_the_way_back_are_remarked_on():
    [found] = way_back("Text.\n\n```bash\nls\nterraform apply\n```")
    assert (found.place, found.line) == ("body", 5)


@pytest.mark.parametrize(
    ("body", "more"),
    [
        ("```bash\nterraform apply\n```\n\nTo go back, apply the commit before.", {}),
        ("```bash\nterraform apply\n```", {"checklist": ["Write down the rollback"]}),
        ("```bash\nterraform plan\n```", {}),
        ("```python\n# terraform apply\n```", {}),
        ("```bash\nterraform apply\n```", {"lang": "de"}),
    ],
)
def test_a_word_of_the_way_back_will_do_and_only_english_is_read_for_it(body, more):
    assert way_back(body, **more) == []


@pytest.mark.parametrize(
    "token",
    [
        "glpat-" + "a1" * 10,
        "AIza" + "Sy" * 17 + "x",
        "npm_" + "a1" * 18,
        "pypi-AgEIcHlwaS5vcmc" + "a1" * 40,
        "https://hooks.slack.com/services/T" + "0" * 8 + "/B" + "0" * 8 + "/" + "x" * 24,
        "github_pat_" + "a1" * 40,
        "sk_live_" + "a1" * 12,
        "-----BEGIN PGP PRIVATE KEY BLOCK-----",
    ],
)
def test_tokens_of_known_issuers_block(token):
    [found] = of("secret", body=f"Use {token} here.")
    assert found[:3] == (BLOCKING, "body", 1)


def test_a_signed_token_is_a_remark_since_texts_about_them_show_one():
    [found] = of("secret", body="eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0." + "x" * 43)
    assert found[0] == REMARK


@pytest.mark.parametrize(
    "body", ["AIza, npm_install, glpat-x, pypi-server, hf_hub_download, eyJ.eyJ.x, SG.1.2"]
)
def test_words_that_only_begin_like_a_token_are_left_alone(body):
    assert of("secret", body=body) == []


def test_who_answers_for_a_text_is_missed_until_the_article_says_so(db):
    assert [found[:2] for found in of("owner", facts=nothing_holds)] == [(REMARK, "meta.owner")]
    assert of("owner", facts=nothing_holds, owner="the web desk") == []
    assert make_article("nobodys").latest_revision.check_runs.get().findings.filter(code="owner").exists()
    article = intake.write(make_document("edited"), by=make_person("edith"), owner="the web desk")
    assert not article.latest_revision.check_runs.get().findings.filter(code="owner").exists()


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("/articles/not-there/", "readers cannot see"),
        ("../not-there/", "readers cannot see"),
        ("https://own.example/articles/not-there/", "readers cannot see"),
        ("/nowhere/", "no page of this site"),
        ("notes.md", "no page of this site"),
        ("/admin/", "not for readers"),
        ("/articles/", ""),
        ("?page=2", ""),
        ("#top", ""),
        ("https://elsewhere.example/articles/not-there/", ""),
    ],
)
def test_links_to_this_site_lead_to_pages_that_readers_can_open(settings, link, said):
    settings.SITE_URL = "https://own.example"
    found = of("own-link", body=f"One.\n\n[x]({link})", facts=nothing_holds)
    assert [one[2] for one in found] == ([3] if said else [])
    assert all(said in one[-1] for one in found)


def test_an_article_that_readers_see_now_or_under_an_old_address_is_no_missing_link(
    db, django_assert_num_queries
):
    shown, hidden = make_released("shown", title="Shown"), make_article("hidden", title="Hidden")
    Redirect.objects.create(path="/articles/older/", article=shown)
    slugs = [shown.slug, "older", hidden.slug, "never"]
    article = make_article("linking", title="Linking")
    body = "\n\n".join(f"[x](/articles/{slug}/)" for slug in [*slugs, article.slug])
    with django_assert_num_queries(1):
        found = of("own-link", body=body, facts=checks.facts_about(article))
    assert [one[2] for one in found] == [5, 7]


def test_links_that_lead_somewhere_crowd_out_none_that_does_not():
    body = "\n\n".join(f"[x](/articles/a{number}/)" for number in range(60)) + "\n\n[x](/nowhere/)"
    [found] = of("own-link", body=body)
    assert "no page of this site" in found[-1]


# Hostile texts ----------------------------------------------------------------------------------------------------


YAML_BOMB = "a0: &a0 [x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40)
)
SLOW = [
    YAML_BOMB,
    "[" * 19_000,
    "- " * 9_000,
    "{a: " * 4_000,
    '"' + '\\"' * 20_000,
    "/*" * 20_000,
    "-eyJ" * 50_000,
    "-----BEGIN " + "A " * 50_000,
    "[insert " * 20_000,
    "{{ " * 20_000,
    "<your " * 20_000,
    "as an ai " * 20_000,
    "% " * 20_000,
    "\t" * 40_000 + "x",
    "xoxb-" * 20_000,
]


@pytest.mark.parametrize("text", SLOW, ids=[text[:12] for text in SLOW])
def test_every_check_ends_on_texts_made_to_keep_it_busy_S21(text):
    """Nothing grows with the square of a text: ten times what is here ends in the time of a test run too."""
    languages = ("python", "json", "yaml", "toml", "bash")
    blocks = "".join(fenced(language, text[:19_900]) for language in languages)
    assert len(outline(blocks).code_blocks) == len(languages), "it is looked into, and not shown plain"
    noticed(body=blocks, notes=[text])
    noticed(body=text[:29_000])


def test_an_alias_bomb_is_yaml_like_any_other_and_never_unfolded():
    assert of("code", body=fenced("yaml", YAML_BOMB)) == []


def test_a_thousand_faults_of_one_kind_are_a_few_findings():
    assert len(of("invisible", body="ok", notes=["a\u200bb"] * 500)) == checks.MOST_PER_CHECK


@pytest.mark.parametrize("body", [text for text in HOSTILE if "\ud800" not in text and "\0" not in text])
def test_no_check_falls_over_hostile_text(body):
    noticed(body=f"{body}\n\n```python\n{body}\n```\n\n```json\n{body}\n```\n\n```toml\n{body}\n```")


def test_every_check_has_a_code_of_its_own_and_a_severity():
    codes = [check.code for check in checks.CHECKS]
    assert len(set(codes)) == len(codes)
    assert {check.severity for check in checks.CHECKS} <= {BLOCKING, REMARK}


def test_the_table_of_checks_names_each_of_them():
    table = (settings.BASE_DIR / "docs" / "checks.md").read_text()
    rows = re.findall(r"^\| `([a-z-]+)` \| (blocking|remark)", table, re.MULTILINE)
    assert rows == [(check.code, check.severity) for check in checks.CHECKS]
