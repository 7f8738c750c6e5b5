"""What leads ask of a desk: how much waits, what was decided, how fast, how alike, why not, and what nobody read twice.

Each table is one query over rows that are there anyway.
Medians and percentiles are values that occurred (nearest rank), found in Python, so that both engines say the same.
Days are days of UTC, as everywhere at the desk. How a person judged a text that others may still judge is in no figure
of single people: it counts once all its seats are closed (P5).
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate

from django.conf import settings
from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    F,
    FilteredRelation,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Sum,
    Value,
    When,
)
from django.db.models.fields.json import KT, KeyTextTransform
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone

from articles.models import Person
from reviews.models import Decision, Finding, Requirement, Review

USUAL_DAYS, MOST_DAYS = 30, 366

Verdict = Decision.Verdict
VERDICTS = [Verdict.APPROVE, Verdict.REQUEST_CHANGES, Verdict.REJECT]
SENT_BACK = [Verdict.REQUEST_CHANGES, Verdict.REJECT]


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both included; none of them is still to come."""

    first: date
    last: date

    @property
    def start(self):
        return datetime.combine(self.first, time(), UTC)

    @property
    def end(self):
        """The moment after the last day."""
        return datetime.combine(self.last, time(), UTC) + timedelta(days=1)

    @property
    def days(self):
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    @classmethod
    def latest(cls, days=USUAL_DAYS):
        today = timezone.now().date()
        return cls(today - timedelta(days=days - 1), today)

    @classmethod
    def asked(cls, first, last):
        """Return (the period between two dates as typed, ""), or (the usual one, what is wrong with them)."""
        usual = cls.latest()
        try:
            until = min(date.fromisoformat(last), usual.last) if last else usual.last
            since = date.fromisoformat(first) if first else until - timedelta(days=USUAL_DAYS - 1)
        except (ValueError, OverflowError):
            return usual, f"Write a date like {usual.last}."
        if since > until:
            return usual, "The first day comes before the last one, and not after today."
        if (until - since).days >= MOST_DAYS:
            return usual, f"At most {MOST_DAYS} days can be looked at at once."
        return cls(since, until), ""


