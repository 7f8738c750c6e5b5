"""Markdown as readers see it: what is shown and how, what stays inert, and that rendering ends."""

import pickle
import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from articles import rendering
from articles.rendering import clean, outline, plain_text, render, render_parts
from tests.articles.hostile import HOSTILE, dangers_in

MARKDOWN = st.text(
    st.one_of(st.sampled_from(list("<>&\"'`*_~[]()!#|:-+=\\/ \n\t1.^ax")), st.characters()), max_size=300
)
PIECES = st.lists(
    st.sampled_from([*HOSTILE, "> ", "- ", "1. ", "\n", "\n\n", "    ", "**", "`", "```\n", "[a]("])
)


def html(body):
    return str(render(body).html)


class TestTheOracle:
    """Without these, the tests of inertness could pass by seeing nothing."""

    @pytest.mark.parametrize(
        "live",
        [
            "<script>1</script>",
            "<p onclick='x'>",
            "<p style='x'>",
            "<a href='java\nscript:alert(1)'>",
            "<a href=' data:text/html,x'>",
            "<svg>",
            "<!-- -->",
            "<img src=x>",
        ],
    )
    def test_what_could_run_is_seen(self, live):
        assert dangers_in(live)

    def test_what_pages_show_is_not(self):
        assert not dangers_in(
            '<p class="x"><a href="/a#b">1 &lt; 2</a> <a href="mailto:a@b.example">b</a></p>'
        )


class TestNothingRuns:
    @pytest.mark.parametrize("text", HOSTILE)
    def test_a_hostile_body_is_inert_S11_S14_F12(self, text):
        assert dangers_in(html(text)) == []

    @pytest.mark.parametrize("around", ["# {}", "> {}", "- {}", "**{}**", "[{}](/x)", "![{}](https://a.example)",
                                        "```html\n{}\n```", "    {}", "`{}`", "| {} |\n|-|\n", "a^[{}]"])  # fmt: skip
    def test_a_hostile_text_is_inert_wherever_it_stands_S11_F12(self, around):
        for text in HOSTILE:
            assert dangers_in(html(around.format(text))) == [], text

    @pytest.mark.parametrize("text", HOSTILE)
    def test_a_hostile_text_that_is_shown_plain_is_inert_F12(self, text):
        assert dangers_in(str(rendering.plain(text))) == []

    @given(PIECES.map("".join))
    def test_any_mixture_of_hostile_texts_is_inert_S11_F12(self, body):
        assert dangers_in(html(body)) == []

    @given(MARKDOWN)
    @example("\ud800")
    @example("\x00")
    @example("[a]: \x00\n\n[a]")
    def test_any_text_at_all_is_rendered_and_inert(self, body):
        made = render(body)
        assert dangers_in(str(made.html)) == []
        assert outline(body).headings == made.headings
        assert len(plain_text(body)) <= 300

    @given(st.one_of(MARKDOWN, PIECES.map("".join)))
    @example("<math><mtext><table><mglyph><style><!--")
    @example("\x00\n\r\n")
    def test_sanitising_what_was_sanitised_changes_nothing_S13(self, text):
        for made in (render(text).html, clean(text), rendering.plain(text)):
            assert clean(made) == made

    def test_the_sanitiser_stands_alone_behind_the_renderer_S13(self):
        for text in HOSTILE:
            assert dangers_in(str(clean(text))) == [], text

    def test_classes_that_pages_do_not_use_are_removed_S11(self):
        made = clean('<p class="notice">a</p><span class="k site-header">b</span><div class="code">c</div>')
        assert made == '<p>a</p><span class="k">b</span><div class="code">c</div>'

    def test_raw_html_is_shown_as_the_text_it_is(self):
        assert html("a <b>c</b>") == "<p>a &lt;b&gt;c&lt;/b&gt;</p>\n"


