"""Markdown files with front matter, as their generators leave them. Every text here is our own."""

import io
import json
from textwrap import dedent

import pytest
import yaml

from articles.document import Refused, from_data
from seeds.importers import front_matter, markdown, plain_yaml
from seeds.importers.front_matter import part
from seeds.importers.markdown_body import read_body
from seeds.importers.markdown_paths import place_of
from seeds.importers.plain_yaml import BadYAML
from seeds.importers.text import NoText, decode


def read(text, name="post.md", **options):
    """Return the one item in a file; what it holds must be a document, unless the item has a problem."""
    raw = text if isinstance(text, bytes) else dedent(text).encode()
    (item,) = markdown.read(io.BytesIO(raw), name=name, **options)
    assert item.end == len(raw)
    if item.problem is None:
        from_data(item.value)
    return item


def value(text, name="post.md"):
    return read(text, name).value


def meta(front, name="post.md"):
    return value(f"---\n{dedent(front).strip()}\n---\nText.\n", name).get("meta", {})


def notes(item):
    return [
        str(alteration).removeprefix(": ") for alteration in item.altered
    ]  # some are about the whole file


def problem(text, name="post.md"):
    item = read(text, name)
    assert item.value is None
    return item.line, item.problem.reason


# Front matter


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: Drain a worker\ntags: [ops, queues]\n---\n\nStop new jobs.\n",
        "\ufeff---\r\ntitle: Drain a worker\r\ntags:\r\n- ops\r\n- queues\r\n...\r\nStop new jobs.\r\n",
        '+++\ntitle = "Drain a worker"\ntags = ["ops", "queues"]\n+++\nStop new jobs.\n',
        '{\n"title": "Drain a worker",\n"tags": ["ops", "queues"]\n}\n\nStop new jobs.\n',
        "Title: Drain a worker\nTags: ops, queues\n\nStop new jobs.\n",
        '---json\n{"title": "Drain a worker", "tags": ["ops", "queues"]}\n---\nStop new jobs.\n',
        '--- toml\ntitle = "Drain a worker"\ntags = ["ops", "queues"]\n---\nStop new jobs.\n',
        "\n\n---\nTitle: Drain a worker\nTags: [ops, queues]\n---\nStop new jobs.\n",
    ],
)
def test_every_kind_of_front_matter_says_the_same(text):
    said = value(text)
    assert (said["title"], said["tags"]) == ("Drain a worker", ["ops", "queues"])
    assert said["body"] == "Stop new jobs.\n"


@pytest.mark.parametrize(
    "text",
    ["---\n\nA rule, then text.\n", "Text: one.\n", "---", "{{< figure >}}\n\ntext\n", "{a: b}", "--- so\n"],
)
def test_what_only_looks_like_front_matter_is_text(text):
    assert value(text)["body"] == text


@pytest.mark.parametrize("text", [b"", b"\n \n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_holds_no_article(text):
    assert not list(markdown.read(io.BytesIO(text), name="empty.md"))


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("---\ntitle: one\ntags: [a, b\nlang: en\n---\ntext", 4, "no YAML that can be read"),
        ("---\ntitle: Queues: a primer\n---\ntext", 2, "mapping values are not allowed"),
        ("---\ntitle: one\n---1\ntext", 3, "there is more than --- here"),
        ("\n---\ntitle: one\ntext", 2, "--- is missing"),
        ("---\njust words\n---\n", 2, "must be keys and values"),
        ("---\n- a\n- b\n---\n", 2, "must be keys and values"),
        ("---\na: 1\n? [b, c]\n: 1\n---\n", 3, "A key must be a text"),
        ("---\na: 1\nb: !ruby/object:Post x\n---\n", 3, "The tag !ruby/object:Post is not taken"),
        ("---\na: 1\nb: !!python/name:os.system\n---\n", 3, "The tag !!python/name:os.system is not taken"),
        ("---js\n{ title: 1 }\n---\n", 1, "Front matter in js is not read"),
        ("---json\n[1]\n---\n", 2, "must be keys and values"),
        ("---\na: *b\n---\n", 2, "The alias *b names nothing"),
        ("+++\na = 1\nb = \n+++\ntext", 3, "no TOML that can be read: Invalid value"),
        ("+++\na = 1\na = 2\n+++\ntext", 3, "no TOML that can be read"),
        ("+++\na = 1\n", 1, "+++ is missing"),
        ('{\n"a": 1,\n"b": tru\n}\n\ntext', 3, "a value is missing or misspelt"),
        ('{\n"a": 1,\n"a": 2\n}\n\ntext', 1, "written twice"),
        ('{"a": 1} text\n', 1, "Something stands behind the JSON object"),
    ],
)
def test_broken_front_matter_is_refused_with_its_line_and_the_reason(text, line, reason):
    found, said = problem(text)
    assert (found, reason in said) == (line, True), said


