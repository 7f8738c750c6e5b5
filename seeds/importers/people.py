"""The e-mail addresses of people, which sources are full of and which are nobody's business here."""

import re
from typing import Any

PEOPLE = frozenset(
    {
        "author",
        "authors",
        "by",
        "byline",
        "writer",
        "writers",
        "contributor",
        "contributors",
        "editor",
        "editors",
    }
    | {"maintainer", "maintainers", "approvers", "reviewers", "translator", "translators", "owner"}
)
MAIL_KEYS = frozenset({"email", "e-mail", "mail", "author_email", "authoremail"})
# A whole word at a time, so that a long one is read once.
WORD = re.compile(r"[^\s<>()\[\],;:\"']+")
MAIL = re.compile(r"[^@]+@[^@]+\.[^@.]+")
LEFT_BEHIND = re.compile(r"<\s*>|\(\s*\)|\[\s*\]|\bmailto:")


def without_mail(value: Any, removed: list[str], path: str = "", about_people: bool = False) -> Any:
    """Return a value of JSON without the e-mail addresses of people; `removed` is told the path of each.

    They stand under a key such as `email`, or in a text about people, such as `author`. Recurses: the caller has
    bounded the nesting.
    """
    match value:
        case dict():
            kept = {}
            for key, member in value.items():
                place = f"{path}.{key}".removeprefix(".")
                if key.lower() in MAIL_KEYS:
                    removed.append(place)
                else:
                    kept[key] = without_mail(member, removed, place, about_people or key.lower() in PEOPLE)
            return kept
        case list():
            return [without_mail(one, removed, f"{path}[{at}]", about_people) for at, one in enumerate(value)]
        case str() if about_people and "@" in value:
            text = WORD.sub(lambda word: "" if MAIL.fullmatch(word[0]) else word[0], value)
            if text != value:
                removed.append(path)
                return " ".join(LEFT_BEHIND.sub(" ", text).split()).strip(" ,;")
    return value
