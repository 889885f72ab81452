"""What has an address in a network: mail, pages, domains, hosts, network cards."""

from __future__ import annotations

import re

from appliance.data_plane.detection.text.page import Page
from appliance.data_plane.detection.text.ranks import CHECKED, LOOSE, SHAPED

_LOCAL = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-!#$&'*/=?^`{|}~"
_MAIL_DOMAIN = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,8}(?:[A-Za-z]{2,24}|xn--[A-Za-z0-9-]{2,40})(?![A-Za-z0-9-])|\[(?:[0-9]{1,3}\.){3}[0-9]{1,3}\]"
)
_DOTTED = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9])")
_SCHEME = re.compile(
    r"(?:https?|ftps?|sftp|ssh|wss?|git|file|ldaps?|s3|gs|jdbc:[a-z]+|postgres(?:ql)?|mysql|mongodb(?:\+srv)?|redis|amqps?|smb|rtsp|tel|mailto)\Z",
    re.IGNORECASE,
)
_PAGE = re.compile(r"[^\s\x00-\x20<>\"{}|\\^`]{1,2048}")
_WWW = re.compile(r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}(?::[0-9]{2,5})?(?:/[^\s\x00-\x20<>\"{}|\\^`]{0,2048})?")
_HOST_SIGNS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"
_PATH = re.compile(r"(?::[0-9]{2,5})?/[^\s\x00-\x20<>\"{}|\\^`]{0,2048}")
_MAC = re.compile(r"[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:-]|[A-Za-z])")
_CISCO = re.compile(r"(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}(?![0-9A-Za-z]|\.[0-9A-Za-z])")
_SIX = re.compile(r"[0-9A-Fa-f:]{2,39}(?:(?<=:)[0-9]{1,3}(?:\.[0-9]{1,3}){3})?(?:%[a-z0-9]{1,12})?(?:/[0-9]{1,3})?")

GENERIC_DOMAINS = tuple(
    """com org net edu gov mil int info biz name pro aero coop museum mobi jobs travel tel cat asia post xxx app dev online site shop
    store tech xyz club cloud blog website space live news life world today email agency digital media network solutions company group
    global services systems software studio design support page link wiki bank law health care finance example localhost invalid test
    arpa onion local internal""".split()
)
"""Endings of domains that are no country's."""

COUNTRY_DOMAINS = tuple(
    """ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd cf cg ch ci ck
    cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge gf gg gh gi gl gm gn gp gq gr
    gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls
    lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg
    ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj
    tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw""".split()
)
"""Endings of domains of countries."""

_ALSO_FILES = frozenset(
    """app py sh md rs pl so cc ai ps pm cs in io is it me my no to at be am as do go id im st ml mo info name dev test local
    internal""".split()
)
_MULTI = re.compile(r"\.(?:co|com|org|net|ac|gov|edu|ne|or|go)\.[a-z]{2}\Z", re.IGNORECASE)


def mail(page: Page, start: int, end: int) -> None:
    """An e-mail address around an @ that has letters or digits on both sides; before a bare address or host, a user's name."""
    plain = page.plain
    at = end - 2
    window = plain[max(at - 64, 0) : at]
    local = window[len(window.rstrip(_LOCAL)) :].lstrip(".'/=*&!?`{|}~#$%^")
    local = local.removeprefix("mailto:")
    if not local:
        return
    found = _MAIL_DOMAIN.match(plain, at + 1)
    if found:
        page.add(at - len(local), found.end(), "email_address", 0.99, CHECKED)
    elif _DOTTED.match(plain, at + 1) or plain.endswith(("ssh ", "scp ", "sftp "), 0, at - len(local)):
        page.add(at - len(local), at, "user_name", 0.75, LOOSE)


def url(page: Page, start: int, end: int) -> None:
    """A page with its scheme, up to a blank, a quote or the mark that ends the sentence; `end` is the end of `://`."""
    plain = page.plain
    if end <= page.address_end:
        return
    scheme = _SCHEME.search(plain, max(end - 24, 0), end - 3)
    found = _PAGE.match(plain, end)
    if scheme and found:
        page.address_end = found.end()
        page.add(scheme.start(), _settled(plain, end, found.end()), "url", 0.98, CHECKED + 1)


def _settled(plain: str, start: int, end: int) -> int:
    """Without marks of punctuation behind it, and without a closing bracket that none opened."""
    while end > start and (
        plain[end - 1] in ".,;:!?'*"
        or (
            plain[end - 1] in ")]"
            and plain.count("([".__getitem__(plain[end - 1] == "]"), start, end) < plain.count(plain[end - 1], start, end)
        )
    ):
        end -= 1
    return end


def www(page: Page, start: int, end: int) -> None:
    """A page that begins with `www.`; `end` is one behind the sign after the dot."""
    found = _WWW.match(page.plain, end - 5) if end > page.address_end else None
    if found:
        page.address_end = found.end()
        page.add(found.start(), _settled(page.plain, end, found.end()), "url", 0.95, CHECKED)


def domain(page: Page, start: int, end: int) -> None:
    """A domain by its ending, which stops at `end`; endings that files have too ask for a path, a second level or a word."""
    plain = page.plain
    if end <= page.address_end:
        return
    window = plain[max(end - 120, 0) : end]
    text = window[len(window.rstrip(_HOST_SIGNS)) :].lstrip(".-_")
    begin = end - len(text)
    ending = text.rpartition(".")[2].lower()
    if (
        "." not in text
        or plain[begin - 1] in "@/\\=&"
        or plain[end] in "@("
        or ".." in text
        or "_" in text.rpartition(".")[0].rpartition(".")[2]
    ):
        return
    host = text.rpartition(".")[0]
    path = _PATH.match(plain, end)
    levels = _MULTI.search(text)
    named = page.announced(begin, "url", 24)
    if not (path or levels or named):
        doubtful = ending in _ALSO_FILES or host.replace(".", "").replace("-", "").isdigit() or not text.islower()
        if doubtful or (len(ending) == 2 and host.rpartition(".")[2].lower() in _ABBREVIATED):
            return
    sure = ending in ("com", "org", "net", "edu", "gov") or levels or path or named
    stop = _settled(plain, end, path.end()) if path else end
    page.address_end = max(page.address_end, stop)
    page.add(begin, stop, "url" if path else "domain_name", 0.9 if sure else 0.55, SHAPED if sure else LOOSE)


_ABBREVIATED = frozenset("e i p a z d u m s b c o".split())


def network_card(page: Page, start: int, end: int) -> None:
    """The address of a network card in six pairs."""
    found = _MAC.match(page.plain, end - 6)
    if found and page.plain[end - 7] not in ":-":
        page.add(found.start(), found.end(), "mac_address", 0.98, CHECKED + 1)


def network_card_dotted(page: Page, start: int, end: int) -> None:
    """The same in three groups of four."""
    found = _CISCO.match(page.plain, end - 14)
    if found and page.plain[end - 15] != ".":
        page.add(found.start(), found.end(), "mac_address", 0.85, SHAPED)


def internet_address_6(page: Page, start: int, end: int) -> None:
    """An IPv6 address around two of its groups or its double colon."""
    plain = page.plain
    window = plain[max(end - 42, 0) : end]
    begin = end - len(window) + len(window.rstrip("0123456789abcdefABCDEF:"))
    found = _SIX.match(plain, begin)
    if not found or plain[begin - 1].isalnum() or plain[found.end()].isalnum():
        return
    text = found.group().partition("%")[0].partition("/")[0].rstrip(":" if not found.group().endswith("::") else "")
    if is_six(text):
        page.add(
            begin, max(begin + len(text), found.end() if "/" in found.group() or "%" in found.group() else 0), "ip_address", 0.97, CHECKED
        )


def is_six(text: str) -> bool:
    """Is this an IPv6 address with three or more signs of its own?"""
    import ipaddress

    if len(text) < 5 and text != "::1":
        return False
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True