def test_a_refused_file_can_be_had_to_mend_it():
    assert read("---\na: [\n---\ntext").raw == b"---\na: [\n---\ntext"


def test_a_key_that_is_there_twice_is_reported_with_its_line():
    item = read("---\ntitle: first\ncolour: red\ntitle: last\n---\ntext")
    assert item.value["title"] == "last"
    assert notes(item) == ["title: Line 4: this key is there twice; the last counts."]


def test_words_and_numbers_of_yaml_stay_what_was_written():
    kept = meta(
        """
        country: no
        answer: yes
        switch: off
        version: 1.10
        build: 0123
        clock: 12:30:45
        hexadecimal: 0x1F
        large: 1e3
        nothing: ~
        flag: true
        count: 12
        ratio: 1.5
        quoted: "12"
        2024: year
        true: key
        nan: .nan
        """
    )
    assert kept == {
        "country": "no", "answer": "yes", "switch": "off", "version": "1.10", "build": "0123",
        "clock": "12:30:45", "hexadecimal": "0x1F", "large": "1e3", "nothing": None, "flag": True,
        "count": 12, "ratio": 1.5, "quoted": "12", "2024": "year", "true": "key", "nan": ".nan",
    }  # fmt: skip


def test_dates_and_numbers_of_toml_are_kept_in_their_one_spelling():
    text = "+++\nwhen = 2026-01-31T10:20:00Z\nday = 2026-01-31\nclock = 07:32:00\nversion = 1.10\nx = nan\n+++\ntext"
    assert value(text)["meta"] == {
        "when": "2026-01-31T10:20:00+00:00", "day": "2026-01-31", "clock": "07:32:00", "version": "1.10", "x": "nan",
    }  # fmt: skip


@pytest.mark.parametrize("loader", [plain_yaml.Loader, yaml.SafeLoader])
def test_aliases_are_taken_and_bombs_are_not_s21(monkeypatch, loader):
    monkeypatch.setattr(plain_yaml, "Loader", loader)
    assert plain_yaml.load("a: &one [x, &two y]\nb: *one\nc: *two")[0] == {
        "a": ["x", "y"],
        "b": ["x", "y"],
        "c": "y",
    }
    assert plain_yaml.load("a: &base {x: 1, y: 2}\nb: {<<: *base, y: 3}")[0]["b"] == {"x": 1, "y": 3}
    laughs = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
    )
    nested = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 100))
    for bomb, reason in [
        (laughs, "more than 20,000 values"),
        (nested, "more than 64 deep"),
        ("a: " + "[" * 50_000, "nest"),
        ("- " * 50_000, "more than 64 deep"),
        ("a: &a [*a]", "names nothing"),
        ("a: b\n--- {c: d}\n", "second YAML document"),
        ("a: \x00", "not allowed"),
    ]:
        with pytest.raises(BadYAML, match=reason):
            plain_yaml.load(bomb)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (f"{'.'.join(['a'] * 60_000)} = 1", "more than 64 parts"),
        (f"a = {'[' * 60_000}", "nested more than 64 deep"),
        (f"a = {'[' * 100}{']' * 100}", "nested more than 64 deep"),
        (f"a = {'9' * 5_000}", "no TOML"),
        (f"a = '{'x' * 300_000}'", "longer than 262,144 characters"),
    ],
)
def test_hostile_toml_is_refused_before_it_takes_long_s21(written, reason):
    assert reason in problem(f"+++\n{written}\n+++\n")[1]


