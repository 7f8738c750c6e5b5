"""What waits at the desk: the part of it that an address asks for, in its order, as one person may take it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from urllib.parse import urlencode

from django.db.models import Count, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Now
from django.urls import reverse

from articles.models import Person
from reviews.folding import new_words
from reviews.models import Requirement, Review, Skip
from reviews.models.facet import BY_ORIGIN, key_asked
from reviews.reading import reservation

PAGE_SIZE = 50
# Counting stops here, so that a queue of a million costs no more than this.
MOST_COUNTED = 1_000

SHOWN = {
    "all": "All",
    "unclaimed": "Unclaimed",
    "mine": "Mine",
    "kept": "Kept for you",
    "overdue": "Overdue",
    "put_off": "Put off",
    "skipped": "Skipped",
}
STATES = {state.value: state.label for state in Review.State if state != Review.State.OPEN}
# What a list can be narrowed to; where there are several, the first, which is mostly the rarest, drives the query.
NARROWED = ("label", "alike", "batch", "prompt", "run", "entity", "tag", "model", "generator", "reason")
LONGEST_VALUE = 2_000


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of seats: by one column that an index gives, then by id."""

    label: str
    column: str
    descending: bool = False
    read: Callable = str


def moment(written):
    """Read a moment as `Asked.place_of` writes it. Raises ValueError for what is none, or has no place in UTC."""
    read = datetime.fromisoformat(written)
    if read.tzinfo is None:
        raise ValueError("a moment without its zone")
    try:
        return read.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(str(error)) from None


