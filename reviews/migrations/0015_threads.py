"""Threads and their comments; the guards are dropped first and installed last (see articles/guards.py)."""

import django.db.models.deletion
from django.db import migrations, models

from articles import guards
from reviews.guards import GUARDS


def install(apps, schema_editor):
    guards.install(schema_editor.connection, GUARDS)


def drop(apps, schema_editor):
    guards.drop(schema_editor.connection, GUARDS)


class Migration(migrations.Migration):
    dependencies = [("articles", "0002_guards"), ("reviews", "0014_looks")]

    operations = [
        migrations.RunPython(drop, install),
        migrations.CreateModel(
            name="Thread",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "anchor",
                    models.JSONField(
                        default=dict, help_text="Where it was opened; empty for the whole text."
                    ),
                ),
                ("resolved_at", models.DateTimeField(null=True)),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="threads",
                        to="articles.article",
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="articles.revision"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "act",
                    models.CharField(
                        choices=[("say", "said"), ("resolve", "resolved this"), ("reopen", "reopened this")],
                        default="say",
                        max_length=10,
                    ),
                ),
                ("said_at", models.DateTimeField()),
                (
                    "note",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comment",
                        to="reviews.note",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="articles.person"
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        help_text="What it was said beside.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="articles.revision",
                    ),
                ),
                (
                    "thread",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comments",
                        to="reviews.thread",
                    ),
                ),
            ],
            options={
                "ordering": ["thread", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("thread", "number"), name="comment_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("act", "say"), _negated=True), ("note__isnull", False), _connector="OR"
                        ),
                        name="comment_says_something",
                    ),
                ],
            },
        ),
        migrations.RunPython(install, drop),
    ]