# Who, when, where


def test_an_id_comes_from_front_matter_or_from_the_path():
    assert value("---\nsource_id: lasting\nid: 7\n---\nx", "a/b.md")["source_id"] == "lasting"
    assert value("---\nid: run-7\n---\nx", "a/b.md")["source_id"] == "run-7"
    assert value("x", "a/b.md")["source_id"] == "a/b"
    assert value("x", "a/2024-01-02-b.MARKDOWN")["source_id"] == "a/2024-01-02-b"
    assert value("x", "docs/queues/index.md")["source_id"] == "docs/queues"
    assert value("x", "docs/queues/index.fr.md")["source_id"] == "docs/queues.fr"
    assert value("x", "index.md")["source_id"] == "index"
    assert value("x", " .md")["source_id"] == ".md"
    assert value("x", "cafe\u0301.md")["source_id"] == "café"  # as macOS writes it


def test_an_id_that_is_a_mere_word_counts_within_its_folder():
    found = {
        value("---\nid: intro\n---\nx", name)["source_id"] for name in ("a/one.md", "b/one.md", "two.md")
    }
    assert found == {"a/intro", "b/intro", "intro"}


def test_long_paths_are_different_ids_that_fit():
    long = "folder/" * 40
    first, second = value("x", f"{long}a.md")["source_id"], value("x", f"{long}b.md")["source_id"]
    assert first != second
    assert len(first) == len(second) == 200


def test_the_title_comes_from_front_matter_or_the_first_heading_or_the_name():
    assert value("---\ntitle: 2024\n---\n# Other\n")["title"] == "2024"
    assert value("---\ntitle: 1.10\n---\nx")["title"] == "1.10"
    said = value("# Keep `jobs` *short* {#short}\n\nText.\n")
    assert (said["title"], said["body"]) == ("Keep jobs short", "Text.\n")
    said = value("Set in two lines\n===\n\nText.\n")
    assert (said["title"], said["body"]) == ("Set in two lines", "Text.\n")
    assert value("Text.\n", "2024-02-30-way_back-home.md")["title"] == "Way back home"
    assert value('---\ntitle: ""\n---\nText.\n', "way.md")["title"] == "Way"


def test_a_heading_that_repeats_the_title_leaves_the_text_and_another_stays():
    assert value("---\ntitle: The way back\n---\n\n# The Way Back #\n\nText.\n")["body"] == "Text.\n"
    assert value("---\ntitle: The way\n---\n# Another\n")["body"] == "# Another\n"
    assert value("---\ntitle: The way\n---\nText.\n\n# The way\n")["body"] == "Text.\n\n# The way\n"


def test_a_placeholder_is_no_title():
    assert value("# {{ page.title }}\n\n# Words\n", "way.md")["title"] == "Words"
    assert value("# {{ page.title }}\n", "way.md")["title"] == "Way"


def test_a_heading_further_down_becomes_the_title_and_is_reported_and_code_is_no_heading():
    item = read("```\n# a comment\n```\n\n    # indented\n\n# Title\n\nText.\n")
    assert item.value["title"] == "Title"
    assert notes(item) == ["body: Line 7: this heading became the title."]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2026-01-31", "2026-01-31"),
        ("2026-1-5", "2026-01-05"),
        ("2026-01-31 09:05", "2026-01-31T09:05:00"),
        ("2026-01-31 9:05:10 -0700", "2026-01-31T09:05:10-07:00"),
        ("2026-01-31T09:05:10.5Z", "2026-01-31T09:05:10.5Z"),
    ],
)
def test_dates_are_kept_in_iso_form(written, kept):
    item = read(f"---\ndate: {written}\n---\nx")
    assert item.value["meta"]["date"] == kept
    assert not item.altered