class Link(str):
    """A cell that leads somewhere."""

    url: str

    def __new__(cls, text, url):
        cell = super().__new__(cls, text)
        cell.url = url
        return cell


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    kind: str = "count"  # or text, link, day, moment, minutes, share: what its values are


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One table: what it says, and how its rows of plain values are found, for a period and the person who asks.

    The first cell of a row says what the row is about.
    """

    title: str
    about: str
    empty: str
    columns: list[Column]
    find: Callable
    by_person: bool = False


# What waits -----------------------------------------------------------------------------------------------------------


class Since1970(Func):
    """Whole units of `seconds` from 1970 to a moment. The one place where the engines are spoken to differently."""

    output_field = IntegerField()

    def as_postgresql(self, compiler, connection, **context):
        template = "floor(date_part('epoch', %(expressions)s) / %(seconds)s)::integer"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_sqlite(self, compiler, connection, **context):
        # Without its fraction, which SQLite would round: the last moment of a day is not the next one.
        template = "CAST(strftime('%%%%s', substr(%(expressions)s, 1, 19)) AS integer) / %(seconds)s"
        return self.as_sql(compiler, connection, template=template, **context)


def hour_of(moment):
    return Since1970(moment, seconds=3600)


def day_of(moment):
    return Since1970(moment, seconds=86400)


def number_of(day):
    """Return what `day_of` makes of this day."""
    return (day - date(1970, 1, 1)).days


def closed_since(period):
    """Return the seats that were closed in these days or after."""
    return Review.objects.filter(closed_at__gte=period.start)


def queue_by_day(period, person=None):
    """How many seats were opened, decided and otherwise closed on each day; how many were open at its end, and for how
    many minutes the oldest of them and the one in the middle. Newest day first.

    Ages are counted in begun hours, so that the query answers with an hour's seats at once and not with a million.
    """
    # Each half has its index; both halves in one condition would have none on SQLite.
    rows = _by_hour(Review.objects.open(), period).union(_by_hour(closed_since(period), period), all=True)
    opened, decided, otherwise = (defaultdict(Counter) for _ in range(3))  # {day: {hour of opening: seats}}
    for hour, day, is_decided, seats in rows.iterator():
        opened[hour // 24][hour] += seats
        if day is not None:
            (decided if is_decided else otherwise)[day][hour] += seats
    if not opened:
        return []
    waiting, shown = Counter(), []
    for day in [day for day in opened if day < number_of(period.first)]:
        waiting.update(opened.pop(day))
    for day in period.days:
        number = number_of(day)
        waiting.update(opened[number])
        waiting.subtract(decided[number] + otherwise[number])
        end = min(datetime.combine(day, time(), UTC) + timedelta(days=1), timezone.now())
        moved = [sum(some[number].values()) for some in (opened, decided, otherwise)]
        shown.append([day, *moved, *_ages(waiting, at=-int(-end.timestamp() // 3600))])
    return shown[::-1]


def _by_hour(seats, period):
    """Count seats by [hour of opening, day of closing, whether they were decided]; later than the period is not yet."""
    ended = Q(closed_at__lt=period.end)
    return (
        seats.filter(opened_at__lt=period.end)
        .order_by()
        .values_list(
            hour_of("opened_at"),
            Case(When(ended, then=day_of("closed_at")), output_field=IntegerField()),
            Case(
                When(ended, state__in=VERDICTS, then=Value(True)),
                default=Value(False),
                output_field=BooleanField(),
            ),
        )
        .annotate(seats=Count("pk"))
    )


def _ages(waiting, *, at):
    """Return how many seats wait, and the greatest and the median age in minutes at this hour; None where none wait."""
    hours = sorted((hour for hour, seats in waiting.items() if seats), reverse=True)  # the youngest first
    if not hours:
        return 0, None, None
    upto = list(accumulate(waiting[hour] for hour in hours))
    middle = hours[bisect_left(upto, (upto[-1] + 1) // 2)]
    return upto[-1], (at - hours[-1]) * 60, (at - middle) * 60


# What was decided -----------------------------------------------------------------------------------------------------


def verdicts_in(period):
    """Return the verdicts given in these days, also those revoked since."""
    return (
        Decision.objects.verdicts().filter(decided_at__gte=period.start, decided_at__lt=period.end).order_by()
    )


def is_still_judged():
    """The text of a decision waits for another seat."""
    return Exists(Review.objects.open().filter(article=OuterRef("article"), digest=OuterRef("digest")))


def _counted(verdicts):
    """Count the verdicts of each group, in the order of VERDICT_COLUMNS."""
    return verdicts.annotate(
        given=Count("pk"),
        approved=Count("pk", filter=Q(verdict=Verdict.APPROVE)),
        sent_back=Count("pk", filter=Q(verdict=Verdict.REQUEST_CHANGES)),
        rejected=Count("pk", filter=Q(verdict=Verdict.REJECT)),
        revoked=Count("revoked_by"),
    )


VERDICT_COLUMNS = [
    Column("Decisions"),
    Column("Approved"),
    Column("Asked for changes"),
    Column("Rejected"),
    Column("Revoked since"),
]


def decisions_by_day(period, person=None):
    """Verdicts of each day, newest day first."""
    found = {day: counts for day, *counts in _counted(verdicts_in(period).values_list(day_of("decided_at")))}
    nothing = [0] * len(VERDICT_COLUMNS)
    return [[day, *found.get(number_of(day), nothing)] for day in reversed(period.days)] if found else []


def decisions_by_person(period, person=None):
    """Verdicts of each person, on texts that wait for nobody else's."""
    verdicts = verdicts_in(period).filter(~is_still_judged())
    rows = _counted(verdicts.values_list("person__name", "person__uuid"))
    return sorted([named(name, uuid), *counts] for name, uuid, *counts in rows)


def named(name, uuid):
    return str(Person(name=name, uuid=uuid))


def time_to_decide(period, person=None):
    """Minutes from opened, and from last taken, to decided: median and 90th percentile, of everybody and of each."""
    waited, judged = defaultdict(list), defaultdict(list)
    rows = verdicts_in(period).values_list(
        "person__name", "person__uuid", "decided_at", "review__opened_at", "review__claimed_at"
    )
    for name, uuid, decided_at, opened_at, claimed_at in rows.iterator():
        for who in [(name, uuid), ()] if settings.FIGURES_BY_PERSON else [()]:
            waited[who].append(decided_at - opened_at)
            if claimed_at is not None:  # older decisions do not know
                judged[who].append(decided_at - claimed_at)
    return [
        [named(*who) if who else "Everybody", *_quantiles(times), *_quantiles(judged[who])]
        for who, times in sorted(waited.items())
    ]


