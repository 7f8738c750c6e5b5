"""Texts are stored compressed, and whatever way that was done, they are read and held against their digest."""

import zlib

import pytest

from articles.canonical import digest_bytes
from articles.models import Text
from articles.models.revision import packed, unpacked

CONTENT = b'{"document":{"body":"x"}}'


@pytest.mark.parametrize("kept", [packed(CONTENT), zlib.compress(CONTENT)])
def test_texts_of_today_and_those_deflated_before_are_read(kept):
    assert unpacked(kept) == CONTENT
    assert Text(digest=digest_bytes(CONTENT), data=kept).is_intact()


@pytest.mark.parametrize("kept", [packed(CONTENT)[:-3], zlib.compress(CONTENT)[:-3], packed(b"{}")])
def test_a_damaged_text_is_not_intact(kept):
    assert not Text(digest=digest_bytes(CONTENT), data=kept).is_intact()
