"""HTML, and the text of WordPress posts, become the Markdown that an editor would have written."""

import pytest

from articles.rendering import render
from seeds.importers import html, wordpress_text


def markdown(source):
    return html.to_markdown(html.tokens(source), source=source)


def post(source, line=1):
    """Return a post's Markdown and what was reported, as (line, sentence)."""
    notes = []
    converted = wordpress_text.convert(source, line=line, note=lambda *noted: notes.append(noted))
    return converted.markdown, notes


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<p>One<p>Two", "One\n\nTwo"),
        ("a<br>b", "a\\\nb"),
        ("a<br><br>b", "a\n\nb"),
        ("<h3>Drain <em>first</em></h3>", "### Drain *first*"),
        ("<b>bold </b>and <i> slanted</i>", "**bold** and *slanted*"),
        ("<b>a</b><strong>b</strong>", "**ab**"),
        ("<b>a<strong>b</strong></b>", "**ab**"),
        ("<del>gone</del>", "~~gone~~"),
        ("<b>one<p>two</p></b>", "**one**\n\n**two**"),
        ('<a href="/x y (1)">way</a>', "[way](/x%20y%20%281%29)"),
        ('<a href="https://a.example/">https://a.example/</a>', "<https://a.example/>"),
        ('<a name="top"></a>text', "text"),
        ('<a href="/a">see [1</a>', "[see \\[1](/a)"),
        ('Look!<a href="/a">here</a>', "Look\\![here](/a)"),
        ('<a href="/a">one<a href="/b">two</a>', "[one](/a)[two](/b)"),
        ('<img src="a.png" alt="A [plan]">', "![A \\[plan\\]](a.png)"),
        ('<img src="a.png" title="Plan">', '![Plan](a.png "Plan")'),
        ("<code>a `b`</code>", "`` a `b` ``"),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", "- a\n  - b\n- c"),
        ("<ul><li>a</li><ul><li>b</li></ul></ul>", "- a\n  - b"),
        ("<ol start=4><li>a<li><p>b</p><p>c</p></ol>", "4. a\n\n5. b\n\n   c"),
        ("<ul><li>a</ul><ul><li>b</ul>", "- a\n\n* b"),
        ("<blockquote>a<p>b</blockquote>", "> a\n>\n> b"),
        ('<pre class="language-sh">a\n  ```b\n</pre>', "````sh\na\n  ```b\n````"),
        ("<pre><code>x &lt; 1<br>y</code></pre>", "```\nx < 1\ny\n```"),
        ("<hr>", "---"),
        ("<dl><dt>Lease<dd>A claim</dl>", "**Lease**\n\nA claim"),
        ("<table><tr><th>a<th>b<tr><td>1|2<td>3</table>", "| a | b |\n| --- | --- |\n| 1\\|2 | 3 |"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "|  |  |\n| --- | --- |\n| a | b |\n| c |  |"),
        ("<table><tr><td><p>layout</p></table>", "layout"),
        ("x<sup>2</sup>, H<sub>2</sub>O, x<sup>i,j</sup>", "x², H₂O, x^(i,j)"),
        ("<figure><img src=a.png><figcaption>A plan</figcaption></figure>", "![](a.png)\n\nA plan"),
        ("<input type=checkbox checked>done", "[x] done"),
        ("<span><font color=red>a</font></span>", "a"),
        ("a &amp;lt; b &copy; &#x1F600;", "a \\&lt; b © 😀"),
        ("a < b > c", "a < b > c"),
        ("no <tag", "no \\<tag"),
        ("<!-- hidden -->", ""),
        ("", ""),
    ],
)
def test_html_has_its_markdown(source, written):
    assert markdown(source) == written


@pytest.mark.parametrize(
    "words",
    [
        "1. no list",
        "- no list",
        "# no heading",
        "> no quote",
        "--- no rule",
        "---",
        "===",
        "| a | b |",
        "~~~",
        "2 * 3 and *stars* and _lines_ and snake_case",
        "C:\\temp\\new and \\[x\\]",
        "a [link](to) and [note][1] and [^1] and `code`",
        "&lt; stays &amp; stays",
        "~~struck~~ <https://a.example> <b>",
        "ends with a backslash \\",
    ],
)
def test_plain_text_reads_the_same_after_rendering(words):
    escaped = words.replace("&", "&amp;").replace("<", "&lt;")
    shown = render(markdown(f"<p>first<br>{escaped}</p>")).html
    assert html.plain(shown).removeprefix("first ") == words


