"""manage.py verify_ledger finds every kind of tampering a chain can find, and names the first bad entry (L6, L7).

The tamperer owns the database: triggers are gone before they start.
"""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction

from articles import guards as article_guards
from articles.canonical import canonical
from articles.models import Article, Release, Revision, Text
from reviews import erasure, guards, intake, release
from reviews.models import Decision, Finding, LedgerEntry, LedgerHead, Note, Policy, Requirement, Review
from reviews.models.ledger import GENESIS, entry_hash
from reviews.verification import verify
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
from tests.reviews.desk import all_passed, held, press, sign_in, url_of

pytestmark = pytest.mark.django_db


def lived():
    """A life with every kind of entry; then the triggers go. Returns the article."""
    edith, ada, lea = make_person("edith"), make_person("ada"), make_person("lea")
    article = make_released("one")
    intake.edit(article, make_document("one", body="Second."), by=edith, seen=article.latest_revision.digest)
    approve(article, ada)
    make_release(article, edith)
    article = Article.objects.get(pk=article.pk)
    release.rollback(article, by=edith, to=article.releases.get(n=1), reason="Not better.", seen=2)
    rejected = make_article("two", flagged=True)
    decision = decide(Review.objects.open().get(article=rejected), ada, "reject", "It names a customer.")
    decision.revoke(by=ada, reason="It does not.")
    decide(Review.objects.open().get(article=rejected), ada, "reject", "But this one does.")
    Policy.objects.get(is_default=True).settle(by=lea)
    erasure.erase_text(rejected.latest_revision.text, by=lea, reason="A customer's name.")
    drop_everything()
    return Article.objects.get(pk=article.pk)


@pytest.fixture(scope="module")
def history_of_all(django_db_setup, django_db_blocker):
    with around_tests(django_db_blocker):
        yield lived()


@pytest.fixture
def history(history_of_all):
    return Article.objects.get(pk=history_of_all.pk)


def drop_everything():
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            # An article is written before its first revision, so what follows needs them deferred again.
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    article_guards.drop(connection)
    article_guards.drop(connection, guards.GUARDS)


def execute(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def rewrite_from(seq):
    """Hash everything from `seq` on anew, as a tamperer would who knows how the chain is made."""
    previous = LedgerEntry.objects.get(seq=seq - 1).hash if seq > 1 else GENESIS
    for entry in LedgerEntry.objects.filter(seq__gte=seq).order_by("seq"):
        entry.previous, entry.hash = previous, entry_hash(entry.seq, previous, bytes(entry.payload))
        LedgerEntry.objects.filter(seq=entry.seq).update(previous=entry.previous, hash=entry.hash)
        previous = entry.hash
    LedgerHead.objects.update(hash=previous)


def change_payload(seq, **changes):
    payload = json.loads(bytes(LedgerEntry.objects.get(seq=seq).payload)) | changes
    LedgerEntry.objects.filter(seq=seq).update(payload=canonical(payload))


def seq_of(kind):
    return next(
        entry.seq
        for entry in LedgerEntry.objects.order_by("seq")
        if json.loads(bytes(entry.payload))["kind"] == kind
    )


def found():
    fault = verify().fault
    return (fault.kind, fault.seq) if fault else None


def test_a_ledger_nobody_touched_is_whole(history):
    out = io.StringIO()
    call_command("verify_ledger", stdout=out)
    assert "The ledger is whole" in out.getvalue()
    kinds = {json.loads(bytes(entry.payload))["kind"] for entry in LedgerEntry.objects.all()}
    assert kinds == {"criteria", "policy", "requirement", "decision", "release", "erasure"}


def test_an_edited_payload_is_found(history):
    change_payload(3, at="2020-01-01T00:00:00.000000Z")
    assert found() == ("payload", 3)


def test_a_broken_link_is_found(history):
    LedgerEntry.objects.filter(seq=4).update(previous="f" * 64)
    assert found() == ("link", 4)


def test_a_missing_entry_is_found(history):
    execute("DELETE FROM reviews_requirement")
    execute("DELETE FROM reviews_ledgerentry WHERE seq = %s", seq_of("requirement"))
    assert found() == ("missing", 3)


def test_reordered_entries_are_found(history):
    a, b = LedgerEntry.objects.get(seq=5), LedgerEntry.objects.get(seq=6)
    LedgerEntry.objects.filter(seq=5).update(payload=bytes(b.payload))
    LedgerEntry.objects.filter(seq=6).update(payload=bytes(a.payload))
    assert found() == ("payload", 5)


@pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite keeps a primary key whatever is done to it"
)
def test_two_entries_with_one_number_are_found(history):
    execute("ALTER TABLE reviews_ledgerentry DROP CONSTRAINT reviews_ledgerentry_pkey CASCADE")
    entry = LedgerEntry.objects.get(seq=5)
    payload = bytes(entry.payload)
    LedgerEntry.objects.bulk_create(
        [LedgerEntry(seq=5, previous="e" * 64, payload=payload, hash=entry_hash(5, "e" * 64, payload))]
    )
    kind, seq = found()
    assert (kind, seq) in {("duplicate", 5), ("link", 5)}


