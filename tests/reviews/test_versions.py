"""The proposed version: patch for wording, minor for sections or steps, major for code."""

import pytest

from reviews.versions import is_after, parse_version, proposed

BODY = "Some words.\n\n## A section\n\n1. first\n2. second\n\n```sh\nmake demo\n```\n"


def document(body=BODY, **meta):
    return {"title": "t", "body": body, "meta": meta}


@pytest.mark.parametrize(
    ("new", "change", "version"),
    [
        (document(BODY.replace("Some words", "Other words")), "patch", "1.2.4"),
        (document(summary="another"), "patch", "1.2.4"),
        (document(BODY + "\n## Another\n"), "minor", "1.3.0"),
        (document(BODY.replace("2. second", "2. second\n3. third")), "minor", "1.3.0"),
        (document(checklist=["look"]), "minor", "1.3.0"),
        (document(BODY.replace("make demo", "make test")), "major", "2.0.0"),
        (document(BODY.replace("Some words", "Run `rm -rf var` first")), "major", "2.0.0"),
        (document(BODY.replace("Some words", "See `PORT`")), "patch", "1.2.4"),
    ],
)
def test_the_version_follows_from_what_changed(new, change, version):
    proposal = proposed(document(), new, "1.2.3")
    assert (proposal.change, proposal.version) == (change, version)
    assert proposal.why.endswith(".")


def test_the_first_release_is_1_0_0_whatever_the_document_claims():
    assert proposed(None, document(revision={"version": "7.0.0"}), None).version == "1.0.0"


@pytest.mark.parametrize(
    "text", ["", "1", "1.2", "1.2.3.4", "01.2.3", "v1.2.3", "1.2.-3", "1.2.3000000", "١.٢.٣"]
)
def test_what_is_no_version_is_refused_in_words(text):
    with pytest.raises(ValueError, match="is not a version"):
        parse_version(text)


def test_versions_are_ordered_by_number():
    assert is_after("1.10.0", "1.9.9")
    assert not is_after("1.0.0", "1.0.0")
