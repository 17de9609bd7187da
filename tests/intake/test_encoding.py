"""The ladder of encodings: what is guessed is plausible, what is not is refused. The synthetic city's words try it."""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Iterator

import pytest

from console.errors import BadTip
from console.intake.encoding import decode
from console.intake.envelope import read_tip
from console.paths import FIXTURES_DIR

TRADITIONAL = str.maketrans("里楼门号电车们个这会东买产仅从众传伤", "裡樓門號電車們個這會東買產僅從眾傳傷")


def sentences() -> list[str]:
    """All Chinese sentences the synthetic tips are made of."""

    def walk(part: object) -> Iterator[str]:
        if isinstance(part, dict):
            for inner in part.values():
                yield from walk(inner)
        elif isinstance(part, list):
            for inner in part:
                yield from walk(inner)
        elif isinstance(part, str) and any("一" <= character <= "鿿" for character in part):
            yield part

    return list(walk(tomllib.loads((FIXTURES_DIR / "city" / "tips.toml").read_text("utf-8"))))


SENTENCES = sentences()


def refused(content: bytes) -> bool:
    try:
        decode(content)
    except BadTip as bad:
        return bad.code == "encoding"
    return False


def test_what_is_gb18030_is_taken_and_flagged() -> None:
    assert len(SENTENCES) > 90
    for sentence in SENTENCES:
        assert decode(sentence.encode("gb18030")) == (sentence, True)


@pytest.mark.parametrize("text", ["囍帖街", "张犇", "車牌：沪A12345，電動車", "！", "①②③"])
def test_a_rare_hanzi_among_others_costs_nothing(text: str) -> None:
    assert decode(f'{{"text": "{text}，三楼有人"}}'.encode("gb18030"))[1]


def test_utf_8_with_a_damaged_byte_is_never_read_as_something_else() -> None:
    """Some 1,000 damages that still happen to be GB18030: each would show the officer words nobody wrote."""
    chance = random.Random(20_261_121)
    tried = 0
    for sentence in [sentence for sentence in SENTENCES if len(sentence) >= 8] * 300:
        damaged = bytearray(sentence.encode())
        place = chance.randrange(len(damaged))
        if chance.random() < 0.5:
            del damaged[place]
        else:
            damaged[place] = chance.randrange(256)
        try:
            bytes(damaged).decode("gb18030")
            bytes(damaged).decode()
        except UnicodeDecodeError as error:
            if error.encoding == "utf-8":
                tried += 1
                assert refused(bytes(damaged))
    assert tried > 800


@pytest.mark.parametrize("encoding", ["big5", "shift-jis", "latin-1", "cp1251"])
def test_other_encodings_are_refused(encoding: str) -> None:
    words = {
        "big5": [sentence.translate(TRADITIONAL) for sentence in SENTENCES],
        "shift-jis": ["駐輪場で電池が盗まれました", "三階の廊下に知らない人が立っています"],
        "latin-1": ["Señor José vió un coche café près de la gare", "ÉÀÜÖ größe", "naïve"],
        "cp1251": ["На третьем этаже кто-то украл аккумулятор", "машина"],
    }[encoding]
    tried = [word.encode(encoding, errors="ignore") for word in words]
    assert all(refused(content) for content in tried)


def test_an_implausible_tip_is_told_what_to_do() -> None:
    received = json.dumps({"text": "樓下有人賭博", "room": "JNL-12"}, ensure_ascii=False).encode("big5")
    with pytest.raises(BadTip, match="save it as UTF-8") as caught:
        read_tip(received, source="folder")
    assert caught.value.code == "encoding"
