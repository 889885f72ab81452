"""Older encodings of Japan, Korea and China are read and written back, and western text is never taken for one of them."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from appliance.data_plane.tables import read_table, write_table
from appliance.data_plane.tables.eastern import eastern_encoding

EASTERN = {
    "cp932": "名前,備考\n高橋,担当者不在のため後日連絡\n佐藤,カタログを送付、電話で確認済み\n",
    "cp949": "이름,메모\n김철수,담당자가 없어서 나중에 다시 연락\n이영희,상품 목록을 보내고 전화로 확인 완료\n",
    "gbk": "姓名,备注\n王伟,负责人不在，稍后再联系\n李娜,已经寄出产品目录并电话确认\n",
}
WESTERN = (
    "Müller,Größe,Äpfel,Öl,Straße,über,süß,Käse,Bär,Füße",
    "São,ação,coração,não,mãe,irmão,avó,português,çã,órgão",
    "AÇÃO,CONSTRUÇÃO,PRODUÇÃO,SEÇÃO,OPÇÃO,EDIÇÃO",
    "façade,élève,naïve,être,cœur,où,garçon,Noël,hôtel,été",
    "it’s,don’t,we’ll,“quoted”,a–b,x—y,O’Brien,l’eau,€5,they’re,you’ve,he’d,I’m,rock ’n’ roll",
    "Łódź".encode("cp1250").decode("latin-1") + ",niño,señor,año,¿qué?,¡sí!,àèìòù,ÀÉÍÓÚ,ñandú",
    "Åse,Ærø,Øst,blåbær,smørrebrød,ÆØÅ,æøå,ö,ä,å,Þór,ðað",
)


@pytest.mark.parametrize("encoding", EASTERN)
def test_eastern_text_is_read_and_written_back(tmp_path: Path, encoding: str) -> None:
    header, *rows = EASTERN[encoding].splitlines(keepends=True)
    path = tmp_path / "table.csv"
    path.write_bytes((header + "".join(rows) * 15).encode(encoding))
    table = read_table(path)
    assert table.schema.file.encoding == encoding
    assert list(table.schema.names) == header.strip().split(",")
    assert table.data[0][0].as_py() == rows[0].split(",")[0]
    write_table(table, tmp_path / "back.csv")
    assert (tmp_path / "back.csv").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("encoding", EASTERN)
def test_a_cut_last_character_does_not_matter(encoding: str) -> None:
    data = EASTERN[encoding].strip().encode(encoding)
    assert eastern_encoding(data) == eastern_encoding(data[:-1]) == encoding


@pytest.mark.parametrize("words", WESTERN)
def test_western_text_is_no_eastern_text(words: str) -> None:
    data = words.encode("cp1252", "replace")
    assert eastern_encoding(data) is None
    for pair in itertools.permutations(words.split(","), 2):
        assert eastern_encoding((",".join(pair) + "\n").encode("cp1252", "replace") * 50) is None


def test_few_letters_show_nothing() -> None:
    assert eastern_encoding("性别\n男\n女\n".encode("gbk") * 99) is None
    assert eastern_encoding("예\n아니오\n".encode("cp949") * 99) is None


def test_damaged_utf8_is_no_eastern_text() -> None:
    for text in EASTERN.values():
        assert eastern_encoding(text.encode()) is None
        assert eastern_encoding(text.encode() + b"\xe9,") is None


def test_other_encodings_are_not_guessed() -> None:
    assert eastern_encoding(EASTERN["cp932"].encode("utf-16-le")) is None
    assert eastern_encoding("Привет,мир,как,дела,сегодня,хорошо,спасибо".encode("cp1251")) is None
    assert eastern_encoding("姓名,備註\n王偉,負責人不在，稍後再聯繫\n李娜,已經寄出產品目錄".encode("big5")) is None