def test_a_fork_is_found(history):
    """An entry is taken out and another put in its place, with a right hash of its own."""
    entry = LedgerEntry.objects.get(seq=5)
    payload = canonical({"kind": "forged"})
    LedgerEntry.objects.filter(seq=5).update(payload=payload, hash=entry_hash(5, entry.previous, payload))
    assert found() == ("kind", 5)


def test_a_cut_tail_is_found_by_the_head(history):
    last = LedgerEntry.objects.order_by("-seq").first()
    execute("DELETE FROM articles_erasure")
    execute("DELETE FROM reviews_ledgerentry WHERE seq = %s", last.seq)
    assert found() == ("truncated", last.seq)


def test_a_tail_cut_with_its_head_is_found_only_by_a_head_kept_elsewhere(history):
    make_article("three", flagged=True)
    proof = verify()
    seq, digest = proof.head.split(":")
    execute("DELETE FROM reviews_requirement WHERE ledger_seq = %s", int(seq))
    execute("DELETE FROM reviews_ledgerentry WHERE seq = %s", int(seq))
    last = LedgerEntry.objects.order_by("-seq").first()
    LedgerHead.objects.update(seq=last.seq, hash=last.hash)
    assert verify().fault is None
    assert verify((int(seq), digest)).fault.kind == "truncated"


def test_a_full_rewrite_passes_the_chain_and_fails_against_a_head_kept_elsewhere_L7(history):
    """Somebody moves a rejection into another year, in row and ledger, and hashes everything anew."""
    seq, digest = verify().head.split(":")
    first = Decision.objects.filter(verdict="reject").order_by("pk").first()
    change_payload(first.ledger_seq_id, at="2020-01-01T00:00:00.000000Z")
    execute(
        "UPDATE reviews_decision SET decided_at = %s WHERE id = %s", "2020-01-01 00:00:00+00:00", first.pk
    )
    rewrite_from(first.ledger_seq_id)
    assert found() is None
    fault = verify((int(seq), digest)).fault
    assert (fault.kind, fault.seq) == ("rewritten", int(seq))


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("reviews_decision", "verdict = 'reject'"),
        ("reviews_requirement", "approvals = 7"),
        ("articles_release", "owner = 'somebody else'"),
        ("articles_erasure", "reason = 'another'"),
        ("reviews_requirement", "valid_days = 9999"),
        ("reviews_policyversion", "created_at = '2020-01-01 00:00:00+00:00'"),
        ("reviews_criteriaversion", "number = 7"),
    ],
)
def test_a_row_that_says_something_else_than_its_entry_is_found(history, table, change):
    execute(f"UPDATE {table} SET {change} WHERE ledger_seq = (SELECT min(ledger_seq) FROM {table})")
    kind = {
        "reviews_decision": "decision",
        "reviews_requirement": "requirement",
        "articles_release": "release",
        "articles_erasure": "erasure",
        "reviews_policyversion": "policy",
        "reviews_criteriaversion": "criteria",
    }
    assert found() == ("row", seq_of(kind[table]))


@pytest.mark.parametrize("kind", ["policy", "criteria", "requirement", "release", "erasure"])
def test_a_forged_decision_that_leans_on_another_rows_entry_is_found_L8(history, kind):
    approval = Decision.objects.filter(verdict="approve").first()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM reviews_decision WHERE id = %s", [approval.pk])
        row = dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))
    seat = Review.objects.filter(decisions=None).first() or Review.objects.create(
        article=history, revision=approval.revision, digest=approval.digest, seat=9, rank=0
    )
    row |= {"review_id": seat.pk, "ledger_seq": seq_of(kind)}
    del row["id"]
    names, marks = ", ".join(f'"{name}"' for name in row), ", ".join(["%s"] * len(row))
    execute(f"INSERT INTO reviews_decision ({names}) VALUES ({marks})", *row.values())
    assert found() == ("borrowed", seq_of(kind))


