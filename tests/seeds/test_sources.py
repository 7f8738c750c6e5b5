"""What an import reads: compressed files, folders of several formats, and what it refused before."""

import gzip
import io
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
import zstandard
from django.core.management import CommandError, call_command

from articles import addresses
from articles.models import Article, ImportProblem, ImportRun, Redirect
from reviews.models import Due
from seeds import compressed, formats, importer, refused, sources
from seeds.importers import jsonl, markdown
from seeds.management.commands import import_articles
from seeds.sources import Prefix, Source
from tests.makers import make_person, make_released
from tests.seeds.test_import_articles import document, lines, run_import

__all__ = ["run_import"]
pytestmark = pytest.mark.django_db

MARKDOWN = "---\ntitle: {}\naliases: [/old/{}/]\n---\nSome text.\n"
PACK = {"gz": gzip.compress, "zst": zstandard.compress}


def names():
    return sorted(Article.objects.values_list("source_id", flat=True))


@pytest.mark.parametrize("ending", PACK)
def test_a_compressed_file_is_read_as_what_is_in_it_and_again_changes_nothing_F10(
    run_import, tmp_path, ending
):
    packed = tmp_path / f"all.jsonl.{ending}"
    # Two packed one behind the other are one file, as their tools have it.
    packed.write_bytes(b"".join(PACK[ending](lines(document(name))) for name in "ab"))
    assert run_import(packed).counts("created", "rejected") == [2, 0]
    assert run_import(lines(document("a"), document("b"))).counts("unchanged") == [2]


@pytest.mark.parametrize("ending", PACK)
def test_a_compressed_file_cut_anywhere_gives_what_is_whole_and_says_that_it_is_cut_F11(ending):
    whole = lines(*({"source_id": name, "title": name * 40, "body": "x"} for name in "abc"))
    packed = PACK[ending](whole)
    for cut in range(len(compressed.ZSTD), len(packed)):
        start = packed[:cut]
        items = list(jsonl.read(compressed.unpacked(io.BytesIO(b""), start)))
        assert "cut off" in items[-1].problem.reason, cut
        good = [item.raw for item in items[:-1]]
        assert good == whole.splitlines(keepends=True)[: len(good)], cut


def test_lines_cut_at_every_byte_are_whole_articles_or_refused_F11():
    whole = lines(*({"source_id": name, "title": "t", "body": "x"} for name in "ab"))
    for cut in range(len(whole)):
        raws = [item.raw.strip() for item in jsonl.read(io.BytesIO(whole[:cut])) if item.raw]
        said = [raw for raw in raws if raw in whole.splitlines()]
        assert len(raws) - len(said) <= 1, cut


@pytest.mark.parametrize("ending", PACK)
def test_what_unpacks_to_too_much_is_stopped_S20(monkeypatch, ending):
    monkeypatch.setattr(compressed, "HARMLESS", 1024 * 1024)
    bomb = PACK[ending](b" " * 50_000_000)
    stream = compressed.unpacked(io.BytesIO(bomb), bomb[:0] + bomb[:4])
    stream.raw.stream.seek(4)
    with pytest.raises(compressed.Broken, match="250 times its size"):
        shutil.copyfileobj(stream, out := io.BytesIO(), 64 * 1024)
    assert out.tell() < 10_000_000


@pytest.mark.parametrize("zeros", [1, 511, 70_000, 3_000_000])
def test_zeros_behind_a_packed_file_are_padding(run_import, tmp_path, zeros):
    packed = tmp_path / "all.jsonl.gz"
    packed.write_bytes(b"".join(gzip.compress(lines(document(name))) + b"\0" * zeros for name in "ab"))
    outcome = run_import(packed)
    assert (outcome.status, outcome.counts("created", "rejected")) == (0, [2, 0])


def test_what_stands_behind_zeros_and_is_not_packed_is_damage(run_import, tmp_path):
    packed = tmp_path / "all.jsonl.gz"
    packed.write_bytes(gzip.compress(lines(document("a"))) + b"\0" * 99 + b"x" * 99)
    outcome = run_import(packed)
    assert outcome.counts("created", "rejected") == [1, 1]
    assert "gzip file is damaged" in outcome.err