@pytest.mark.parametrize("written", ["31 January 2026", "2026-02-30", "2026-01-31T13：00"])
def test_what_is_no_date_is_kept_as_text_and_reported(written):
    item = read(f"---\ndate: {written}\n---\nx")
    assert item.value["meta"]["date"] == written
    assert notes(item) == ["meta.date: This is no date such as 2026-01-31; it was kept as text."]


def test_a_date_in_the_name_counts_where_front_matter_has_none():
    assert meta("a: 1", "2024-3-9-way.md")["date"] == "2024-03-09"
    assert meta("date: 2025-01-01", "2024-03-09-way.md")["date"] == "2025-01-01"
    assert meta("a: 1", "posts/2024-03-09-way/index.md")["date"] == "2024-03-09"
    item = read("x", "2016-01-00-way.md")
    assert item.value["meta"]["date"] == "2016-01-00"
    assert "does not exist" in notes(item)[0]


@pytest.mark.parametrize(
    ("front", "name", "status"),
    [
        ("draft: true", "a.md", "draft"),
        ("draft: yes", "a.md", "draft"),
        ("draft: false", "a.md", "published"),
        ("published: false", "a.md", "draft"),
        ("published: true", "a.md", "published"),
        ("status: hidden", "a.md", "hidden"),
        ("a: 1", "_drafts/a.md", "draft"),
    ],
)
def test_drafts_stay_drafts(front, name, status):
    kept = meta(front, name)
    assert kept["revision"] == {"status": status}
    assert not {"draft", "published", "status"} & kept.keys()


def test_what_is_silent_about_drafts_says_nothing_and_published_may_be_a_date():
    assert "revision" not in meta("a: 1")
    assert meta("published: 2026-01-31") == {"published": "2026-01-31"}
    assert meta("draft: true\nrevision: {version: '2'}")["revision"] == {"status": "draft", "version": "2"}


@pytest.mark.parametrize(
    ("front", "name", "said"),
    [
        ("lang: pt_br", "a.md", ("pt-BR", "ltr")),
        ("language: ar", "a.md", ("ar", "rtl")),
        ("lang: no", "a.md", ("no", "ltr")),
        ("lang: he\ndir: ltr", "a.md", ("he", "ltr")),
        ("a: 1", "content/zh-hans/a.md", ("zh-Hans", "ltr")),
        ("a: 1", "site/content/fa/blog/a.md", ("fa", "rtl")),
        ("a: 1", "i18n/fr/docs/a.md", ("fr", "ltr")),
        ("a: 1", "fr/a.md", ("fr", "ltr")),
        ("a: 1", "blog/a.de.md", ("de", "ltr")),
        ("a: 1", "blog/a/index.de.md", ("de", "ltr")),
        ("lang: en", "content/fr/a.md", ("en", "ltr")),
        ("a: 1", "go/a.md", (None, None)),
        ("a: 1", "blog/release-1.4.md", (None, None)),
        ("a: 1", "blog/socket.io.md", (None, None)),
        ("dir: rtl", "a.md", (None, "rtl")),
    ],
)
def test_the_language_comes_from_front_matter_or_the_tree(front, name, said):
    found = value(f"---\n{front}\n---\nx", name)
    assert (found.get("lang"), found.get("dir")) == said


def test_a_language_we_do_not_know_is_kept_as_text_and_reported():
    item = read("---\nlang: klingon\n---\nx")
    assert item.value["meta"] == {"lang": "klingon"}
    assert "no language we know" in notes(item)[0]