class TestLinks:
    @pytest.mark.parametrize(
        "address", ["https://a.example/b?c=d&amp;e", "http://a.example", "mailto:a@b.example"]
    )
    def test_the_web_and_mail_can_be_linked_to(self, address):
        assert f'<a href="{address}" rel="nofollow noopener noreferrer">x</a>' in html(f"[x]({address})")

    @pytest.mark.parametrize("address", ["/articles/", "#there", "/a?b=c"])
    def test_links_within_the_site_are_plain_links(self, address):
        assert f'<a href="{address}">x</a>' in html(f"[x]({address})")

    @pytest.mark.parametrize("address", ["javascript:x", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
                                         "ftp://a.example", "tel:1", "whatever:x"])  # fmt: skip
    def test_no_other_scheme_can_be_followed_S14(self, address):
        assert "href" not in html(f"[x]({address})")

    def test_a_link_to_another_host_without_a_scheme_is_not_taken_for_one_of_ours_S14(self):
        assert '<a href="//a.example" rel="nofollow' in html("[x](//a.example)")

    def test_bare_addresses_are_links_and_names_of_files_are_not(self):
        made = render("see https://a.example/b, or settings.py, www.a.example, a@b.example and // comments")
        assert made.links == (("https://a.example/b", 1),)
        assert made.html.count("<a ") == 1

    @pytest.mark.parametrize("address", ["mailto:a@b.example", "MAILTO:a@b.example", "HTTPS://a.example/b"])
    def test_a_bare_address_that_names_its_scheme_is_a_link_whatever_its_case(self, address):
        assert "<a href=" in html(f"see {address} then")

    def test_a_link_that_names_a_heading_by_its_words_finds_it(self):
        assert '<a href="#s-why-this-matters">' in html("[why](#why-this-matters)\n\n## Why this matters\n")

    def test_a_link_that_names_no_heading_is_left_alone(self):
        assert '<a href="#nowhere">' in html("[why](#nowhere)\n\n## Why\n")


class TestImages:
    def test_an_image_is_not_loaded_but_linked_with_its_description(self):
        made = html('![A queue](https://a.example/q.png "Monday")')
        assert made.startswith('<figure class="image-reference">')
        assert (
            '<a class="image" href="https://a.example/q.png" rel="nofollow noopener noreferrer">A queue</a>'
            in made
        )
        assert "(Monday)" in made
        assert "<img" not in made

    def test_an_image_within_a_sentence_stays_in_it(self):
        made = html("See ![a queue](https://a.example/q.png) here")
        assert made.startswith("<p>See <span")
        assert "figure" not in made

    @pytest.mark.parametrize(
        "source", ["q.png", "/q.png", "//a.example/q.png", "data:image/png;base64,AAAA", "ftp://a/q"]
    )
    def test_an_image_that_is_not_on_the_web_has_no_link_S14(self, source):
        made = html(f"![A queue]({source})")
        assert "A queue" in made
        assert "href" not in made

    def test_an_image_in_a_link_keeps_that_link_and_makes_none_of_its_own(self):
        made = html("[![Build](https://a.example/badge.svg)](https://ci.example)")
        assert re.findall('href="([^"]*)"', made) == ["https://ci.example"]
        assert re.search(r"<a [^>]*>.*Build.*</a>", made)

    def test_an_image_without_a_description_shows_its_address(self):
        made = render("![](https://a.example/q.png)")
        assert ">https://a.example/q.png</a>" in made.html
        assert made.images == (("https://a.example/q.png", "", 1),)


class TestHeadings:
    @pytest.mark.parametrize(
        ("written", "shown"),
        [
            ([1], [2]),
            ([1, 2, 3], [2, 3, 4]),
            ([2, 3, 2], [2, 3, 2]),
            ([3, 3, 3], [2, 2, 2]),
            ([2, 4, 4, 3], [2, 3, 3, 3]),
            ([4, 2, 3], [2, 2, 3]),
            ([1, 2, 3, 4, 5, 6, 6], [2, 3, 4, 5, 6, 6, 6]),
        ],
    )
    def test_headings_stand_below_the_title_in_order_and_siblings_stay_siblings(self, written, shown):
        made = render("\n\n".join(f"{'#' * level} Part {n}" for n, level in enumerate(written)))
        assert [level for level, _, _ in made.headings] == shown
        assert [int(level) for level in re.findall(r"<h(\d)", made.html)] == shown
        assert [level for level, _, _ in made.heading_lines] == written

    @given(st.lists(st.integers(1, 6), max_size=20))
    def test_no_level_is_skipped_whatever_was_written(self, written):
        made = render("\n\n".join(f"{'#' * level} a" for level in written))
        levels = [1, *(level for level, _, _ in made.headings)]
        assert len(levels) == len(written) + 1
        assert all(2 <= after <= before + 1 for before, after in pairwise(levels))

    @given(st.lists(st.sampled_from(["a", "A", "a 2", "a~2", "a-2", "!", "", "é", "s-a"])))
    def test_every_heading_has_an_id_of_its_own(self, texts):
        made = render("\n\n".join(f"# {text}" for text in texts))
        ids = re.findall(r'<h\d id="([^"]*)"', made.html)
        assert ids == [name for _, name, _ in made.headings]
        assert len(set(ids)) == len(texts)
        assert all(name.startswith("s-") for name in ids)

    def test_a_heading_can_be_linked_to_by_eye_and_by_ear(self):
        made = html("## Why this *matters*")
        assert made.startswith('<h2 id="s-why-this-matters">Why this <em>matters</em> ')
        assert (
            '<a class="anchor" href="#s-why-this-matters" aria-label="Link to section Why this matters">#</a>'
            in made
        )

    def test_a_heading_over_two_lines_is_one_text(self):
        assert render("One\ntwo\n===").headings == ((2, "s-one-two", "One two"),)

    def test_a_heading_that_is_an_image_is_named_by_its_description(self):
        assert render("# ![A queue](x.png)").headings == ((2, "s-a-queue", "A queue"),)


