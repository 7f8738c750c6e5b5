"""manage.py import_articles, as people and machines use it."""

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from articles.document import from_data
from articles.models import Article, Entity, EntityAlias, ImportProblem, ImportRun, Person, Revision, Tag
from articles.models import intake as intake_models
from reviews import intake, lookalikes
from reviews.models import Requirement
from seeds import batches, importer
from seeds.batches import Ruling
from seeds.importer import Importer
from seeds.importers import jsonl
from seeds.management.commands import import_articles
from seeds.sources import find
from tests.makers import DATA, make_person, make_release, make_released, make_user

pytestmark = pytest.mark.django_db


def lines(*documents):
    return "".join(json.dumps(document) + "\n" for document in documents).encode()


def document(source_id, **changes):
    return DATA | {"source_id": source_id} | changes


class Outcome:
    """What one call said: exit status, standard output and error, and the machine-readable summary."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def summary(self):
        return json.loads(self.out.splitlines()[-1])

    def counts(self, *names):
        return [self.summary[name] for name in names]


@pytest.fixture
def run_import(tmp_path):
    """Import bytes (or paths) by the command."""

    def call(*sources, **options):
        paths = []
        for number, source in enumerate(sources):
            if isinstance(source, bytes):
                path = tmp_path / f"source{number}.jsonl"
                path.write_bytes(source)
                source = path
            paths.append(str(source))
        out, err, status = io.StringIO(), io.StringIO(), 0
        try:
            call_command("import_articles", *paths, json=True, stdout=out, stderr=err, **options)
        except SystemExit as end:
            status = end.code
        return Outcome(status, out.getvalue(), err.getvalue())

    return call


def test_every_field_of_a_document_arrives(run_import):
    data = document("note-1", shelf={"row": [1, None, {"deep": True}]}, lang="en", dir="ltr")
    data["meta"] = DATA["meta"] | {"view_count": 297878, "hash": "abc", "unheard_of": ["of", {"x": []}]}
    assert run_import(lines(data)).status == 0
    article = Article.objects.get()
    kept = article.latest_revision.document.data
    expected = json.loads(json.dumps(data))
    del expected["meta"]["view_count"]
    assert kept == expected
    assert article.imported_view_count == 297878
    assert {tag.name for tag in article.tags.all()} == {"python", "backend"}
    assert {str(mention.entity) for mention in article.mentions.select_related("entity")} == {
        "python (stack)",
        "taking changes back (problem)",
        "pytest (tool)",
    }
    assert article.latest_revision.checklist.items == ["measure before", "measure after"]


def test_one_document_over_many_lines_is_a_document(run_import):
    assert run_import(json.dumps(document("note-1"), indent=2).encode()).counts("read", "created") == [1, 1]


def test_documents_over_many_lines_may_stand_one_behind_the_other(run_import):
    both = "\n".join(json.dumps(document(name), indent=2) for name in "ab")
    assert run_import(f"{both}\n".encode()).counts("read", "created") == [2, 2]
    assert run_import(f"{both}\n}}\n{{\n".encode()).counts("unchanged", "rejected") == [2, 2]


@pytest.mark.parametrize(
    ("at", "created"),
    [(b'"body": "Keep the', 2), (b'"meta":', 3), (b'"entities": [', 3)],
    ids=["in a text", "behind a comma", "before a list"],
)
@pytest.mark.parametrize("half", [False, True], ids=["broken", "and cut"])
def test_a_first_line_that_is_broken_in_two_costs_no_other_F11(run_import, at, created, half):
    broken = lines(document("a")).replace(at, at[:-1] + b"\n" + at[-1:])
    if half:
        broken, created = broken.splitlines()[0] + b"\n" + b"of another line\n", 2
    outcome = run_import(broken + lines(document("b"), document("c")))
    assert outcome.counts("created", "rejected") == [created, 3 - created]
    if created == 2:
        assert "source0.jsonl:1: " in outcome.err


def test_the_same_file_twice_changes_nothing_F10(run_import):
    run_import(lines(document("a"), document("b")))
    before = list(Revision.objects.values_list("pk", "text"))
    again = run_import(lines(document("a"), document("b")))
    assert again.counts("read", "created", "updated", "unchanged") == [2, 0, 0, 2]
    assert list(Revision.objects.values_list("pk", "text")) == before


def test_of_public_articles_with_a_new_draft_a_run_names_the_first_and_counts_all_F13(
    run_import, monkeypatch
):
    for name in "abc":
        make_released(name, reviewed=False)
    changed = lines(*(document(name, body="Other words.\n") for name in "abc"))
    for module in (batches, intake_models):
        monkeypatch.setattr(module, "MOST_TOUCHED", 2)
    monkeypatch.setattr(import_articles, "MOST_TOLD", 1)
    outcome = run_import(changed)
    assert outcome.counts("updated", "touched_releases") == [3, 3]
    assert len(ImportRun.objects.get().touched) == 2
    assert " and 2 others" in outcome.out


def test_what_checks_of_a_run_flag_is_counted_though_they_are_killed_F1(run_import, monkeypatch):
    secret = document("a", body=f"It was run with AKI{'A' * 17}, as before.\n")

    def killed(alike):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(lookalikes, "file", killed)
        with pytest.raises(CommandError, match="Stopped"):
            run_import(lines(secret))
    assert ImportRun.objects.get().flagged == 1
    assert run_import(lines(secret)).counts("read", "flagged") == [1, 1]
    assert ImportRun.objects.get().flagged == 1


def test_a_changed_view_count_is_no_new_revision_and_is_kept(run_import):
    run_import(lines(document("a", meta={"view_count": 1})))
    again = run_import(lines(document("a", meta={"view_count": 2})))
    assert again.counts("unchanged") == [1]
    assert Article.objects.get().imported_view_count == 2


def test_a_changed_document_makes_a_revision_and_never_touches_the_released_one(run_import):
    article = make_released("a")
    again = run_import(lines(document("a", body="Another text altogether.")))
    assert again.counts("updated", "flagged", "touched_releases") == [1, 1, 1]
    article.refresh_from_db()
    assert article.current_release.revision.number == 1
    assert article.latest_revision.number == 2
    reasons = set(article.latest_revision.requirements.values_list("reason", flat=True))
    assert Requirement.Reason.CHANGES_RELEASE in reasons


def test_a_changed_document_after_a_persons_edit_lies_beside_it(run_import):
    run_import(lines(document("a")))
    article = Article.objects.get()
    edited = from_data(article.latest_revision.document.data | {"title": "By hand"})
    mine = intake.edit(article, edited, by=make_person("edith"), seen=article.latest_revision.digest)
    again = run_import(lines(document("a", body="From the source.")))
    assert again.counts("updated", "candidates") == [1, 1]
    article.refresh_from_db()
    assert article.latest_revision == mine
    assert article.candidate.document.body == "From the source."
    assert run_import(lines(document("a", body="From the source."))).counts("unchanged") == [1]


def test_bad_lines_are_refused_with_place_and_reason_while_the_rest_goes_in(run_import):
    source = (
        lines(document("a")) + b"not json\n" + lines({"source_id": "b", "body": "x"}) + lines(document("c"))
    )
    outcome = run_import(source)
    assert outcome.status == 1
    assert outcome.counts("read", "created", "rejected") == [4, 2, 2]
    assert sorted(Article.objects.values_list("source_id", flat=True)) == ["a", "c"]
    refusals = outcome.err.splitlines()
    assert refusals[0].split(":")[1] == "2"
    assert "JSON" in refusals[0]
    assert ":3: title: This is missing." in refusals[1]
    kept = ImportProblem.objects.filter(kind=ImportProblem.Kind.REFUSED)
    assert [(problem.line, problem.path) for problem in kept] == [(2, ""), (3, "title")]


BAD = {
    "nothing": b"",
    "blank lines": b"\n\n  \n",
    "no JSON": b"hello",
    "half a document": lines(document("a"))[:-40],
    "a list": b"[1, 2]\n",
    "100,000 nested lists": b'{"source_id": "a", "title": "t", "body": '
    + b"[" * 100_000
    + b"]" * 100_000
    + b"}\n",
    "NUL": lines(document("a", title="a\x00b")),
    "a lone surrogate": b'{"source_id": "a", "title": "\\ud800", "body": ""}\n',
    "a key twice": b'{"source_id": "a", "title": "t", "title": "u", "body": ""}\n',
    "a date that does not exist": lines(document("a", meta={"revision": {"last_reviewed": "2025-02-30"}})),
    "a title of 10,000 characters": lines(document("a", title="t" * 10_000)),
    "not UTF-8": b'{"source_id": "a", "title": "\xff\xfe", "body": ""}\n',
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_ends_in_one_clear_refusal_and_nothing_stored_F11(run_import, name):
    outcome = run_import(BAD[name])
    assert outcome.status == 1
    assert outcome.counts("created", "rejected") == [0, 1]
    assert outcome.err.strip()
    assert "Traceback" not in outcome.err
    assert not Article.objects.exists()
    assert not Revision.objects.exists()


def test_a_number_as_text_is_taken_and_listed_as_altered(run_import):
    outcome = run_import(lines(document("a", meta={"reading_time": "7"})))
    assert outcome.counts("created", "altered") == [1, 1]
    assert Article.objects.get().latest_revision.facts["reading_time"] == 7
    assert ImportProblem.objects.get().path == "meta.reading_time"


def test_a_taken_slug_gets_a_short_hash_of_the_source_id(run_import):
    run_import(lines(document("a"), document("b")))
    first, second = Article.objects.order_by("pk").values_list("slug", flat=True)
    assert first == "a-change-you-can-take-back"
    assert second.startswith("a-change-you-can-take-back-")


def test_a_source_id_in_other_case_is_the_same_article(run_import):
    run_import(lines(document("Note-A")))
    outcome = run_import(lines(document("nOTE-a", body="New words.")))
    assert outcome.counts("created", "updated") == [0, 1]
    assert Article.objects.count() == 1


def test_two_documents_with_one_source_id_in_one_run_the_later_is_refused(run_import):
    outcome = run_import(lines(document("a"), document("A", body="Something else.")))
    assert outcome.counts("created", "rejected") == [1, 1]
    assert "Line 1" in outcome.err


def test_a_line_of_any_length_is_passed_over_without_being_held_F13():
    class Endless(io.RawIOBase):
        """A first line of 200 MB, never whole in memory, and a good line behind it."""

        def __init__(self):
            self.left, self.most = 200_000_000, 0

        def readline(self, size=-1):
            self.most = max(self.most, size)
            if self.left > 0:
                self.left -= size
                return b"x" * size
            if self.left is not None and self.left <= 0 and self.left != -1:
                self.left = -1
                return b"\n"
            self.readline = lambda size=-1: b""
            return b'{"source_id": "a"}\n'

    stream = Endless()
    items = list(jsonl.read(stream, limit=1000))
    assert [bool(item.problem) for item in items] == [True, False]
    assert stream.most <= 64 * 1024


def test_a_dry_run_says_what_would_happen_and_changes_nothing(run_import):
    make_released("a")
    outcome = run_import(lines(document("a", body="Other."), document("b")), dry_run=True)
    assert outcome.counts("created", "updated", "touched_releases") == [1, 1, 1]
    assert "a-change-you-can-take-back" in outcome.out
    assert Article.objects.count() == 1
    assert Revision.objects.count() == 1
    assert not ImportRun.objects.exists()


def test_a_folder_is_read_in_order_and_links_are_not_followed_S19(run_import, tmp_path):
    folder = tmp_path / "drafts"
    folder.mkdir()
    (folder / "b.json").write_bytes(lines(document("b")))
    (folder / "a.jsonl").write_bytes(lines(document("a")))
    (folder / "notes.txt").write_text("not a document")
    secret = tmp_path / "secret.json"
    secret.write_bytes(lines(document("secret")))
    (folder / "c.json").symlink_to(secret)
    run_import(folder)
    assert list(Article.objects.order_by("pk").values_list("source_id", flat=True)) == ["a", "b"]


@pytest.mark.parametrize("path", ["nowhere.json", ""])
def test_a_path_that_is_not_there_ends_with_status_2(path, tmp_path):
    with pytest.raises(CommandError) as refused:
        call_command("import_articles", str(tmp_path / path))
    assert refused.value.returncode == 2


def test_whoever_imports_needs_the_right_to(tmp_path):
    make_person("ada")
    (tmp_path / "a.json").write_bytes(lines(document("a")))
    with pytest.raises(CommandError, match="may not import"):
        call_command("import_articles", str(tmp_path / "a.json"), username="ada")
    assert not Article.objects.exists()


@pytest.mark.parametrize("kind", ["tags", "entities"])
def test_a_name_that_is_another_names_address_ends_no_import_and_hangs_none(run_import, kind):
    """The address of "foo!" is foo, or foo with a hash; both are taken by names of their own."""
    digest = hashlib.sha256(b"foo!").hexdigest()
    endings = [digest[:8], digest[:16], digest[:40]]

    def named(*names):
        return list(names) if kind == "tags" else [{"name": name, "type": "thing"} for name in names]

    def of(source_id, names):
        changes = {"tags": names} if kind == "tags" else {"meta": {"entities": names}}
        return document(source_id, meta={}) | changes

    run_import(lines(of("a", named("foo", *(f"foo-{ending}" for ending in endings)))))
    assert run_import(lines(of("b", named("foo!")))).counts("created") == [1]
    model = Tag if kind == "tags" else Entity
    assert model.objects.count() == 5


@pytest.mark.parametrize(
    "changes",
    [
        {"tags": ["\u0390" * 100]},
        {"meta": {"entities": [{"name": "\u0390" * 100, "type": "\u0390" * 100}]}},
        {"meta": {"entities": [{"name": "x", "type": "\N{LATIN SMALL LETTER SHARP S}" * 100}]}},
    ],
    ids=["tag", "entity", "type"],
)
def test_names_that_grow_when_their_case_is_folded_go_in(run_import, changes):
    assert run_import(lines(document("a") | changes)).counts("created", "rejected") == [1, 0]


@pytest.mark.parametrize(
    "spoiled", [lambda line: line[:-1] + b",\n", lambda line: line[:-20] + b"\n"], ids=["comma", "cut"]
)
def test_a_bad_first_line_is_refused_alone(run_import, spoiled):
    first, *rest = (lines(document(f"note-{number}")) for number in range(4))
    outcome = run_import(b"".join([spoiled(first), *rest]))
    assert outcome.counts("read", "created", "rejected") == [4, 3, 1]
    assert ":1: " in outcome.err


def test_one_document_whose_first_line_ends_an_inner_map_is_one_document(run_import):
    text = json.dumps(document("note-1"))
    spread = text.replace('"source_id"', '\n"source_id"', 1).replace('"meta": {', '"meta":\n{', 1)
    assert run_import(spread.encode()).counts("read", "created") == [1, 1]
    assert run_import(b'{"meta": {"a": 1}\n, "source_id": "n", "title": "t", "body": "b"}').counts(
        "created"
    ) == [1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (json.dumps([document("a"), document("b")], indent=1).encode(), "one list"),
        (gzip.compress(gzip.compress(lines(document("a"), document("b")))), "a gzip file"),
        (b"PK\x03\x04 and so on", "a zip file"),
        (b"drafts/".ljust(257, b"\0") + b"ustar\x0000".ljust(255, b"\0"), "a tar archive"),
        (lines(document("a")).decode().encode("utf-16"), "UTF-16"),
    ],
)
def test_a_file_that_is_something_else_is_refused_once_and_says_what_it_is(run_import, content, reason):
    outcome = run_import(content)
    assert outcome.counts("read", "rejected") == [1, 1]
    assert reason in outcome.err


def test_two_files_with_one_source_id_the_later_is_refused_and_again_nothing_changes_F10(run_import):
    files = lines(document("note-1")), lines(document("NOTE-1", body="Another."))
    first = run_import(*files)
    assert first.counts("created", "rejected") == [1, 1]
    assert "source0.jsonl has another document with this source id" in first.err
    assert run_import(*files).counts("unchanged", "updated", "rejected") == [1, 0, 1]


def test_the_owner_is_a_text_of_one_line_or_nobody(run_import):
    owners = {"a": None, "b": {"name": "Al"}, "c": "  Al\n Bo  ", "d": "x" * 300}
    documents = [document(name, meta=DATA["meta"] | {"owner": owner}) for name, owner in owners.items()]
    assert run_import(lines(*documents)).counts("created") == [4]
    kept = dict(Article.objects.values_list("source_id", "owner"))
    assert kept == {"a": "", "b": "", "c": "Al Bo", "d": "x" * 200}


def test_a_file_that_cannot_be_read_stops_no_other_and_the_summary_says_so(run_import, tmp_path, monkeypatch):
    real = Path.open

    def broken(path, *args, **options):
        if path.name == "source0.jsonl":
            raise OSError(5, "Input/output error")
        return real(path, *args, **options)

    monkeypatch.setattr(Path, "open", broken)
    (tmp_path / "source0.jsonl").touch()
    outcome = run_import(tmp_path / "source0.jsonl", lines(document("b")))
    assert outcome.status == 2
    assert outcome.counts("created", "unreadable") == [1, 1]
    assert "Input/output error" in outcome.err


def test_the_name_of_a_file_may_be_no_utf_8(run_import, tmp_path):
    name = os.fsencode(tmp_path) + b"/bad\xff.jsonl"
    with open(name, "wb") as file:
        file.write(lines(document("a")))
    assert run_import(os.fsdecode(name)).counts("created") == [1]
    assert ImportRun.objects.get().source.endswith(r"bad\xff.jsonl")


def test_a_pipe_is_read_like_standard_input(run_import, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(lines(document("a"))))
    writer.start()
    assert run_import(pipe).counts("created") == [1]
    writer.join()


def test_a_dry_run_makes_nobody_and_counts_what_comes_twice_once(run_import, monkeypatch):
    monkeypatch.setattr(importer, "BATCH", 2)
    make_user("imre", [], is_superuser=True)
    documents = [document(f"note-{number}") for number in range(3)]
    dry = run_import(lines(*documents, *documents), dry_run=True, username="imre")
    assert dry.counts("created", "unchanged") == [3, 3]
    assert not Person.objects.exists()


def test_a_busy_database_is_one_sentence_and_a_status_of_its_own(tmp_path, monkeypatch):
    def busy(*args, **options):
        raise OperationalError("database is locked")

    source = tmp_path / "one.jsonl"
    source.write_bytes(lines(document("a")))
    monkeypatch.setattr(importer.Importer, "go", busy)
    with pytest.raises(CommandError, match="busy or away: database is locked") as refused:
        call_command("import_articles", str(source))
    assert refused.value.returncode == 3


def test_too_many_flags_are_refused_in_words(run_import):
    flags = {f"flag {number}": True for number in range(201)}
    outcome = run_import(lines(document("a", meta={"flags": flags})))
    assert "meta.flags: This map has 201 keys; the limit is 200." in outcome.err


def test_a_batch_locks_its_articles_in_one_order_before_the_ledger(run_import, django_assert_max_num_queries):
    """A reviewer locks one article and then the ledger's head: the other way round they would wait for each other."""
    known = [document(f"note-{number}") for number in range(3)]
    run_import(lines(*known))
    flagged = document("new", meta=DATA["meta"] | {"flags": {"needs_human_review": True}})
    changed = [one | {"body": "Another text."} for one in reversed(known)]
    with django_assert_max_num_queries(1000) as captured:
        run_import(lines(flagged, *changed))
    said = [query["sql"] for query in captured.captured_queries]
    head = next(number for number, sql in enumerate(said) if "reviews_ledgerhead" in sql)
    locks = [sql for sql in said[:head] if "source_key" in sql and "ORDER BY" in sql]
    assert all(f"note-{number}" in locks[0] for number in range(3))
    assert not any(
        "note-" in sql for sql in locks[1:]
    )  # only what was made just now, behind all that was there
    if connection.vendor == "postgresql":
        assert locks[0].endswith("FOR UPDATE")


