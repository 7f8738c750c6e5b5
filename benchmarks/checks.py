"""What the checks find of what the synthesizer hides: precision and recall for each, against its key."""

from collections import Counter

from articles.document import from_data
from benchmarks.timing import tell
from reviews import checks
from seeds.synthesizer import Shares, faults, synthesized

DOCUMENTS = 10_000


def measure(count=DOCUMENTS):
    found_rightly, found, hidden, unseen = Counter(), Counter(), Counter(), Counter()
    for document, truth in synthesized(count, seed=1, shares=Shares(fault=0.5)):
        hides = (truth or {}).get("faults", [])
        sought = {fault["check"] for fault in hides if fault["check"]}
        seen = {check.code for check, _ in checks.notice(from_data(document), lambda asked: set())}
        found.update(seen)
        hidden.update(sought)
        found_rightly.update(seen & sought)
        unseen.update(fault["fault"] for fault in hides if fault["check"] not in seen)
    for code in sorted({fault.check for fault in faults.FAULTS} - {""}):
        shares = [found_rightly[code] / of[code] if of[code] else None for of in (found, hidden)]
        said = ", ".join("none" if share is None else f"{share:.1%}" for share in shares)
        tell(f"{code}: precision, recall of {hidden[code]}", said)
    for name, number in sorted(unseen.items()):
        tell(f"seen by no check: {name}", f"{number}")
