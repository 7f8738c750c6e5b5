"""Bring keys to the form that names fold to now, and make one of those that have become spellings of one name.

A batch at a time, each whole; stopped anywhere, it goes on where it was. It asks `fold` itself, as it is on the day:
keys must equal what the running code makes of names, so frozen rules would be wrong here.
"""

from django.db import migrations, transaction

from articles.models.topics import fold

BATCH = 2000


def batches(model):
    last = 0
    while rows := list(model.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = rows[-1].pk
        yield rows


def fold_anew(apps, schema_editor):
    kinds = {
        "Tag": ("ArticleTag", "content_object_id", "tag_id", "TagAlias"),
        "Entity": ("Mention", "article_id", "entity_id", "EntityAlias"),
    }
    for name, (appearance, owner, field, alias) in kinds.items():
        model, alias = apps.get_model("articles", name), apps.get_model("articles", alias)
        appearance = apps.get_model("articles", appearance)
        for rows in batches(model):
            with transaction.atomic():
                fold_things(model, rows, appearance, owner, field, alias)
        for rows in batches(alias):
            with transaction.atomic():
                fold_aliases(alias, rows, field)


def fold_things(model, rows, appearance, owner, field, alias):
    typed = field == "entity_id"
    moved = []
    for row in rows:
        key, kind = fold(row.name), fold(row.type) if typed else ""
        if (key, kind) != (row.key, row.type if typed else ""):
            moved.append((row, key, kind))
    if not moved:
        return
    there = {}
    for row in model.objects.filter(key__in={key for _, key, _ in moved}):
        there[row.key, row.type if typed else ""] = row
    changed = []
    for row, key, kind in moved:
        kept = there.setdefault((key, kind), row)
        if kept.pk != row.pk:
            absorb(row, kept, appearance, owner, field, alias)
            continue
        row.key = key
        if typed:
            row.type = kind
        changed.append(row)
    model.objects.bulk_update(changed, ["key", "type"] if typed else ["key"])


def absorb(row, kept, appearance, owner, field, alias):
    """Let what appears under `row` appear under `kept`, and keep the address of `row` where readers had it."""
    old = {
        one[0]: one
        for one in appearance.objects.filter(**{field: row.pk}).values_list(
            owner, "in_latest", "published_at"
        )
    }
    public = any(at for *_, at in old.values())
    twins = list(appearance.objects.filter(**{field: kept.pk, f"{owner}__in": list(old)}))
    for twin in twins:
        _, in_latest, published_at = old[getattr(twin, owner)]
        twin.in_latest = twin.in_latest or in_latest
        twin.published_at = twin.published_at or published_at
    appearance.objects.bulk_update(twins, ["in_latest", "published_at"], batch_size=BATCH)
    owners = [getattr(twin, owner) for twin in twins]
    appearance.objects.filter(**{field: row.pk, f"{owner}__in": owners}).delete()
    appearance.objects.filter(**{field: row.pk}).update(**{field: kept.pk})
    there = {(getattr(one, "type", ""), one.key) for one in alias.objects.filter(**{field: kept.pk})}
    for one in alias.objects.filter(**{field: row.pk}):
        if (getattr(one, "type", ""), one.key) in there:
            one.delete()
    alias.objects.filter(**{field: row.pk}).update(**{field: kept.pk})
    if public:
        # Its name folds to the other's; the row is there for the address alone, under the key it had.
        place = {"slug": row.slug} | (
            {"type_slug": row.type_slug, "type": row.type} if field == "entity_id" else {}
        )
        alias.objects.get_or_create(**{field: kept.pk, "key": row.key}, defaults={"name": row.name, **place})
    row.delete()


def fold_aliases(alias, rows, field):
    changed = []
    for row in rows:
        key = fold(row.name)
        # One that keeps an address may keep the key it had: no document's name folds to that any more.
        if key != row.key and not row.slug:
            row.key = key
            same = alias.objects.filter(key=key)
            if field == "entity_id":
                same = same.filter(entity_id=row.entity_id, type=row.type)
            if same.exclude(pk=row.pk).exists() or any(
                one.key == key and getattr(one, field) == getattr(row, field) for one in changed
            ):
                row.delete()
            else:
                changed.append(row)
    alias.objects.bulk_update(changed, ["key"])


class Migration(migrations.Migration):
    atomic = False  # each batch is
    dependencies = [("articles", "0009_tag_aliases")]
    operations = [migrations.RunPython(fold_anew, migrations.RunPython.noop)]
