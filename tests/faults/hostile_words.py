"""Kinds of hostile files by what is in them: JSON, lines of it, encodings, words."""

from __future__ import annotations

import json

from tests.faults.hostile_files import End, Spot, kind

_SCRIPTS = "的一是在不了有和人这中大为上个国我以要他时来用们 abc,.!? ١٢٣ אבג กขค がぎぐ 한국 \U0001f9d1\u200d\U0001f692"


@kind(End.REFUSED)
def cut_short(spot: Spot) -> None:
    words = spot.words()
    spot.send(words[: spot.chance.randrange(1, len(words))])


@kind(End.REFUSED)
def deep_lists(spot: Spot) -> None:
    depth = spot.chance.choice([40, 190, 210, 5000, 400_000])
    spot.send(b'{"text": ' + b"[" * depth + b"]" * (depth if spot.chance.random() < 0.5 else 0) + b"}")


@kind(End.REFUSED)
def deep_objects(spot: Spot) -> None:
    depth = spot.chance.choice([40, 190, 210, 5000, 100_000])
    spot.send(b'{"a":' * depth + b"1" + b"}" * depth)


@kind(End.REFUSED)
def key_twice(spot: Spot) -> None:
    spot.send(spot.words()[:-1] + b', "text": "another"}')


@kind(End.REFUSED)
def key_twice_inside(spot: Spot) -> None:
    spot.send(spot.words()[:-1] + b', "reporter": {"name": "a", "name": "b"}}')


@kind(End.REFUSED)
def no_number(spot: Spot) -> None:
    number = spot.chance.choice(["NaN", "-Infinity", "1e999", "-1e400", "9" * 5000, "1" + "0" * 400_000, "0x10", "01"])
    spot.send(spot.words()[:-1] + f', "latitude": {number}, "longitude": 1}}'.encode())


@kind(End.REFUSED)
def nul(spot: Spot) -> None:
    spot.send(spot.words(text="a\0b") if spot.chance.random() < 0.5 else spot.words().replace(b"e-bikes", b"e\0bikes"))


@kind(End.REFUSED)
def half_a_character(spot: Spot) -> None:
    spot.send(spot.words()[:-1] + spot.chance.choice([b', "place": "\\ud800"}', b', "place": "\xed\xa0\x80"}']))


