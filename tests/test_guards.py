"""Every trigger refuses the attack it is there for, and the very same attack succeeds once that one trigger is gone.

Attacks are raw SQL, as from somebody with a database console. docs/guards.md lists guards and tests.
"""

import re
from copy import deepcopy
from pathlib import Path

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.models import UniqueConstraint

from articles import guards as article_guards
from articles.models import Article, Person, Release, Text
from reviews import guards as review_guards
from reviews import holds, intake
from reviews.erasure import erase_note, erase_text
from reviews.models import (
    Batch,
    CheckRun,
    Decision,
    Finding,
    LedgerEntry,
    Note,
    Requirement,
    Review,
    SamplePlan,
    Thread,
)
from tests.conftest import ENGINE
from tests.databases import around_tests
from tests.makers import (
    approve,
    decide,
    make_article,
    make_document,
    make_person,
    make_release,
    make_released,
)

pytestmark = pytest.mark.django_db

GUARDS = {guard.name: guard for guard in [*article_guards.GUARDS, *review_guards.GUARDS]}
NEEDED = {name for name, guard in GUARDS.items() if guard.only in ("", connection.vendor)}


# Raw SQL -------------------------------------------------------------------------------------------------------


def execute(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount


def row_of(table, where="1 = 1", *values):
    """Return the first row of a table as a dict."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY 1", values)
        return dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))


def insert(table, row, verb="INSERT"):
    if table != "reviews_ledgerentry" and row.get("id") is None:
        row = {name: value for name, value in row.items() if name != "id"}
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join(["%s"] * len(row))
    execute(f"{verb} INTO {table} ({names}) VALUES ({marks})", *row.values())


def replace(table, row):
    """SQLite's statement that deletes a row in passing, with the pragma off that would fire delete triggers for it."""
    execute("PRAGMA recursive_triggers = OFF")
    try:
        insert(table, row, "INSERT OR REPLACE")
    finally:
        execute("PRAGMA recursive_triggers = ON")


def settle():
    """Check the foreign keys of what was done so far: no trigger is changed while such checks are pending."""
    if connection.vendor == "postgresql":
        execute("SET CONSTRAINTS ALL IMMEDIATE")
        execute("SET CONSTRAINTS ALL DEFERRED")


def drop(*guards):
    settle()
    article_guards.drop(connection, guards)


# The scene -----------------------------------------------------------------------------------------------------


class Scene:
    """A released article with a draft that waits, an unreviewed draft, and an article whose text was erased."""

    def __init__(self):
        self.edith, self.ada, self.ben, self.lea = (
            make_person(name) for name in ("edith", "ada", "ben", "lea")
        )
        self.live = make_released("live")
        first = Review.objects.filter(article=self.live).first()
        self.draft = intake.edit(
            self.live,
            make_document("live", body="The second text."),
            by=self.edith,
            seen=self.live.latest_revision.digest,
        )
        self.live = Article.objects.get(pk=self.live.pk)
        self.seat = Review.objects.open().get(revision=self.draft)
        self.plain = make_article("plain", body="Some <b>raw</b> markup.")
        gone = make_article("gone", flagged=True)
        decide(Review.objects.open().get(article=gone), self.ada, "reject", "A secret stands in it.")
        erase_text(gone.latest_revision.text, by=self.lea, reason="It held a secret.")
        erase_note(Note.objects.get(), by=self.lea, reason="So did the note.")
        self.kept = decide(
            Review.objects.open().get(article=make_article("kept", flagged=True)), self.ada, "reject", "No."
        )
        Thread.objects.start(self.kept.revision, "Is this so?", by=self.ada)
        self.gone = Article.objects.get(pk=gone.pk)
        self.approval = Decision.objects.get(verdict="approve")
        self.of_batch = make_article("of-batch", meta={"payload": {"generator": "writer", "batch": "May"}})
        holds.hold(Batch("writer", "batch May"), by=self.lea, reason="Half of it is wrong.")
        SamplePlan(name="All", rate=100).settle(by=self.lea)
        make_article("sampled")
        settle()
        self.first_review = first

    def ledger_seq(self, kind):
        """A new entry of the right kind, as a careful attacker would write."""
        with transaction.atomic():
            return LedgerEntry.objects.append({"kind": kind})[0].seq

    def release_row(self, **changes):
        """A release row that would be right for the live article's current revision."""
        last = Release.objects.filter(article=self.live).newest().first()
        return row_of("articles_release", "id = %s", last.pk) | {
            "id": None,
            "n": last.n + 1,
            "version": "9.9.9",
            "ledger_seq": self.ledger_seq("release"),
            **changes,
        }

    def decision_row(self, **changes):
        """A decision row that would be right for Ben on the draft."""
        return row_of("reviews_decision", "id = %s", self.approval.pk) | {
            "id": None,
            "review_id": self.seat.pk,
            "revision_id": self.draft.pk,
            "digest": self.draft.digest,
            "person_id": self.ben.pk,
            "note_id": None,
            "ledger_seq": self.ledger_seq("decision"),
            **changes,
        }


@pytest.fixture(scope="module")
def scene_of_all(django_db_setup, django_db_blocker):
    with around_tests(django_db_blocker):
        yield Scene()


@pytest.fixture
def scene(scene_of_all):
    return deepcopy(scene_of_all)


# Attacks -------------------------------------------------------------------------------------------------------

ATTACKS = {}


def attack(name):
    def keep(function):
        ATTACKS[name] = function
        return function

    return keep


HISTORY = [guard.table for guard in GUARDS.values() if guard.name == f"{guard.table}_no_delete"]
KEY = {"articles_text": "digest", "reviews_ledgerentry": "seq"}


def touch(table):
    key = KEY.get(table, "id")
    return lambda scene: execute(f"UPDATE {table} SET {key} = {key}")


def delete(table):
    key = KEY.get(table, "id")
    return lambda scene: execute(f"DELETE FROM {table} WHERE {key} = (SELECT min({key}) FROM {table})")


def truncate(table):
    return lambda scene: execute(f"TRUNCATE {table} CASCADE")


def replace_first(table):
    return lambda scene: replace(table, row_of(table))


for table in HISTORY:
    if f"{table}_no_update" in GUARDS:
        ATTACKS[f"{table}_no_update"] = touch(table)
    ATTACKS[f"{table}_no_delete"] = delete(table)
    ATTACKS[f"{table}_no_truncate"] = truncate(table)
    ATTACKS[f"{table}_no_replace"] = replace_first(table)


@attack("articles_release_no_replace")
def _(scene):
    """The number is right and new; the row with this id goes."""
    replace("articles_release", scene.release_row(id=scene.live.current_release_id))


@attack("reviews_decision_no_replace")
def _(scene):
    replace("reviews_decision", scene.decision_row(id=scene.approval.pk))


@attack("reviews_ledgerentry_no_replace")
def _(scene):
    """The entry follows the last one, and has the hash of the first, which goes."""
    last = LedgerEntry.objects.order_by("-seq").first()
    row = row_of("reviews_ledgerentry")
    replace("reviews_ledgerentry", row | {"seq": last.seq + 1, "previous": last.hash})


@attack("articles_article_no_replace")
def _(scene):
    """A new draft takes the address of another article, which goes."""
    row = row_of("articles_article", "id = %s", scene.plain.pk)
    replace(
        "articles_article",
        row | {"id": None, "uuid": "0" * 32, "source_key": "other", "latest_revision_id": None},
    )


@attack("articles_article_no_update_replace")
def _(scene):
    execute("PRAGMA recursive_triggers = OFF")
    try:
        execute(
            "UPDATE OR REPLACE articles_article SET slug = %s WHERE id = %s", scene.gone.slug, scene.plain.pk
        )
    finally:
        execute("PRAGMA recursive_triggers = ON")


@attack("articles_text_keeps_its_rowid")
def _(scene):
    """An erased text takes the place of another, which goes."""
    [rowid] = row_of("(SELECT min(rowid) AS first FROM articles_text WHERE data IS NOT NULL)").values()
    execute("PRAGMA recursive_triggers = OFF")
    try:
        execute("UPDATE OR REPLACE articles_text SET data = NULL, rowid = %s WHERE data IS NULL", rowid)
    finally:
        execute("PRAGMA recursive_triggers = ON")


@attack("articles_person_no_update_replace")
def _(scene):
    """Ben becomes Ada, who goes."""
    account = row_of("articles_person", "id = %s", scene.ada.pk)["account_id"]
    execute("PRAGMA recursive_triggers = OFF")
    try:
        execute("UPDATE OR REPLACE articles_person SET account_id = %s WHERE id = %s", account, scene.ben.pk)
    finally:
        execute("PRAGMA recursive_triggers = ON")


@attack("article_starts_unreleased")
def _(scene):
    row = row_of("articles_article", "id = %s", scene.live.pk)
    fresh = {"id": None, "uuid": "0" * 32, "slug": "fresh", "source_key": "fresh", "latest_revision_id": None}
    insert("articles_article", row | fresh)


@attack("article_starts_with_its_own_revision")
def _(scene):
    row = row_of("articles_article", "id = %s", scene.plain.pk)
    fresh = {"id": 999, "uuid": "0" * 32, "slug": "fresh", "source_key": "fresh"}
    insert("articles_article", row | fresh | {"latest_revision_id": scene.draft.pk})


@attack("revision_of_the_article_it_begins")
def _(scene):
    """An article that begins with revision 999, which is another article's."""
    article = row_of("articles_article", "id = %s", scene.plain.pk)
    fresh = {"id": 999, "uuid": "0" * 32, "slug": "fresh", "source_key": "fresh"}
    insert("articles_article", article | fresh | {"latest_revision_id": 999})
    revision = row_of("articles_revision", "id = %s", scene.draft.pk)
    insert("articles_revision", revision | {"id": 999, "number": 99})


@attack("article_shows_its_latest_release")
def _(scene):
    """An older release of the article, which was taken back."""
    make_release(scene.live, scene.edith, revision=approve(scene.live, scene.ben))
    first = Release.objects.get(article=scene.live, n=1)
    execute("UPDATE articles_article SET current_release_id = %s WHERE id = %s", first.pk, scene.live.pk)


@attack("article_public_as_its_release")
def _(scene):
    execute("UPDATE articles_article SET published_at = created_at WHERE id = %s", scene.plain.pk)


@attack("article_latest_revision_is_its_own")
def _(scene):
    execute(
        "UPDATE articles_article SET latest_revision_id = %s WHERE id = %s", scene.draft.pk, scene.plain.pk
    )


@attack("article_indexable_only_when_approved")
def _(scene):
    """A page nobody has approved asks to be indexed."""
    make_release(scene.plain, scene.edith)
    execute("UPDATE articles_article SET indexable_until = created_at WHERE id = %s", scene.plain.pk)


for table, owner in (
    ("articles_articletag", "content_object_id"),
    ("articles_mention", "article_id"),
    ("articles_checklistuse", "article_id"),
):

    def show_draft(scene, table=table, owner=owner):
        shown = row_of(table, "published_at IS NOT NULL")["published_at"]
        execute(f"UPDATE {table} SET published_at = %s WHERE {owner} = %s", shown, scene.plain.pk)

    def add_to_draft(scene, table=table, owner=owner):
        row = row_of(table, "published_at IS NOT NULL")
        execute(f"DELETE FROM {table} WHERE {owner} = %s", scene.plain.pk)
        insert(table, row | {"id": None, owner: scene.plain.pk})

    ATTACKS[f"{table}_public_by_release_update"] = show_draft
    ATTACKS[f"{table}_public_by_release_insert"] = add_to_draft


@attack("articles_publicwords_of_what_readers_see_insert")
def _(scene):
    words = {"words": ""} if connection.vendor == "postgresql" else {}
    row = {"article_id": scene.plain.pk, "revision_id": scene.plain.latest_revision_id, "format": "1"}
    insert("articles_publicwords", row | words)


@attack("articles_publicwords_of_what_readers_see_update")
def _(scene):
    """A draft in the place of what readers see."""
    draft = scene.plain.latest_revision_id
    execute("UPDATE articles_publicwords SET revision_id = %s WHERE article_id = %s", draft, scene.live.pk)


@attack("release_is_of_its_revision")
def _(scene):
    """The approved digest, and a revision of another article."""
    insert("articles_release", scene.release_row(revision_id=scene.plain.latest_revision_id))


@attack("release_needs_its_approvals")
def _(scene):
    insert("articles_release", scene.release_row(revision_id=scene.draft.pk, digest=scene.draft.digest))


@attack("release_needs_no_rejection")
def _(scene):
    """Rejected by one, approved by another, on the same bytes."""
    decide(scene.seat, scene.ada, "reject", "No.")
    insert("reviews_decision", scene.decision_row(review_id=scene.first_review_on_draft()))
    insert("articles_release", scene.release_row(revision_id=scene.draft.pk, digest=scene.draft.digest))


def first_review_on_draft(scene):
    """A seat of the draft that has no verdict yet."""
    return Review.objects.create(
        article=scene.live, revision=scene.draft, digest=scene.draft.digest, seat=7, rank=0
    ).pk


Scene.first_review_on_draft = first_review_on_draft


@attack("release_that_changes_needs_its_review")
def _(scene):
    """A second text of a released article, for which nobody has asked for a review."""
    execute("DELETE FROM reviews_requirement WHERE revision_id = %s", scene.draft.pk)
    insert("articles_release", scene.release_row(revision_id=scene.draft.pk, digest=scene.draft.digest))


@attack("release_is_no_candidate")
def _(scene):
    """A newer text of the source beside an edit, whose review nobody has settled."""
    row = row_of("articles_revision", "id = %s", scene.live.current_release.revision_id)
    insert("articles_revision", row | {"id": None, "number": 99, "origin": "candidate"})
    revision = row_of("articles_revision", "number = 99")
    check(revision["id"])
    insert("articles_release", scene.release_row(revision_id=revision["id"]))


def check(revision):
    CheckRun.objects.create(revision_id=revision, version=1)


@attack("release_needs_its_checks")
def _(scene):
    """A revision that was put in beside the verbs has not been checked."""
    row = row_of("articles_revision", "id = %s", scene.live.current_release.revision_id)
    insert("articles_revision", row | {"id": None, "number": 99})
    revision = row_of("articles_revision", "number = 99")
    insert("articles_release", scene.release_row(revision_id=revision["id"]))


@attack("release_of_a_held_batch_needs_its_review")
def _(scene):
    """A draft of a held batch, which nothing else keeps."""
    revision = scene.of_batch.latest_revision
    row = scene.release_row(
        article_id=scene.of_batch.pk, n=1, revision_id=revision.pk, digest=revision.digest
    )
    insert("articles_release", row)


@attack("release_needs_its_text")
def _(scene):
    """The text was erased after its rejection was revoked and before anybody looked again."""
    execute("DELETE FROM reviews_requirement WHERE revision_id = %s", scene.gone.latest_revision_id)
    insert(
        "articles_release",
        scene.release_row(
            article_id=scene.gone.pk,
            n=1,
            revision_id=scene.gone.latest_revision_id,
            digest=scene.gone.latest_revision.digest,
        ),
    )


@attack("release_restores_what_it_names")
def _(scene):
    """A rollback that says it restores a release of another article."""
    make_release(scene.plain, scene.edith)
    other = Release.objects.get(article=scene.plain)
    insert("articles_release", scene.release_row(kind="rollback", restores_id=other.pk, reason="because"))


@attack("release_follows_the_last")
def _(scene):
    insert("articles_release", scene.release_row(n=7))


def borrow(kind, table):
    """A row that leans on the entry of a row of another kind."""

    def leaning(scene):
        other = "policy" if kind != "policy" else "criteria"
        rows = {"release": scene.release_row, "decision": scene.decision_row}
        row = rows[kind]() if kind in rows else row_of(table) | {"id": None}
        changes = {
            "requirement": {"reason": "stale"},
            "erasure": {"subject": "0" * 64},
            "policy": {"number": 99},
            "criteria": {"number": 99},
            "sample_plan": {"number": 99},
        }
        insert(table, row | changes.get(kind, {}) | {"ledger_seq": scene.ledger_seq(other)})

    return leaning


for kind, table in review_guards.RECORDED.items():
    ATTACKS[f"{kind}_has_its_entry"] = borrow(kind, table)


@attack("erasure_not_of_what_readers_see")
def _(scene):
    row = row_of("articles_erasure") | {"id": None, "ledger_seq": scene.ledger_seq("erasure")}
    insert("articles_erasure", row | {"subject": scene.live.current_release.digest})


@attack("release_with_findings_needs_its_review")
def _(scene):
    """An old draft to which a check of today objects."""
    run = CheckRun.objects.create(revision=scene.plain.latest_revision, version=99)
    Finding.objects.create(run=run, number=1, code="new", severity="blocking", message="No.")
    revision = scene.plain.latest_revision
    row = scene.release_row(article_id=scene.plain.pk, n=1, revision_id=revision.pk, digest=revision.digest)
    insert("articles_release", row)


def rename(table):
    def renamed(scene):
        execute(f"UPDATE {table} SET uuid = %s WHERE id = %s", "0" * 32, row_of(table)["id"])

    return renamed


for table in ("articles_article", "articles_person"):
    ATTACKS[f"{table}_stays_itself"] = rename(table)


@attack("decision_is_of_its_text")
def _(scene):
    insert("reviews_decision", scene.decision_row(digest="0" * 64))


@attack("decision_not_by_a_contributor")
def _(scene):
    insert("reviews_decision", scene.decision_row(person_id=scene.edith.pk))


@attack("decision_one_seat_per_person")
def _(scene):
    insert("reviews_decision", scene.decision_row())
    insert("reviews_decision", scene.decision_row(review_id=scene.first_review_on_draft()))


@attack("decision_revokes_a_verdict")
def _(scene):
    """A revocation of a verdict on another text."""
    insert("reviews_decision", scene.decision_row(verdict="revoke", revokes_id=scene.approval.pk))


@attack("ledger_follows_its_head")
def _(scene):
    """A second entry after the first: a fork."""
    first = LedgerEntry.objects.get(seq=1)
    row = row_of("reviews_ledgerentry")
    fork = {"seq": 10_000, "previous": "f" * 64, "hash": "e" * 64}
    assert first.hash != fork["previous"]
    insert("reviews_ledgerentry", row | fork)


# What must also be gone for an attack to get through where the guard is: the guard under test is the last line.
ALSO_IN_THE_WAY = {
    "release_needs_no_rejection": ["decision_one_seat_per_person"],
    "release_that_changes_needs_its_review": ["reviews_requirement_no_delete"],
    "release_needs_its_text": [
        "release_needs_no_rejection",
        "reviews_requirement_no_delete",
        "release_of_a_held_batch_needs_its_review",
    ],
}


def in_the_way(guard):
    """Return the other guards that refuse this attack too, so that it shows what this one refuses."""
    names = list(ALSO_IN_THE_WAY.get(guard.name, []))
    if guard.event == "TRUNCATE":
        names += [name for name, other in GUARDS.items() if other.event == "TRUNCATE" and name != guard.name]
    return [GUARDS[name] for name in names if name in NEEDED]


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_the_guard_refuses_its_attack_and_nothing_else_would(scene, name):
    guard = GUARDS[name]
    with transaction.atomic():
        drop(*in_the_way(guard))
        with pytest.raises(DatabaseError, match=guard.message[:30]), transaction.atomic():
            ATTACKS[name](scene)
        drop(guard)
        ATTACKS[name](scene)  # without the guard nobody stops it
        transaction.set_rollback(True)


REPLACED = {
    "decision_once_per_review": lambda s: (
        "reviews_decision",
        s.decision_row(review_id=s.kept.review_id, article_id=s.kept.article_id)
        | {"revision_id": s.kept.revision_id, "digest": s.kept.digest},
    ),
    "requirement_once_per_reason": lambda s: (
        "reviews_requirement",
        row_of("reviews_requirement", "revision_id = %s", s.draft.pk)
        | {"id": None, "four_eyes": False, "ledger_seq": s.ledger_seq("requirement")},
    ),
}


@pytest.mark.skipif(ENGINE != "sqlite", reason="INSERT OR REPLACE is SQLite's")
@pytest.mark.parametrize("name", REPLACED)
def test_a_row_is_not_replaced_through_a_partial_index_either_P2(scene, name):
    table, row = REPLACED[name](scene)
    with pytest.raises(DatabaseError, match="history is never changed"), transaction.atomic():
        replace(table, row)


@pytest.mark.skipif(ENGINE != "sqlite", reason="rowid is SQLite's")
@pytest.mark.parametrize("table", ["articles_text", "reviews_ledgerentry"])
def test_a_row_is_not_replaced_by_the_rowid_nobody_named_P2(scene, table):
    [rowid] = row_of(f"(SELECT min(rowid) AS first FROM {table})").values()
    key = {"digest": "0" * 64} if table == "articles_text" else {"hash": "0" * 64, "previous": "1" * 64}
    if table == "reviews_ledgerentry":
        last = LedgerEntry.objects.order_by("-seq").first()
        key |= {"seq": last.seq + 1, "previous": last.hash}
    with pytest.raises(DatabaseError, match="history is never changed"), transaction.atomic():
        replace(table, {"rowid": rowid} | row_of(table) | key)


@pytest.mark.skipif(ENGINE != "sqlite", reason="UPDATE OR REPLACE is SQLite's")
def test_nobody_becomes_somebody_else_by_taking_their_id_P2(scene):
    execute("PRAGMA recursive_triggers = OFF")
    with pytest.raises(DatabaseError, match=r"keeps its ids|another row"), transaction.atomic():
        execute(
            "UPDATE OR REPLACE articles_person SET id = %s, account_id = NULL WHERE id = %s",
            scene.edith.pk,
            scene.ben.pk,
        )
    execute("PRAGMA recursive_triggers = ON")


@pytest.mark.skipif(ENGINE != "postgres", reason="on SQLite triggers do not look into the temporary schema")
@pytest.mark.parametrize("table", ["reviews_requirement", "reviews_decision", "articles_contributor"])
def test_a_temporary_table_takes_the_place_of_none_that_a_guard_reads_P1(scene, table):
    execute(f"CREATE TEMP TABLE {table} (LIKE public.{table}) ON COMMIT DROP")
    row = scene.release_row(revision_id=scene.draft.pk, digest=scene.draft.digest)
    with pytest.raises(DatabaseError, match="articles_release: "), transaction.atomic():
        insert("articles_release", row)


def test_the_same_text_under_another_number_needs_what_it_needed_P1(scene):
    """A twin of the draft, put in beside the verbs, without requirements and contributors."""
    row = row_of("articles_revision", "id = %s", scene.draft.pk)
    insert("articles_revision", row | {"id": None, "number": 99})
    twin = row_of("articles_revision", "number = 99")
    check(twin["id"])
    with pytest.raises(DatabaseError, match="more standing approvals"), transaction.atomic():
        insert("articles_release", scene.release_row(revision_id=twin["id"], digest=scene.draft.digest))
    with pytest.raises(DatabaseError, match="contributed to"), transaction.atomic():
        insert("reviews_decision", scene.decision_row(revision_id=twin["id"], person_id=scene.edith.pk))


def test_every_unique_key_of_a_guarded_table_is_in_its_guard():
    for guard in GUARDS.values():
        if not guard.name.endswith("_no_replace"):
            continue
        model = next(one for one in apps.get_models() if one._meta.db_table == guard.table)
        keys = [[field.column] for field in model._meta.fields if field.unique]
        for constraint in model._meta.constraints:
            if isinstance(constraint, UniqueConstraint):
                keys.append([model._meta.get_field(name).column for name in constraint.fields])
        for key in keys:
            assert all(f"NEW.{column}" in guard.refuse_when for column in key), (guard.name, key)


def test_every_guard_has_an_attack_and_every_attack_a_guard():
    assert set(ATTACKS) >= set(GUARDS)
    assert {name for name in ATTACKS if name in GUARDS} == set(GUARDS)


def test_all_guards_are_installed_as_listed():
    assert article_guards.missing(connection) == []
    assert review_guards.missing(connection) == []


def test_a_guard_that_was_changed_or_dropped_is_missed():
    drop(GUARDS["release_needs_its_approvals"])
    assert review_guards.missing(connection) == ["release_needs_its_approvals"]


@pytest.mark.skipif(ENGINE != "postgres", reason="SQLite keeps a trigger as one text")
@pytest.mark.parametrize(
    "change",
    [
        "CREATE OR REPLACE TRIGGER {0} BEFORE INSERT ON {1} FOR EACH ROW WHEN (false) EXECUTE FUNCTION {0}()",
        "CREATE OR REPLACE TRIGGER {0} BEFORE DELETE ON {1} FOR EACH ROW EXECUTE FUNCTION {0}()",
        "ALTER TABLE {1} DISABLE TRIGGER {0}",
        "ALTER FUNCTION {0}() RESET search_path",
        "CREATE OR REPLACE TRIGGER {0} BEFORE INSERT ON {1} FOR EACH ROW WHEN (NEW.n > 0) EXECUTE FUNCTION {0}()",
    ],
)
def test_a_guard_that_was_disarmed_is_missed(change):
    execute(change.format("release_needs_its_approvals", "articles_release"))
    assert review_guards.missing(connection) == ["release_needs_its_approvals"]


# Erasure -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE articles_text SET data = NULL",
        "UPDATE articles_revision SET title = '', summary = ''",
        "UPDATE reviews_note SET text = NULL, salt = NULL, remarks = NULL",
        "UPDATE reviews_finding SET message = '', place = ''",
        "UPDATE reviews_requirement SET detail = ''",
    ],
)
def test_bytes_are_emptied_by_an_erasure_only(scene, statement):
    with pytest.raises(DatabaseError, match="history is never changed"), transaction.atomic():
        execute(statement)


def test_an_erasure_leaves_digest_reason_and_entry(scene):
    text = Text.objects.get(pk=scene.gone.latest_revision.digest)
    assert text.data is None
    assert scene.gone.latest_revision.title == ""
    assert Note.objects.filter(text=None).count() == 1
    assert {row.detail for row in Requirement.objects.filter(revision=scene.gone.latest_revision)} == {""}
    assert Person.objects.filter(pk=scene.lea.pk).exists()


# The list ------------------------------------------------------------------------------------------------------


def test_the_page_of_guards_names_every_guard_and_only_tests_that_exist():
    root = Path(__file__).parent.parent
    page = (root / "docs" / "guards.md").read_text()
    assert [name for name in GUARDS if f"`{name}`" not in page] == []
    tests = {
        found[1]
        for path in root.glob("tests/**/*.py")
        for found in re.finditer(r"def (test_\w+)", path.read_text())
    }
    named = set(re.findall(r"\b(test_\w+)`", page)) - {"test_verify_ledger"}
    assert named - tests == set()