def test_an_alias_names_the_same_entity(run_import):
    entity = Entity.objects.create(type="stack", name="Python")
    EntityAlias.objects.create(entity=entity, name="CPython")
    run_import(lines(document("a", meta={"entities": [{"name": "cpython", "type": "stack"}]})))
    assert Article.objects.get().mentions.get().entity == entity


def test_the_run_keeps_its_counts_and_its_place(run_import):
    source = lines(document("a"), document("b"))
    run_import(source)
    run = ImportRun.objects.get()
    assert (run.state, run.read, run.created, run.offset) == ("finished", 2, 2, len(source))
    assert set(Revision.objects.values_list("import_run", flat=True)) == {run.pk}


def test_a_released_article_waits_with_its_draft_until_somebody_releases_it(run_import):
    article = make_released("a", reviewed=False)
    run_import(lines(document("a", title="Renamed by the source")))
    article.refresh_from_db()
    assert article.current_release.revision.title == "A change you can take back"
    with pytest.raises(Exception, match="needs 1 more approval"):
        make_release(article, make_person("edith"))


SLOW = """
import sys
from seeds import batches, importer
from seeds.batches import Ruling
from seeds.importer import Importer
from seeds.sources import find
importer.BATCH = 2
from django.core.management import call_command
call_command("import_articles", "-")
"""


