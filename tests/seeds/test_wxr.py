"""WordPress exports: posts and pages become documents, and whatever does not is reported by its line."""

import gzip
import io
import tracemalloc

import pytest

from articles import panel
from articles.document import from_data
from seeds import sources
from seeds.importers import wxr, xml_items

HEAD = """<?xml version="1.0" encoding="UTF-8" ?>
<!-- generator="WordPress/6.5" <item> -->
<rss version="2.0"
  xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
<language>en-GB</language>
<wp:base_blog_url>https://ops.example</wp:base_blog_url>
<wp:author><wp:author_login><![CDATA[kim]]></wp:author_login><wp:author_email>kim@ops.example</wp:author_email>
<wp:author_display_name><![CDATA[Kim Vale]]></wp:author_display_name></wp:author>
"""
FOOT = "</channel></rss>\n"


def cdata(text):
    return f"<![CDATA[{text}]]>"


def item(number=7, *, content="Stop new jobs first.", title="Drain a worker", more="", **fields):
    fields = {
        "guid": f"https://ops.example/?p={number}",
        "link": f"https://ops.example/2019/05/drain-{number}/",
        "pubDate": "Thu, 02 May 2019 10:00:00 +0000",
        "dc:creator": "kim",
        "wp:post_id": str(number),
        "wp:post_date": "2019-05-02 12:00:00",
        "wp:post_date_gmt": "2019-05-02 10:00:00",
        "wp:post_name": f"drain-{number}",
        "wp:status": "publish",
        "wp:post_type": "post",
        "wp:post_password": "",
    } | {key.replace("__", ":"): value for key, value in fields.items()}
    inside = "".join(f"<{key}>{cdata(value)}</{key}>\n" for key, value in fields.items() if value is not None)
    inside += f"<content:encoded>{cdata(content)}</content:encoded>\n{more}"
    return f"<item>\n<title>{cdata(title)}</title>\n{inside}</item>\n"


def postmeta(key, value):
    return f"<wp:postmeta><wp:meta_key>{key}</wp:meta_key><wp:meta_value>{cdata(value)}</wp:meta_value></wp:postmeta>\n"


def export(*items, head=HEAD, foot=FOOT):
    return (head + "".join(items) + foot).encode()


def read(data):
    return list(wxr.read(io.BytesIO(data), name="export.xml"))


def only(*items, **options):
    found = read(export(*items, **options))
    assert len(found) == 1
    return found[0]


def refusals(items):
    return [(one.line, one.problem.reason) for one in items if one.problem]


def taken(items):
    return [one.value["source_id"] for one in items if not one.problem]


def notes(one):
    return [str(altered) for altered in one.altered]


def line_of(data, words):
    return data[: data.index(words.encode())].count(b"\n") + 1


def test_a_post_is_a_document():
    one = only(
        item(
            content="One\n\n<b>Two</b>",
            excerpt__encoded="In <i>short</i> &amp; sweet",
            more='<category domain="post_tag" nicename="go"><![CDATA[Go &amp; friends]]></category>'
            '<category domain="category" nicename="ops"><![CDATA[Operations]]></category>'
            '<category domain="category" nicename="uncategorized"><![CDATA[Uncategorized]]></category>'
            '<category domain="product" nicename="x"><![CDATA[Queue]]></category>',
        )
    )
    assert one.value == {
        "source_id": "https://ops.example/?p=7",
        "title": "Drain a worker",
        "body": "One\n\n**Two**",
        "lang": "en-GB",
        "dir": "ltr",
        "tags": ["Go & friends"],
        "meta": {
            "summary": "In short & sweet",
            "author": "Kim Vale",
            "entities": [{"name": "Operations", "type": "category"}, {"name": "Queue", "type": "product"}],
            "revision": {"status": "published"},
            "wordpress": {
                "type": "post",
                "status": "publish",
                "id": 7,
                "slug": "drain-7",
                "link": "https://ops.example/2019/05/drain-7/",
                "published": "2019-05-02T10:00:00Z",
            },
        },
    }
    assert one.redirects == ("/2019/05/drain-7/",)
    assert one.altered == ()
    assert from_data(one.value).altered == ()


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_every_version_is_read_under_any_prefix(version, scheme):
    head = HEAD.replace("http://wordpress.org/export/1.2/", f"{scheme}://wordpress.org/export/{version}/")
    data = export(item(), head=head).replace(b"wp:", b"press:").replace(b":wp=", b":press=")
    assert taken(read(data)) == ["https://ops.example/?p=7"]
    assert read(data)[0].value["meta"]["author"] == "Kim Vale"


