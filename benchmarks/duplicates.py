"""How many look-alikes are found and how many are wrongly found, on drafts that share paragraphs, and at what cost.

The truth is known since the drafts are made: a copy of one draft with a share of its words changed, put in, left out or
moved. Every draft is half paragraphs of a small pool that all draw from, as generators do it.
"""

import random
import time

from django.db import connection

from articles.document import from_data
from articles.models import LookAlike, Signature, SignatureKey
from articles.models.signature import FULL, LISTED
from articles.signatures import Written, likeness
from benchmarks.timing import counted, median_ms, tell
from reviews import checking, intake, lookalikes

SHARES = (0.01, 0.03, 0.05, 0.10, 0.20)
POOL, PARTS, OWN = 40, 8, 4
LOOK_UPS = 200
BEYOND = 10**9  # ids of revisions that are nowhere else


def measure(size, drafts=100):
    rng = random.Random(5)
    made = Drafts(rng)
    text = made.draft()
    words = Written.of(text)
    tell(
        f"sketch of {len(words.words)} words, about 3 KB of prose",
        f"{median_ms(lambda: Written.of(text).sketch, 50):.2f} ms",
        "bar: 0.5 ms",
    )
    changed = Written.of(made.changed(text, 0.05))
    tell("likeness of two such texts", f"{median_ms(lambda: likeness(words, changed), 50):.2f} ms")
    quality(made, drafts)
    fill(size)
    look_up(size, rng)


class Drafts:
    """Drafts of one house: half of their paragraphs from one pool, each paragraph of about sixty words."""

    def __init__(self, rng):
        self.rng = rng
        # A few words make most of a text, as in a language.
        self.vocabulary = [f"w{int(rng.paretovariate(0.5)) % 4000}" for _ in range(20_000)]
        self.pool = [self.paragraph() for _ in range(POOL)]

    def paragraph(self):
        return " ".join(self.rng.choice(self.vocabulary) for _ in range(self.rng.randint(40, 80)))

    def draft(self, own=OWN):
        parts = [self.paragraph() for _ in range(own)] + self.rng.sample(self.pool, PARTS - own)
        self.rng.shuffle(parts)
        return "\n\n".join(parts)

    def changed(self, text, share):
        """Return a copy with a share of its words replaced, put in or left out, and one paragraph moved."""
        parts = text.split("\n\n")
        parts.insert(self.rng.randrange(len(parts)), parts.pop(self.rng.randrange(len(parts))))
        made = []
        for part in parts:
            said = []
            for word in part.split(" "):
                if self.rng.random() >= share:
                    said.append(word)
                    continue
                said += self.rng.choice([[self.new()], [self.new()], [word, self.new()], []])
            made.append(" ".join(said))
        return "\n\n".join(made)

    def new(self):
        return self.rng.choice(self.vocabulary)


def quality(made, count):
    """Import drafts and a copy of each, `count` for each share of changed words, and tell which pairs are found."""
    families = {}
    for share in SHARES:
        for number in range(count):
            text = made.draft()
            families |= {f"{share} {number} draft": text, f"{share} {number} copy": made.changed(text, share)}
    names = list(families)
    made.rng.shuffle(names)
    for start in range(0, len(names), 100):
        intake.receive_many([document(name, families[name]) for name in names[start : start + 100]])
    checking.check_due()
    SignatureKey.objects.all().delete()
    LookAlike.objects.all().delete()
    Signature.objects.all().delete()
    began, spent = time.perf_counter(), time.process_time()
    sum(lookalikes.rebuild())
    began, spent = time.perf_counter() - began, time.process_time() - spent
    tell(
        f"signatures and look-alikes of {len(names):,} drafts, each",
        f"{began / len(names) * 1000:.2f} ms",
        f"{spent / len(names) * 1000:.2f} ms of them this process's own; {len(names) / began:,.0f} drafts/s",
    )
    pairs = LookAlike.objects.values_list(
        "revision__article__source_id", "other__article__source_id", "percent"
    )
    pairs = [(*sorted((one, other)), percent) for one, other, percent in pairs if one < other]
    for share in SHARES:
        for least in (60, 80, 90):
            found = [pair[:2] for pair in pairs if pair[0].startswith(f"{share} ") and pair[2] >= least]
            right = sum(family(one) == family(other) for one, other in found)
            tell(
                f"{share:.0%} of the words changed, called alike from {least}%",
                f"recall {right / count:.1%}",
                f"precision {right / max(1, len(found)):.1%}, of {len(found)} pairs",
            )


def family(name):
    return name.rpartition(" ")[0]


def document(name, body):
    return from_data({"source_id": name, "title": f"Draft {name}", "body": body})


def fill(size):
    """List `size` revisions that are nowhere else under numbers of their own, and some numbers that all share.

    In the order of the numbers, in which the index is filled much faster.
    """
    table = SignatureKey._meta.db_table
    series = {
        "postgresql": "generate_series(1, {}) {}",
        "sqlite": "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {}) SELECT n FROM c) {}",
    }[connection.vendor]
    drawn = {"postgresql": "(random() * 9e18)::bigint", "sqlite": "random() >> 1 & 9223372036854775807"}
    revisions = series.format(size, "r") if connection.vendor == "sqlite" else series.format(size, "r(n)")
    listed = series.format(LISTED, "k") if connection.vendor == "sqlite" else series.format(LISTED, "k(n)")
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SET session_replication_role = replica"
            )  # no foreign keys: these revisions are nowhere
        cursor.execute(
            f"INSERT INTO {table} (key, revision_id) "
            f"SELECT {drawn[connection.vendor]}, {BEYOND} + r.n FROM {revisions}, {listed} ORDER BY 1"
        )
        SignatureKey.objects.bulk_create(
            SignatureKey(key=-key, revision_id=BEYOND + number)
            for key in range(1, 33)
            for number in range(FULL)
        )
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = DEFAULT")
            cursor.execute(f"VACUUM ANALYZE {table}")
        else:
            cursor.execute("ANALYZE")


def look_up(size, rng):
    """Tell what looking up a draft costs that shares half of its numbers with all and others with one of the many."""
    spent, whole = [], []
    for _ in range(LOOK_UPS):
        known = SignatureKey.objects.filter(key__gte=rng.getrandbits(62)).order_by("key")
        sketch = [key for (key,) in known.values_list("key")[:6]]
        sketch += [rng.getrandbits(62) for _ in range(10)]
        sketch += [-key for key in range(1, 17)]
        began = time.perf_counter()
        with counted() as inside:
            SignatureKey.objects.candidates(sketch)
        whole.append((time.perf_counter() - began) * 1000)
        spent.append(sum(inside) * 1000)
    spent.sort(), whole.sort()
    tell(
        f"look-up of a draft among {size:,}",
        f"{spent[LOOK_UPS // 2]:.2f} ms",
        f"database; 10 and 95 of 100 within {spent[LOOK_UPS // 10]:.2f} and {spent[LOOK_UPS * 95 // 100]:.2f} ms; "
        f"{whole[LOOK_UPS // 2]:.2f} ms in all; "
        "bar: 2 ms",
    )