def snapshot():
    return list(
        Article.objects.order_by("source_key").values_list(
            "source_id", "slug", "source_digest", "latest_revision__number"
        )
    )


@pytest.mark.django_db(transaction=False)
class TestKilled:
    pytestmark = []

    def test_killed_between_batches_and_run_again_it_ends_as_undisturbed_F1(
        self, committed_database, tmp_path
    ):
        documents = [document(f"note-{number}", title=f"Title {number % 3}") for number in range(7)]
        source = tmp_path / "all.jsonl"
        source.write_bytes(lines(*documents))
        environment = os.environ | {"DATABASE_URL": committed_database}
        process = subprocess.Popen(
            [sys.executable, "-c", f"import django\ndjango.setup()\n{SLOW}"],
            stdin=subprocess.PIPE,
            env=environment,
            stdout=subprocess.PIPE,
            text=False,
        )
        process.stdin.write(lines(*documents[:5]))
        process.stdin.flush()
        # Two batches are committed, the fifth document waits for its sixth: then the power goes.
        while Article.objects.count() < 4:
            assert process.poll() is None
        process.kill()
        process.wait()
        assert Article.objects.count() == 4
        call_command("import_articles", str(source), stdout=io.StringIO())
        resumed = [row[:2] for row in snapshot()]
        assert [row[0] for row in resumed] == [f"note-{number}" for number in range(7)]
        assert {row[3] for row in snapshot()} == {1}


