"""What an import refused or altered, as JSON Lines: to be mended and imported again."""

import json

CHUNK = 200  # rows with their documents, which may be large


def line(problem):
    """Return one problem as a line: where, why, and the document as it came, null where it was none."""
    try:
        document = json.loads(problem.document) if problem.document else None
    except ValueError:
        document = problem.document
    about = {
        "kind": problem.kind,
        "file": problem.file,
        "line": problem.line,
        "path": problem.path,
        "reason": problem.reason,
        "source_id": problem.source_id,
    }
    return json.dumps({"problem": about, "document": document}, ensure_ascii=False) + "\n"


def lines(problems):
    """Yield the lines of all `problems`, a QuerySet, in order and in bounded memory."""
    last = 0
    while rows := list(problems.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        last = rows[-1].pk
        yield "".join(map(line, rows))
