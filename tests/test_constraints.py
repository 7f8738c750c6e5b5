"""Every constraint that carries a rule refuses what breaks it; on PostgreSQL, the same goes through once it is gone.

(SQLite cannot drop a constraint inside a transaction, so there only the refusal is shown.)
"""

import uuid
from copy import deepcopy

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from articles.models import (
    Article,
    ArticleTag,
    ChecklistUse,
    Contributor,
    Entity,
    EntityAlias,
    LookAlike,
    Mention,
    Redirect,
    Similar,
    Tag,
    TagAlias,
)
from articles.models.similar import MOST_SIMILAR
from reviews.models import (
    ApprovedBlock,
    Comment,
    Decision,
    Hold,
    LedgerEntry,
    LedgerHead,
    Look,
    Policy,
    Requirement,
    Review,
    SamplePlan,
    SamplePlanVersion,
    Skip,
    Thread,
)
from tests.databases import around_tests
from tests.makers import approve, make_article, make_person, make_released

pytestmark = pytest.mark.django_db


class Scene:
    def __init__(self):
        self.ada, self.ben = make_person("ada"), make_person("ben")
        self.live = make_released("live")
        self.waiting = make_article("waiting", flagged=True)
        self.seat = Review.objects.open().get()
        SamplePlan(name="All", rate=1).settle(by=self.ada)
        Thread.objects.start(self.live.latest_revision, "Is this so?", by=self.ada)


@pytest.fixture(scope="module")
def scene_of_all(django_db_setup, django_db_blocker):
    with around_tests(django_db_blocker):
        yield Scene()


@pytest.fixture
def scene(scene_of_all):
    return deepcopy(scene_of_all)


def copy_of(row, **changes):
    row.pk = None
    row._state.adding = True
    for name, value in changes.items():
        setattr(row, name, value)
    return row.save(force_insert=True)


def second_verdict(scene):
    """Ben, too, decides the seat that Ada decided."""
    copy_of(Decision.objects.get(), person=scene.ben, ledger_seq=entry("decision"))


def entry(kind):
    with transaction.atomic():
        return LedgerEntry.objects.append({"kind": kind})[0]


def hold(scene, **changes):
    said = {"batch": "run 1", "held": True, "reason": "Wrong.", "person": scene.ada, "at": timezone.now()}
    Hold.objects.create(**said | changes, ledger_seq=entry("hold"))


def similar(scene, rank):
    """The page of the live article names itself, which no job would do."""
    release = scene.live.current_release
    Similar.objects.create(release=release, rank=rank, other=release, shares=["python"])


