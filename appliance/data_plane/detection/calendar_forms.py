"""Dates, times and both as people write them, in many languages; the year that each date holds."""

from __future__ import annotations

import re
from functools import cache

import msgspec

from appliance.data_plane.detection.folding import fold

_MONTHS = """january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept
oct nov dec
januar februar marz maerz april mai juni juli august september oktober november dezember jän feber mrz okt dez
janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre janv fevr avr juil
enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre ene abr ago dic
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre gen mag giu lug set ott
janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro fev mai out dez
januari februari maart mei juni juli augustus oktober mrt
januari februari mars maj juni juli augusti oktober januar februar marts maj juni juli august oktober desember des
tammikuu helmikuu maaliskuu huhtikuu toukokuu kesakuu heinakuu elokuu syyskuu lokakuu marraskuu joulukuu tammikuuta helmikuuta maaliskuuta
huhtikuuta toukokuuta kesakuuta heinakuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta
stycznia lutego marca kwietnia maja czerwca lipca sierpnia wrzesnia pazdziernika listopada grudnia styczen luty marzec kwiecien maj czerwiec
lipiec sierpien wrzesien pazdziernik listopad grudzien sty lut kwi cze lip sie wrz paz lis gru
ledna unora brezna dubna kvetna cervna cervence srpna zari rijna listopadu prosince leden unor brezen duben kveten cerven cervenec
srpen rijen
listopad prosinec januara februara aprila jula augusta septembra oktobra novembra decembra
januar februar marcius aprilis majus junius julius augusztus szeptember oktober november december
ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie ian iun iul noi
ocak subat mart nisan mayis haziran temmuz agustos eylul ekim kasim aralik oca sub nis haz tem agu eyl eki kas ara
jaanuar veebruar marts aprill mai juuni juuli august september oktoober november detsember janvaris februaris marts aprilis maijs
junijs julijs
augusts septembris oktobris novembris decembris sausio vasario kovo balandzio geguzes birzelio liepos rugpjucio rugsejo spalio
lapkricio gruodzio
sijecnja veljace ozujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca
ιανουαριου φεβρουαριου μαρτιου απριλιου μαιου ιουνιου ιουλιου αυγουστου σεπτεμβριου οκτωβριου νοεμβριου δεκεμβριου
января февраля марта апреля мая июня июля августа сентября октября ноября декабря янв фев мар апр июн июл авг сен сент окт ноя дек
січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня"""

_YEAR = r"(?P<y{0}>(?:1[6-9]|20|21)\d\d)"
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_CLOCK = r"(?:[01]?\d|2[0-4])[:.h][0-5]\d(?:[:.][0-6]\d(?:[.,]\d{1,9})?)?(?:\s?(?:[ap]\.?m\.?|[AP]\.?M\.?|Uhr|h))?"
_ZONE = r"(?:\s?(?:Z|UTC|GMT|CET|CEST|EST|EDT|PST|PDT|CST|[+-]\d{2}:?\d{2}|[+-]\d{2}))?"
_WEEKDAY = r"(?:[^\W\d_]{2,12}\.?,?\s+)?"
_WORD = r"(?P<w{0}>[^\W\d_]{{3,13}})\.?"
_DATES = (
    _YEAR.format(1) + rf"(?P<s1>[-/. ]){_MONTH}(?P=s1){_DAY}\.?",
    rf"{_DAY}(?P<s2>[-/. ]){_MONTH}(?P=s2)" + _YEAR.format(2),
    rf"{_MONTH}(?P<s3>[-/.]){_DAY}(?P=s3)" + _YEAR.format(3),
    rf"(?P<n4>{_DAY})(?P<s4>[-/.]){_MONTH}(?P=s4)(?P<z4>\d\d)|{_MONTH}(?P<s5>[-/.]){_DAY}(?P=s5)(?P<z5>\d\d)",
    _WEEKDAY + rf"{_DAY}(?:\.|st|nd|rd|th|º|er)?[\s.-]*(?:de |d')?" + _WORD.format(6) + r"[\s.,-]*(?:de |del )?" + _YEAR.format(6),
    _WEEKDAY + _WORD.format(7) + rf"\s+{_DAY}(?:st|nd|rd|th)?,?\s+" + _YEAR.format(7),
    _YEAR.format(8) + r"(?:\.|[\s.-]|\. )\s?" + _WORD.format(8) + rf"\.?[\s-]{_DAY}\.?",
    rf"{_DAY}[-\s]" + _WORD.format(9) + r"[-\s](?P<z9>\d\d)",
    _YEAR.format(10) + rf"年{_MONTH}月{_DAY}日|" + _YEAR.format(11) + rf"년 ?{_MONTH}월 ?{_DAY}일",
    _YEAR.format(12) + r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])",
    rf"{_DAY}\.\s{_MONTH}\.\s" + _YEAR.format(13),
)  # fmt: skip


class Moment(msgspec.Struct, frozen=True):
    """A date or time of day as read from a text. `kind`: date, datetime, time; `year`: 0 when there is none (of two digits: 100 to 199)."""

    kind: str
    year: int = 0
    compact: bool = False


@cache
def _months() -> frozenset[str]:
    return frozenset(fold(_MONTHS).split())


@cache
def _expression() -> re.Pattern[str]:
    dates = "|".join(_DATES)
    return re.compile(
        rf"(?P<date>{dates})(?P<clock>(?:T|,?\s+(?:um |à |at |kl\.? )?){_CLOCK}{_ZONE})?|(?P<time>{_CLOCK}{_ZONE})", re.IGNORECASE
    )


def moment_of(value: str) -> Moment | None:
    """The date, time or both that a whole text is, or None."""
    if not 4 <= len(value) <= 48:
        return None
    found = _expression().fullmatch(value)
    if found is None:
        return None
    if found["time"]:
        return Moment("time") if ":" in value or "h" in value.lower() else None
    parts = {name: text for name, text in found.groupdict().items() if text}
    words = [text for name, text in parts.items() if name[0] == "w"]
    if any(fold(word) not in _months() for word in words):
        return None
    year = next((int(text) for name, text in parts.items() if name[0] == "y"), 0)
    short = next((int(text) + 100 for name, text in parts.items() if name[0] == "z"), 0)
    return Moment("datetime" if found["clock"] else "date", year or short, found["date"].isdigit())
