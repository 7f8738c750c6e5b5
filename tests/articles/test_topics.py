"""Tags and entities in bulk: one thing for all spellings and aliases of its name, in a few queries for any number."""

import sys
import unicodedata

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from articles.models import Article, Entity, EntityAlias, Tag, TagAlias
from articles.models.topics import KEY_LENGTH, fold, slugs_of
from tests.makers import make_article, make_released
from tests.processes import output_of

SAME = [
    ("Python", "PYTHON", "case"),
    ("machine  learning ", " Machine\tLearning", "spaces"),
    ("Node.js", "node.js.", "a full stop at the end"),
    ("Node.js", "Node.js,", "a comma at the end"),
    ("Ｃ＋＋", "C++", "full width"),
    ("ﬁle", "file", "a ligature"),
    ("caf\N{LATIN SMALL LETTER E WITH ACUTE}", "cafe\N{COMBINING ACUTE ACCENT}", "composed or not"),
    ("py\N{ZERO WIDTH SPACE}thon", "python", "a space without width"),
    ("\N{ZERO WIDTH NO-BREAK SPACE}python", "python", "a byte order mark"),
    ("web\N{NO-BREAK SPACE}server", "web server", "a space that does not break"),
    ("\N{RIGHT-TO-LEFT OVERRIDE}go", "go", "a mark of direction"),
    ("İstanbul", "istanbul", "the Turkish capital of i"),
    ("Straße", "STRASSE", "the German sharp s"),
]
APART = [
    ("C", "C++"),
    ("C", "C#"),
    ("C++", "C#"),
    ("Ｃ＋＋", "Ｃ＃"),
    (".NET", "NET"),
    ("node.js", "nodejs"),
    ("resume", "résumé"),
    ("ırmak", "irmak"),
    ("CI/CD", "CI CD"),
    ("a-b", "a b"),
    ("...", ","),
    ("\N{ZERO WIDTH SPACE}", "\N{ZERO WIDTH JOINER}"),
]


@pytest.mark.parametrize(("one", "other", "why"), SAME, ids=[why for *_, why in SAME])
def test_spellings_of_one_name_are_one(one, other, why):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), APART)
def test_names_that_differ_are_two(one, other):
    assert fold(one) != fold(other)


def test_what_is_folded_stays_as_it_is_and_a_name_is_never_nothing():
    for number in range(sys.maxunicode + 1):
        one = chr(number)
        if unicodedata.category(one) in ("Cn", "Co", "Cs"):
            continue
        for name in (one, f"a{one}", f"{one}.a"):
            key = fold(name)
            assert fold(key) == key
            assert key or not name.strip()