@pytest.mark.parametrize(
    ("front", "tags", "topic"),
    [
        ("tags: [ops, Ops, queues]", ["ops", "queues"], None),
        ("tags: ops queues", ["ops", "queues"], None),
        ("tags: ops, job queues", ["ops", "job queues"], None),
        ("tag: job queues", ["job queues"], None),
        ("category: job queues", ["job queues"], "job queues"),
        ("categories: [runbooks, [ops, deep]]\ntags: [a]", ["a", "runbooks", "ops", "deep"], "runbooks"),
        ("categories: [runbooks]\ntopic: own", ["runbooks"], "own"),
        ("tags: [{label: Ops, permalink: /ops}]", ["Ops"], None),
        ("tags: [2024, 1.10, null, true]", ["2024", "1.10", "true"], None),
        ("taxonomies: {tags: [a], categories: [b]}", ["a", "b"], "b"),
        ("tags:", None, None),
    ],
)
def test_tags_and_categories_are_tags(front, tags, topic):
    found = value(f"---\n{front}\n---\nx")
    assert found.get("tags") == tags
    assert found.get("meta", {}).get("topic") == topic
    assert not {"tags", "tag", "category", "categories", "taxonomies"} & found.get("meta", {}).keys()


@pytest.mark.parametrize(
    ("front", "name", "paths"),
    [
        ("permalink: /docs/way/", "a.md", ("/docs/way/",)),
        ("permalink: docs/way.html", "a.md", ("/docs/way.html",)),
        ("permalink: /:categories/:title/", "a.md", ()),
        ("permalink: pretty", "a.md", ()),
        ("permalink: '/blog/{{ slug }}/'", "a.md", ()),
        ("url: /blog/2016/03/Way", "a.md", ("/blog/2016/03/Way",)),
        ("url: https://elsewhere.example/way/", "a.md", ()),
        ("url: //elsewhere.example/way/", "a.md", ()),
        ("aliases: [/old/, /older/#top, /old/, A name]", "a.md", ("/old/", "/older/")),
        ("aliases: /old/", "a.md", ("/old/",)),
        ("redirect_from:\n- /caf%C3%A9/\n- /../etc/", "a.md", ("/café/",)),
        ("slug: /way", "docs/a.md", ("/way",)),
        ("slug: way", "content/en/docs/a.md", ("/docs/way/",)),
        ("slug: way", "content/fr/docs/a.md", ("/fr/docs/way/",)),
        ("slug: way", "docs/bundle/index.md", ("/docs/way/",)),
        ("slug: way", "_posts/2024-01-01-a.md", ()),
        ("slug: way\nurl: /there/", "docs/a.md", ("/there/",)),
        ("url: /blog/way/", "content/fr/blog/a.md", ("/fr/blog/way/",)),
        ("permalink: /", "a.md", ()),
        ("permalink: ['/a\\b/', 7, {a: b}]", "a.md", ()),
    ],
)
def test_old_addresses_are_redirects(front, name, paths):
    assert read(f"---\n{front}\n---\nx", name).redirects == paths


def test_what_is_no_address_is_not_lost():
    assert meta("aliases: [Another name]\nurl: https://elsewhere.example/x") == {
        "aliases": ["Another name"],
        "url": "https://elsewhere.example/x",
    }


def test_the_summary_comes_from_front_matter_or_from_before_the_mark():
    assert meta("description: In short.")["summary"] == "In short."
    assert meta("summary: S\ndescription: D") == {"summary": "S", "description": "D"}
    item = read("Short *words*.\n\n<!-- more -->\n\nLong ones.\n")
    assert item.value["meta"]["summary"] == "Short words."
    assert item.value["body"] == "Short *words*.\n\n\nLong ones.\n"
    assert notes(item) == ["body: Line 3: the mark that ends the summary was removed."]
    assert value("---\nsummary: S\n---\nA.<!--more--> B.\n")["meta"]["summary"] == "S"
    assert value("---\nexcerpt_separator: '[cut]'\n---\nA.\n[cut]\nB.\n")["meta"] == {"summary": "A."}
    assert "meta" not in value("```\n<!--more-->\n```\n")


