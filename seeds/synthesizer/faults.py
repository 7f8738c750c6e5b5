"""Faults that are hidden in notes on purpose, and which check is to find each.

A fault changes one note and returns a sentence that says what is wrong. `check` is the code of the check in
reviews/checks that sees such a thing, or empty where only a person can: a machine does not know which of two figures
is right. docs/synthesizer.md lists them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from seeds.synthesizer.checklists import CHECKLISTS
from seeds.synthesizer.dice import Dice
from seeds.synthesizer.notes import Note
from seeds.synthesizer.subjects import STACKS

PARSED = ("python", "json", "yaml")


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault."""

    name: str
    check: str
    hide: Callable[[Note, Dice], str]
    fits: Callable[[Note], bool] = lambda note: True


def _add(note, dice, words):
    """Put a sentence at the end of a paragraph behind the opening."""
    prose = [n for n, part in enumerate(note.parts) if n and part[0].isalpha()]
    place = dice.one(prose)
    note.parts[place] = f"{note.parts[place]} {words.format_map(note.facts)}"


def broken_code(note, dice):
    language = note.stack.language
    at = note.code_at
    if language == "python":
        note.parts[at] = note.parts[at].replace("(", "((", 1)
    elif language == "json":
        note.parts[at] = note.parts[at].replace(":", "", 1)
    else:
        note.parts[at] = note.parts[at].replace(": ", ": [", 1)
    return f"The first block of {language} does not parse."


def wrong_language(note, dice):
    note.parts[note.code_at] = (
        f'```bash\n{{\n  "owner": "{note.facts["owner"]}",\n  "replicas": {note.facts["few"]}\n}}\n```'
    )
    note.meta["code_language"] = "bash"
    return "A block of JSON says that it is for a shell."


def other_language(note, dice):
    other = dice.one([stack.language for stack in STACKS if stack.language != note.stack.language])
    note.meta["code_language"] = other
    return f"The document says its code is {other}; it is {note.stack.language}."


def empty_link(note, dice):
    _add(note, dice, "The page of [{owner}]() has the rest.")
    return "A link leads nowhere."


def lost_section(note, dice):
    _add(note, dice, "See [what we tried first](#what-we-tried-first).")
    return "A link leads to a section that the text does not have."


def private_link(note, dice):
    _add(note, dice, "The graph is on [{host}](http://10.20.{few}.{few_more}/graphs/).")
    return "A link leads into a private network."


def bare_image(note, dice):
    note.parts.insert(note.figures_at + 1, f"![](https://images.example.org/{dice.below(9_999)}.png)")
    note.meta["flags"]["has_images"] = True
    return "An image has no description."


def no_images(note, dice):
    note.meta["flags"]["has_images"] = not note.meta["flags"]["has_images"]
    return "The document is wrong about whether it has images."


def long_reading(note, dice):
    note.meta["reading_time"] = note.meta["reading_time"] * 9 + dice.between(10, 40)
    return f"It says that reading takes {note.meta['reading_time']} minutes."


def skipped_heading(note, dice):
    at = next(n for n, part in enumerate(note.parts) if part.startswith("## ") and n > note.figures_at)
    note.parts[at] = f"##{note.parts[at]}"
    return "A heading skips a level."


def zero_width(note, dice):
    word = note.facts["host"]
    _add(note, dice, f"Ask for {word[:2]}\u200b{word[2:]} by name.")
    return "A character of no width stands in a name."


def turned_text(note, dice):
    _add(note, dice, "Run it as \u202enimda\u202c only.")
    return "A control character turns the text behind it around."


def leaked_key(note, dice):
    # Put together here, so that no tool takes this file for a leak.
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    key = "AKI" + "A" + "".join(dice.one(letters) for _ in range(16))
    _add(note, dice, f"It was run with {key}, as before.")
    return "A cloud provider's access key stands in the text."


def said_by_a_model(note, dice):
    said = dice.one(
        (
            "As an AI language model, I cannot see the logs of {service}.",
            "Here is the figure: [insert the {sign} here].",
            "As of my last knowledge update, {store} had no such limit.",
        )
    )
    _add(note, dice, said)
    return "A sentence that the generator says about itself, or a blank it left, was not taken out."


def left_open(note, dice):
    _add(note, dice, dice.one(("TODO ask {owner}.", "The limit is TBD.", "I hope this helps!")))
    return "Something was left open."


def raw_markup(note, dice):
    _add(note, dice, 'Mind the <span class="warning">order</span>.')
    return "Raw HTML stands in the text."


def no_owner(note, dice):
    del note.meta["owner"]
    return "Nobody is named who answers for it."


def two_figures(note, dice):
    _add(note, dice, "All in all the {sign} went from {after} to {before} {unit}.")
    return "Two sentences give the same figures the other way round."


def foreign_checklist(note, dice):
    other = dice.one([name for name in CHECKLISTS if name != note.topic.checklist])
    note.meta["checklist"] = list(CHECKLISTS[other][0])
    return f"The checklist is about {other}, and the text is not."


def another_stack(note, dice):
    other = dice.one([stack.name for stack in STACKS if stack.name != note.stack.name])
    _add(note, dice, f"All of this is about {other}, and about nothing else.")
    return f"The text says that it is about {other}; it is about {note.stack.name}."


FAULTS = (
    Fault("broken code", "code", broken_code, lambda note: note.stack.language in PARSED),
    Fault("wrong language of a block", "language", wrong_language),
    Fault("wrong language of the code", "meta", other_language),
    Fault("empty link", "link", empty_link),
    Fault("link to no section", "link", lost_section),
    Fault("link into a private network", "link", private_link),
    Fault("image without a description", "image", bare_image),
    Fault("wrong about images", "meta", no_images),
    Fault("reading time far off", "meta", long_reading),
    Fault("skipped heading", "headings", skipped_heading),
    Fault("character of no width", "invisible", zero_width),
    Fault("text turned around", "invisible", turned_text),
    Fault("access key", "secret", leaked_key),
    Fault("words of a generator", "boilerplate", said_by_a_model),
    Fault("left open", "open", left_open),
    Fault("raw markup", "markup", raw_markup),
    Fault("no owner", "owner", no_owner),
    Fault("figures that contradict each other", "", two_figures),
    Fault("checklist of another topic", "", foreign_checklist),
    Fault("text about another stack", "", another_stack),
)


def hide(note, dice):
    """Hide a fault that fits in a note and return its line of the key."""
    fault = dice.one([fault for fault in FAULTS if fault.fits(note)])
    said = fault.hide(note, dice)
    return {"fault": fault.name, "check": fault.check or None, "what": said}