def test_a_table_without_a_form_in_markdown_is_kept_as_html_and_reported():
    table = "<table>\n<tr><td rowspan=2>a</td><td>b</td></tr><tr><td>c</td></tr></table>"
    written, notes = post(f"<p>x</p>{table}")
    assert written == f"x\n\n```html\n{table}\n```"
    assert notes == [(1, "A table that Markdown has no form for was kept as its HTML.")]


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "java&#10;script:alert(1)", "data:text/html,x", "vbscript:x"]
)
def test_only_addresses_that_can_be_followed_are_kept_s14(address):
    written, notes = post(f'<a href="{address}">go</a><img src="{address}" alt="pic">')
    assert "script" not in written
    assert "data:" not in written
    assert "gopic" in written
    assert len(notes) == 2


def test_scripts_and_styles_are_left_out_and_reported():
    written, notes = post("a<script>if (a < b) { alert('</p>') }</script><style>p{}</style>b")
    assert written == "ab"
    assert [what for _, what in notes] == ["A <script> was left out.", "A <style> was left out."]


def test_a_script_that_does_not_end_takes_no_text_with_it():
    assert post("a <script>b<p>c</p>")[0] == "a \\<script>b\n\nc"


def test_what_is_embedded_is_a_link_and_reported_s17():
    written, notes = post('x <iframe src="https://v.example/1"></iframe><video><source src="/a.mp4"></video>')
    assert written == "x\n\n<https://v.example/1>\n\n[/a.mp4](/a.mp4)"
    assert len(notes) == 2


def test_deep_nesting_keeps_the_text_f13():
    written, notes = post("<div>" * 5_000 + "deep" + "</div>" * 5_000 + "<p>after</p>")
    assert written == "deep\n\nafter"
    assert len(notes) == 1


# The text of a post ---------------------------------------------------------------------------------------------------


def test_a_classic_post_has_its_paragraphs_and_line_ends():
    written, _ = post(
        "One\nline.\r\n\r\nTwo <b>bold\n\nstill</b>\n<ul>\n<li>a\n\n</li>\n<li>b</li>\n</ul>\nend"
    )
    assert written == "One\\\nline.\n\nTwo **bold**\n\n**still**\n\n- a\n- b\n\nend"


def test_a_line_break_before_a_line_end_is_one_break():
    assert post("a<br />\nb")[0] == "a\\\nb"


def test_code_of_a_classic_post_keeps_its_lines():
    assert post("<pre>a\n\nb</pre>\n<code>\nc\n\n  d\n</code>")[0] == "```\na\n\nb\n```\n\n```\nc\n\n  d\n```"


def test_blocks_are_read_and_line_ends_in_them_are_spaces():
    written, notes = post(
        '<!-- wp:paragraph {"align":"left"} -->\n<p>One\ntwo</p>\n<!-- /wp:paragraph -->\n\n'
        "<!-- wp:list --><ul><!-- wp:list-item --><li>a<!-- wp:list --><ul><!-- wp:list-item --><li>b</li>"
        "<!-- /wp:list-item --></ul><!-- /wp:list --></li><!-- /wp:list-item --></ul><!-- /wp:list -->\n"
        '<!-- wp:heading {"level":3} --><h3>Next</h3><!-- /wp:heading -->'
        '<!-- wp:code --><pre class="wp-block-code"><code>x\n\ny</code></pre><!-- /wp:code -->'
    )
    assert written == "One two\n\n- a\n  - b\n\n### Next\n\n```\nx\n\ny\n```"
    assert notes == []


def test_a_block_names_the_language_of_its_code():
    written, _ = post(
        '<!-- wp:syntaxhighlighter/code {"language":"go"} --><pre>a := 1</pre><!-- /wp:syntaxhighlighter/code -->'
    )
    assert written == "```go\na := 1\n```"


def test_unknown_blocks_are_kept_and_reported_with_their_line():
    written, notes = post(
        '<p>a</p>\n<!-- wp:acme/box --><div>in it</div><!-- /wp:acme/box -->\n\n<!-- wp:latest-posts {"n":3} /-->',
        line=40,
    )
    assert written == 'a\n\nin it\n\n`<!-- wp:latest-posts {"n":3} /-->`'
    assert notes == [
        (41, "The block “acme/box” is not known here; its text was kept."),
        (43, "The block “latest-posts” has no text of its own; what it says was kept as code."),
    ]