def test_addresses_of_people_are_not_imported():
    item = read(
        """\
        ---
        author: Jo Doe <jo@example.org>
        authors:
        - name: Al
          email: al@example.org
          url: https://al.example/
        - by@example.org
        email: desk@example.org
        contact: See @desk
        ---
        Write to someone@example.org.
        """
    )
    kept = item.value["meta"]
    assert kept["author"] == "Jo Doe"
    assert kept["authors"] == [{"name": "Al", "url": "https://al.example/"}, ""]
    assert kept["contact"] == "See @desk"
    assert "example.org" not in json.dumps(kept)
    assert [note.split(":")[0] for note in notes(item)] == [
        "author",
        "authors[0].email",
        "authors[1]",
        "email",
    ]
    assert item.value["body"] == "Write to someone@example.org.\n"


def test_a_key_without_a_value_makes_room_for_one_with():
    assert meta("summary:\ndescription: D\ntopic:\ncategory: ops") == {"summary": "D", "topic": "ops"}


def test_what_is_not_known_is_kept_with_its_nesting_and_what_is_known_has_its_place():
    kept = meta(
        """
        weight: 40
        hide_table_of_contents: true
        menu: {main: {title: Blog, weight: 4}}
        keywords: [a, b]
        stack: python
        difficulty: 3
        flags: {needs_human_review: true}
        meta: {payload: {generator: writer}}
        """
    )
    assert kept == {
        "weight": 40,
        "hide_table_of_contents": True,
        "menu": {"main": {"title": "Blog", "weight": 4}},
        "keywords": ["a", "b"],
        "stack": ["python"],
        "difficulty": "3",
        "flags": {"needs_human_review": True},
        "payload": {"generator": "writer"},
    }


def test_a_known_key_with_another_meaning_is_put_aside_and_reported():
    item = read("---\nscore: high\nflags: [a]\nfront_matter: 1\n---\nx")
    assert item.value["meta"] == {"front_matter": {"score": "high", "flags": ["a"], "front_matter": 1}}
    assert len(notes(item)) == 2


def test_parts_of_pages_are_no_articles():
    assert "no article" in problem("text", "site/_includes/footer.md")[1]


# The text


def test_templates_are_kept_as_text_and_reported_by_line():
    item = read(
        """\
        ---
        title: T
        ---
        {{< figure src="a.png" >}} and {{% note %}}

        {% include nav.html %} {{ page.title }}

        {{< figure src="b.png" >}}

        ```
        {{< not >}} {% this %} {{ either }}
        ```

        `{{ nor }}` ``{% this` %}`` and { alone }

            {{ nor }} this

        1. item

            {{ this.too }}

        :::tip Title
        import Tabs from '@theme/Tabs';
        <Tabs groupId="a">
        {: .wide }
        {%
        !!! warning
        See [[Another page]], not `[[ -f x ]]`.
        """
    )
    assert notes(item) == [
        "body: Lines 4 and 8: the shortcode “figure” was kept as text.",
        "body: Line 4: the shortcode “note” was kept as text.",
        "body: Line 6: the Liquid tag “include” was kept as text.",
        "body: Lines 6 and 20: a placeholder in {{ and }} was kept as text.",
        "body: Line 22: the admonition “tip” was kept as text.",
        "body: Line 23: an import or export of MDX was kept as text.",
        "body: Line 24: the component “Tabs” was kept, and shows nothing of its own.",
        "body: Line 25: a list of attributes was kept as text.",
        "body: Line 26: the Liquid tag “…” was kept as text.",
        "body: Line 27: the admonition “warning” was kept as text.",
        "body: Line 28: a link in [[ and ]] was kept as text.",
    ]
    assert '{{< figure src="a.png" >}} and {{% note %}}\n' in item.value["body"]


