"""Texts that show how to change something and say no word about the way back."""

import re

from reviews.checks.noticed import REMARK, Noticed

SHELLS = {
    "bash",
    "sh",
    "shell",
    "zsh",
    "console",
    "shell-session",
    "powershell",
    "sql",
    "postgresql",
    "mysql",
}
# Commands that change what runs or what is kept, and that one does not just run again.
CHANGES = re.compile(
    r"\b(?:"
    r"drop (?:table|database|column|index|schema)|truncate table|delete from|alter table"
    r"|kubectl (?:apply|delete|scale|set|patch|drain|rollout restart)"
    r"|helm (?:install|upgrade|uninstall|delete)"
    r"|terraform (?:apply|destroy)|pulumi up|ansible-playbook"
    r"|docker (?:compose up|stack deploy|service update)"
    r"|systemctl (?:stop|disable|enable|mask)"
    r"|(?:manage\.py|alembic|rails|rake|flyway|prisma) (?:migrate|upgrade|db:migrate)"
    r"|git push (?:--force|-f)\b|rm -(?:rf|fr|r)\b|mkfs|dd if="
    r")",
    re.IGNORECASE,
)
# Any word about it will do: whether it suffices is for a person to say.
BACK = re.compile(
    r"\b(?:roll(?:s|ed|ing)?[ -]?back|rollbacks?|revert\w*|undo\w*|restor\w+|back[ -]?ups?|backed up"
    r"|(?:go|goes|going|went|way|put|take|taken|switch|come|move) (?:it |them |this )?back|downgrad\w+|uninstall\w*"
    r"|previous (?:version|release|revision|state)|irreversibl\w+|revers\w+|recover\w*)\b",
    re.IGNORECASE,
)


class SaysTheWayBack:
    code = "rollback"
    severity = REMARK

    @staticmethod
    def find(document, reading):
        # The words are English ones.
        if document.lang.split("-")[0].casefold() != "en":
            return
        changes = (
            (match[0], line + 1 + text.count("\n", 0, match.start()))
            for language, text, line in reading.code_blocks
            if language in SHELLS and (match := CHANGES.search(text))
        )
        command, line = next(changes, (None, None))
        if command and not BACK.search(document.written):
            yield Noticed(
                place="body",
                line=line,
                message=f"It shows commands that change things (“{command}”) and says nothing of the way back.",
            )
