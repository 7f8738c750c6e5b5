"""What an import refused or altered, as JSON Lines: to be mended and imported again."""

import json

from articles.canonical import BadJSON, NumberText, read_json

CHUNK = 200  # rows with their documents, which may be large


def line(problem):
    """Return one problem as a line: where, why, and the document as it came, null where it was none."""
    # Only what our own reading keeps exactly goes out as a document; all else as the text it came as, with both of two
    # keys that are the same.
    try:
        document = read_json(problem.document) if problem.document else None
    except (BadJSON, RecursionError):
        document = problem.document
    if _has_number_text(document):
        document = problem.document
    about = {
        "kind": problem.kind,
        "file": problem.file,
        "line": problem.line,
        "path": problem.path,
        "reason": problem.reason,
        "source_id": problem.source_id,
    }
    whole = {"problem": about, "document": document}
    text = json.dumps(whole, ensure_ascii=False)
    # Half a character cannot be written out, which may be why it was refused.
    return (text if _is_whole(text) else json.dumps(whole)) + "\n"


def lines(problems):
    """Yield the lines of all `problems`, a QuerySet, in order and in bounded memory."""
    last = 0
    while rows := list(problems.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        last = rows[-1].pk
        yield "".join(map(line, rows))


def _is_whole(text):
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _has_number_text(value):
    """Say whether a number in this was read as text, since no number of ours holds it."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, NumberText):
            return True
        waiting += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    return False