def test_an_entry_of_no_version_is_found(history):
    with transaction.atomic():
        [entry] = LedgerEntry.objects.append({"kind": "policy", "number": 1, "digest": "x"})
    assert found() == ("no_row", entry.seq)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("UPDATE articles_revision SET title = 'Another' WHERE number = 1", "revision"),
        ("""UPDATE articles_revision SET facts = '{"words": 1}' WHERE number = 1""", "revision"),
        ("UPDATE articles_revision SET checklist_id = NULL WHERE number = 1", "revision"),
        ("""UPDATE articles_checklistversion SET items = '["nothing"]'""", "version"),
        ("""UPDATE reviews_policyversion SET terms = '{"approvals": 0}'""", "version"),
        ("""UPDATE reviews_criteriaversion SET questions = '[]'""", "version"),
        ("UPDATE articles_text SET data = NULL", "text"),
        ("UPDATE reviews_note SET text = NULL, salt = NULL, remarks = NULL", "note"),
        (
            "UPDATE articles_article SET latest_revision_id = (SELECT min(id) FROM articles_revision)",
            "pointer",
        ),
        (
            "UPDATE articles_article SET published_at = '2020-01-01 00:00:00+00:00' WHERE published_at IS NOT NULL",
            "pointer",
        ),
        (
            "UPDATE articles_article SET indexable_until = '2999-01-01 00:00:00+00:00' WHERE published_at IS NOT NULL",
            "indexable",
        ),
    ],
)
def test_what_stands_beside_the_chain_and_was_edited_is_found(history, change, kind):
    execute(change)
    assert found() == (kind, None)


def test_a_revision_from_before_models_were_known_is_no_fault_and_a_wrong_model_is_one(history):
    make_released("old", meta={"payload": {"generator": "writer", "model": "fern"}})
    revision = Revision.objects.get(article__source_id="old")
    older = {name: value for name, value in revision.facts.items() if name != "model"}
    for facts, fault in ((older, None), (older | {"model": "another"}, ("revision", None))):
        execute("UPDATE articles_revision SET facts = %s WHERE id = %s", json.dumps(facts), revision.pk)
        assert found() == fault


@pytest.mark.skipif("connection.vendor == 'postgresql'", reason="PostgreSQL's foreign key refuses it")
def test_a_text_that_is_gone_is_a_fault_and_no_crash(history):
    plain = make_article("five")
    digest = plain.latest_revision.digest
    move = "UPDATE articles_revision SET digest = %s WHERE article_id = %s"
    execute(move, "lost", plain.pk)
    assert found() == ("text", None)
    execute(move, digest, plain.pk)


def test_bytes_that_are_no_text_any_more_are_a_fault_and_no_crash(history):
    Text.objects.filter(pk=history.current_release.digest).update(data=b"\0")
    assert found() == ("text", None)


def test_contributors_taken_away_from_a_decided_text_are_found(history):
    execute("DELETE FROM articles_contributor")
    kind, seq = found()
    assert kind == "row"
    assert json.loads(bytes(LedgerEntry.objects.get(seq=seq).payload))["kind"] == "decision"


def test_findings_that_were_on_the_screen_and_are_gone_are_found(history):
    article = make_article("four", flagged=True, body="Some <b>raw</b> markup.")
    review = Review.objects.open().get(article=article).claim(by=make_person("ben"))
    finding = Finding.objects.filter(run__revision=review.revision).first()
    review.decide(
        "reject",
        by=make_person("ben"),
        token=review.claim_token,
        seen=review.digest,
        note="No.",
        shown={"findings": [finding.pk]},
    )
    assert found() is None
    execute("DELETE FROM reviews_finding WHERE id = %s", finding.pk)
    assert found() == ("finding", None)


@pytest.fixture
def judged(history, client):
    """An approval from the desk, with a finding overruled."""
    ben = make_person("ben")
    review = held(ben, "five", body="Key: AKIAABCDEFGHIJKLMNOP\n")
    page = sign_in(client, ben).get(url_of(review))
    [finding, _] = page.context["findings"]
    press(client, page, "Approve", **all_passed(page), **{f"overrule_{finding.pk}": "A sample."})
    assert found() is None
    return Decision.objects.get(review=review)


