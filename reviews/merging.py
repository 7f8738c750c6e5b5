"""Merging tags and entities, as far as the review side knows them: seats in the queue, and what policies name."""

from django.db import transaction

from articles import merging
from articles.models.topics import fold
from reviews.errors import NotDone
from reviews.models import Facet, Policy
from reviews.models.facet import key_of_thing


def merge(things, into, *, by):
    """Merge each of `things` into `into`, all or none, and let the queue find their seats under it.

    Raises NotDone. One transaction: a merge that is killed has done nothing. Nobody who holds words of a seat waits for
    the names that it holds (see hold_names).
    """
    keys = [key_of_thing(thing) for thing in things]
    try:
        with transaction.atomic():
            for thing in things:
                thing.merge_into(into, by=by)
            into.refresh_from_db()
            for key in keys:
                Facet.objects.move(key, key_of_thing(into))
    except merging.MergeRefused as refused:
        raise NotDone(str(refused)) from None


def open_seats_of(things):
    """Return how many words of open seats name these things: each seat once for each thing."""
    return Facet.objects.filter(key__in=[key_of_thing(thing) for thing in things]).count()


def policies_naming(things):
    """Return [(policy, the name it asks for)] of policies in force that name one of these things.

    Policies ask what the document itself says, before and after a merge; only their owner can decide what they
    should ask for from now on.
    """
    kinds = {getattr(thing, "type", None) for thing in things}
    keys = {thing.key for thing in things}
    found = []
    for policy in Policy.objects.order_by("pk"):
        if None in kinds and policy.match_tag and fold(policy.match_tag) in keys:
            found.append((policy, policy.match_tag))
        elif policy.match_entity_type and fold(policy.match_entity_type) in kinds:
            found.append((policy, policy.match_entity_type))
    return found