class TestCode:
    def test_code_is_coloured_by_class_and_can_be_reached_by_keyboard(self):
        made = html("```python\ndef f(): ...\n```")
        assert made.startswith('<div class="code" data-language="python"><pre tabindex="0" role="region" ')
        assert 'aria-label="Code, python"><code><span class="k">def</span>' in made

    @pytest.mark.parametrize("language", ["", "klingon", "text", 'x"y', "9" * 500])
    def test_code_in_no_known_language_is_shown_as_it_is(self, language):
        made = html(f"```{language}\na < b && c\n```")
        assert "<code>a &lt; b &amp;&amp; c\n</code>" in made

    def test_indented_code_is_code(self):
        assert '<div class="code"><pre tabindex="0" role="region" aria-label="Code"><code>x\n' in html(
            "    x"
        )

    def test_no_two_regions_of_a_text_have_the_same_name(self):
        made = html(
            "```python\nx\n```\n\n" * 2 + "    y\n\n| a |\n|-|\n\n> | b |\n> |-|\n\na^[c]\n\n```\nz\n```"
        )
        names = re.findall('role="region" aria-label="([^"]*)"', made)
        assert names == ["Code, python", "Code 2, python", "Code 3", "Table", "Table 2", "Code 4"]

    @given(st.lists(st.sampled_from(["", "2", "2, 3", "python", "x y"]), max_size=6))
    def test_no_language_makes_two_names_the_same(self, languages):
        made = html("\n\n".join(f"```{language}\nx\n```" for language in languages))
        names = re.findall('role="region" aria-label="([^"]*)"', made)
        assert len(set(names)) == len(languages)

    def test_each_text_counts_for_itself(self):
        assert html("    x") == html("    x")

    def test_blank_lines_and_spaces_of_code_are_kept(self):
        assert "<code>\n\n  x\n\n</code>" in html("```text\n\n\n  x\n\n```").replace("<span></span>", "")

    @pytest.mark.parametrize(
        "code",
        [
            "x = 1\n" * 1_000,
            "x" * 1_000 + " = 1",
            "x =\n" + "\n" * 200 + "1",
            "word " * 100,
        ],
    )
    def test_code_that_lexers_are_slow_at_is_shown_without_colours_S21(self, code):
        made = html(f"```python\n{code}\n```")
        assert "<code>" in made
        assert "<span" not in made

    def test_the_rest_of_very_much_code_is_shown_without_colours_S21(self):
        made = html("```python\nx = 1\n```\n\n" * 600)
        blocks = re.findall("<code>.*?</code>", made, re.DOTALL)
        assert len(blocks) == 600
        assert "<span" in blocks[0]
        assert "<span" not in blocks[-1]

    def test_every_language_that_is_coloured_is_known_to_the_highlighter(self):
        assert set(rendering.LANGUAGES.split()) <= rendering._lexer_names().keys()


class TestTablesAndLists:
    def test_a_wide_table_scrolls_by_itself_and_by_keyboard(self):
        made = html("| a | b |\n|:-|-:|\n| 1 | 2 |")
        assert made.startswith('<div class="scroll" tabindex="0" role="region" aria-label="Table">\n<table>')
        assert '<th class="left">a</th>' in made
        assert '<td class="right">2</td>' in made
        assert "style" not in made

    def test_a_task_is_a_box_named_by_its_text(self):
        made = html("- [ ] Pause *all*\n- [x] Drain\n  - [X] Slowly\n")
        boxes = re.findall(r"<input [^>]*>", made)
        assert len(boxes) == 3
        assert all('type="checkbox"' in box and "disabled" in box for box in boxes)
        assert ["checked" in box.replace("checkbox", "") for box in boxes] == [False, True, True]
        assert re.findall('aria-label="([^"]*)"', made) == ["Pause all", "Drain", "Slowly"]

    def test_brackets_elsewhere_are_brackets(self):
        assert "<input" not in html("[ ] a\n\n- a [ ] b\n- [y] c\n- [ ]d\n")

    def test_notes_lead_there_and_back(self):
        made = html("One[^a] and one^[inline] and one[^a]\n\n[^a]: The note\n")
        ids = set(re.findall(r'id="([^"]*)"', made))
        assert set(re.findall(r'href="#([^"]*)"', made)) == ids
        assert made.count("The note") == 1
        assert 'aria-label="Back to note 1 in the text"' in made