@pytest.mark.parametrize("prefix", [b"content", b"dc"])
def test_a_prefix_that_was_not_declared_is_taken_for_the_usual_one(prefix):
    data = export(item()).replace(b"xmlns:" + prefix + b"=", b"xmlns:other=", 1)
    assert read(data)[0].value == read(export(item()))[0].value


def test_elements_of_plugins_cost_nothing():
    one = only(item(more="<acme:x>1</acme:x><wp:odd><wp:post_id>9</wp:post_id></wp:odd>"))
    assert one.value["meta"]["wordpress"]["id"] == 7


@pytest.mark.parametrize(
    ("status", "shown"),
    [("draft", "draft"), ("pending", "pending review"), ("future", "scheduled"), ("archived", "archived")],
)
def test_what_was_not_public_has_its_status_and_no_old_address(status, shown):
    one = only(item(wp__status=status))
    assert one.value["meta"]["revision"] == {"status": shown}
    assert one.redirects == ()


def test_a_private_post_needs_review():
    assert only(item(wp__status="private")).value["meta"]["flags"] == {"needs_human_review": True}


@pytest.mark.parametrize("status", ["trash", "auto-draft", "inherit"])
def test_leftovers_are_refused(status):
    assert "not taken" in only(item(wp__status=status)).problem.reason


@pytest.mark.parametrize("kind", ["nav_menu_item", "wp_block", "revision", "feedback"])
def test_what_is_no_post_or_page_is_refused_by_its_kind(kind):
    assert kind in only(item(wp__post_type=kind)).problem.reason


def test_a_post_behind_a_password_is_refused_and_its_text_not_shown():
    one = only(item(wp__post_password="sesame", content="the hidden text"))
    assert "password" in one.problem.reason
    assert one.value is None
    assert "hidden" not in repr(one)
    assert "sesame" not in repr(one)


@pytest.mark.parametrize(
    ("gmt", "local", "feed", "published"),
    [
        ("2019-05-02 10:00:00", "2019-05-02 12:00:00", "", "2019-05-02T10:00:00Z"),
        ("0000-00-00 00:00:00", "2019-05-02 12:00:00", "", "2019-05-02T12:00:00"),
        (
            "0000-00-00 00:00:00",
            "0000-00-00 00:00:00",
            "Thu, 02 May 2019 10:00:00 +0000",
            "2019-05-02T10:00:00Z",
        ),
        ("0000-00-00 00:00:00", "2019-02-31 00:00:00", "Wed, 30 Nov -0001 00:00:00 +0000", None),
        ("0000-00-00 00:00:00", "", "Tue, 30 Nov 1999 00:00:00 +0000", None),
        ("", "", "soon", None),
        (None, None, None, None),
    ],
)
def test_dates_and_their_oddities(gmt, local, feed, published):
    one = only(item(wp__post_date_gmt=gmt, wp__post_date=local, pubDate=feed))
    assert one.value["meta"]["wordpress"].get("published") == published


@pytest.mark.parametrize(
    ("creator", "author"),
    [("kim", "Kim Vale"), ("sam", "sam"), ("sam@ops.example", None), ("", None)],
)
def test_an_author_is_a_name_and_never_an_e_mail_address(creator, author):
    one = only(item(dc__creator=creator))
    assert one.value["meta"].get("author") == author
    assert "@" not in repr(one.value)
    assert ("meta.author: The author’s e-mail address was left out; there is no name." in notes(one)) == (
        "@" in creator
    )


def test_comments_and_who_wrote_them_are_left_out_and_counted():
    comment = (
        "<wp:comment><wp:comment_id>1</wp:comment_id><wp:comment_author_email>pat@home.example</wp:comment_author_email>"
        "<wp:comment_author_IP>192.0.2.7</wp:comment_author_IP><wp:comment_content>secretly</wp:comment_content></wp:comment>"
    )
    one = only(item(more=comment * 2))
    assert notes(one) == [": 2 comments were left out."]
    assert not {"pat@home.example", "192.0.2.7", "secretly"} & set(repr(one).split("'"))
    assert "secretly" not in repr(one)


