"""One note, put together: a document of the site's format, and what is true of it."""

from dataclasses import dataclass, field
from typing import Any

from seeds.synthesizer import paragraphs, subjects
from seeds.synthesizer.checklists import CHECKLISTS
from seeds.synthesizer.code import SNIPPETS
from seeds.synthesizer.dice import Dice

WORDS_A_MINUTE = 200
BATCH_SIZE = 5_000  # so many notes in a row come from one batch of one generator


@dataclass(slots=True)
class Note:
    """A note on its way: its `parts` (blocks of Markdown) stay apart until it is written."""

    source_id: str
    title: str
    parts: list[str]
    meta: dict[str, Any]
    facts: dict[str, Any]
    topic: subjects.Topic
    stack: subjects.Stack
    code_at: int  # which of the parts is the first piece of code
    figures_at: int
    truth: dict[str, Any] = field(default_factory=dict)

    @property
    def body(self):
        return "\n\n".join(self.parts)

    def document(self):
        """The document, as it is written to a line of JSON."""
        return {
            "source_id": self.source_id,
            "title": self.title,
            "body": self.body,
            "tags": self.tags(),
            "meta": self.meta,
        }

    def tags(self):
        return [self.topic.checklist, self.stack.area, self.stack.language]


def source_id_of(seed, number):
    return f"fieldnote-{seed}-{number:08d}"


def compose(seed, number, *, long=False, source_id=None):
    """Return note `number` of a seed, without a fault and with nothing that asks for a review."""
    dice = Dice(seed, number, "note")
    topic, stack = dice.one(subjects.TOPICS), dice.one(subjects.STACKS)
    facts = _facts(dice, topic, stack)
    parts, code_at, figures_at = _parts(dice, topic, stack, facts, long)
    note = Note(
        source_id=source_id or source_id_of(seed, number),
        title=_first(dice.one(paragraphs.TITLES).format_map(facts)),
        parts=parts,
        meta={},
        facts=facts,
        topic=topic,
        stack=stack,
        code_at=code_at,
        figures_at=figures_at,
    )
    note.meta = _meta(dice, note, seed, number)
    return note


