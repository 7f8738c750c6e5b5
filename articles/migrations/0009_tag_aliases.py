"""Tags have aliases as entities have; a merge leaves one, with the address of what is merged."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0008_guards_of_first_revisions"),
    ]

    operations = [
        migrations.CreateModel(
            name="TagAlias",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=150)),
                ("key", models.CharField(editable=False, max_length=300)),
                (
                    "slug",
                    models.CharField(blank=True, default="", db_default="", editable=False, max_length=120),
                ),
            ],
            options={
                "verbose_name_plural": "tag aliases",
            },
        ),
        migrations.AlterModelOptions(
            name="entity",
            options={
                "ordering": ["type", "name"],
                "permissions": [("merge_entity", "Can merge entities")],
                "verbose_name_plural": "entities",
            },
        ),
        migrations.AlterModelOptions(
            name="tag",
            options={"ordering": ["name"], "permissions": [("merge_tag", "Can merge tags")]},
        ),
        migrations.RemoveConstraint(
            model_name="entityalias",
            name="entity_alias_once",
        ),
        migrations.AddField(
            model_name="entityalias",
            name="merged_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="articles.person",
            ),
        ),
        migrations.AddField(
            model_name="entityalias",
            name="slug",
            field=models.CharField(blank=True, default="", db_default="", editable=False, max_length=120),
        ),
        migrations.AddField(
            model_name="entityalias",
            name="type",
            field=models.CharField(blank=True, default="", db_default="", editable=False, max_length=300),
        ),
        migrations.AddField(
            model_name="entityalias",
            name="type_slug",
            field=models.CharField(blank=True, default="", db_default="", editable=False, max_length=120),
        ),
        migrations.AddConstraint(
            model_name="entityalias",
            constraint=models.UniqueConstraint(fields=("entity", "type", "key"), name="entity_alias_once"),
        ),
        migrations.AddConstraint(
            model_name="entityalias",
            constraint=models.UniqueConstraint(
                condition=models.Q(("slug", ""), _negated=True),
                fields=("type_slug", "slug"),
                name="entity_alias_one_per_address",
            ),
        ),
        migrations.AddField(
            model_name="tagalias",
            name="merged_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="articles.person",
            ),
        ),
        migrations.AddField(
            model_name="tagalias",
            name="tag",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="aliases", to="articles.tag"
            ),
        ),
        migrations.AddConstraint(
            model_name="tagalias",
            constraint=models.UniqueConstraint(fields=("key",), name="tag_alias_means_one_tag"),
        ),
        migrations.AddConstraint(
            model_name="tagalias",
            constraint=models.UniqueConstraint(
                condition=models.Q(("slug", ""), _negated=True),
                fields=("slug",),
                name="tag_alias_one_per_address",
            ),
        ),
    ]