SORTS = {
    "rank": Sort("What counts most", "rank", descending=True, read=float),
    "due": Sort("Due first", "due_at", read=moment),
    "oldest": Sort("Waiting longest", "opened_at", read=moment),
}
LAST_CLOSED = Sort("Last closed", "closed_at", descending=True, read=moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The part of the queue that an address asks for. Whatever a query string holds makes one."""

    show: str = "all"
    state: str = ""
    narrowed: dict = field(default_factory=dict)
    sort: str = "rank"
    after: tuple | None = None
    # The keys that words lead to, each looked up once; what is changed shares it.
    known: dict = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, query):
        """Read a query string's fields. What is unknown is left out."""
        show, state, sort = query.get("show", ""), query.get("state", ""), query.get("sort", "")
        show = show if show in SHOWN else "all"
        state = state if state in STATES else ""
        # PostgreSQL takes no NUL, and no name has one.
        given = {kind: query.get(kind, "").replace("\0", "").strip()[:LONGEST_VALUE] for kind in NARROWED}
        asked = cls(
            show="all" if state else show,
            state=state,
            narrowed={} if state else {kind: value for kind, value in given.items() if value},
            sort=sort if sort in SORTS else "due" if show == "overdue" and not state else "rank",
        )
        return asked.changed(after=asked._place(query.get("after", "")))

    def changed(self, **changes):
        """Return what is asked with some of it changed; another part of the queue begins at its top."""
        kept = {"show": self.show, "state": self.state, "narrowed": self.narrowed, "sort": self.sort}
        return Asked(**kept | {"known": self.known} | changes)

    def without(self, kind):
        return self.changed(narrowed={one: value for one, value in self.narrowed.items() if one != kind})

    @property
    def order(self):
        return LAST_CLOSED if self.state else SORTS[self.sort]

    @property
    def column(self):
        """The column that gives the order. Facets repeat the rank, so that one index finds and orders them."""
        by_facet = self.narrowed and self.sort == "rank"
        return f"facets__{self.order.column}" if by_facet else self.order.column

    @property
    def query(self):
        """The query string that asks for this, from its top; empty for the whole queue."""
        usual = "due" if self.show == "overdue" else "rank"
        said = {"show": "" if self.show == "all" else self.show, "state": self.state, **self.narrowed}
        said["sort"] = "" if self.sort == usual else self.sort
        return urlencode({name: value for name, value in said.items() if value})

    def address(self, after=""):
        """Return where the queue shows this, below the place `after`."""
        query = "&".join(part for part in (self.query, urlencode({"after": after}) if after else "") if part)
        return reverse("reviews:queue") + (f"?{query}" if query else "")

    def place_of(self, seat):
        """Write down a seat's place in this order. It holds the value itself, so it stays one when the seat is gone."""
        value = getattr(seat, self.order.column)
        return f"{value.isoformat() if isinstance(value, datetime) else repr(value)} {seat.pk}"

    def _place(self, written):
        value, _, pk = written.rpartition(" ")
        if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
            return None
        try:
            return self.order.read(value), int(pk)
        except ValueError:
            return None

    def keys(self):
        """Return the keys of what it is narrowed to, the one that drives the query first."""
        asked = [(kind, self.narrowed[kind]) for kind in NARROWED if kind in self.narrowed]
        for one in asked:
            if one not in self.known:
                self.known[one] = key_asked(*one)
        return [self.known[one] for one in asked]

    def seats(self, person):
        """Return the seats this asks for, in order, below its place."""
        keys, order, column, ids = self.keys(), self.order, self.column, "pk"
        seats, which = self._shown(person), Q()
        if column.startswith("facets"):
            ids, which, keys = "facets__review_id", Q(facets__key=keys[0]), keys[1:]
        if self.after:
            value, pk = self.after
            beyond, reach = ("lt", "lte") if order.descending else ("gt", "gte")
            which &= Q(**{f"{column}__{reach}": value}) & (
                Q(**{f"{column}__{beyond}": value}) | Q(**{column: value, f"{ids}__gt": pk})
            )
        return seats.under(keys).filter(which).order_by(("-" if order.descending else "") + column, ids)

    def _shown(self, person):
        if self.state:
            return Review.objects.closed(self.state, known_to=person)
        seats = Review.objects.open()
        match self.show:
            case "mine":
                seats = Review.objects.held_by(person)
            case "unclaimed":
                seats = Review.objects.free()
            case "kept":
                seats = Review.objects.kept_for(person)
            case "skipped":
                seats = Review.objects.skipped()
            case "put_off":
                seats = Review.objects.put_off()
            case "overdue":
                seats = seats.filter(due_at__lt=Now())
        return seats.filter(due_at__isnull=False) if self.sort == "due" else seats


# Read for the list of what was skipped only.
SKIPS = Prefetch("skips", Skip.objects.standing().select_related("person"), to_attr="standing_skips")


def page(person, asked):
    """Return the rows of one page of what is asked, and the place to go on after ("" at the end).

    A page holds up to PAGE_SIZE seats, and one row for those of a revision that stand together: as a rule all of them,
    since they opened together.
    """
    needed = Requirement.objects.filter(revision=OuterRef("revision")).order_by("-approvals")
    free = Review.objects.free().filter(revision=OuterRef("revision")).order_by().values("revision")
    # Found first, by what orders them, and only then joined with all that is said of them.
    first = asked.seats(person).values("pk")[: PAGE_SIZE + 1]
    found = list(
        Review.objects.filter(pk__any_of=first)
        .order_by(("-" if asked.order.descending else "") + asked.order.column, "pk")
        .select_related("article", "revision", "claimed_by", "reserved_for", "reserved_by")
        .prefetch_related("article__labels", *([SKIPS] if asked.show == "skipped" else []))
        .annotate(
            seats=Subquery(needed.values("approvals")[:1]),
            free=Subquery(free.annotate(n=Count("pk")).values("n")),
        )
        .with_bars(person)
    )
    words = new_words(found, person)
    groups = [list(group) for _, group in groupby(found, key=lambda seat: seat.revision_id)]
    if len(found) <= PAGE_SIZE:
        return [row(group, person, words) for group in groups], ""
    # The seat too many says that there is more. A revision it stands with is for the next page, unless it fills this.
    groups = groups[:-1] or [found[:PAGE_SIZE]]
    return [row(group, person, words) for group in groups], asked.place_of(groups[-1][-1])


def row(group, person, words):
    """Return what the queue prints of one revision's seats: those of them that a filter shows."""
    labels = dict(Requirement.Reason.choices)
    mine = next((seat for seat in group if seat.is_claimed and seat.claimed_by_id == person.pk), None)
    # Seats of one text are alike but for whom they are kept: theirs first, others' last.
    takeable = min(
        (seat for seat in group if not seat.bar and not seat.is_claimed),
        key=lambda seat: 1 if not seat.is_reserved else 0 if seat.reserved_for_id == person.pk else 2,
        default=None,
    )
    # The one to go to: what they hold, else what they may take, else any, to read.
    seat = mine or takeable or group[0]
    is_open = seat.is_open
    barred = "" if any(not one.bar for one in group) else seat.bar
    first, comma, more = seat.why.partition(",")  # the gravest reason stands first
    blocking = Requirement.Reason.FINDING in seat.reasons
    return {
        "pk": seat.pk,
        "url": reverse("reviews:review", args=[seat.pk]),
        "title": seat.revision.title,
        "reasons": [labels.get(reason, reason) for reason in seat.reasons],
        "why": seat.why if is_open else "",
        "blocking": first if blocking and is_open else "",
        "besides": comma + more if blocking else seat.why,
        "new_words": words[seat.digest][0],
        "words": words[seat.digest][1],
        "due": seat.due_at if is_open else None,
        "overdue": seat.is_overdue,
        "waiting_since": seat.opened_at,
        "closed": None if is_open else seat.closed_at,
        "claimed_by": [
            str(one.claimed_by) for one in group if one.is_claimed and one.claimed_by_id != person.pk
        ],
        "reserved": [reservation(one, person) for one in group if one.is_reserved and not one.is_claimed],
        "skips": [(str(one.person), one.reason) for one in getattr(seat, "standing_skips", ())],
        "deferred_until": seat.deferred_until if seat.is_deferred else None,
        "mine": mine is not None,
        # A revision that waits beside the seats of another may have more of them than its terms ask for.
        "seats": max(seat.seats or 1, len(group)),
        "free": seat.free or 0,
        "may_take": mine is not None or takeable is not None,
        "barred": barred if is_open else "",
        "alike": alike(seat) if is_open else [],
    }


def alike(seat):
    """Return [(kind, value, address)]: what else there is of the same label, run, origin or tag, a click away."""
    facts = seat.revision.facts
    found = [("label", label.name) for label in seat.article.labels.all()]
    found += [("run", str(seat.revision.import_run_id))] if seat.revision.import_run_id else []
    found += [(kind, facts[kind]) for kind in BY_ORIGIN if facts.get(kind)]
    found += [("tag", tag) for tag in facts.get("tags", [])]
    return [(kind, value, Asked(narrowed={kind: value}).address()) for kind, value in found]


def go_on(person, asked=None):
    """Return the seat this person goes on with, or None, and whether it was claimed now: they may hold one already.

    Of what is asked they get the first that is theirs to take, in its order.
    """
    held = Review.objects.held_by(person).in_order().first()
    if held:
        return held, False
    asked = (asked or Asked()).changed()
    asked = asked.changed(state="", show=asked.show if asked.show == "overdue" else "all")
    return take_next(person, asked), True


def take_next(person, asked):
    """Claim the first of these seats that is theirs to take, and return it, or None."""
    rank = asked.column if asked.sort == "rank" else ""
    return asked.changed().seats(person).claim_next(by=person, rank=rank)


class Texts(Subquery):
    """How many texts some seats are of, or `most` and one more where there are more seats than that. The cap is on
    seats: for distinct texts all would have to be read first. Their order stays, since an index goes with it."""

    def __init__(self, seats, most):
        super().__init__(seats.values("revision_id")[: most + 1])
        self.template = (
            f"(SELECT CASE WHEN COUNT(*) > {most} THEN {most + 1} ELSE COUNT(DISTINCT revision_id) END "
            "FROM (%(subquery)s) counted)"
        )


class Seats(Subquery):
    """How many seats there are of some."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"


def counts(person, asked):
    """Return how many texts this person could take now, how many are overdue and how many are asked for, each written
    out up to a limit, and how many seats are kept for them, they hold and others hold. One query."""
    claimed = Review.objects.claimed().order_by().values("pk")
    most = dict.fromkeys(("free", "overdue", "asked"), MOST_COUNTED)
    what = {
        "free": Texts(Review.objects.offered_to(person).order_by(), most["free"]),
        "overdue": Texts(Asked(show="overdue", sort="due").seats(person), most["overdue"]),
        "kept": Seats(Review.objects.kept_for(person).free().order_by().values("pk")),
        "mine": Seats(claimed.filter(claimed_by=person)),
        "others": Seats(claimed.exclude(claimed_by=person)),
    }
    if asked.query:
        what["asked"] = Texts(asked.changed().seats(person), most["asked"])
    found = Person.objects.filter(pk=person.pk).order_by().values(**what).get()
    return {
        name: f"{most[name]:,}+" if name in most and number > most[name] else f"{number:,}"
        for name, number in found.items()
    }