@pytest.mark.parametrize(
    "name",
    ["renderer", "checks", "findings", "findings_digest", "policies", "criteria", "folded", "overruled"],
)
def test_anything_else_said_to_have_been_on_the_screen_is_found_P3(judged, name):
    assert name in judged.shown
    Decision.objects.filter(pk=judged.pk).update(shown=judged.shown | {name: ["other"]})
    assert found() == ("row", judged.ledger_seq_id)


def test_other_answers_and_another_digest_than_were_given_are_found(judged):
    for changed in ({"answers": []}, {"digest": "f" * 64}):
        with transaction.atomic():
            Decision.objects.filter(pk=judged.pk).update(**changed)
            assert found() == ("row", judged.ledger_seq_id)
            transaction.set_rollback(True)


@pytest.mark.parametrize(
    "changes", [{"severity": "remark"}, {"message": "Nothing much."}, {"line": 7}, {"code": "markup"}]
)
def test_a_finding_that_says_something_else_than_on_the_screen_is_found(judged, changes):
    Finding.objects.filter(pk=judged.shown["findings"][0]).update(**changes)
    assert found() == ("finding", None)


def test_a_finding_overruled_for_no_reason_is_found(judged, monkeypatch):
    Note.objects.filter(pk=judged.note_id).update(remarks={})
    monkeypatch.setattr(Note, "is_intact", lambda note: True)
    assert found() == ("finding", None)


def test_erasing_a_text_and_its_note_leaves_the_findings_of_a_decision_in_order(judged):
    erasure.erase_note(judged.note, by=make_person("lea"), reason="A name.")
    erasure.erase_text(judged.revision.text, by=make_person("lea"), reason="A key.")
    assert found() is None


def test_an_entry_whose_row_is_gone_is_found_L8(history):
    execute("DELETE FROM articles_erasure")
    assert found() == ("no_row", seq_of("erasure"))


def test_a_row_without_an_entry_is_found_L8(history):
    execute(
        "INSERT INTO articles_erasure (subject, reason, person_id, erased_at, ledger_seq) "
        "VALUES (%s, 'none', %s, '2026-01-01 00:00:00+00:00', 99999)",
        "0" * 64,
        history.current_release.person_id,
    )
    assert found() == ("no_entry", None)


def test_edited_bytes_of_a_decided_text_are_found(history):
    text = Text.objects.get(pk=history.current_release.digest)
    Text.objects.filter(pk=text.pk).update(
        data=Text.objects.exclude(pk=text.pk).exclude(data=None).first().data
    )
    assert found() == ("text", None)


def test_an_edited_note_is_found(history):
    Note.objects.filter(pk=Note.objects.first().pk).update(text="It was fine.")
    assert found() == ("note", None)


def test_an_article_that_shows_an_older_release_is_found(history):
    Article.objects.filter(pk=history.pk).update(current_release=history.releases.get(n=1))
    assert found() == ("pointer", None)


def test_an_erasure_leaves_the_ledger_whole_L9(history):
    assert found() is None
    assert Text.objects.filter(data=None).exists()


def test_the_command_names_the_first_bad_entry_and_exits_with_1(history):
    change_payload(2, number=9)
    change_payload(6, at="x")
    with pytest.raises(CommandError, match="entry 2") as refused:
        call_command("verify_ledger")
    assert refused.value.returncode == 1


def test_the_command_takes_a_head_it_printed_and_no_other_words(history):
    call_command("verify_ledger", expect=verify().head, stdout=io.StringIO())
    with pytest.raises(CommandError, match="as this command prints"):
        call_command("verify_ledger", expect="yesterday's")


def test_an_append_outside_a_transaction_is_refused(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(connections["default"], "in_atomic_block", False)
        with pytest.raises(RuntimeError, match="inside the transaction"):
            LedgerEntry.objects.append({"kind": "stray"})


def test_every_decision_requirement_and_release_has_its_entry_and_no_entry_is_left_over_L8(history):
    rows = (
        list(Decision.objects.values_list("ledger_seq", flat=True))
        + list(Requirement.objects.values_list("ledger_seq", flat=True))
        + list(Release.objects.values_list("ledger_seq", flat=True))
    )
    kinds = ("decision", "requirement", "release")
    entries = [
        entry.seq for entry in LedgerEntry.objects.all() if json.loads(bytes(entry.payload))["kind"] in kinds
    ]
    assert sorted(rows) == sorted(entries)