def test_an_embed_is_its_address():
    inside = "<figure><div>\nhttps://v.example/a_b\n</div></figure>"
    assert (
        post(f'<!-- wp:embed {{"url":"https://v.example/a_b"}} -->{inside}<!-- /wp:embed -->')[0]
        == "https://v.example/a_b"
    )
    assert (
        post("see\n[embed width=3]https://v.example/a_b[/embed]\nx")[0] == "see\n\nhttps://v.example/a_b\n\nx"
    )
    assert post('<!-- wp:social-link {"url":"https://s.example/"} /-->')[0] == "https://s.example/"


def test_a_caption_follows_its_picture():
    picture = '<a href="/big.png"><img src="/a.png" alt="A" /></a>'
    for source in (
        f'[caption id="x" width="3"]{picture} The <em>plan</em>[/caption]',
        f'[caption id="x" caption="The &lt;em&gt;plan"]{picture}[/caption]',
    ):
        written = post(f"before {source} after")[0]
        assert written.startswith("before\n\n[![A](/a.png)](/big.png)\n\nThe ")
        assert written.endswith("\n\nafter")


def test_code_between_shortcodes_is_code_with_its_language():
    written, _ = post(
        'x\n[sourcecode language="python"]\nif a < b:\n\n    print("<b>")\n[/sourcecode]\n[php]$a;[/php] [code] open'
    )
    assert written == 'x\n\n```python\nif a < b:\n\n    print("<b>")\n```\n\n```php\n$a;\n```\n\n[code] open'


def test_other_shortcodes_stay_in_the_text_and_are_reported_with_their_line():
    written, notes = post(
        'one\n\n[gallery ids="1,2"]\n[price_table]\n[x a="1"] [tab]y[/tab] [sic] a[0] [[gallery]]'
    )
    assert (
        written
        == 'one\n\n[gallery ids="1,2"]\\\n[price_table]\\\n[x a="1"] [tab]y[/tab] [sic] a[0] [gallery]'
    )
    assert notes == [
        (3, "The shortcode [gallery] was kept as it is. Put in by hand what it lists."),
        (4, "The shortcode [price_table] was kept as it is."),
        (5, "The shortcode [x] was kept as it is."),
        (5, "The shortcode [tab] was kept as it is."),
    ]


def test_sound_and_film_are_links():
    written, notes = post('[audio mp3="https://a.example/s.mp3"][/audio] [video src="/v.mp4"]')
    assert written == "https://a.example/s.mp3\n\n/v.mp4"
    assert len(notes) == 2


def test_more_gives_the_teaser_and_is_taken_out():
    notes = []
    converted = wordpress_text.convert(
        "<p>The <b>start</b></p>\n<!--more Read on-->\nrest", note=lambda *noted: notes.append(noted)
    )
    assert converted.markdown == "The **start**\n\nrest"
    assert converted.teaser == "The start"
    assert notes == [(2, "The mark <!--more--> was taken out.")]


def test_pages_are_joined_by_a_line_and_reported():
    written, notes = post("one\n<!--nextpage-->\ntwo")
    assert written == "one\n\n---\n\ntwo"
    assert [line for line, _ in notes] == [2]


def test_comments_in_the_text_are_left_out_and_reported():
    written, notes = post("a<!-- ask Kim -->b")
    assert written == "ab"
    assert notes == [(1, "A comment in the HTML was left out.")]


HOSTILE = (
    "<", "<a ", '<a "', "<a '\"", "<!--", "<b>", "<b><p>", "<div>", "<ul><li>", "<table><tr><td>", "<script>", "&#9",
    "*", "[", "](", "_", "`", "\\", "<br>", "<br><br>", "<blockquote>x", "<b>x<p>y</p>", "<code>\n", "<!-- wp:a -->",
    "<!-- wp:a /-->", "<!--more-->", '<!-- wp:a {"a":', "[a ", "[a]", "[code]", "[caption]", "[a b=c]", "\n\n", " \n",
    "<b><i><s><a href=x>", "<p a='", "&#" + "9" * 50, "http://", "~", "<td>", "</p>", "<code>`",
)  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_ends_soon_and_never_raises_s21(piece):
    size = 60_000  # what is quadratic would take minutes
    assert len(post(piece * (size // len(piece)))[0]) < 30 * size