def test_what_liquid_was_told_to_leave_alone_loses_only_the_tags():
    body = read_body(
        "Use {% raw %}`{{ page }}`{% endraw %}.\n{%- raw -%}\n```\n{{ x }}\n```\n{% endraw %}\nEnd.\n"
    )
    assert body.text == "Use `{{ page }}`.\n```\n{{ x }}\n```\nEnd.\n"
    assert body.notes == [
        "Lines 1, 2 and 6: the Liquid tags raw and endraw were removed; what was between them stays."
    ]
    alone = read_body("{% raw %}\n{{ x }}\n")
    assert alone.text == "{% raw %}\n{{ x }}\n"
    assert len(alone.notes) == 2


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (
            "{% highlight ruby linenos %}\nputs 1\n\nputs 2\n{% endhighlight %}\n",
            "```ruby\nputs 1\n\nputs 2\n```\n",
        ),
        ('{{< highlight go "hl_lines=1" >}}\nx := 1\n{{< /highlight >}}\n', "```go\nx := 1\n```\n"),
        ("{% highlight c++ %}x;{% endhighlight %} after\n", "```c++\nx;\n```\n after\n"),
        ("{% highlight md %}\n```\nx\n```\n{% endhighlight %}\n", "````md\n```\nx\n```\n````\n"),
        ("- a\n  {% highlight sh %}\n  ls\n  {% endhighlight %}\n", "- a\n  ```sh\n  ls\n  \n  ```\n"),
    ],
)
def test_highlighted_code_becomes_fenced_code(text, kept):
    body = read_body(text)
    assert body.text.replace("  \n", "") == kept.replace("  \n", "")
    assert ["the highlight tags became fenced code" in note for note in body.notes] == [True]


@pytest.mark.parametrize(
    "text",
    ["{% highlight ruby %}\nno end\n", "```\n{% highlight a %}\n{% endhighlight %}\n```\n", "a\n\n\n b  \n"],
)
def test_other_text_is_left_alone(text):
    assert read_body(text).text == text


def test_html_and_relative_images_are_left_to_the_sanitiser_and_the_reader():
    text = "![A chart](img/chart.png)\n\n<script>alert(1)</script>\n"
    assert value(text)["body"] == text


def test_lines_are_those_of_the_file():
    item = read("\r\n---\r\ntitle: T\r\n---\r\n\r\n{% include x %}\r\n")
    assert notes(item) == ["body: Line 6: the Liquid tag “include” was kept as text."]


def test_a_thousand_kinds_of_tags_are_a_few_notes():
    found = read_body("".join(f"{{% tag{number} %}}\n" for number in range(1000))).notes
    assert len(found) == 41
    assert found[-1] == (
        "Lines 41, 42, 43, 44, 45, 46, 47, 48, 49, 50 and 950 more: 960 more kinds of tags were kept as text."
    )


# Bytes


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks_say_how_a_file_is_read(encoding):
    item = read("---\ntitle: Größe\n---\nÜber 🙂\r\n".encode(encoding))
    assert (item.value["title"], item.value["body"]) == ("Größe", "Über 🙂\n")
    assert not item.altered


def test_big_endian_is_read_and_half_a_character_is_replaced():
    decoded = decode(b"\xfe\xff" + "a\nü".encode("utf-16-be") + b"\xd8")
    assert decoded.text == "a\nü�"
    assert decoded.notes == ("Line 2: what is no UTF-16-BE became “�”.",)


def test_bytes_that_are_no_utf8_are_replaced_and_reported_by_line():
    item = read(b"---\ntitle: T\n---\n\xc3\xa9t\xc3\xa9\nbad \xff byte\n")
    assert item.value["body"] == "été\nbad � byte\n"
    assert notes(item) == ["Line 5: what is no UTF-8 became “�”."]


def test_a_file_of_an_old_windows_is_read_as_that_and_reported():
    item = read(b"---\ntitle: T\n---\nCaf\xe9 \x96 \x93so\x94\n\x81\n")
    assert item.value["body"] == "Café – “so”\n�\n"
    assert notes(item) == [
        "Lines 4 and 5: this is no UTF-8, and was read as Windows-1252.",
        "Line 5: what is no Windows-1252 became “�”.",
    ]


def test_characters_that_no_document_holds_are_removed_and_reported_by_line():
    item = read("---\ntitle: a\x00b\n---\nx\ufeffy\uffff\x1b[31m\tz\n")
    assert (item.value["title"], item.value["body"]) == ("ab", "xy[31m\tz\n")
    assert notes(item) == ["Lines 2 and 4: control characters were removed."]