@kind(End.REFUSED, weight=5)
def very_many_values(spot: Spot) -> None:
    part = spot.chance.choice([b"[]", b"0", b'{"a":0}', b'""'])
    spot.send(b"[" + b",".join([part] * (1_000_000 // (len(part) + 1))) + b"]")


@kind(End.REFUSED, weight=5)
def very_many_keys(spot: Spot) -> None:
    keys = b",".join(b'"k%d":0' % n for n in range(70_000))
    spot.send(b"{" + keys + b"}")


@kind(End.REFUSED)
def nothing_in_it(spot: Spot) -> None:
    spot.send(spot.chance.choice([b"", b" ", b"\n" * 1000, b"\xef\xbb\xbf", b"\0" * 4096]))


@kind(End.REFUSED)
def noise(spot: Spot) -> None:
    spot.send(spot.chance.randbytes(spot.chance.choice([1, 7, 100, 5000])))


@kind(End.EITHER, weight=60)
def changed_bytes(spot: Spot) -> None:
    """Anywhere before its key, which changed would be that of another hostile thing."""
    words = bytearray(spot.words())
    for _change in range(spot.chance.randrange(1, 6)):
        place = spot.chance.randrange(words.index(spot.token.encode()))
        if spot.chance.random() < 0.3:
            del words[place]
        else:
            words[place] = spot.chance.randrange(256)
    spot.send(bytes(words))


@kind(End.REFUSED)
def utf_8_damaged(spot: Spot) -> None:
    words = json.dumps(spot.tip(text="地下车库里面有人正在偷电动车电瓶"), ensure_ascii=False).encode()
    place = words.index("电".encode()) + spot.chance.randrange(20)
    spot.send(words[:place] + bytes([spot.chance.choice([0x80, 0xC0, 0xFF])]) + words[place:])


@kind(End.REFUSED)
def another_encoding(spot: Spot) -> None:
    text, encoding = spot.chance.choice(
        [
            ("樓下有人賭博請派人來", "big5"),
            ("三階の廊下に人が", "shift-jis"),
            ("größe près", "latin-1"),
            ("楼道", "utf-16-le"),
        ]
    )
    spot.send(json.dumps(spot.tip(text=text), ensure_ascii=False).encode(encoding, errors="replace"))


@kind(End.TAKEN)
def gb18030(spot: Spot) -> None:
    spot.send(json.dumps(spot.tip(text="地下车库有人偷电瓶"), ensure_ascii=False).encode("gb18030"))


@kind(End.TAKEN)
def marked(spot: Spot) -> None:
    encoding = spot.chance.choice(["utf-8-sig", "utf-16", "utf-32"])
    spot.send(json.dumps(spot.tip(), ensure_ascii=False).encode(encoding))


@kind(End.REFUSED)
def wrongly_marked(spot: Spot) -> None:
    spot.send(spot.chance.choice([b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0"]) + spot.words() + b"x")


@kind(End.REFUSED)
def no_object(spot: Spot) -> None:
    spot.send(spot.chance.choice([b"[]", b"null", b"1", b'"words"', b"true", b"{}", b"{}{}", spot.words() * 2]))


@kind(End.REFUSED, weight=60)
def wrong_shape(spot: Spot) -> None:
    odd: object = spot.chance.choice(
        [None, True, -1, 1e300, "", " ", [], {}, [[]], {"name": "x"}, "x" * 30_000, "🙂" * 300]
    )
    field = spot.chance.choice(
        ["text", "category", "urgency", "reported_at", "latitude", "unheard", "__class__", "$ref"]
    )
    wrong = {"unheard": odd, "text": spot.chance.choice(["", None, 5, [], "字" * 20_001]), "latitude": "1"}
    spot.send(spot.words(**{field: wrong.get(field, ["no such value"])}))


@kind(End.TAKEN, weight=60)
def hostile_text(spot: Spot) -> None:
    texts = [
        *("[/]", "[@click=app.quit]x[/]", "\x1b[2J\x1b]52;c;aGk=\x07", "\x9b31m", "\u202e\u2066abc", "e\u0301" * 9999),
        *("\u200b" * 500, "a" * 20_000, "12345" * 4000, "沪A12345" * 2500, "威海路118弄3号" * 2000, "-" * 20_000),
        *(
            "1 " * 10_000,
            "+86 " * 5000,
            "号" * 20_000,
            "(" * 20_000,
            "' OR 1=1; --",
            "%s%n{0}{text}",
            "\r\n" * 9000 + "x",
        ),
        "".join(spot.chance.choices(_SCRIPTS, k=spot.chance.randrange(1, 2000))) + "x",
    ]
    spot.send(spot.words(text=spot.chance.choice(texts), place=spot.chance.choice(texts)[:200]))


@kind(End.EITHER)
def lines_good_and_bad(spot: Spot) -> None:
    good = [spot.words(source_key=f"{spot.token}{n}") for n in range(spot.chance.randrange(5))]
    bad = [
        b"{",
        b"[]",
        b'{"text": 5}',
        b"\xff\xfe",
        b"x" * 70_000,
        b'{"text": "\\ud800", "room": "a"}',
        b"\0",
        b"[" * 999,
    ]
    lines = good + spot.chance.choices(bad, k=spot.chance.randrange(1, 8))
    spot.chance.shuffle(lines)
    spot.send(spot.chance.choice([b"\n", b"\r\n", b"\n\n"]).join(lines), spot.chance.choice([".jsonl", ".NDJSON"]))


@kind(End.REFUSED, weight=1)
def thousands_of_bad_lines(spot: Spot) -> None:
    spot.send(b"{}\n" * 9_999, ".jsonl")


@kind(End.REFUSED, weight=4)
def millions_of_lines(spot: Spot) -> None:
    spot.send(spot.chance.choice([b"\n", b"{}\n"]) * 5_000_000, ".jsonl")


@kind(End.REFUSED, weight=4)
def one_line_without_end(spot: Spot) -> None:
    spot.send(b'{"text": "' + b"x" * 8_000_000, ".jsonl")


@kind(End.REFUSED)
def too_large_unread(spot: Spot) -> None:
    size = spot.chance.choice([(1 << 20) + 1, 17 << 20, 1 << 40])
    spot.sparse(size, ".json" if size < 2 << 20 else spot.chance.choice([".json", ".jsonl"]))


@kind(End.TAKEN)
def sent_twice(spot: Spot) -> None:
    """The same tip again, under another name, as a sender does that lost the answer."""
    words = spot.words()
    spot.send(words)
    spot.send(words, "-again.json")


@kind(End.TAKEN)
def names_another_place(spot: Spot) -> None:
    spot.send(
        spot.words(room=spot.chance.choice(["NOWHERE-1", "../..", "\x1b[31m", "'; DROP TABLE tip; --", "字" * 64]))
    )
