"""Which revisions need human review, and what that takes: rows an administrator orders and edits."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.utils import timezone

from articles.canonical import digest
from articles.models.topics import fold
from reviews.models.ledger import LedgerEntry, stamp

# What a fresh site asks its reviewers; edited in the admin like any other criteria.
STANDARD_QUESTIONS = [
    {
        "id": "accurate",
        "text": "The statements are right",
        "help": "Facts, numbers and names were checked, not only read.",
        "must_pass": True,
    },
    {
        "id": "code",
        "text": "Code and commands run as shown",
        "help": "Not applicable where there are none.",
        "must_pass": True,
    },
    {
        "id": "safe",
        "text": "A reader who follows it comes to no harm",
        "help": "No secrets, no destructive command without a warning and a way back.",
        "must_pass": True,
    },
    {
        "id": "useful",
        "text": "It helps the reader it is for",
        "help": "It says something, in the right order, at the right level.",
        "must_pass": False,
    },
]


def version_facts(version):
    """What the ledger holds of a version of a policy or of criteria; its words are bound by the digest."""
    return {
        "number": version.number,
        "digest": version.digest,
        "person": str(version.person.uuid) if version.person else None,
        "at": stamp(version.created_at),
    }


def put_in_force(kind, version):
    """Store a new version with its digest and its entry in the ledger. The caller holds the lock of its owner."""
    version.number = type(version).objects.filter(**{kind: getattr(version, kind)}).count() + 1
    version.digest = digest(version.said())
    version.created_at = timezone.now()
    [version.ledger_seq] = LedgerEntry.objects.append({"kind": kind, **version.facts()})
    version.save(force_insert=True)
    return version


class Versioned(models.Model):
    """A row whose terms are kept in versions, `versions`, of which `current` is in force; `terms()` says them now."""

    class Meta:
        abstract = True

    @transaction.atomic
    def settle(self, *, by):
        """Save the row and put its terms in force. The same terms again make no version. Returns the version."""
        if self.pk:
            # Whatever version this copy of the row knows, the one in force is the row's own.
            self.current = self._locked().current
        self.save()
        return self.in_force(by=by)

    @transaction.atomic
    def in_force(self, *, by=None):
        """Return the version that says what the row says now, made where the terms have moved on."""
        versions = self._meta.get_field("versions")
        kind = versions.field.name
        version = versions.related_model(**{kind: self}, terms=self.terms(), person=by)
        said = digest(version.said())
        if self.current and self.current.digest == said:
            return self.current
        self.current = self._locked().current
        if not self.current or self.current.digest != said:
            self.current = put_in_force(kind, version)
            self.save(update_fields=["current"])
        return self.current

    def _locked(self):
        return type(self).objects.select_for_update().get(pk=self.pk)


class CriteriaVersion(models.Model):
    """The questions a reviewer answered at one time. `questions`: [{id, text, help, must_pass}]."""

    criteria = models.ForeignKey("reviews.Criteria", models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    questions = models.JSONField()
    person = models.ForeignKey("articles.Person", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    ledger_seq = models.OneToOneField(LedgerEntry, models.PROTECT, db_column="ledger_seq", related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["criteria", "number"], name="criteria_version_number_once")
        ]

    def __str__(self):
        return f"{self.criteria} v{self.number}"

    def said(self):
        """What the digest is of."""
        return {"criteria": self.name, "questions": self.questions}

    def facts(self):
        """What the ledger holds of this row."""
        return version_facts(self)


class Criteria(models.Model):
    """A named set of questions a reviewer answers before deciding. Each edit makes a new version."""

    name = models.CharField(max_length=100, unique=True)
    current = models.ForeignKey(CriteriaVersion, models.PROTECT, null=True, related_name="+", editable=False)

    class Meta:
        verbose_name_plural = "criteria"
        ordering = ["name"]

    def __str__(self):
        return self.name

    def in_force(self):
        """Return the version reviewers answer now; criteria nobody has edited yet ask the standard questions."""
        return self.current or self.ask(STANDARD_QUESTIONS, by=None)

    @transaction.atomic
    def ask(self, questions, *, by):
        """Ask these questions from now on. The same questions again change nothing. Returns the version in force."""
        self.current = Criteria.objects.select_for_update().get(pk=self.pk).current
        version = CriteriaVersion(criteria=self, name=self.name, questions=questions, person=by)
        if not self.current or self.current.digest != digest(version.said()):
            self.current = put_in_force("criteria", version)
            self.save(update_fields=["current"])
        return self.current


class PolicyVersion(models.Model):
    """A policy's terms at one time; requirements are frozen from it."""

    policy = models.ForeignKey("reviews.Policy", models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    terms = models.JSONField()
    person = models.ForeignKey("articles.Person", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    ledger_seq = models.OneToOneField(LedgerEntry, models.PROTECT, db_column="ledger_seq", related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="policy_version_number_once")
        ]

    def __str__(self):
        return f"{self.policy} v{self.number}"

    def said(self):
        """What the digest is of."""
        return self.terms

    def facts(self):
        """What the ledger holds of this row."""
        return version_facts(self)


class PolicyQuerySet(models.QuerySet):
    def in_order(self):
        return (
            self.filter(active=True).select_related("current", "criteria__current").order_by("position", "pk")
        )

    def in_force(self):
        """Return the policies as they are now, to ask them about many revisions."""
        return InForce(list(self.in_order()))


class InForce:
    """The policies of one moment. Each version is looked up, or made, once."""

    def __init__(self, policies):
        self.policies = policies
        self._versions = {}
        self._default = None

    def matching(self, facts):
        """Return the first active policy that asks for a review of a revision with these facts, or None."""
        return next((policy for policy in self.policies if policy.asks_for(facts)), None)

    def terms_for(self, facts):
        """Return the policy whose terms hold for a revision that needs review: the first match, else the default."""
        if policy := self.matching(facts):
            return policy
        if self._default is None:
            self._default = Policy.objects.select_related("current", "criteria__current").get(is_default=True)
        return self._default

    def version(self, policy):
        """Return the version that holds what this policy says now."""
        if policy.pk not in self._versions:
            self._versions[policy.pk] = (policy.in_force(), policy.criteria.in_force())
        return self._versions[policy.pk][0]

    def criteria(self, policy):
        """Return the version of the questions that this policy asks now."""
        self.version(policy)
        return self._versions[policy.pk][1]


class Policy(Versioned):
    """One row of the review policy. The first row that matches a revision asks for its review and sets the terms.

    Empty conditions are not asked; a row without any condition matches nothing, but the default row lends its terms
    to revisions that need review for another reason.
    """

    name = models.CharField(max_length=100, unique=True)
    position = models.PositiveIntegerField(
        default=100, help_text="Lower comes first; the first match counts."
    )
    active = models.BooleanField(default=True)
    is_default = models.BooleanField(
        default=False, editable=False, help_text="Its terms hold where a review is needed and no row matches."
    )
    match_flag = models.CharField(
        max_length=100, blank=True, help_text="A flag of the document, such as image_heavy."
    )
    match_tag = models.CharField(max_length=100, blank=True)
    match_entity_type = models.CharField(max_length=100, blank=True)
    match_generator = models.CharField(max_length=200, blank=True)
    match_difficulty = models.CharField(max_length=50, blank=True)
    approvals = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(9)],
        help_text="How many different people must approve.",
    )
    four_eyes = models.BooleanField(default=True, help_text="Nobody approves a text they contributed to.")
    exclude_importer = models.BooleanField(
        default=False, help_text="Whoever ran the import may not approve either."
    )
    criteria = models.ForeignKey(Criteria, models.PROTECT)
    answers_together = models.BooleanField(
        default=True,
        help_text="One key may pass all questions that are still open; the decision says which it passed.",
    )
    due_hours = models.PositiveIntegerField(null=True, blank=True, help_text="Hours until a review is due.")
    valid_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="Days an approval stays fresh; empty: the site's setting."
    )
    current = models.ForeignKey(PolicyVersion, models.PROTECT, null=True, related_name="+", editable=False)

    objects = PolicyQuerySet.as_manager()

    MATCHES = ("flag", "tag", "entity_type", "generator", "difficulty")

    class Meta:
        verbose_name_plural = "policies"
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(name="policy_asks_for_an_approval", condition=models.Q(approvals__gte=1)),
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="policy_has_one_default"
            ),
        ]

    def __str__(self):
        return self.name

    def conditions(self):
        """Return {what: wanted value} for the conditions that are set."""
        wanted = {what: getattr(self, f"match_{what}").strip() for what in self.MATCHES}
        return {what: value for what, value in wanted.items() if value}

    def asks_for(self, facts):
        """Say whether every condition that is set holds of a revision's facts, and at least one is set."""
        conditions = self.conditions()
        return bool(conditions) and all(_holds(facts, what, value) for what, value in conditions.items())

    def terms(self):
        return {
            "policy": self.name,
            "position": self.position,
            "active": self.active,
            "match": self.conditions(),
            "approvals": self.approvals,
            "four_eyes": self.four_eyes,
            "exclude_importer": self.exclude_importer,
            "criteria": self.criteria.in_force().digest,
            "answers_together": self.answers_together,
            "due_hours": self.due_hours,
            "valid_days": self.valid_days or settings.REVIEW_VALID_DAYS,
        }


def _holds(facts, what, value):
    """Say whether a text has what a policy names, in whatever spelling of it that is one tag or entity type for us."""
    value = fold(value)
    if what in ("flag", "tag", "entity_type"):
        many = {"flag": "flags", "tag": "tags", "entity_type": "entity_types"}[what]
        return value in (fold(one) for one in facts.get(many, []))
    return fold(str(facts.get(what, ""))) == value