def test_serialised_meta_is_nested_and_corrupt_meta_is_kept_raw_and_reported():
    one = only(
        item(
            more=postmeta("tools", 'a:2:{i:0;s:4:"curl";i:1;s:2:"jq";}')
            + postmeta("limits", 'a:1:{s:4:"size";a:1:{s:3:"max";i:5;}}')
            + postmeta("note", "first")
            + postmeta("note", "second")
            + postmeta("broken", 'a:1:{i:0;s:99:"cut";}')
            + postmeta("_acme_subtitle", "kept")
            + postmeta("_edit_last", "1")
            + postmeta("_oembed_0a1b", "<iframe>")
        )
    )
    assert one.value["meta"]["post_meta"] == {
        "tools": ["curl", "jq"],
        "limits": {"size": {"max": 5}},
        "note": ["first", "second"],
        "broken": 'a:1:{i:0;s:99:"cut";}',
        "_acme_subtitle": "kept",
    }
    told = notes(one)
    assert len(told) == 2
    assert told[0].startswith("meta.post_meta.broken: This looks like a serialised value of PHP, but")
    assert told[1] == "meta.post_meta: WordPress’ own bookkeeping was left out: _edit_last, _oembed_…."


def test_the_panel_shows_serialised_meta_as_lists():
    one = only(item(more=postmeta("tools", 'a:2:{i:0;s:4:"curl";i:1;a:1:{s:3:"min";i:5;}}')))
    shown = panel.tree(from_data(one.value).meta["post_meta"], "meta.post_meta")
    assert shown.count("<ul") == 3
    assert "curl" in shown


def test_e_mail_and_ip_addresses_in_meta_are_left_out_and_reported():
    one = only(
        item(
            more=postmeta("contact", "Ask pat@home.example, or <sam@ops.example>; not @pat or 3@")
            + postmeta("sender_ip", "192.0.2.7")
            + postmeta("form", 'a:2:{s:5:"email";s:3:"pat";s:4:"size";i:3;}')
            + postmeta("release", "1.2.3.4")
        )
    )
    assert one.value["meta"]["post_meta"] == {
        "contact": "Ask (left out), or <(left out)>; not @pat or 3@",
        "sender_ip": "(left out)",
        "form": {"email": "(left out)", "size": 3},
        "release": "1.2.3.4",
    }
    assert len(notes(one)) == 3


def test_old_addresses_lead_here():
    one = only(
        item(
            link="https://ops.example/blog/caf%C3%A9/",
            more=postmeta("_wp_old_slug", "bar") + postmeta("_wp_old_slug", "a/b"),
        )
    )
    assert one.redirects == ("/blog/café/", "/blog/bar/")


@pytest.mark.parametrize(
    "link",
    ["https://ops.example/?p=7", "", "http://[bad", "https://ops.example//", "https://ops.example/a%00b/"],
)
def test_a_link_without_a_path_of_its_own_is_no_old_address(link):
    assert only(item(link=link)).redirects == ()


def test_files_are_references_in_the_meta_of_their_post_wherever_they_stand():
    def file(number, parent):
        more = f"<wp:attachment_url>https://ops.example/f{number}.png</wp:attachment_url>"
        return item(
            number,
            title=f"File {number}",
            wp__post_type="attachment",
            wp__status="inherit",
            wp__post_parent=parent,
            more=more,
        )

    data = export(
        file(1, "7"), item(7, more=postmeta("_thumbnail_id", "2")), file(2, "7"), file(3, "0"), file(4, "99")
    )
    found = read(data)
    assert len(found) == 3
    meta = found[0].value["meta"]
    assert meta["attachments"] == [
        {"title": "File 1", "address": "https://ops.example/f1.png"},
        {"title": "File 2", "address": "https://ops.example/f2.png"},
    ]
    assert meta["featured_image"] == "https://ops.example/f2.png"
    (first, none), (second, missing) = refusals(found)
    assert first == line_of(data, "<item>\n<title><![CDATA[File 3")
    assert "“File 3”, https://ops.example/f3.png" in none
    assert "belongs to no post" in none
    assert second == line_of(data, "<item>\n<title><![CDATA[File 4")
    assert "not in this file" in missing


