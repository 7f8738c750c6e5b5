"""How fast documents are made, beside the time it takes to write the same documents as JSON and nothing else."""

import json
import time

from benchmarks.timing import tell
from seeds.synthesizer import synthesized

DOCUMENTS = 5_000


def measure():
    for long, count in ((False, DOCUMENTS), (True, DOCUMENTS // 4)):
        began = time.process_time()
        made = [document for document, _ in synthesized(count, seed=1, long=long)]
        taken = time.process_time() - began
        began = time.process_time()
        size = sum(len(json.dumps(document, ensure_ascii=False)) for document in made)
        writing = time.process_time() - began
        tell(
            f"documents of {size / count / 1000:.1f} KB made by a core",
            f"{count / taken:,.0f}/s",
            f"bar: 5,000/s of 3 KB; {taken / writing:.1f} times the time of json.dumps",
        )