def test_an_unfinished_run_goes_on_behind_what_is_in(run_import, tmp_path, monkeypatch):
    monkeypatch.setattr(importer, "BATCH", 2)
    source = tmp_path / "all.jsonl"
    source.write_bytes(lines(*(document(f"note-{number}") for number in range(5))))
    taken = []
    real = intake.receive_many

    def fails_at_the_fourth(documents, *, run):
        taken.extend(documents)
        received = real(documents, run=run)
        if len(taken) == 4:
            raise KeyboardInterrupt
        return received

    monkeypatch.setattr(intake, "receive_many", fails_at_the_fourth)
    with pytest.raises(CommandError, match="run the same command again"):
        call_command("import_articles", str(source))
    assert Article.objects.count() == 2
    monkeypatch.setattr(intake, "receive_many", real)
    outcome = run_import(source, resume=True)
    assert outcome.counts("read", "created", "unchanged") == [5, 5, 0]
    assert ImportRun.objects.get().state == "finished"


def test_a_file_that_was_mended_since_is_read_from_its_beginning(run_import, tmp_path, monkeypatch):
    monkeypatch.setattr(importer, "BATCH", 2)
    source = tmp_path / "all.jsonl"
    documents = [document(f"note-{number}") for number in range(4)]
    source.write_bytes(lines(*documents))
    real = intake.receive_many

    def fails_at_the_third(documents, *, run):
        received = real(documents, run=run)
        if documents[0].source_id == "note-2":
            raise KeyboardInterrupt
        return received

    monkeypatch.setattr(intake, "receive_many", fails_at_the_third)
    with pytest.raises(CommandError):
        call_command("import_articles", str(source))
    monkeypatch.setattr(intake, "receive_many", real)
    documents[0] |= {"body": DATA["body"].replace("Keep", "Hold")}  # as long as it was
    source.write_bytes(lines(*documents))
    assert run_import(source, resume=True).counts("updated", "unchanged", "created") == [1, 1, 2]