class Pipe(io.BytesIO):
    def seekable(self):
        return False

    def seek(self, *where):
        raise io.UnsupportedOperation


def test_a_stream_that_cannot_be_read_twice_gives_the_same():
    file = item(
        8,
        wp__post_type="attachment",
        wp__post_parent="7",
        more="<wp:attachment_url>/f.png</wp:attachment_url>",
    )
    data = export(item(), file)
    assert list(wxr.read(Pipe(data))) == read(data)
    assert read(data)[0].value["meta"]["attachments"]


def test_a_packed_file_is_read_twice_and_never_copied_to_disk_F13(monkeypatch, tmp_path):
    def copied():
        raise AssertionError("It was copied.")

    monkeypatch.setattr(wxr.tempfile, "TemporaryFile", copied)
    data = export(*(item(number, title=f"Number {number}") for number in range(300)))
    path = tmp_path / "export.xml.gz"
    path.write_bytes(gzip.compress(data))
    with path.open("rb") as file:
        stream, _ = sources.begun(file)
        assert list(wxr.read(stream)) == read(data)


def test_a_pipe_that_gives_more_than_the_disk_is_to_hold_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(wxr, "MOST_COPIED", 1000)
    stream, _ = sources.begun(io.BufferedReader(Pipe(export(item()))))
    ((line, reason),) = refusals(wxr.read(stream))
    assert line == 1
    assert "longer than 1,000 bytes, unpacked. Give it as a file" in reason


def test_a_title_is_plain_text_and_an_empty_one_is_made_and_reported():
    one = only(item(title="Use <em>jq</em> &amp; curl &#8211; now"))
    assert one.value["title"] == "Use jq & curl – now"
    assert notes(one) == ["title: HTML in the title was left out."]
    one = only(item(title="", content="<h2>How to drain</h2><p>First.</p>"))
    assert one.value["title"] == "How to drain First."
    assert notes(one) == ["title: The post has no title; this one was made: “How to drain First.”."]
    assert only(item(title="", content="")).value["title"] == "drain 7"
    assert len(only(item(title="x" * 400)).value["title"]) == 300


def test_what_the_text_loses_is_reported_by_its_line_in_the_file():
    data = export(item(), item(8, content='\n\nword\n[gallery ids="1"]'))
    told = notes(read(data)[1])
    line = line_of(data, "[gallery")
    assert told == [
        f"body: Line {line}: The shortcode [gallery] was kept as it is. Put in by hand what it lists."
    ]


def test_a_copy_that_kept_the_guid_of_another_post_has_an_id_of_its_own():
    found = read(
        export(
            item(7), item(9, guid="https://ops.example/?p=7"), item(10, guid="urn:x:1"), item(11, guid=None)
        )
    )
    assert taken(found) == [
        "https://ops.example/?p=7",
        "https://ops.example/?p=7#9",
        "urn:x:1",
        "https://ops.example?p=11",
    ]


def test_an_item_without_any_id_is_refused():
    assert "cannot be told apart" in only(item(guid="", wp__post_id="", link="")).problem.reason


def test_languages_and_their_direction():
    assert only(item(), head=HEAD.replace("en-GB", "ar")).value["dir"] == "rtl"
    assert only(item(), head=HEAD.replace("en-GB", "pt_BR")).value["lang"] == "pt-BR"
    assert "lang" not in only(item(), head=HEAD.replace("en-GB", "all of them")).value


# Broken and hostile files ---------------------------------------------------------------------------------------------


def test_one_broken_item_costs_only_itself_f11():
    broken = item(8).replace("</dc:creator>", "</creator>")
    data = export(item(7), broken, item(9))
    found = read(data)
    assert taken(found) == ["https://ops.example/?p=7", "https://ops.example/?p=9"]
    ((line, reason),) = refusals(found)
    assert line == line_of(data, "kim]]></creator>")
    assert "not well-formed" in reason


