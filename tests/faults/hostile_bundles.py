"""Kinds of hostile bundles: pictures that are none or too much, files that reach outside, too many, too large."""

from __future__ import annotations

import io
import os
import random
import struct
import zlib
from functools import cache

from PIL import Image

from tests.faults.hostile_files import End, Spot, kind

_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")


@cache
def _picture(form: str, side: int = 48) -> bytes:
    made = io.BytesIO()
    noise = random.Random(side).randbytes(side * side * 3)
    Image.frombytes("RGB", (side, side), noise).save(made, form)
    return made.getvalue()


def _png(width: int, height: int, packed: bytes, *, depth: int = 8, colour: int = 0, more: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


@cache
def _zeros(count: int) -> bytes:
    packing, packed = zlib.compressobj(9), b""
    for _megabyte in range(count >> 20):
        packed += packing.compress(bytes(1 << 20))
    return packed + packing.flush()


@kind(End.TAKEN, weight=80)
def damaged_picture(spot: Spot) -> None:
    form = spot.chance.choice(_FORMATS)
    picture = bytearray(_picture(form))
    if spot.chance.random() < 0.4:
        del picture[spot.chance.randrange(1, len(picture)) :]
    for _change in range(spot.chance.randrange(8)):
        picture[spot.chance.randrange(len(picture))] = spot.chance.randrange(256)
    spot.bundle(spot.words(), **{f"a_{spot.chance.choice(_FORMATS).lower()}": bytes(picture)})


@kind(End.TAKEN, weight=40)
def damaged_head(spot: Spot) -> None:
    """Sizes, depths and offsets are in the first bytes."""
    picture = bytearray(_picture(spot.chance.choice(_FORMATS)))
    for _change in range(spot.chance.randrange(1, 4)):
        picture[spot.chance.randrange(min(64, len(picture)))] = spot.chance.choice([0, 1, 0x7F, 0x80, 0xFF])
    spot.bundle(spot.words(), a_png=bytes(picture))


@kind(End.TAKEN, weight=20)
def picture_that_claims_much(spot: Spot) -> None:
    side = spot.chance.choice([8_000, 60_000, 2**31 - 1])
    claims = [
        _png(side, side, zlib.compress(b"")),
        b"GIF89a"
        + struct.pack("<HH", 65_535, 65_535)
        + b"\xf7\0\0"
        + bytes(768)
        + b",\0\0\0\0\xff\xff\xff\xff\0\x08\xff",
        b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, side, side, 1, 24, 0, 0, 0, 0, 0, 0),
    ]
    spot.bundle(spot.words(), a_png=spot.chance.choice(claims))


@kind(End.TAKEN, weight=2)
def picture_bomb(spot: Spot) -> None:
    """Just within fifty megapixels: a few kilobytes that become fifty or two hundred megabytes."""
    grey = _png(7_000, 7_000, _zeros(48 << 20))
    colour = _png(7_000, 7_000, _zeros(192 << 20), colour=6)
    spot.bundle(spot.words(), a_png=spot.chance.choice([grey, colour]))


@kind(End.TAKEN, weight=2)
def bundle_of_bombs(spot: Spot) -> None:
    bomb = _png(7_000, 7_000, _zeros(192 << 20), colour=6)
    spot.bundle(spot.words(), **{f"bomb{n}_png": bomb for n in range(20)})


@kind(End.TAKEN, weight=5)
def packed_text_bomb(spot: Spot) -> None:
    text = chunk(b"zTXt", b"k\0\0" + _zeros(64 << 20))
    spot.bundle(spot.words(), a_png=_png(1, 1, zlib.compress(b"\0\0"), more=text * 3))


@kind(End.TAKEN, weight=20)
def no_picture_by_that_name(spot: Spot) -> None:
    content = spot.chance.choice([b"", b"%PDF-1.7", b"<svg onload='x()'/>", b"MZ" + bytes(99), b"#!/bin/sh\nreboot\n"])
    spot.bundle(spot.words(), **{spot.chance.choice(["a_png", "a_heic", "a_svg", "a_exe", "a"]): content})


@kind(End.TAKEN, weight=4)
def picture_over_the_limit(spot: Spot) -> None:
    """The tip is taken, the picture lies in rejected/."""
    spot.bundle(spot.words(), a_png=_picture("PNG"), b_png=(20 << 20) + 1)


@kind(End.REFUSED)
def bundle_over_the_limit(spot: Spot) -> None:
    spot.bundle(spot.words(), a_png=spot.chance.choice([101 << 20, 1 << 40]))


@kind(End.REFUSED)
def too_many_pictures(spot: Spot) -> None:
    spot.bundle(spot.words(), **{f"{n}_png": b"" for n in range(spot.chance.choice([21, 200]))})


@kind(End.REFUSED, weight=60)
def reaches_outside(spot: Spot) -> None:
    secret = str(spot.beside / "secret.json")
    names = [
        "../tip.json",
        "..",
        ".",
        "",
        "/etc/hostname",
        secret,
        f"../../../{secret}",
        "a/../b",
        "tip.json",
        "a\\b",
        "x" * 255,
    ]
    spot.bundle(spot.words(attachments=[{"name": spot.chance.choice(names)}]), a=b"a")


@kind(End.REFUSED)
def no_file_in_a_bundle(spot: Spot) -> None:
    spot.tmp.mkdir()
    where = spot.tmp / spot.chance.choice(["tip.json", "a.png"])
    if where.name != "tip.json":
        (spot.tmp / "tip.json").write_bytes(spot.words())
    made = spot.chance.choice(["pipe", "link", "second", "folder"])
    if made == "pipe":
        os.mkfifo(where)
    elif made == "link":
        where.symlink_to(spot.beside / "secret.json")
    elif made == "second":
        os.link(spot.beside / "secret.json", where)
    else:
        where.mkdir()
    spot.arrive(spot.token)


@kind(End.REFUSED)
def bundle_without_words(spot: Spot) -> None:
    spot.bundle(spot.chance.choice([None, b"", b"{", b"[]", b'{"text": 5}', b"\xff"]), a_png=_picture("PNG"))


@kind(End.TAKEN)
def odd_names_in_a_bundle(spot: Spot) -> None:
    spot.tmp.mkdir()
    (spot.tmp / "tip.json").write_bytes(spot.words())
    for name in (
        b"\xff\xfe.png",
        b"\x1b[2J.jpg",
        b"a\nb",
        b"-rf",
        "\u202egnp.exe".encode(),
        b"..a",
        b".hidden",
        b"y" * 255,
    ):
        with open(os.fsencode(spot.tmp) + b"/" + name, "wb") as opened:
            opened.write(name)
    spot.arrive(spot.token)


@kind(End.TAKEN)
def another_content_than_meant(spot: Spot) -> None:
    listed = [{"name": "a.png", "sha256": "0" * 64}]
    spot.bundle(spot.words(attachments=listed * spot.chance.choice([1, 20])), a_png=_picture("PNG"))
