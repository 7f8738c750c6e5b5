"""What a document says about its text, held against the text."""

from reviews.checks.noticed import REMARK, Noticed

# A common pace for technical prose; code is read slower, so a claim is far off only beyond a factor of two and more.
WORDS_A_MINUTE = 200
FAR_OFF = 2.5
# Below this many minutes a factor says nothing.
SHORT = 4
# Names under which one language is known, by the first of them.
SAME_LANGUAGE = [
    {"python", "py", "python3", "pycon"},
    {"shell", "sh", "bash", "zsh", "console", "shell-session"},
    {"javascript", "js", "jsx", "node"},
    {"typescript", "ts", "tsx"},
    {"go", "golang"},
    {"c++", "cpp"},
    {"c#", "csharp", "cs"},
    {"yaml", "yml"},
    {"postgresql", "postgres", "sql", "plpgsql"},
    {"rust", "rs"},
    {"ruby", "rb"},
]


class MetaFitsText:
    code = "meta"
    severity = REMARK

    @staticmethod
    def find(document, reading):
        images = document.flags.get("has_images")
        if images is False and reading.images:
            yield Noticed(
                place="meta.flags.has_images",
                message=f"It says there are no images, and the text has {len(reading.images)}.",
            )
        if images and not reading.images:
            yield Noticed(
                place="meta.flags.has_images", message="It says there are images, and the text has none."
            )
        yield from _language(document, reading)
        yield from _reading_time(document)


def _language(document, reading):
    said = document.meta.get("code_language")
    used = {language for language, _, _ in reading.code_blocks if language}
    if not isinstance(said, str) or not said.strip() or not used:
        return
    if not _names_of(said) & {name for language in used for name in _names_of(language)}:
        shown = ", ".join(sorted(used)[:5])
        yield Noticed(
            place="meta.code_language",
            message=f"It says the code is {said[:40]}, and the blocks say {shown}.",
        )


def _names_of(language):
    name = language.strip().casefold()
    return next((names for names in SAME_LANGUAGE if name in names), {name})


def _reading_time(document):
    said = document.reading_time
    if said is None:
        return
    needed = document.words / WORDS_A_MINUTE
    if max(said, needed) < SHORT:
        return
    if max(said, 1) / max(needed, 1) > FAR_OFF or max(needed, 1) / max(said, 1) > FAR_OFF:
        yield Noticed(
            place="meta.reading_time",
            message=f"It says {said} min, and {document.words:,} words take about {max(1, round(needed))}.",
        )
