"""What PHP's serialize() wrote is read as plain values, exactly or not at all."""

import pytest

from seeds.importers import php
from seeds.importers.php import Corrupt, unserialise


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("N;", None),
        ("b:1;", True),
        ("b:0;", False),
        ("i:-42;", -42),
        ("d:0.25;", 0.25),
        ("d:1.0E+25;", 1e25),
        ("d:-INF;", "-INF"),
        ("d:NAN;", "NAN"),
        ("d:1e999;", "1e999"),
        ('s:5:"a"b"c";', 'a"b"c'),
        ("a:0:{}", []),
        ('a:2:{i:0;s:3:"tar";i:1;s:4:"gzip";}', ["tar", "gzip"]),
        ('a:2:{i:1;s:3:"tar";i:0;s:4:"gzip";}', {"1": "tar", "0": "gzip"}),
        ('a:1:{s:4:"host";a:1:{s:4:"port";i:5432;}}', {"host": {"port": 5432}}),
        ('E:11:"Suit:Hearts";', "Suit:Hearts"),
    ],
)
def test_each_kind_of_value_is_read(written, value):
    assert unserialise(written) == value


def test_lengths_are_counted_in_bytes():
    assert unserialise('a:1:{s:5:"größ";s:13:"¯\\_(ツ)_/¯";}'.replace("s:5", "s:6")) == {
        "größ": "¯\\_(ツ)_/¯"
    }


def test_line_ends_that_xml_shortened_are_counted_as_php_did():
    assert unserialise('a:1:{i:0;s:8:"one\ntwo";}') == ["one\r\ntwo"]


def test_an_object_is_a_map_that_names_its_class_and_is_never_made():
    assert unserialise('O:11:"Ticket_Info":1:{s:2:"no";i:7;}') == {"class": "Ticket_Info", "no": 7}
    assert unserialise('C:3:"Set":6:{a,b,c;}') == {"class": "Set", "data": "a,b,c;"}


def test_what_was_serialised_twice_is_read_twice():
    inner = 'a:1:{i:0;s:2:"ok";}'
    once = f's:{len(inner)}:"{inner}";'
    assert unserialise(once) == ["ok"]
    assert unserialise(f"a:1:{{i:0;{once}}}") == [["ok"]]


def test_layers_are_bounded():
    text = "a:1:{i:0;i:1;}"
    for _ in range(6):
        text = f'a:1:{{i:0;s:{len(text)}:"{text}";}}'
    value, layers = unserialise(text), 0
    while isinstance(value, list):
        value, layers = value[0], layers + 1
    assert isinstance(value, str)
    assert layers == php.MAX_LAYERS


def test_references_to_single_values_are_followed_and_those_to_lists_are_not():
    assert unserialise('a:2:{i:0;s:1:"x";i:1;R:2;}') == ["x", "x"]
    assert unserialise("a:2:{i:0;a:1:{i:0;i:5;}i:1;r:2;}") == [[5], "(the same as value 2 of this)"]


@pytest.mark.parametrize(
    "written",
    [
        'a:1:{i:0;s:9:"short";}',
        'a:2:{i:0;s:1:"x";}',
        'a:1:{i:0;s:1:"x";}}',
        'a:1:{i:0;s:1:"ä";}',
        'a:1:{d:0.5;s:1:"x";}',
        'a:2:{s:1:"a";i:1;s:1:"a";i:2;}',
        'a:2:{i:1;i:1;s:1:"1";i:2;}',
        f'a:1:{{s:201:"{"k" * 201}";i:1;}}',
        "a:1:{i:0;R:9;}",
        "a:999999999:{i:0;i:1;}",
        "a:99999999999:{}",
        "i:123456789012345678901234567890;",
        "d:0x1A;",
        "b:2;",
        "s:3:",
        "a:",
        "x:1;",
        "",
    ],
)
def test_what_does_not_fit_exactly_is_corrupt(written):
    with pytest.raises(Corrupt):
        unserialise(written)


def test_cut_at_every_byte_it_is_corrupt_and_never_half_a_value_f11():
    whole = 'a:2:{s:3:"key";O:1:"K":1:{s:1:"a";d:0.5;}i:7;b:1;}'
    assert unserialise(whole)
    for end in range(len(whole)):
        with pytest.raises(Corrupt):
            unserialise(whole[:end])


def test_depth_values_and_size_are_bounded_s20():
    for depth, taken in ((php.MAX_DEPTH - 1, True), (php.MAX_DEPTH, False), (100_000, False)):
        text = "a:1:{i:0;" * depth + "N;" + "}" * depth
        if taken:
            assert unserialise(text)
        else:
            with pytest.raises(Corrupt, match=r"deep|longer"):
                unserialise(text)
    with pytest.raises(Corrupt, match="values"):
        unserialise(f"a:20000:{{{''.join(f'i:{n};N;' for n in range(20_000))}}}")
    with pytest.raises(Corrupt, match="bytes"):
        unserialise("s:2000000:" + "x" * 2_000_000)


def test_a_text_is_told_from_what_is_serialised():
    assert php.is_serialised('a:1:{i:0;s:1:"x";}')
    assert php.is_serialised("b:1;")
    assert not php.is_serialised("https://example.org/a:1")
    assert not php.is_serialised("a plain text")
    assert not php.is_serialised("12")


def test_hostile_texts_end_soon_s21():
    size = 200_000  # anything quadratic would not end within the patience of whoever runs this
    for text in ("a:1:{" * size, 's:1:"' * size, "i:" + "1" * size, "d:" + "1." * size, " " * size + "a"):
        php.is_serialised(text)
        with pytest.raises(Corrupt):
            unserialise(text)