@pytest.mark.parametrize("ending", PACK)
def test_what_is_packed_is_read_again_from_its_beginning_and_from_nowhere_else(tmp_path, ending):
    whole = b"".join(b"%d\n" % number for number in range(100_000))
    path = tmp_path / "all"
    path.write_bytes(PACK[ending](whole[:1000]) + PACK[ending](whole[1000:]))
    with path.open("rb") as file:
        stream, start = sources.begun(file)
        assert start == whole[: len(start)] != b""
        for size in (10, 100_000, -1):
            assert stream.read(size) == (whole if size < 0 else whole[:size])
            stream.seek(0)
        with pytest.raises(io.UnsupportedOperation):
            stream.seek(500_000)


def test_a_damaged_file_keeps_what_was_before_the_damage(run_import, tmp_path):
    packed = tmp_path / "all.jsonl.gz"
    packed.write_bytes(
        gzip.compress(lines(document("a"))) + gzip.compress(lines(document("b")))[:40] + b"x" * 99
    )
    outcome = run_import(packed)
    assert (outcome.status, names()) == (1, ["a"])
    assert "gzip file is" in outcome.err


def test_a_folder_of_several_formats_is_one_run_with_the_places_of_its_files(run_import, tmp_path):
    folder = tmp_path / "site"
    (folder / "posts").mkdir(parents=True)
    (folder / "posts" / "one.md").write_text(MARKDOWN.format("One", "one"))
    (folder / "posts" / "bad.md").write_text("---\ntitle: [\n---\n")
    (folder / "a.jsonl").write_bytes(lines(document("a"), {"source_id": "b"}))
    (folder / "z.jsonl.gz").write_bytes(gzip.compress(lines(document("z"))))
    (folder / "picture.png").write_bytes(b"\x89PNG")
    outcome = run_import(folder)
    assert outcome.counts("created", "rejected") == [3, 2]
    run = ImportRun.objects.get()
    assert (run.state, run.format) == ("finished", "jsonl, markdown")
    places = {problem.file.rpartition("site/")[2] for problem in run.problems.filter(kind="refused")}
    assert places == {"a.jsonl", "posts/bad.md"}
    assert Redirect.objects.get().path == "/old/one/"
    assert run_import(folder).counts("created", "updated", "unchanged") == [0, 0, 3]


@pytest.fixture
def closed(monkeypatch):
    """Makes a folder one whose names this process may not read."""

    def close(folder):
        def scandir(path, real=os.scandir):
            if os.fspath(path) == os.fspath(folder):
                raise PermissionError(13, "Permission denied")
            return real(path)

        monkeypatch.setattr(sources.os, "scandir", scandir)

    return close


def test_a_folder_inside_that_cannot_be_read_is_told_of_by_its_place_and_all_else_goes_in(
    run_import, tmp_path, closed
):
    folder = tmp_path / "site"
    for name in "abc":
        (folder / name).mkdir(parents=True)
        (folder / name / "one.jsonl").write_bytes(lines(document(name)))
    closed(folder / "b")
    outcome = run_import(folder)
    assert (outcome.status, names()) == (1, ["a", "c"])
    assert f"{folder / 'b'}: Permission denied." in outcome.err
    assert ImportRun.objects.get().state == "finished"
    assert ImportProblem.objects.get().file == str(folder / "b")


def test_a_folder_that_cannot_be_read_itself_is_unreadable(run_import, tmp_path, closed):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "one.jsonl").write_bytes(lines(document("a")))
    closed(tmp_path / "site")
    with pytest.raises(CommandError, match="site: Permission denied"):
        run_import(tmp_path / "site")
    assert not ImportRun.objects.exists()


def test_of_a_folder_only_the_format_that_was_asked_for_is_read(run_import, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "one.md").write_text(MARKDOWN.format("One", "one"))
    (tmp_path / "folder" / "a.jsonl").write_bytes(lines(document("a")))
    assert run_import(tmp_path / "folder", format="jsonl").counts("read", "created") == [1, 1]


def test_links_to_folders_are_not_followed_S19(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.json").touch()
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "link").symlink_to(tmp_path / "outside")
    assert list(Source("given", tmp_path / "given").files()) == []