ATTACKS = {
    "tag_once_per_article": lambda s: copy_of(ArticleTag.objects.first()),
    "entity_once_per_article": lambda s: copy_of(Mention.objects.first()),
    "checklist_once_per_article": lambda s: copy_of(ChecklistUse.objects.first()),
    "entity_one_per_type_and_name": lambda s: copy_of(Entity.objects.first(), slug="another"),
    "tag_alias_means_one_tag": lambda s: [
        TagAlias.objects.create(tag=tag, name="another") for tag in Tag.objects.all()[:2]
    ],
    "tag_alias_one_per_address": lambda s: [
        TagAlias.objects.create(tag=tag, name=tag.name, slug="another") for tag in Tag.objects.all()[:2]
    ],
    "entity_alias_once": lambda s: [
        EntityAlias.objects.create(entity=Entity.objects.first(), name="another") for _ in range(2)
    ],
    "entity_alias_one_per_address": lambda s: [
        EntityAlias.objects.create(entity=one, name=one.name, type_slug="a", slug="another")
        for one in Entity.objects.all()[:2]
    ],
    "contributor_once_per_role": lambda s: [
        Contributor.objects.create(revision=s.live.latest_revision, person=s.ada, role="edited")
        for _ in range(2)
    ],
    "redirect_path_begins_with_slash": lambda s: Redirect.objects.create(
        path="articles/old/", article=s.live
    ),
    "article_archived_is_not_public": lambda s: Article.objects.filter(pk=s.live.pk).update(
        archived_at=timezone.now()
    ),
    "review_seat_open_once": lambda s: copy_of(Review.objects.get(pk=s.seat.pk)),
    "review_one_seat_per_person": lambda s: [
        copy_of(s.seat.claim(by=s.ada), seat=2, claim_token=uuid.uuid4()),
    ],
    "review_claim_is_whole": lambda s: Review.objects.filter(pk=s.seat.pk).update(claimed_by=s.ada),
    "review_closed_or_open": lambda s: Review.objects.filter(pk=s.seat.pk).update(state="superseded"),
    "review_reservation_is_whole": lambda s: Review.objects.filter(pk=s.seat.pk).update(reserved_for=s.ada),
    "skip_once_per_person_and_review": lambda s: [
        Skip.objects.create(person=s.ada, review=s.seat, reason="not my field") for _ in range(2)
    ],
    "requirement_once_per_reason": lambda s: copy_of(
        Requirement.objects.filter(reason="document").first(), ledger_seq=entry("requirement")
    ),
    "revision_number_from_one": lambda s: copy_of(s.live.latest_revision, number=0),
    "policy_asks_for_an_approval": lambda s: Policy.objects.update(approvals=0),
    "sample_plan_version_number_once": lambda s: copy_of(
        SamplePlanVersion.objects.get(), ledger_seq=entry("sample_plan")
    ),
    "sample_plan_rates_are_per_cent": lambda s: SamplePlan.objects.update(rate=0),
    "hold_names_its_batch": lambda s: hold(s, batch=""),
    "hold_is_by_a_person_or_a_plan": lambda s: hold(s, person=None),
    "policy_has_one_default": lambda s: copy_of(Policy.objects.get(is_default=True), name="Another"),
    "decision_once_per_review": second_verdict,
    "approved_block_once_per_decision": lambda s: copy_of(ApprovedBlock.objects.first()),
    "look_once_per_text": lambda s: copy_of(Look.objects.first()),
    "look_alike_once": lambda s: copy_of(
        LookAlike.objects.create(revision=s.live.latest_revision, other=s.waiting.latest_revision, percent=90)
    ),
    "similar_once_on_a_page": lambda s: [similar(s, rank=rank) for rank in (1, 2)],
    "similar_few_on_a_page": lambda s: similar(s, rank=MOST_SIMILAR + 1),
    "comment_number_once": lambda s: copy_of(Comment.objects.get(), act="resolve", note=None),
    "comment_says_something": lambda s: copy_of(Comment.objects.get(), number=2, note=None),
    "ledger_has_one_head": lambda s: LedgerHead.objects.create(pk=2),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_the_constraint_refuses_what_breaks_its_rule(scene, name):
    with pytest.raises(IntegrityError), transaction.atomic():
        ATTACKS[name](scene)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite drops no constraint in a transaction")
@pytest.mark.parametrize("name", ATTACKS)
def test_without_the_constraint_nobody_else_refuses_it(scene, name):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT conrelid::regclass::text FROM pg_constraint WHERE conname = %s", [name])
        if found := cursor.fetchone():
            cursor.execute(f"ALTER TABLE {found[0]} DROP CONSTRAINT {name}")
        else:
            cursor.execute(f"DROP INDEX {name}")
    ATTACKS[name](scene)


def test_a_tag_of_another_spelling_is_the_same_tag():
    assert len({tag.pk for tag in Tag.objects.named(["Python", " python ", "PYTHON"]).values()}) == 1


def test_c_c_plus_plus_and_c_sharp_are_three_tags():
    tags = Tag.objects.named(["C", "C++", "C#"])
    assert sorted(tag.slug for tag in tags.values()) == ["c", "c-plus-plus", "c-sharp"]


def test_tags_that_differ_in_punctuation_alone_get_addresses_of_their_own():
    tags = Tag.objects.named(["a.b", "a b", "a/b", "???"])
    assert len({tag.slug for tag in tags.values()}) == 4


def test_an_approval_counts_once_however_often_it_is_given(scene):
    approve(scene.waiting, scene.ada)
    assert Decision.objects.approvals().filter(article=scene.waiting).count() == 1