@pytest.mark.parametrize("name", ["\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 100, "ΐ" * 100])
def test_a_name_that_unicode_spells_out_still_fits_its_column_S18(name):
    assert len(fold(name)) <= KEY_LENGTH


def test_full_width_names_have_addresses_of_their_own():
    assert {slugs_of(name)[0] for name in ("Ｃ", "Ｃ＋＋", "Ｃ＃")} == {"c", "c-plus-plus", "c-sharp"}


@pytest.mark.django_db
class TestNamed:
    def test_c_and_its_relatives_are_three_tags_with_three_addresses(self):
        tags = Tag.objects.named(["C", "C++", "C#", "c", "Ｃ＋＋", "c#."])
        assert {tag.slug for tag in tags.values()} == {"c", "c-plus-plus", "c-sharp"}

    @pytest.mark.parametrize("count", [3, 300])
    def test_queries_do_not_grow_with_the_number_of_names(self, count):
        names = [f"name {number}" for number in range(count)]
        Tag.objects.create(name="known")
        with CaptureQueriesContext(
            connection,
        ) as made:
            Tag.objects.named(names)
        with CaptureQueriesContext(connection) as known:
            Tag.objects.named(names)
        assert len(made) <= 6
        assert len(known) == 1
        pairs = [(name, "tool") for name in names]
        with CaptureQueriesContext(connection) as made:
            Entity.objects.named(pairs)
        with CaptureQueriesContext(connection) as known:
            Entity.objects.named(pairs)
        assert len(made) <= 7
        assert len(known) == 1

    def test_an_import_that_names_an_alias_lands_on_the_tag_it_means(self):
        kubernetes = Tag.objects.create(name="Kubernetes")
        TagAlias.objects.create(tag=kubernetes, name="k8s")
        article = make_released(meta={"stack": ["K8S"], "entities": []})
        assert article.tag_appearances.get(tag=kubernetes).published_at
        assert not Tag.objects.filter(key="k8s").exists()

    def test_a_page_prints_the_word_of_its_revision_and_links_to_what_it_means_P3(self):
        kubernetes = Tag.objects.create(name="Kubernetes")
        TagAlias.objects.create(tag=kubernetes, name="k8s")
        article = make_released(meta={"stack": ["K8S"], "entities": []})
        page = Client().get(article.get_absolute_url()).content.decode()
        assert 'href="/tags/kubernetes/"' in page
        assert "K8S" in page

    def test_an_entity_is_found_by_an_alias_of_another_type(self):
        python = Entity.objects.create(type="language", name="Python")
        EntityAlias.objects.create(entity=python, name="py", type="stack")
        article = make_article(meta={"stack": [], "tools": [], "entities": [{"name": "PY", "type": "Stack"}]})
        assert article.mentions.get().entity == python


@pytest.mark.django_db
def test_a_name_that_leads_somewhere_is_no_alias_and_an_alias_is_no_name():
    tag = Tag.objects.create(name="one")
    Tag.objects.create(name="two")
    TagAlias.objects.create(tag=tag, name="three")
    for taken in ("TWO", "Three"):
        with pytest.raises(ValidationError):
            TagAlias(tag=tag, name=taken).clean()
    with pytest.raises(ValidationError, match="alias"):
        Tag(name="THREE").clean()


@pytest.mark.django_db
def test_an_entity_takes_no_name_and_no_type_by_which_an_alias_would_lead_to_two():
    python = Entity.objects.create(type="language", name="Python")
    Entity.objects.create(type="language", name="Other")
    EntityAlias.objects.create(entity=python, name="py")
    with pytest.raises(ValidationError, match="it is an alias there"):
        Entity(type="Language", name="PY").clean()
    Entity(type="stack", name="PY").clean()
    tool = Entity.objects.create(type="tool", name="A tool")
    EntityAlias.objects.create(entity=tool, name="py")
    tool.type = "language"
    with pytest.raises(ValidationError, match="“py” means Python"):
        tool.clean()
    EntityAlias.objects.filter(entity=tool).update(name="Other", key="other")
    with pytest.raises(ValidationError, match=r"Other \(language\) is here already"):
        tool.clean()
    tool.type = "tool"
    tool.clean()


NAMES = """
import time
from django.db import transaction
from articles.models import Entity, Tag
from articles.models.topics import hold_names
with transaction.atomic():
    hold_names()
    Tag.objects.named([sys.argv[1]])
    Entity.objects.named([(sys.argv[1], "tool")])
    print("named", flush=True)
    time.sleep(0.5)
"""


def test_a_name_that_an_import_is_making_at_this_moment_is_taken_already(committed_database, spawn):
    tag, entity = Tag.objects.create(name="other"), Entity.objects.create(type="tool", name="other")
    for thing in (
        TagAlias(tag=tag, name="one"),
        EntityAlias(entity=entity, name="two"),
        Tag(name="three"),
        Entity(type="tool", name="four"),
    ):
        process = spawn(NAMES, thing.name)
        process.stdout.readline()
        with transaction.atomic(), pytest.raises(ValidationError):
            thing.clean()
        output_of(process)


@pytest.mark.django_db
def test_a_new_tag_takes_no_address_that_leads_on():
    tag = Tag.objects.create(name="one")
    TagAlias.objects.create(tag=tag, name="gone", slug="c")
    assert Tag.objects.named(["C"])["c"].slug != "c"
    assert Tag.objects.create(name="C!").slug != "c"
    assert Article.objects.count() == 0