def test_an_item_that_does_not_end_costs_only_itself_f11():
    data = export(item(7), item(8).replace("</item>", ""), item(9))
    found = read(data)
    assert taken(found) == ["https://ops.example/?p=7", "https://ops.example/?p=9"]
    assert refusals(found)[0][0] == line_of(
        data, "<item>\n<title><![CDATA[Drain a worker]]></title>\n<guid><![CDATA[https://ops.example/?p=8"
    )


def test_cut_at_any_byte_whole_items_are_in_and_the_cut_is_reported_f11():
    data = export(item(7), item(8))
    first = data.index(b"</item>") + len(b"</item>")
    second = data.rindex(b"</item>") + len(b"</item>")
    for end in range(0, len(data) - 1, 3):
        found = read(data[:end])
        assert (
            taken(found)
            == ["https://ops.example/?p=7", "https://ops.example/?p=8"][: (end >= first) + (end >= second)]
        )
        whole = data.rindex(b"</rss>") + len(b"</rss>")
        assert len(refusals(found)) >= (end < whole)
        assert all(one.end > 0 for one in found)


def test_each_item_says_where_it_begins_and_ends():
    data = export(item(7), item(8))
    for one in read(data):
        assert data[: one.end].endswith(b"</item>")
        assert data.splitlines()[one.line - 1] == b"<item>"


def test_tags_in_cdata_and_comments_are_no_items():
    trick = "a</item><item>b<!-- c <channel>"
    one = only(
        item(content=f"<pre>{trick.replace('<', '&lt;')}</pre> </item><item>", more="<!-- </item> -->")
    )
    assert trick in one.value["body"]


def test_loose_ampersands_and_ends_of_cdata_are_taken_as_text_and_reported():
    one = only(
        item(
            more="<wp:postmeta><wp:meta_key>a & b</wp:meta_key>"
            "<wp:meta_value>x &#11; y &nbsp; ]]> z</wp:meta_value></wp:postmeta>"
        )
    )
    assert one.value["meta"]["post_meta"] == {"a & b": "x \ufffd y &nbsp; ]]> z"}
    assert "should have been escaped" in notes(one)[0]


def test_control_characters_and_bytes_of_another_encoding_are_reported_by_place():
    data = export(item(content="one\x08two\nthree")).replace(b"three", b"caf\xe9")
    one = read(data)[0]
    assert one.value["body"] == "one two\\\ncaf�"
    line = line_of(data, "one\x08two")
    assert notes(one) == [
        f": Line {line + 1}: Bytes that are no UTF-8 were replaced by �.",
        f": Line {line}: Control characters, which XML does not allow, were made spaces.",
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_the_encoding_of_the_file_is_its_own(encoding):
    text = export(item(content="café"), item(8, content="naïve")).decode()
    named = {"utf-8-sig": "UTF-8"}.get(encoding, encoding)
    data = text.replace('encoding="UTF-8"', f'encoding="{named}"').encode(encoding)
    found = read(data)
    assert [one.value["body"] for one in found] == ["café", "naïve"]
    assert data[: found[1].end].decode(encoding).endswith("</item>")
    assert wxr.recognises(data[:512])


def test_an_unknown_encoding_is_refused_in_a_sentence():
    ((line, reason),) = refusals(read(export(item()).replace(b'"UTF-8"', b'"rot13"')))
    assert (line, "rot13" in reason) == (1, True)


@pytest.mark.parametrize(
    "dtd",
    [
        '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE rss [<!ENTITY file SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss SYSTEM "http://evil.example/x.dtd">',
        "<!DOCTYPE rss>",
    ],
)
@pytest.mark.parametrize("place", ["<rss version", "<channel>", "<item>\n"])
def test_a_dtd_is_refused_wherever_it_stands_s18(dtd, place):
    text = export(item(title="&b;").replace(cdata("&b;"), "&b;&file;")).decode()
    found = read(text.replace(place, f"{dtd}{place}", 1).encode())
    assert taken(found) == []
    assert "DTD" in refusals(found)[0][1]


def test_a_dtd_inside_an_item_costs_that_item_s18():
    data = export(item(7, more='<!DOCTYPE x [<!ENTITY a "ha">]>&a;'), item(8))
    assert taken(read(data)) == ["https://ops.example/?p=8"]


def test_entities_that_nobody_declared_are_text():
    one = only(item().replace(cdata("Drain a worker"), "Drain &b; &hellip;"))
    assert one.value["title"] == "Drain &b; …"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<",
        b"<?xml version='1.0'?><feed><item/></feed>",
        b"<rss><channel><item><title>A feed</title></item></channel></rss>",
        b"<html><item></item></html>",
        b"\x00\x01\x02 no XML at all <item>x</item>",
        b"<rss" + b" a='" + b"x" * 3_000_000 + b"'><item></item>",
        b"<rss>" * 5_000 + b"<item></item>",
    ],
)
def test_what_is_no_export_is_one_clear_problem(data):
    found = read(data)
    assert len(found) == 1
    assert found[0].problem.reason.endswith(".")
    assert found[0].end > 0