def _facts(dice, topic, stack):
    """What the places in sentences are filled with."""
    high = dice.between(40, 900)
    low = max(1, high * dice.between(8, 60) // 100)
    if topic.unit == "%":
        high, low = dice.between(60, 95), dice.between(5, 50)
    few, few_more, big = dice.between(2, 9), dice.between(11, 40), dice.between(12, 960) * 100
    service, owner = dice.one(subjects.SERVICES), dice.one(subjects.OWNERS)
    return {
        "doing": topic.doing,
        "doing_first": _first(topic.doing),
        "thing": topic.thing,
        "sign": topic.sign,
        "unit": topic.unit,
        "before": high if topic.falls else low,
        "after": low if topic.falls else high,
        "stack": stack.name,
        "situation": dice.one(subjects.SITUATIONS),
        "service": service,
        "service_first": _first(service),
        "owner": owner,
        "owner_first": _first(owner),
        "store": dice.one(subjects.STORES),
        "host": dice.one(subjects.HOSTS),
        "month": dice.one(subjects.MONTHS),
        "few": few,
        "few_more": few_more,
        "big": f"{big:,}",
        "minutes": dice.between(3, 45),
        "days": dice.between(3, 21),
        "months": dice.between(2, 9),
    }


def _first(words):
    return words[0].upper() + words[1:]


def _parts(dice, topic, stack, facts, long):
    """Return (parts, index of the first code, index of the figures) of a body."""
    shared = dice.some(paragraphs.SHARED, len(paragraphs.SHARED) if long else 3)
    said = [_first(sentence.format_map(facts)) for sentence in dice.some(topic.said, 5 if long else 4)]
    steps = [step.format_map(facts) for step in dice.some(paragraphs.STEPS, 9 if long else 3)]
    wrong, changed, order, watch, limits, back = paragraphs.HEADINGS
    half = len(said) // 2
    parts = [
        dice.one(paragraphs.OPENINGS).format_map(facts),
        f"## {wrong}",
        " ".join(said[:half]),
        shared.pop(),
        " ".join(said[half:]),
        f"## {changed}",
        _code(dice, stack, facts),
        dice.one(paragraphs.MEASURED).format_map(facts),
    ]
    code_at, figures_at = 6, 7
    if dice.happens(0.12):
        link = f"https://images.example.org/{facts['host']}/{dice.below(10_000)}.png"
        parts.append(f"![The {topic.sign} on {facts['host']}, {facts['days']} days]({link})")
    parts += [shared.pop(), f"## {order}", "\n".join(f"{n}. {step}" for n, step in enumerate(steps, 1))]
    if long:
        third = len(shared) // 3
        parts += [*shared[:third], f"## {watch}", *shared[third : 2 * third], _code(dice, stack, facts)]
        parts += shared[2 * third :]
    parts += [f"## {limits}", dice.one(paragraphs.LIMITS).format_map(facts)]
    if not long:
        parts += shared
    parts += [f"## {back}", dice.one(paragraphs.CLOSINGS).format_map(facts)]
    return parts, code_at, figures_at


def _code(dice, stack, facts):
    named = f"{facts['host'].partition('-')[0]}_{facts['month'].lower()}"
    words = named.split("_")
    places = facts | {
        "name": named,
        "camel": words[0] + words[1].title(),
        "dashed": named.replace("_", "-"),
        "big": facts["big"].replace(",", ""),
    }
    return f"```{stack.language}\n{dice.one(SNIPPETS[stack.code]).format_map(places)}\n```"


def _meta(dice, note, seed, number):
    topic, stack, facts = note.topic, note.stack, note.facts
    generator, version = subjects.MODELS[(number // BATCH_SIZE) % len(subjects.MODELS)]
    body = note.body
    meta = {
        "topic": f"{topic.doing} / {stack.name}",
        "summary": _first(dice.one(paragraphs.SUMMARIES).format_map(facts)),
        "ai_outline": {
            "context": facts["situation"],
            "problem": topic.entity,
            "stack": stack.name,
            "recommended action": "measure, change one thing, measure again",
        },
        "ai_brief": dice.one(paragraphs.BRIEFS),
        "stack": [stack.name, stack.area],
        "tools": dice.some(stack.tools, 3),
        "code_language": stack.language,
        "difficulty": dice.one(("beginner", "intermediate", "advanced")),
        "reading_time": max(1, round(len(body.split()) / WORDS_A_MINUTE)),
        "view_count": dice.below(300_000),
        "score": {name: dice.between(35, 98) for name in ("quality", "freshness", "depth", "clarity")},
        "revision": {
            "status": dice.one(("first draft", "expanded", "shortened")),
            "version": f"1.{dice.below(4)}.0",
            "last_reviewed": f"2026-{dice.between(1, 9):02d}-{dice.between(1, 28):02d}",
        },
        "reference": f"fn-{seed}-{number:08d}",
        "flags": {
            "ai_generated_style": True,
            "has_images": "![" in body,
            "image_heavy": False,
            "needs_human_review": False,
        },
        "owner": facts["owner"],
        "checklist": list(dice.one(CHECKLISTS[topic.checklist])),
        "entities": [
            {"name": stack.name, "type": "stack"},
            {"name": stack.area, "type": "area"},
            {"name": topic.entity, "type": "problem"},
            {"name": facts["service"], "type": "service"},
        ],
        "payload": {
            "generator": generator,
            "model": f"{generator} {version}",
            "prompt": f"notes/{topic.checklist}/{1 + number % 3}",
            "batch": f"{seed}-{number // BATCH_SIZE:05d}",
            "seed": number,
            "paragraphs": sum(not part.startswith(("#", "```")) for part in note.parts),
        },
    }
    if dice.happens(0.25):
        meta["figures"] = {
            topic.sign: {"before": facts["before"], "after": facts["after"], "unit": topic.unit},
            "by host": [{facts["host"]: facts["after"]}, {"all others": None}],
        }
    if dice.happens(0.1):
        meta["notes"] = [f"asked for by {facts['owner']}", ["tried", ["once", ["and again", []]]], {}]
    if dice.happens(0.04):
        meta["X-Source System"] = {
            "": "no name",
            "ids": [number, str(number), None],
            "exact": number % 7 == 0,
        }
    return meta
