"""Code blocks that do not parse in the language they say they are in."""

import ast
import json
import tomllib
import warnings

from reviews.checks.noticed import REMARK, Noticed

# Parsing is linear, but a hostile block could be a megabyte; no reader's example is.
LONGEST = 50_000


def python(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        ast.parse(text)


PARSERS = {"python": python, "py": python, "json": json.loads, "toml": tomllib.loads}


class CodeParses:
    code = "code"
    severity = REMARK

    @staticmethod
    def find(document, reading):
        for language, text, line in reading.code_blocks:
            parse = PARSERS.get(language.casefold())
            if parse is None or len(text) > LONGEST or ">>>" in text:
                continue
            try:
                parse(text)
            except SyntaxError as error:
                place, why = line + (error.lineno or 1), error.msg
            except (ValueError, RecursionError, MemoryError) as error:
                place, why = line + 1, str(error)
            else:
                continue
            yield Noticed(place="body", line=place, message=f"This {language} does not parse: {why}.")