class TestTheOutline:
    BODY = "# One\n\nA `b` [c](/d)\n![e](f)\n\n```python\ng\n```\n\n- h\n- i <b>\n  `<i>` <u class='x'>\n"

    def test_it_says_what_a_text_is_made_of(self):
        made = outline(self.BODY)
        assert made.headings == ((2, "s-one", "One"),)
        assert made.heading_lines == ((1, 1, "One"),)
        assert made.links == (("/d", 3),)
        assert made.images == (("f", "e", 4),)
        assert made.code_blocks == (("python", "g\n", 6),)
        assert made.inline_code == ("b", "<i>")
        assert made.list_items == 2
        assert made.has_code

    def test_prose_is_the_text_without_its_code(self):
        assert outline(self.BODY).prose[:2] == (("One", 1), ("A   c\n", 3))

    def test_a_part_says_at_which_line_it_begins(self):
        body = "# One\n\nTwo[^n]\n\n[^n]: Four\n\n- six\n- seven\n"
        assert [line for _, line in render_parts(body)] == [1, 3, 7, 5]

    def test_raw_html_is_found_with_its_line_but_not_in_code(self):
        assert outline(self.BODY).raw_html == ((11, "<b>"), (12, "<u class='x'>"))

    def test_an_html_tag_that_holds_an_address_is_found(self):
        assert outline('<a href="https://a.example">b</a>').raw_html == (
            (1, '<a href="https://a.example">'),
            (1, "</a>"),
        )

    def test_a_smaller_sign_is_no_html(self):
        assert outline("a < b, a <b or c, d <- e <3 <https://a.example>").raw_html == ()

    def test_a_rendered_text_carries_it_through_a_cache(self):
        made = pickle.loads(pickle.dumps(render(self.BODY)))
        assert made.html == render(self.BODY).html
        assert made.links == outline(self.BODY).links


class TestSummaries:
    def test_markup_is_left_out(self):
        assert plain_text("# One\n\nTwo **three** `four`\n[five](/x) <b>") == "One Two three four five <b>"

    def test_a_long_text_ends_at_a_word(self):
        assert plain_text("one two three four", limit=12) == "one two…"

    def test_no_limit_is_exceeded_even_by_one_long_word(self):
        assert plain_text("a" * 500, limit=20) == "a" * 19 + "…"

    def test_a_text_too_odd_to_parse_still_has_a_summary(self):
        assert plain_text("> " * 60 + "deep").endswith("deep")


class TestEnds:
    """Rendering ends: what is past a limit is shown whole, as plain text (S21)."""

    @pytest.mark.parametrize(
        "body",
        [
            "a\n\n" * 140_000,
            "a\n" * 20_001,
            "a" * 30_001,
            "[" * 1_001,
            "- " * 21 + "a",
            "> " * 41 + "a",
            "- a\n" * 10_001,
        ],
        ids=["characters", "lines", "one paragraph", "brackets", "lists", "quotes", "blocks"],
    )
    def test_past_a_limit_a_text_is_shown_plain_and_whole_S21(self, body):
        made = render(body)
        assert made.html.startswith('<pre class="plain" tabindex="0">')
        assert made.html.count("a") >= body.count("a")
        assert made.html.count("[") == body.count("[")
        assert made.headings == ()

    @pytest.mark.parametrize("mark", ["> ", "- ", "1. ", "> - "])
    def test_no_depth_of_nesting_loses_a_word_P3(self, mark):
        for depth in range(1, 60):
            assert "deepest" in html(mark * depth + "deepest"), depth

    @pytest.mark.parametrize("opening", ["[", "![", "*", "**", "~~", "`", "^["])
    def test_no_depth_of_markup_in_a_line_loses_a_word_P3(self, opening):
        for depth in range(1, 60):
            assert "deepest" in html((opening + "x ") * depth + "deepest" + "](/y)" * depth), depth

    @pytest.mark.parametrize(
        "unit", ["[", "![", "[a](", "*a ", "**a*_", "`a``", "<a ", "<!--", "&#x", "~~a~", "> ", "- ", "|a", "# a\n",
                 "[a]: b\n", "[^a]: b\n", "^[a", "- [ ] a\n", "| a\n|-\n", "https://a.example ", "\\", "```\n", "\t"],
    )  # fmt: skip
    def test_a_million_characters_of_one_thing_are_rendered(self, unit):
        assert isinstance(html(unit * (1_000_000 // len(unit))), str)
        assert isinstance(html(unit * (100_000 // len(unit))), str)
