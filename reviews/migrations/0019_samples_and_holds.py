"""Sample plans, what they drew, and holds; the guards are dropped first and installed last (see articles/guards.py)."""

import secrets
from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from articles import guards
from reviews.guards import GUARDS


def install(apps, schema_editor):
    guards.install(schema_editor.connection, GUARDS)


def drop(apps, schema_editor):
    guards.drop(schema_editor.connection, GUARDS)


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0003_refused_documents"),
        ("reviews", "0018_due_checks"),
    ]

    operations = [
        migrations.RunPython(drop, install),
        migrations.CreateModel(
            name="SamplePlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True)),
                ("active", models.BooleanField(default=True)),
                (
                    "match_generator",
                    models.CharField(
                        blank=True,
                        help_text="Empty: all that have no plan of their own.",
                        max_length=200,
                        verbose_name="generator",
                    ),
                ),
                (
                    "rate",
                    models.DecimalField(
                        decimal_places=2,
                        help_text="How much of what is not flagged goes to review. Raising it keeps those picked before.",
                        max_digits=5,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0.01")),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="rate, in per cent",
                    ),
                ),
                (
                    "tolerated",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="A batch is held when it is all but certain that more of it fails. Empty: nothing is held.",
                        max_digits=5,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(Decimal("99.99")),
                        ],
                        verbose_name="tolerated failures, in per cent",
                    ),
                ),
                (
                    "least",
                    models.PositiveSmallIntegerField(
                        default=10,
                        help_text="Before so many of a batch's sample are decided, it is not held.",
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="decided at least",
                    ),
                ),
                ("salt", models.CharField(default=secrets.token_hex, editable=False, max_length=64)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.AlterField(
            model_name="requirement",
            name="reason",
            field=models.CharField(
                choices=[
                    ("document", "The document asks for human review"),
                    ("finding", "A check found something blocking"),
                    ("policy", "A policy asks for review"),
                    ("flagged", "An editor flagged it"),
                    ("changes_release", "It changes a released article"),
                    ("stale", "Its last review is too old"),
                    ("site", "This site reviews everything"),
                    ("sample", "The random sample picked it"),
                    ("carried", "The revision before it waits for review"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="SamplePlanVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("terms", models.JSONField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "ledger_seq",
                    models.OneToOneField(
                        db_column="ledger_seq",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reviews.ledgerentry",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="articles.person",
                    ),
                ),
                (
                    "sample_plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="reviews.sampleplan",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="sampleplan",
            name="current",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="reviews.sampleplanversion",
            ),
        ),
        migrations.CreateModel(
            name="Sample",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("generator", models.TextField(blank=True)),
                ("batch", models.CharField(blank=True, max_length=200)),
                (
                    "revision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sample",
                        to="articles.revision",
                    ),
                ),
                (
                    "plan_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reviews.sampleplanversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("generator", models.TextField(blank=True)),
                ("batch", models.CharField(max_length=200)),
                ("held", models.BooleanField()),
                ("reason", models.TextField()),
                (
                    "decided",
                    models.PositiveIntegerField(help_text="Of its sample, when the rule held it.", null=True),
                ),
                ("failed", models.PositiveIntegerField(null=True)),
                ("at", models.DateTimeField()),
                (
                    "ledger_seq",
                    models.OneToOneField(
                        db_column="ledger_seq",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reviews.ledgerentry",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="articles.person",
                    ),
                ),
                (
                    "plan_version",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reviews.sampleplanversion",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="sampleplanversion",
            constraint=models.UniqueConstraint(
                fields=("sample_plan", "number"), name="sample_plan_version_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="sampleplan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("rate__gt", 0),
                    ("rate__lte", 100),
                    models.Q(
                        ("tolerated", None),
                        models.Q(("tolerated__gte", 0), ("tolerated__lt", 100)),
                        _connector="OR",
                    ),
                ),
                name="sample_plan_rates_are_per_cent",
            ),
        ),
        migrations.AddIndex(
            model_name="sample",
            index=models.Index(fields=["batch"], name="sample_by_batch"),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("batch", ""), _negated=True), models.Q(("reason", ""), _negated=True)
                ),
                name="hold_names_its_batch",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("person__isnull", False), ("plan_version", None)),
                    models.Q(("held", True), ("person", None), ("plan_version__isnull", False)),
                    _connector="OR",
                ),
                name="hold_is_by_a_person_or_a_plan",
            ),
        ),
        migrations.RunPython(install, drop),
    ]
