"""Characters nobody sees: bidirectional controls can make text read otherwise than it is."""

import re
import unicodedata

from reviews.checks.noticed import BLOCKING, REMARK, Noticed, line_of

# Embeddings, overrides and isolates reorder what follows (CVE-2021-42574, "Trojan Source").
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# The joiners U+200C and U+200D are spelling in Persian and Indic scripts and in emoji; they are left alone there.
HIDDEN = re.compile(f"[{BIDI}\u00ad\u200b\u2060\u2061-\u2064\ufeff\U000e0000-\U000e007f]")


class InvisibleCharacters:
    code = "invisible"
    severity = REMARK

    @staticmethod
    def find(document, reading):
        if document.written.isascii():
            return
        for path, text in document.texts:
            seen = set()
            for match in HIDDEN.finditer(text):
                character = match[0]
                if character in seen:
                    continue
                seen.add(character)
                name = unicodedata.name(character, f"U+{ord(character):04X}").lower()
                bidi = character in BIDI
                yield Noticed(
                    place=path,
                    line=line_of(text, match.start()) if path == "body" else None,
                    message=f"An invisible character, {name}"
                    + (": what follows may be shown in another order than it is written." if bidi else "."),
                    severity=BLOCKING if bidi else REMARK,
                )