@pytest.mark.parametrize(
    ("start", "name", "format"),
    [
        (b'\n {"a": 1}\n', "x", "jsonl"),
        (b"---\ntitle: t\n---\n", "x", "markdown"),
        (b'<?xml version="1.0"?>\n<rss ', "x", "wxr"),
        (b"Just words.\n", "x.md", "markdown"),
        (b"Just words.\n", "x", "jsonl"),
    ],
)
def test_the_content_says_which_format_it_is_and_else_the_name(start, name, format):
    assert format == formats.chosen(name, start, in_folder=False).NAME


def test_an_old_address_takes_over_no_article_and_no_other_redirect(run_import, tmp_path):
    run_import(lines(document("a")))
    article = Article.objects.get()
    Redirect.objects.create(path="/taken/", article=article)
    path = tmp_path / "two.md"
    path.write_text(
        f"---\ntitle: Two\naliases: [{article.get_absolute_url()}, /taken/, /free/]\n---\nText.\n"
    )
    assert run_import(path).counts("created", "altered") == [1, 1]
    assert dict(Redirect.objects.values_list("path", "article__slug")) == {
        "/taken/": article.slug,
        "/free/": "two",
    }
    reasons = " ".join(ImportProblem.objects.values_list("reason", flat=True))
    assert "An article stands at this address now" in reasons
    assert "/taken/: This old address leads to another article already." in reasons


def test_what_was_refused_is_downloaded_mended_and_imported_again(run_import, tmp_path):
    source = lines(document("a", title=""), {"source_id": "b", "title": 7}) + b'{"source_id": "c", broken\n'
    assert run_import(source).counts("rejected") == [3]
    downloaded = "".join(refused.lines(ImportProblem.objects.all())).splitlines()
    assert run_import("\n".join(downloaded).encode()).counts("created", "rejected") == [0, 3]
    mended = []
    for line in downloaded:
        row = json.loads(line)
        if isinstance(row["document"], dict):
            row["document"] |= {"title": "Mended", "body": "Text."}
        elif row["document"]:
            row["document"] = json.dumps(document("c"))
        mended.append(json.dumps(row))
    assert run_import("\n".join(mended).encode(), fresh=True).counts("created", "rejected") == [3, 0]
    assert names() == ["a", "b", "c"]


def test_half_a_character_and_nul_that_were_refused_can_be_downloaded(run_import):
    run_import(b'{"source_id": "a", "title": "\\ud800", "body": ""}\n{"source_id": "b\x00"}\n')
    for line in "".join(refused.lines(ImportProblem.objects.all())).splitlines():
        assert json.loads(line.encode())["problem"]["reason"]


def test_a_digest_of_a_place_is_that_of_names_and_bytes(tmp_path):
    for name, text in {"a.md": "one", "b.md": "two"}.items():
        (tmp_path / name).write_text(text)
    source = Source("here", tmp_path)

    def digest(offset):
        with Prefix(source) as prefix:
            return prefix.up_to(offset)

    before = digest(4), digest(3)
    with Prefix(source) as prefix:
        assert (prefix.up_to(3), prefix.up_to(4)) == (before[1], before[0])
    (tmp_path / "b.md").rename(tmp_path / "c.md")
    assert digest(4) != before[0]
    assert digest(3) == before[1]


def test_a_dry_run_names_articles_with_approvals(run_import):
    article = make_released("a")
    outcome = run_import(lines(document("a", body="Other.")), dry_run=True)
    assert f"leave behind: {article.slug}." in outcome.out
    assert not ImportRun.objects.exists()


def test_a_log_gets_plain_lines(run_import, monkeypatch):
    monkeypatch.setattr(import_articles, "SECONDS_IN_A_LOG", 0)
    outcome = run_import(lines(document("a"), document("b"), document("c")))
    assert "100%, 3 read, 0 refused" in outcome.err
    assert "\r" not in outcome.err


def test_checks_can_be_left_to_their_job(run_import):
    run_import(lines(document("a")), check_later=True)
    assert Due.objects.count() == 1


def test_a_pipe_that_gives_little_at_a_time_loses_nothing():
    class Dribble(io.RawIOBase):
        def __init__(self, raw):
            self.left = raw

        def readable(self):
            return True

        def readinto(self, buffer):
            raw, self.left = self.left[:3], self.left[3:]
            buffer[: len(raw)] = raw
            return len(raw)

    raw = lines(document("a"), document("b"))
    for given in (raw, gzip.compress(raw)):
        stream, start = sources.begun(io.BufferedReader(Dribble(given)))
        assert start.startswith(b'{"')
        assert stream.read() == raw