def test_a_source_id_has_the_same_article_id_in_every_database_F10(run_import):
    run_import(lines(document("Note-1")))
    assert str(Article.objects.get().uuid) == "463dce41-4188-5231-b45c-00ea53c9cbaf"


def test_an_import_updates_no_article_that_it_makes(run_import, django_assert_max_num_queries):
    with django_assert_max_num_queries(1000) as captured:
        run_import(lines(document("a"), document("b")))
    assert not [
        query for query in captured.captured_queries if query["sql"].startswith('UPDATE "articles_article"')
    ]
    assert all(article.latest_revision.article_id == article.pk for article in Article.objects.all())


@pytest.fixture
def cut_short(tmp_path, monkeypatch):
    """Take only some batches of a file, by their numbers; return the file, its run and all batches."""

    def cut_short(*numbers, batch, documents):
        monkeypatch.setattr(importer, "BATCH", batch)
        path = tmp_path / "all.jsonl"
        path.write_bytes(lines(*(document(f"note-{number}") for number in range(documents))))
        (source,) = find([str(path)])
        run = ImportRun.objects.create(source=source.name, format="auto", state="failed")
        cut = Importer(source, run=run, report=print)
        with cut.prefix:
            all_batches = list(cut._batches())
        for number in numbers:
            assert all(all_batches[number].look())
            ruling = Ruling(again={}, room=9, seconds=1, formats="jsonl")
            all_batches[number].take(run, ruling, dry_run=False)
        run.refresh_from_db()
        return path, run, all_batches

    return cut_short


def test_what_is_in_behind_a_gap_is_not_taken_again_F1(run_import, cut_short):
    path, run, (first, *_) = cut_short(2, 0, batch=2, documents=7)
    assert (run.read, run.offset, run.spans()) == (4, first.end, [(0, 2), (4, 2)])
    outcome = run_import(path, resume=True)
    assert outcome.counts("read", "created", "unchanged") == [7, 7, 0]
    run = ImportRun.objects.get()
    assert (run.state, run.offset, run.ahead) == ("finished", path.stat().st_size, [])


def test_a_source_that_changed_behind_a_gap_is_read_from_its_beginning(run_import, cut_short):
    path, _, _ = cut_short(1, batch=1, documents=3)
    path.write_bytes(lines(document("note-0"), document("note-other"), document("note-2")))
    run_import(path, resume=True)
    assert list(ImportRun.objects.order_by("pk").values_list("state", "read")) == [
        ("failed", 1),
        ("finished", 3),
    ]