def _quantiles(times):
    """Return how many there are, and the median and the 90th percentile in whole minutes."""
    times = sorted(times)
    count = len(times)
    places = [(count + 1) // 2, (count * 9 + 9) // 10]
    return count, *(times[place - 1] // timedelta(minutes=1) if count else None for place in places)


# Second reviews -------------------------------------------------------------------------------------------------------

EARLIER = "article__decisions__"


def pairs_in(period, **more):
    """Return verdicts of these days beside the last one that each other person gave on the same text before, oldest
    first, with what `more` asks of each pair. Those revoked since count for nothing."""
    rows = (
        verdicts_in(period)
        .filter(
            Q(**{f"{EARLIER}person__lt": F("person")}) | Q(**{f"{EARLIER}person__gt": F("person")}),
            **{
                f"{EARLIER}digest": F("digest"),
                f"{EARLIER}pk__lt": F("pk"),
                f"{EARLIER}verdict__in": VERDICTS,
                f"{EARLIER}revoked_by": None,
            },
            revoked_by=None,
        )
        .order_by("pk", f"{EARLIER}pk")
        .values(
            "pk",
            "person__name",
            "person__uuid",
            "verdict",
            "decided_at",
            "review",
            "revision__title",
            *(f"{EARLIER}{name}" for name in ("pk", "person__name", "person__uuid", "verdict")),
            is_still_judged=is_still_judged(),
            **more,
        )
    )
    return list({(row["pk"], row[f"{EARLIER}person__uuid"]): row for row in rows.iterator()}.values())


def agreement(period, person=None):
    """How often two people gave one text the same verdict: everybody, and each two of them. Only of texts that wait for
    nobody else's: a period may hold but one."""
    found = defaultdict(Counter)
    for row in pairs_in(period):
        if row["is_still_judged"]:
            continue
        is_same = row["verdict"] == row[f"{EARLIER}verdict"]
        found[()][is_same] += 1
        if settings.FIGURES_BY_PERSON:
            both = [(row[f"{by}person__name"], row[f"{by}person__uuid"]) for by in ("", EARLIER)]
            found[tuple(sorted(both))][is_same] += 1
    return [
        [" and ".join(named(*who) for who in both) or "Everybody", pairs, same[True], same[True] / pairs]
        for both, same in sorted(found.items())
        for pairs in [same.total()]
    ]


def disagreements(period, person):
    """The texts two people judged differently, newest first, as far as the person who asks may know of both."""
    known = Decision.objects.visible_to(person)
    pairs = pairs_in(
        period,
        is_known=Exists(known.filter(pk=OuterRef("pk"))),
        was_known=Exists(known.filter(pk=OuterRef(f"{EARLIER}pk"))),
    )
    differ = [row for row in pairs if row["verdict"] != row[f"{EARLIER}verdict"]]
    return [
        [
            Link(row["revision__title"] or "(erased)", reverse("reviews:review", args=[row["review"]])),
            row["decided_at"],
            *(_judged(row, by) for by in (EARLIER, "")),
        ]
        for row in sorted(differ, key=lambda row: (row["decided_at"], row["pk"]), reverse=True)
        if row["is_known"] and row["was_known"]
    ]


def _judged(row, by):
    verdict = Verdict(row[f"{by}verdict"]).label
    if not settings.FIGURES_BY_PERSON:
        return verdict
    return f"{named(row[f'{by}person__name'], row[f'{by}person__uuid'])} {verdict}"


# Sending back ---------------------------------------------------------------------------------------------------------


def reasons_for_sending_back(period, person=None):
    """How often a text was sent back where a question failed, where a blocking finding was shown, and for each reason
    of its review; with the share of all that was sent back. The most frequent first."""
    sent_back = verdicts_in(period).filter(verdict__in=SENT_BACK)
    labels = dict(Requirement.Reason.choices)
    found, texts, decisions, codes = defaultdict(Counter), {}, {}, set()
    # One row a blocking finding of the text, or one where it has none.
    blocking = FilteredRelation(
        "revision__check_runs__findings",
        condition=Q(revision__check_runs__findings__severity=Finding.Severity.BLOCKING),
    )
    rows = sent_back.annotate(blocking=blocking).order_by("pk")
    rows = rows.values_list(
        "pk", "verdict", "blocking", "blocking__code", "shown__findings", "answers", "review__reasons"
    )
    for pk, verdict, finding, code, shown, answers, reasons in rows.iterator():
        if finding in (shown or []):
            codes.add((pk, code))
        if pk in decisions:
            continue
        decisions[pk] = verdict
        failed = {answer["id"]: answer["text"] for answer in answers if answer["answer"] == "fail"}
        texts |= failed  # a question is called what it was called last
        for kind, names in (("Question", failed), ("Reason", set(reasons))):
            for name in names:
                found[kind, name][verdict] += 1
    for pk, code in codes:
        found["Finding", code][decisions[pk]] += 1
    rows = [
        [
            {"Question": texts, "Reason": labels}.get(kind, {}).get(name, name),
            kind,
            *(counts[verdict] for verdict in SENT_BACK),
            counts.total(),
            counts.total() / len(decisions),
        ]
        for (kind, name), counts in found.items()
    ]
    return sorted(rows, key=lambda row: (-row[4], row[1], row[0]))


# Reading --------------------------------------------------------------------------------------------------------------


def _read(decisions):
    """Sum up each group's words: [what, decisions, words, new words, share that was approved before]."""
    rows = decisions.annotate(
        given=Count("pk"),
        words=Sum(Cast(KT("shown__words"), IntegerField())),
        new_words=Sum(Cast(KT("shown__new_words"), IntegerField())),
    )
    return [
        [what, given, words, new, (words - new) / words if words else None]
        for what, given, words, new in rows
    ]


def reading_by_day(period, person=None):
    """Words of the texts decided on each day, and those of them that were new. Newest day first."""
    rows = _read(verdicts_in(period).filter(shown__has_key="words").values_list(day_of("decided_at")))
    found = {row[0]: row[1:] for row in rows}
    nothing = [0, 0, 0, None]
    return [[day, *found.get(number_of(day), nothing)] for day in reversed(period.days)] if found else []


def reading_by_generator(period, person=None):
    """The same for what drafted the texts, the most words first."""
    rows = _read(
        verdicts_in(period)
        .filter(shown__has_key="words")
        .values_list(KeyTextTransform("generator", "revision__facts"))
    )
    return sorted(([row[0] or "(not said)", *row[1:]] for row in rows), key=lambda row: (-row[2], row[0]))


READING_COLUMNS = [
    Column("Decisions"),
    Column("Words"),
    Column("New words"),
    Column("Approved before", "share"),
]
NO_DECISION = "Nothing was decided in these days."

FIGURES = {
    "queue": Figure(
        title="The queue, day by day",
        about="Seats: a text that needs two approvals has two. Ages are those at the end of the day, in begun hours.",
        empty="No seat was open in these days.",
        columns=[
            Column("Day", "day"),
            Column("Opened"),
            Column("Decided"),
            Column("Closed otherwise"),
            Column("Open at its end"),
            Column("Oldest", "minutes"),
            Column("Median age", "minutes"),
        ],
        find=queue_by_day,
    ),
    "decisions": Figure(
        title="Decisions, day by day",
        about="Decisions revoked since are counted as what they were, and once more in the last column.",
        empty=NO_DECISION,
        columns=[Column("Day", "day"), *VERDICT_COLUMNS],
        find=decisions_by_day,
    ),
    "people": Figure(
        title="Decisions, person by person",
        about="A text that still waits for another seat counts once all its seats are closed.",
        empty=NO_DECISION,
        columns=[Column("Person", "text"), *VERDICT_COLUMNS],
        find=decisions_by_person,
        by_person=True,
    ),
    "time": Figure(
        title="Time to decide",
        about="From the moment a seat was opened, and from when it was last taken. Nine in ten took no longer than "
        "the 90% say.",
        empty=NO_DECISION,
        columns=[
            Column("Who", "text"),
            Column("Decisions"),
            Column("Opened to decided, median", "minutes"),
            Column("Opened to decided, 90%", "minutes"),
            Column("Taken and decided"),
            Column("Taken to decided, median", "minutes"),
            Column("Taken to decided, 90%", "minutes"),
        ],
        find=time_to_decide,
    ),
    "agreement": Figure(
        title="Agreement on second reviews",
        about="Each verdict beside the last one that another person gave on the same text, once all its seats are "
        "closed.",
        empty="No text was judged by two people in these days.",
        columns=[
            Column("Who", "text"),
            Column("Pairs of verdicts"),
            Column("The same"),
            Column("Agreement", "share"),
        ],
        find=agreement,
    ),
    "disagreements": Figure(
        title="Where two people differed",
        about="The newest first, without texts that you may still judge yourself.",
        empty="Nobody differed in these days, as far as you may know.",
        columns=[
            Column("Text", "link"),
            Column("When", "moment"),
            Column("First", "text"),
            Column("Then", "text"),
        ],
        find=disagreements,
    ),
    "sent-back": Figure(
        title="Reasons for sending back",
        about="A decision counts once for each question that failed, each kind of blocking finding that was shown, and "
        "each reason for which the text was reviewed; so the shares add up to more than all.",
        empty="Nothing was sent back in these days.",
        columns=[
            Column("What", "text"),
            Column("Kind", "text"),
            Column("Asked for changes"),
            Column("Rejected"),
            Column("Both"),
            Column("Share of all sent back", "share"),
        ],
        find=reasons_for_sending_back,
    ),
    "reading": Figure(
        title="Reading saved, day by day",
        about="Words of the texts that were decided, and those of them that nobody had approved before.",
        empty="No words were counted in these days.",
        columns=[Column("Day", "day"), *READING_COLUMNS],
        find=reading_by_day,
    ),
    "generators": Figure(
        title="Reading saved, by generator",
        about="What drafted the text, in its document's own word.",
        empty="No words were counted in these days.",
        columns=[Column("Generator", "text"), *READING_COLUMNS],
        find=reading_by_generator,
    ),
}


def figures():
    """Return {name: Figure} of all there are: those of single people only where the site wants them."""
    return {name: one for name, one in FIGURES.items() if settings.FIGURES_BY_PERSON or not one.by_person}
