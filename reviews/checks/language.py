"""Code blocks that say they are in one language and surely are in another."""

import json
import re
import tomllib

from reviews.checks.noticed import REMARK, Noticed

# Beyond this a block is not looked into: no reader's example is so long.
LONGEST = 50_000
# A map or a list in JSON is none of these; it may be YAML, JavaScript or Python.
NEVER_JSON = {
    *(
        "bash",
        "sh",
        "shell",
        "zsh",
        "console",
        "powershell",
        "sql",
        "toml",
        "ini",
        "go",
        "rust",
        "java",
        "kotlin",
    ),
    *(
        "c",
        "cpp",
        "csharp",
        "php",
        "xml",
        "html",
        "css",
        "dockerfile",
        "makefile",
        "hcl",
        "terraform",
        "nginx",
    ),
}
NEVER_TOML = {"json", "jsonc", "python", "py", "yaml", "yml", "bash", "sh", "shell"}
SHEBANG = re.compile(r"#!\s?/\S{0,100}?(?:/| )(?P<name>python|bash|sh|zsh|node|ruby|perl)[\d.]{0,5}(?:\s|$)")
FAMILIES = [
    {"python", "python3", "py"},
    {"bash", "sh", "zsh", "shell", "console"},
    {"node", "javascript", "js", "mjs", "typescript", "ts"},
    {"ruby", "rb"},
    {"perl", "pl"},
]
SAYS = {name for names in FAMILIES for name in names} | NEVER_JSON | {"json", "yaml", "yml"}
ELSE = {"", "text", "txt", "plain", "plaintext", "output", "diff"}


class WrongLanguage:
    code = "language"
    severity = REMARK

    @staticmethod
    def find(document, reading):
        for language, text, line in reading.code_blocks:
            if really := real_language(language, text):
                yield Noticed(place="body", line=line, message=f"This block says {language} and is {really}.")


def real_language(language, text):
    """Return what a block is in where that is sure and it says something else, or ""."""
    if language in ELSE or len(text) > LONGEST:
        return ""
    if match := SHEBANG.match(text):
        family = next(names for names in FAMILIES if match["name"] in names)
        return match["name"] if language in SAYS and language not in family else ""
    start = text.lstrip()[:1]
    if start in ("{", "[") and language in NEVER_JSON and _is_json(text):
        return "JSON"
    if start == "{" and language in ("python", "py") and re.search(r":\s{0,4}(?:true|false|null)\b", text):
        return "JSON" if _is_json(text) else ""
    if start == "[" and language in NEVER_TOML and _is_toml(text):
        return "TOML"
    return ""


def _is_json(text):
    try:
        return bool(json.loads(text))
    except (ValueError, RecursionError):
        return False


def _is_toml(text):
    """Say whether it is TOML with a table that holds something: `[1]` alone may be anything."""
    try:
        tables = tomllib.loads(text).values()
    except (ValueError, RecursionError):
        return False
    return any(isinstance(table, dict) and table for table in tables)
