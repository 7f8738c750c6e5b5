"""Code blocks that do not parse in the language they say they are in.

What an article shows is often a piece: comments in JSON, a gap written as dots, a prompt, a template's braces. Such a
block is left alone, since it is for a person to read and not for a machine.
"""

import ast
import json
import re
import textwrap
import tomllib
import warnings

import yaml

from reviews.checks.language import LONGEST, real_language
from reviews.checks.noticed import REMARK, Noticed

# The same parser in C, where it was built; both end quickly, the slower one by LONGEST_YAML.
YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
LONGEST_YAML = 20_000
DEEPEST_YAML = 40
# A gap, a template's tag, a blank to be filled in.
PIECE = re.compile(r"\.\.\.|…|\{\{|\{%|\$\{|<[A-Za-z][\w -]{0,40}>")
SESSION = re.compile(r"^\s{0,20}(?:>>>|\$ |In \[\d)", re.MULTILINE)
# Lines that notebooks know and Python does not.
MAGIC = re.compile(r"^([ \t]*+)[%!?].*+$", re.MULTILINE)
# Texts stay; comments go. Each alternative takes what it began, so that no character is looked at twice.
JSON_COMMENT = re.compile(r'("(?:[^"\\\n]++|\\.)*+"?)|//[^\n]*+|#[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?')


class Unparsed(ValueError):
    """Why a block does not parse, and at which of its lines."""

    def __init__(self, why, line=1):
        super().__init__(why)
        self.line = line


class CodeParses:
    code = "code"
    severity = REMARK

    @staticmethod
    def find(document, reading):
        for language, text, line in reading.code_blocks:
            parse = PARSERS.get(language)
            if parse is None or len(text) > LONGEST or real_language(language, text):
                continue
            try:
                parse(text)
            except Unparsed as error:
                if not PIECE.search(text):
                    why = f"This {language} does not parse: {error}."
                    yield Noticed(place="body", line=line + error.line, message=why)
            except (RecursionError, MemoryError):
                yield Noticed(
                    place="body", line=line, message=f"This {language} is nested too deep to parse."
                )


def python(text):
    if SESSION.search(text):
        return
    text = textwrap.dedent(text)
    plain, magic = MAGIC.subn(r"\1pass", text)
    fault = _python_fault(text)
    if fault and not (magic and not _python_fault(plain)):
        raise fault


def _python_fault(text):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            ast.parse(text)
    except SyntaxError as error:
        return Unparsed(error.msg, error.lineno or 1)
    except ValueError as error:
        return Unparsed(str(error))
    return None


def json_text(text):
    """Parse JSON, or several in a row, or the inside of a map; comments do not count."""
    try:
        json.loads(text)
    except ValueError as error:
        bare = JSON_COMMENT.sub(lambda found: found[1] or "", text).strip()
        if not _are_json(bare) and not _is_json("{" + bare.rstrip(",") + "}"):
            raise Unparsed(getattr(error, "msg", str(error)), getattr(error, "lineno", 1)) from None


def _is_json(text):
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _are_json(text):
    """Say whether a text is maps and lists one after another, or nothing at all."""
    read, place = json.JSONDecoder().raw_decode, 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        if text[place] not in "{[":
            return False
        try:
            _, place = read(text, place)
        except ValueError:
            return False
    return True


def toml(text):
    try:
        tomllib.loads(text)
    except ValueError as error:
        place = re.search(r"\(at line (\d{1,6}), column \d{1,6}\)$", str(error))
        why = str(error).split(" (at ", 1)[0]
        raise Unparsed(why, int(place[1]) if place else 1) from None


def yaml_text(text):
    """Follow the events of YAML and construct nothing: an alias is an event, however much it would stand for."""
    if len(text) > LONGEST_YAML or "{{" in text or "{%" in text:
        return
    depth, anchors = 0, set()
    try:
        for event in yaml.parse(text, Loader=YAML):
            match event:
                case yaml.DocumentStartEvent():
                    anchors = set()
                case yaml.AliasEvent() if event.anchor not in anchors:
                    raise Unparsed(f"*{event.anchor} is nowhere defined", event.start_mark.line + 1)
                case yaml.CollectionEndEvent():
                    depth -= 1
                case yaml.NodeEvent():
                    anchors.add(event.anchor)
                    depth += isinstance(event, yaml.CollectionStartEvent)
            if depth > DEEPEST_YAML:
                return
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unparsed(error.problem or error.context, mark.line + 1 if mark else 1) from None
    except yaml.YAMLError:
        raise Unparsed("it holds a character that YAML does not allow") from None


PARSERS = {
    "python": python,
    "python3": python,
    "py": python,
    "json": json_text,
    "toml": toml,
    "yaml": yaml_text,
    "yml": yaml_text,
}
