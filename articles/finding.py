"""The readers' search: what an address asks for, and what is shown for it."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db.models import Count
from django.db.models.fields.json import KeyTextTransform
from django.urls import reverse

from articles import pages
from articles.document import CONTROLS
from articles.models import Article, ArticleTag, Entity, Mention, PublicWords, Tag
from articles.models.search import TYPED
from articles.models.topics import KEY_LENGTH, fold
from articles.search import MOST_FOUND
from articles.snippets import marked, snippet
from articles.words import LONGEST_ASKED, MOST_TERMS, SHORTEST_BEGINNING, Asked, thing

PAGE_SIZE = 20
MOST_PAGES = MOST_FOUND // PAGE_SIZE
# What a search can be narrowed to, as it stands in the address, and what it is called.
KINDS = {"stack": "Stack", "tool": "Tool", "tag": "Tag", "entity": "About", "difficulty": "Difficulty"}
MOST_NARROWED = 8
# Of each kind so many are offered to narrow by, and so many names that begin as what was typed.
MOST_OFFERED = 6
MOST_BEGUN = 6
# A tag or an entity of more letters is none (articles/document_schema.py).
LONGEST_NAME = 500


@dataclass(frozen=True)
class Question:
    """What an address asks for. Whatever stands in one makes a question, perhaps an empty one."""

    written: str = ""
    narrowed: tuple = ()  # (kind, name)
    reviewed: bool = False
    page: int = 1

    @classmethod
    def of(cls, given):
        """Read the query of an address, a QueryDict."""
        narrowed = [
            (kind, name)
            for kind in KINDS
            for name in map(_line, given.getlist(kind))
            if name and len(name) <= LONGEST_NAME
        ]
        page = given.get("page", "")
        return cls(
            written=_line(given.get("q", "")[:LONGEST_ASKED]),
            narrowed=tuple(dict.fromkeys(narrowed))[:MOST_NARROWED],
            reviewed=given.get("reviewed") == "1",
            page=min(int(page), MOST_PAGES) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
        )

    @property
    def address(self):
        asked = [("q", self.written)] if self.written else []
        asked += self.narrowed
        asked += [("reviewed", "1")] * self.reviewed + [("page", str(self.page))] * (self.page > 1)
        return f"{reverse('articles:search')}{'?' * bool(asked)}{urlencode(asked)}"

    def narrower(self, kind, name):
        return replace(self, narrowed=(*self.narrowed, (kind, name)), page=1)

    def without(self, *narrowed):
        return replace(self, narrowed=tuple(one for one in self.narrowed if one not in narrowed), page=1)

    @property
    def is_empty(self):
        return not (self.written or self.narrowed)

    @property
    def has_no_word(self):
        """Say whether something was typed, and no word is in it."""
        return bool(self.written) and not Asked.of(self.written).terms


def _line(text):
    return " ".join(CONTROLS.sub(" ", text).split())


def words_of(narrowed):
    """Return for each (kind, name) the words of all names that mean the same thing. Four queries at most."""
    tags = [name for kind, name in narrowed if kind == "tag"]
    names = [name for kind, name in narrowed if kind in ("entity", *TYPED)]
    known = list(Tag.objects.meant_by(*tags).prefetch_related("aliases")) if tags else []
    entities = list(Entity.objects.meant_by(*names).prefetch_related("aliases")) if names else []
    return [tuple(thing(*one) for one in sorted(_spelt(*one, known, entities))) for one in narrowed]


def _spelt(kind, name, tags, entities):
    """Return {(kind, key)} of all names of the thing that goes by this one."""
    key = fold(name)
    spelt = {(kind, key)}
    if kind == "tag":
        for tag in tags:
            if key in (keys := tag.spellings()):
                spelt |= {("tag", other) for other in keys}
    elif kind != "difficulty":
        for entity in entities:
            pairs = entity.spellings()
            if any(other == key and kind in ("entity", type) for type, other in pairs):
                spelt |= {
                    (type if kind in TYPED and type in TYPED else "entity", other) for type, other in pairs
                }
    return spelt


def answer(question):
    """Return the context of the page that answers a question: what was found, and what it can be narrowed to."""
    context = {"question": question, "narrowed": _given(question), "most_terms": MOST_TERMS}
    if question.is_empty or question.has_no_word:
        return context
    found = PublicWords.objects.find(question.written, words_of(question.narrowed), most=MOST_FOUND)
    reviewed = set(Article.objects.indexable().filter(pk__any_of=found.articles).values_list("pk", flat=True))
    ids = [pk for pk in found.articles if not question.reviewed or pk in reviewed][:MOST_FOUND]
    last = max(1, -(-len(ids) // PAGE_SIZE))
    question = replace(question, page=max(1, min(question.page, last)))
    begin = (question.page - 1) * PAGE_SIZE
    return {
        **context,
        "articles": _cards(ids[begin : begin + PAGE_SIZE], Asked.of(question.written).terms),
        "count": len(ids),
        "is_all": found.is_all,
        "first": begin + 1,
        "pages": last,
        "page": question.page,
        "newest": replace(question, page=question.page - 1).address if question.page > 1 else "",
        "older": replace(question, page=question.page + 1).address if question.page < last else "",
        "offered": _offered(question, ids, reviewed),
        "begun": begun(question),
        "fewer": _fewer(question) if not ids else [],
    }


def _given(question):
    """Return what the question is narrowed to, each with the address of the question without it."""
    given = [
        {"kind": KINDS[kind], "name": name, "url": question.without((kind, name)).address}
        for kind, name in question.narrowed
    ]
    if question.reviewed:
        given.append(
            {"kind": "", "name": "Reviewed", "url": replace(question, reviewed=False, page=1).address}
        )
    return given


def _cards(ids, terms):
    found = (
        Article.objects.public()
        .select_related("current_release__revision__text")
        .filter(current_release__revision__text__data__isnull=False)
        .in_bulk(ids)
    )
    return [_card(found[pk], terms) for pk in ids if pk in found]


def _card(article, terms):
    card = pages.card(article)
    body = snippet(article.current_release.revision.document.body, terms) if terms else ""
    return card | {
        "title": marked(card["title"], terms),
        "summary": body or marked(card["summary"], terms),
    }


def _offered(question, ids, reviewed):
    """Return [(label, [{name, count, url}])] of what would leave some of the articles with these ids, and not all."""
    if len(ids) < 2 or len(question.narrowed) >= MOST_NARROWED:
        return []
    taken = {(kind, fold(name)) for kind, name in question.narrowed}
    offered = {kind: [] for kind in KINDS}
    for (kind, key), (name, n) in _counted(ids).items():
        if n < len(ids) and (kind, key) not in taken and len(offered[kind]) < MOST_OFFERED:
            offered[kind].append({"name": name, "count": n, "url": question.narrower(kind, name).address})
    if 0 < (n := len(reviewed.intersection(ids))) < len(ids):
        url = replace(question, reviewed=True, page=1).address
        offered["review"] = [{"name": "Reviewed by a person", "count": n, "url": url}]
    labels = KINDS | {"review": "Review"}
    return [(labels[kind], some) for kind, some in offered.items() if some]


def _counted(ids):
    """Return {(kind, folded name): (name, how many of the articles with these ids)}, the most frequent first."""
    mentions = Mention.objects.shown().filter(article__any_of=ids)
    entities = mentions.values_list("entity__type", "entity__name").annotate(n=Count("pk"))
    tags = ArticleTag.objects.shown().filter(content_object__any_of=ids).values_list("tag__name")
    levels = (
        Article.objects.public()
        .filter(pk__any_of=ids)
        .annotate(level=KeyTextTransform("difficulty", "current_release__revision__facts"))
    )
    counted = {}
    for kind, name, n in (
        *entities.order_by("-n", "entity__key")[: MOST_OFFERED * 8],
        *(
            ("tag", *one)
            for one in tags.annotate(n=Count("pk")).order_by("-n", "tag__key")[: MOST_OFFERED * 2]
        ),
        *(
            ("difficulty", *one)
            for one in levels.values_list("level").annotate(n=Count("pk")).order_by("-n", "level")
        ),
    ):
        if kind in (*TYPED, "tag", "difficulty"):
            key = (kind, fold(name or ""))
        elif any((other, fold(name)) in counted for other in TYPED):
            continue  # by its name alone, that other thing would be found, too
        else:
            key = ("entity", fold(name))
        counted[key] = (counted.get(key, (name,))[0], counted.get(key, (name, 0))[1] + n)
    counted.pop(("difficulty", ""), None)
    return counted


def begun(question):
    """Return [{name, type, url}] of tags and entities whose names begin with what was typed, or with its last word."""
    typed = fold(question.written)[:KEY_LENGTH]
    beginnings = {one for one in (typed, typed.rpartition(" ")[2]) if len(one) >= SHORTEST_BEGINNING}
    if not beginnings:
        return []
    entities = list(Entity.objects.public().beginning(*beginnings)[:MOST_BEGUN])
    known = {entity.key for entity in entities}
    tags = [tag for tag in Tag.objects.public().beginning(*beginnings)[:MOST_BEGUN] if tag.key not in known]
    found = [(one.key, getattr(one, "type", ""), one) for one in (*entities, *tags)]
    return [
        {"name": one.name, "type": type, "url": one.get_absolute_url()}
        for _, type, one in sorted(found, key=lambda one: one[:2])[:MOST_BEGUN]
    ]


def _fewer(question):
    """Return [{label, url}] of questions that ask for less, for one that found nothing."""
    less = []
    if question.narrowed or question.reviewed:
        less.append(
            ("without what it is narrowed to", replace(question, narrowed=(), reviewed=False, page=1))
        )
    words = question.written.split()
    if len(words) > 1:
        less += [
            (f"without “{word}”", replace(question, written=" ".join(words[:at] + words[at + 1 :]), page=1))
            for at, word in enumerate(words[:MOST_OFFERED])
        ]
    return [{"label": label, "url": other.address} for label, other in less]