def test_what_is_no_text_is_refused():
    with pytest.raises(NoText):
        decode(bytes(range(32)) * 40)
    assert "no text" in problem(b"\x89PNG\r\n\x1a\n" + b"\x00\x01\x02" * 100)[1]


def test_a_file_that_is_too_long_is_refused_and_passed_over():
    raw = b"a" * 5_000
    (item,) = markdown.read(io.BytesIO(raw), name="a.md", limit=1_000)
    assert "longer than 1,000 bytes" in item.problem.reason
    assert item.end == 5_000


# What looks like Markdown, and what takes long


@pytest.mark.parametrize(
    ("start", "is_markdown"),
    [
        ("---\ntitle: a\n---\n", True),
        ("\ufeff---\r\ntitle", True),
        ("+++\ntitle = 'a'\n", True),
        ("Date: 2024-01-01\nTitle: a\n", True),
        ("# A heading\n", True),
        ('{\n"title": "a"\n}\n\nText', True),
        ('{"source_id": "a"}\n{"source_id": "b"}\n', False),
        ('{\n"source_id": "a"\n}\n', False),
        ('{"source_id": "a"', False),
        ("[1, 2]", False),
        ('<?xml version="1.0"?>', False),
        ("plain words\n", False),
        ("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c", False),
    ],
)
def test_markdown_is_told_from_other_formats_by_its_beginning(start, is_markdown):
    assert markdown.recognises(start.encode()) is is_markdown
    assert markdown.recognises(start.encode("utf-16")) is is_markdown


N = 300_000


@pytest.mark.parametrize(
    "text",
    [
        "{%" + " " * N,
        "{{" * N,
        "<!--" + " " * N,
        "import" + " " * N,
        "import" + " from" * N,
        " " * N + "{:",
        "".join("`" * (number % 500 + 1) + "a" for number in range(2_000)),
        "{% highlight a %}\n" * 15_000,
        "{% raw %}\n" * 30_000,
        "\n" * N,
        "# " + "`*[" * N,
        "Title: x\n" + " \tx\n" * 400_000 + "y",
        ("a:\n" + " " * 40 + "x\n") * 7_000,
        '{"a": "' + "\\" * N,
        '{"a": [' * 50_000,
        "+++\n" + "a" * 200_000 + "\n+++\n",
        "---\nauthor: " + "@" * 200_000 + "\n---\n",
        "---\nauthor: '<" + " " * 200_000 + "@'\n---\n",
        "---\nid: " + "_" * 200_000 + "\n---\n",
        "---\ndate: " + "1" * 200_000 + "\n---\n",
        "---\na: b\n" + "-- \n" * 70_000,
    ],
    ids=range(21),
)
def test_hostile_text_does_not_take_its_square_s21(text):
    """With work that grows with the square of the text, each of these would hang for minutes."""
    (item,) = markdown.read(io.BytesIO(text.encode()), name="a.md") if text.strip() else (None,)
    assert item is None or item.end == len(text)


def test_nothing_makes_the_reader_raise(monkeypatch):
    pieces = [
        "---\n",
        "+++\n",
        "{",
        "}",
        "[",
        "a: ",
        "&a ",
        "*a",
        "!!x ",
        "\n",
        "{% raw %}",
        "```",
        "# ",
        "\x00",
        '"',
        "é",
    ]
    state = 1
    for _ in range(3_000):
        text = ""
        for _ in range(12):
            state = (state * 1_103_515_245 + 12_345) % 2**31
            text += pieces[state >> 16 & 15]
        for item in markdown.read(io.BytesIO(text.encode()), name="a.md"):
            if item.problem is None:
                try:
                    from_data(item.value)
                except Refused:
                    pass


def test_the_same_tree_gives_the_same_documents_anywhere():
    assert place_of("a/b.md") == place_of("a//b.md") == place_of("./a/b.md")
    assert place_of("").source_id == "article"


def test_front_matter_knows_where_the_text_begins():
    parted = part("---\na: 1\n---\nfirst\n")
    assert (parted.line, parted.body) == (4, "first\n")
    assert not front_matter.is_there("---")
