"""Keys and tokens that must not be published."""

import re

from reviews.checks.noticed import BLOCKING, REMARK, Noticed, holds, line_of

# Forms that their issuers document. Each is led by a prefix of its own and has a length, so that few other texts fit.
FORMS = {
    "a private key": r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----",
    "an AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{36,255}\b|\bgithub_pat_[A-Za-z0-9_]{60,255}\b",
    "a GitLab token": r"\bgl(?:pat|dt|rt|ptt|oas|cbt|ft|soat|agent)-[\w-]{20,100}",
    "a Google API key": r"\bAIza[\w-]{35}(?![\w-])",
    "a Google client secret": r"\bGOCSPX-[\w-]{28}(?![\w-])",
    "an npm token": r"\bnpm_[A-Za-z0-9]{36}\b",
    "a PyPI token": r"\bpypi-AgEIcHlwaS5vcmc[\w-]{50,300}",
    "a Slack token": r"\bxox[abeoprs]-[A-Za-z0-9-]{10,200}|\bxapp-\d-[A-Z0-9]{8,20}-\d{8,20}-[a-f0-9]{32,80}",
    "the address of a Slack webhook": r"\bhooks\.slack\.com/(?:services|workflows)/[A-Z]\w{7,14}/\w{8,14}/\w{18,40}",
    "the address of a Discord webhook": r"\bdiscord(?:app)?\.com/api/webhooks/\d{17,20}/[\w-]{60,80}",
    "a live payment key": r"\b[sr]k_live_[A-Za-z0-9]{16,200}|\bwhsec_[A-Za-z0-9]{32,64}\b",
    "a SendGrid key": r"\bSG\.[\w-]{22}\.[\w-]{43}(?![\w-])",
    "a DigitalOcean token": r"\bdo[opr]_v1_[a-f0-9]{64}\b",
    "a Hugging Face token": r"\bhf_[A-Za-z]{34}\b",
    "a key to a model": r"\bsk-(?:proj|svcacct|admin|ant)-[\w-]{40,200}",
    "a Shopify token": r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b",
    "a key to Azure storage": r"\bAccountKey=[A-Za-z0-9+/]{86}==",
    "a HashiCorp Vault token": r"\bhv[sb]\.[\w-]{90,200}",
    "an age key": r"\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b",
}
# A signed token ends its life soon, and texts about it show one: that is a remark.
SIGNED = "a signed token (JWT)"
NAMES = [*FORMS, SIGNED]
SECRET = re.compile(
    "|".join(
        f"(?P<n{number}>{form})"
        for number, form in enumerate([*FORMS.values(), r"\beyJ[\w-]{10,200}\.eyJ[\w-]{10,2000}\.[\w-]{20,}"])
    )
)
# Each match has one of these in it.
MARKS = (
    "PRIVATE KEY",
    "AKIA",
    "ASIA",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "gldt-",
    "glrt-",
    "glptt-",
    "gloas-",
    "glcbt-",
    "glft-",
    "glsoat-",
    "glagent-",
    "AIza",
    "GOCSPX-",
    "npm_",
    "pypi-AgE",
    "xox",
    "xapp-",
    "hooks.slack.com",
    "/webhooks/",
    "k_live_",
    "whsec_",
    "SG.",
    "_v1_",
    "hf_",
    "sk-proj-",
    "sk-svcacct-",
    "sk-admin-",
    "sk-ant-",
    "shpat_",
    "shpca_",
    "shppa_",
    "shpss_",
    "AccountKey=",
    "hvs.",
    "hvb.",
    "AGE-SECRET-KEY-1",
    "eyJ",
)


class Secrets:
    code = "secret"
    severity = BLOCKING

    @staticmethod
    def find(document, reading):
        if not holds(document.written, MARKS):
            return
        for path, text in document.texts:
            for match in SECRET.finditer(text):
                name = NAMES[int(match.lastgroup[1:])]
                yield Noticed(
                    place=path,
                    line=line_of(text, match.start()) if path == "body" else None,
                    message=f"This looks like {name}. Take it out; if it is real, have it revoked.",
                    severity=REMARK if name == SIGNED else "",
                )
