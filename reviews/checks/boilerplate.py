"""Sentences a generator leaves behind, and blanks that nobody filled in."""

import re

from reviews.checks.noticed import BLOCKING, REMARK, Noticed, folded, holds, line_of

# Whole turns of phrase: "as an AI engineer" is about a person, "as an AI, I" is not.
LEFT_BEHIND = re.compile(
    r"\bas an? (?:ai|artificial intelligence|(?:large )?language model|ai (?:model|assistant))(?:,| i\b| my\b)"
    r"|\bas an ai language model\b"
    r"|\bi am an? (?:ai|(?:large )?language model)\b"
    r"|\[(?:insert|your|add|todo|placeholder)[ :][^\]\n]{1,80}\](?!\()|\[(?:insert|todo|placeholder)\](?!\()"
    r"|\blorem ipsum\b"
    r"|\bi(?:'m| am) sorry, but i can(?:not|'t)\b"
    r"|\bi (?:cannot|can't|am unable to) (?:assist|help) with\b"
    r"|\bas of my (?:last|latest|most recent|current) (?:knowledge|training|update)"
    r"|\bmy (?:knowledge|training)(?: data)? cut-?off\b"
    r"|\bi do(?:n't| not) have (?:access to )?real-time\b"
    r"|^(?:certainly[!,.]|(?:sure|of course|absolutely)!) here(?:'s| is| are)\b"
    r"|^here(?:'s| is) (?:the|a|an|your) (?:revised|updated|rewritten|improved|requested|complete) "
    r"(?:article|version|draft|text|post)\b"
    r"|^regenerate response$"
    r"|\bcontentreference\[oaicite\b",
    re.IGNORECASE | re.MULTILINE,
)
# Each match has one of these in it, whatever its case, or begins a line with it.
MARKS_LEFT_BEHIND = (
    "as an ai",
    "as a ai",
    "artificial intelligence",
    "language model",
    "am an ai",
    "am a ai",
    "[insert",
    "[your",
    "[add",
    "[todo",
    "[placeholder",
    "lorem ipsum",
    "sorry, but i can",
    "i cannot assist",
    "i cannot help",
    "i can't assist",
    "i can't help",
    "unable to assist",
    "unable to help",
    "as of my ",
    "cutoff",
    "cut-off",
    "have real-time",
    "access to real-time",
    "\ncertainly",
    "\nsure! here",
    "\nof course! here",
    "\nabsolutely! here",
    "\nhere's ",
    "\nhere is ",
    "regenerate response",
    "contentreference[",
)
# What a person may have written as well.
OPEN = re.compile(
    r"\b(?:TODO|FIXME|TBD)\b"
    r"|\{\{ ?[\w.]{1,60} ?\}\}"
    r"|\{%-? \w{1,20}[^%\n]{0,80}%\}"
    r"|<(?:your|insert|add)[ _-][\w -]{1,60}>"
    r"|\b[Ii] hope this helps\b"
    r"|\b[Ll]et me know if you (?:have|need|would|want|'d)\b"
    r"|\b[Ff]eel free to (?:ask|reach out)\b"
)
MARKS_OPEN = (
    "TODO",
    "FIXME",
    "TBD",
    "{{",
    "{%",
    "<your",
    "<insert",
    "<add",
    "I hope this helps",
    "i hope this helps",
    "et me know if you",
    "eel free to",
)


class Boilerplate:
    code = "boilerplate"
    severity = BLOCKING

    @staticmethod
    def find(document, reading):
        if not holds(folded(straight(document.written)), MARKS_LEFT_BEHIND):
            return
        for path, text in document.texts:
            said = set()
            for match in LEFT_BEHIND.finditer(straight(text)):
                words = match[0].strip(" ,")
                if words.casefold() not in said:
                    said.add(words.casefold())
                    yield Noticed(
                        place=path,
                        line=line_of(text, match.start()) if path == "body" else None,
                        message=f"A generator left “{words}” behind.",
                    )


class LeftOpen:
    """Looks into prose only: in code, such marks may be what the code is about."""

    code = "open"
    severity = REMARK

    @staticmethod
    def find(document, reading):
        written = [("title", document.title, None), ("meta.summary", document.summary, None)]
        written += [("body", text, line) for text, line in reading.prose]
        for place, text, begins in written:
            if not holds(text, MARKS_OPEN):
                continue
            for match in OPEN.finditer(text):
                yield Noticed(
                    place=place,
                    line=begins and begins + line_of(text, match.start()) - 1,
                    message=f"“{match[0]}” looks like something left open, or left behind.",
                )


def straight(text):
    return text.replace("’", "'")