def test_an_item_over_the_limit_is_passed_over_and_not_held_f13(monkeypatch):
    monkeypatch.setattr(xml_items, "MAX_ITEM", 100_000)
    data = export(item(7), item(8, content="x" * 20_000_000), item(9))
    stream = io.BytesIO(data)
    tracemalloc.start()
    found = list(wxr.read(stream))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken(found) == ["https://ops.example/?p=7", "https://ops.example/?p=9"]
    assert "longer than 100,000 bytes" in refusals(found)[0][1]
    assert peak < 4_000_000


def test_many_items_need_no_more_memory_than_few_f13(garbage_collected_as_usual):
    class Endless(io.RawIOBase):
        """An export of so many posts that is never held as a whole."""

        def __init__(self, count):
            self.count = count
            self.seek(0)

        def seekable(self):
            return True

        def seek(self, where):
            self.parts = iter([HEAD.encode(), *([item().encode()] * self.count), FOOT.encode()])
            self.rest = b""

        def tell(self):
            return 0

        def read(self, size):
            while len(self.rest) < size and (part := next(self.parts, None)):
                self.rest += part
            piece, self.rest = self.rest[:size], self.rest[size:]
            return piece

    peaks = []
    for count in (100, 800):
        tracemalloc.start()
        assert sum(1 for one in wxr.read(Endless(count)) if one.value) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0]


@pytest.mark.parametrize(
    "junk",
    [
        "<![CDATA[" * 30_000,
        "<!--" * 60_000,
        "&" * 200_000,
        "]]>" * 60_000,
        "<a>" * 60_000,
        "<wp:postmeta>" * 20_000,
        "<category/>" * 20_000,
        "<x:y/>" * 30_000,
        "<b a='" * 30_000,
        "</item" * 30_000,
        "<?x" * 60_000,
        postmeta("a", "1") * 2_000,
        postmeta("x" * 300, "1"),
        postmeta("", 'O:1:"' * 20_000),
    ],
)
def test_hostile_items_end_soon_and_cost_at_most_what_follows_s21(junk):
    found = read(export(item(7), item(8, more=junk), item(9)))
    assert "https://ops.example/?p=7" in taken(found)
    assert len(found) >= 2


def test_a_hostile_frame_ends_soon_s21():
    for junk in (
        "<!-- x -->" * 20_000,
        "<wp:author>" * 50,
        "<language>x</language>" * 20_000,
        "text " * 100_000,
    ):
        assert len(read(export(junk, item()))) >= 1


def test_an_export_is_recognised_by_its_start():
    assert wxr.recognises(HEAD.encode()[:200])
    assert wxr.recognises(b"\xef\xbb\xbf\n<?xml version='1.0'?>")
    assert wxr.recognises(b'<rss version="2.0" xmlns')
    assert not wxr.recognises(b'{"source_id": "<?xml"}')
    assert not wxr.recognises(b"---\ntitle: About <?xml\n---\n")


def test_a_tag_that_is_held_whole_is_bounded_f13():
    ((_, reason),) = refusals(read(b"<rss a='" + b"x" * 3_000_000 + b"'><item></item></rss>"))
    assert "longer than" in reason


def test_elements_in_one_another_are_bounded_f13():
    found = read(export(item(7, more="<a>" * 100 + "</a>" * 100), item(8)))
    assert taken(found) == ["https://ops.example/?p=8"]
    assert "nested" in refusals(found)[0][1]