def test_call_command_takes_a_folder_without_documents_as_unreadable(tmp_path):
    with pytest.raises(Exception, match=r"no .* file in this folder") as found:
        call_command("import_articles", str(tmp_path))
    assert found.value.returncode == 2


def test_files_behind_a_damaged_one_go_in_F11(run_import, tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    packed = gzip.compress(lines(*(document(f"a{number:03d}", body="x" * 900) for number in range(60))))
    (folder / "a.jsonl.gz").write_bytes(packed[: len(packed) * 3 // 4])
    for name in "bcd":
        (folder / f"{name}.jsonl").write_bytes(lines(*(document(f"{name}{number}") for number in range(6))))
    outcome = run_import(folder)
    assert {f"{name}{number}" for name in "bcd" for number in range(6)} <= set(names())
    assert "gzip file is cut off" in outcome.err or "a.jsonl.gz" in outcome.err


def test_a_file_without_its_end_is_told_of_though_all_its_lines_are_in_F11(run_import, tmp_path):
    packed = tmp_path / "all.jsonl.gz"
    packed.write_bytes(gzip.compress(lines(*(document(f"n{number}") for number in range(5))))[:-8])
    outcome = run_import(packed)
    assert outcome.status == 1
    assert outcome.counts("created", "rejected") == [5, 1]


def test_nobody_goes_on_with_the_run_of_another_S1(tmp_path, monkeypatch):
    alice = make_person("edith")
    run = ImportRun.objects.create(source="x", state="failed", person=None)
    source = Source(run.source, tmp_path, "auto")
    assert importer.unfinished_run(source, is_alone=True, person=alice) is None
    assert importer.unfinished_run(source, is_alone=True, person=None) == run


def test_what_has_two_keys_goes_out_with_both_of_them(run_import, tmp_path):
    twice = b'{"source_id": "a", "title": "t", "body": "one", "body": "two"}\n'
    run_import(twice)
    line = refused.line(ImportProblem.objects.get())
    assert "one" in line
    assert run_import(line.encode()).counts("created", "rejected") == [0, 1]


def test_markdown_without_a_name_needs_an_id(tmp_path, monkeypatch):
    items = list(markdown.read(io.BytesIO(b"---\ntitle: T\n---\nText.\n"), name=""))
    assert items[0].problem.path == "source_id"
    named = list(markdown.read(io.BytesIO(b"---\ntitle: T\nid: a-1\n---\nText.\n"), name=""))
    assert named[0].value["source_id"]


def test_an_article_that_makes_room_moves_to_no_address_of_its_batch(run_import):
    run_import(lines(document("zz", title="Crafted title")))
    crafted = addresses.with_hash("crafted-title", "zz")
    outcome = run_import(lines(document("b", title=crafted), document("aa", title="Crafted title")))
    assert outcome.counts("created", "rejected") == [2, 0]
    assert Article.objects.get(source_key="aa").slug == "crafted-title"


def test_a_file_with_front_matter_of_json_is_markdown_by_its_name():
    start = b'{"title": "T"}\n\nText.\n'
    assert formats.chosen("post.md", start, in_folder=False).NAME == "markdown"
    assert formats.chosen("notes.jsonl", start, in_folder=False).NAME == "jsonl"


# Who reads a source beside whom ---------------------------------------------------------------------------------------


@pytest.fixture
def hold(tmp_path):
    """Hold one source, as often as it is called."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(Source("x", tmp_path, "auto").held())


def test_who_comes_while_another_begins_waits_until_that_one_has_begun(hold):
    """Else the one who is alone would take the run that the other has just begun for one that was killed."""
    first = hold()
    assert first.is_alone
    with ThreadPoolExecutor(1) as beside:
        coming = beside.submit(hold)
        with pytest.raises(TimeoutError):
            coming.result(timeout=0.3)
        first.let_in()
        assert not coming.result(timeout=30).is_alone


def test_who_reads_on_is_not_alone_when_the_first_is_gone(hold):
    first = hold()
    first.let_in()
    hold()
    first.end()
    assert not hold().is_alone
