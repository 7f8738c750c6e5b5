"""The synthesizer: the same for the same seed, taken by the site as it is, and true to its key."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from articles.document import from_data
from reviews import checks
from seeds.synthesizer import Shares, faults, notes, synthesized
from seeds.synthesizer.dice import Dice

ROOT = Path(__file__).resolve().parents[2]
CHOSEN = ["--seed", "7", "--fault-share", "0.5", "--duplicate-share", "0.3"]
MANY = Shares(review=0.3, fault=0.4, duplicate=0.2)


def nothing_holds(asked):
    return set()


def codes_of(document):
    return {check.code for check, _ in checks.notice(from_data(document), nothing_holds)}


def written(tmp_path, *arguments):
    out, key = tmp_path / "out.jsonl", tmp_path / "key.jsonl"
    call_command("synthesize", *arguments, out=str(out), key=str(key))
    return out.read_bytes(), [json.loads(line) for line in key.read_text().splitlines()]


def test_one_seed_gives_the_same_bytes_in_every_process(tmp_path):
    here, _ = written(tmp_path, "60", *CHOSEN)
    for hashing in ("1", "2"):
        there = subprocess.run(
            [sys.executable, "manage.py", "synthesize", "60", "--out", "-", *CHOSEN],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": hashing, "TESTING": "1"},
            capture_output=True,
            check=True,
        )
        assert there.stdout == here


def test_what_a_seed_gives_does_not_change_by_accident(tmp_path):
    """Figures in the docs are about these bytes: whoever changes them on purpose measures again."""
    made, _ = written(tmp_path, "200", "--seed", "1")
    assert (
        hashlib.sha256(made).hexdigest() == "64e1bd3095348e03e8ae4bb80afbfb1a066265d8dd04cb0f9b9d524396edd35d"
    )


def test_another_seed_gives_other_documents():
    one, other = (list(synthesized(20, seed=seed)) for seed in (1, 2))
    assert not {document["body"] for document, _ in one} & {document["body"] for document, _ in other}


def test_a_range_is_the_same_by_itself_as_within_the_whole():
    whole = list(synthesized(40, seed=3, shares=MANY))
    assert list(synthesized(15, seed=3, first=25, shares=MANY)) == whole[25:]


@pytest.mark.parametrize("long", [False, True])
def test_every_document_is_taken_as_it_is(long):
    ids = set()
    for document, _ in synthesized(150, seed=4, shares=MANY, long=long):
        taken = from_data(document)
        assert not taken.altered
        ids.add(taken.source_key)
    assert len(ids) == 150


def test_lengths_are_what_they_are_said_to_be():
    sizes = {
        long: [len(json.dumps(document)) for document, _ in synthesized(100, seed=5, long=long)]
        for long in (False, True)
    }
    assert 3_000 < sum(sizes[False]) / 100 < 4_000
    assert 9_000 < sum(sizes[True]) / 100 < 11_000


def test_the_shares_are_kept():
    made = list(synthesized(3_000, seed=6, shares=MANY))
    asking = sum(document["meta"]["flags"]["needs_human_review"] for document, _ in made)
    hidden = Counter(
        name for _, truth in made if truth for name in ("faults", "duplicate_of") if name in truth
    )
    assert asking / 3_000 == pytest.approx(0.3, abs=0.03)
    assert hidden["duplicate_of"] / 3_000 == pytest.approx(0.2, abs=0.03)
    # A near-duplicate has no fault of its own.
    assert hidden["faults"] / 3_000 == pytest.approx(0.4 * 0.8, abs=0.03)


def test_no_share_hides_nothing():
    none = Shares(review=0, fault=0, duplicate=0)
    for document, truth in synthesized(100, seed=8, shares=none):
        assert truth is None
        assert document["meta"]["flags"]["needs_human_review"] is False


def test_a_note_without_a_fault_gives_the_checks_nothing_to_say():
    for document, _ in synthesized(150, seed=9, shares=Shares(fault=0, duplicate=0.2)):
        assert codes_of(document) == set(), document["source_id"]


@pytest.mark.parametrize("fault", faults.FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_seen_by_the_check_that_the_key_names_and_by_no_other(fault):
    fitting = [note for number in range(60) if fault.fits(note := notes.compose(10, number))]
    for number, note in enumerate(fitting[:5]):
        clean = note.document()["body"], json.dumps(note.meta)
        assert fault.hide(note, Dice(number)).endswith(".")
        assert (note.body, json.dumps(note.meta)) != clean
        assert codes_of(note.document()) == ({fault.check} if fault.check else set())


def test_a_near_duplicate_has_as_many_other_words_as_its_key_says():
    made = {
        document["source_id"]: (document, truth) for document, truth in synthesized(600, seed=11, shares=MANY)
    }
    seen = Counter()
    for document, truth in made.values():
        if not truth or "duplicate_of" not in truth:
            continue
        _, of_original = made[truth["duplicate_of"]]
        assert not of_original or "duplicate_of" not in of_original
        # A fault of the original is not repeated: compare with the note as it was before.
        clean = notes.compose(11, int(truth["duplicate_of"].rsplit("-", 1)[1])).body.split()
        words = document["body"].split()
        assert len(words) == len(clean)
        assert sum(one != other for one, other in zip(words, clean, strict=True)) == truth["changed_words"]
        assert truth["changed_words"] / truth["words"] == pytest.approx(truth["percent"] / 100, abs=0.01)
        seen[truth["percent"]] += 1
    assert set(seen) == {1, 3, 5, 10, 20}


def test_the_key_has_a_line_for_each_document_that_hides_something(tmp_path):
    made, key = written(tmp_path, "100", "--seed", "12", "--fault-share", "0.5")
    documents = {json.loads(line)["source_id"] for line in made.splitlines()}
    assert {line["source_id"] for line in key} <= documents
    assert 30 < len(key) < 70


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--out", "/nowhere/at/all.jsonl"], "No such file"),
        (["--out", "same", "--key", "same"], "two files"),
        (["--out", "x", "--first", "99999999"], "Numbers end at"),
        (["--out", "x", "--fault-share", "2"], "invalid share value"),
        (["--out", "x", "--seed", "-1"], "invalid whole number"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CommandError, match=said):
        call_command("synthesize", "5", *arguments)
