"""Kinds of hostile things by what they are in the file system: links, pipes, devices, folders, names, times."""

from __future__ import annotations

import os
import socket
import stat
import time

from tests.faults.hostile_files import End, Spot, kind

_IS_ROOT = os.geteuid() == 0


@kind(End.REFUSED, weight=40)
def symbolic_link(spot: Spot) -> None:
    inside = [str(spot.beside / name) for name in ("secret.json", "folder")]
    target = spot.chance.choice([*inside, "/dev/zero", "/proc/self/mem", "nowhere", spot.token, ".", ".."])
    spot.tmp.symlink_to(target)
    spot.arrive(spot.token + spot.chance.choice([".json", ".jsonl", ""]))


@kind(End.REFUSED)
def second_name(spot: Spot) -> None:
    os.link(spot.beside / "secret.json", spot.tmp)
    spot.arrive(f"{spot.token}.json")


@kind(End.REFUSED, weight=40)
def pipe(spot: Spot) -> None:
    os.mkfifo(spot.tmp)
    spot.arrive(spot.token + spot.chance.choice([".json", ".jsonl", ""]))


@kind(End.REFUSED)
def listening_socket(spot: Spot) -> None:
    here = os.open(spot.intake / "tmp", os.O_PATH)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(f"/proc/self/fd/{here}/{spot.token}")
    finally:
        os.close(here)
    spot.arrive(f"{spot.token}.json")


@kind(End.REFUSED, when=_IS_ROOT)
def device(spot: Spot) -> None:
    """/dev/null, /dev/zero, /dev/random, /dev/tty under another name; opening some would do something."""
    which, number = spot.chance.choice(
        [
            (stat.S_IFCHR, (1, 3)),
            (stat.S_IFCHR, (1, 5)),
            (stat.S_IFCHR, (1, 8)),
            (stat.S_IFCHR, (5, 0)),
            (stat.S_IFBLK, (7, 0)),
        ]
    )
    os.mknod(spot.tmp, which | 0o666, os.makedev(*number))
    spot.arrive(spot.token + spot.chance.choice([".json", ".jsonl"]))


@kind(End.REFUSED)
def empty_folder(spot: Spot) -> None:
    spot.tmp.mkdir()
    spot.arrive(spot.token + spot.chance.choice(["", ".json"]))


@kind(End.REFUSED, weight=2)
def folders_inside_each_other(spot: Spot) -> None:
    spot.tmp.mkdir()
    (spot.tmp / "tip.json").write_bytes(spot.words())
    here = os.open(spot.tmp, os.O_RDONLY)
    for _level in range(spot.chance.choice([3, 40, 1500])):
        os.mkdir("d", dir_fd=here)
        inside = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inside
    os.close(here)
    spot.arrive(spot.token)


@kind(End.REFUSED, weight=2)
def folder_of_thousands(spot: Spot) -> None:
    spot.tmp.mkdir()
    (spot.tmp / "tip.json").write_bytes(spot.words())
    for n in range(3000):
        os.close(os.open(spot.tmp / str(n), os.O_CREAT | os.O_WRONLY))
    spot.arrive(spot.token)


@kind(End.TAKEN, weight=60)
def odd_name(spot: Spot) -> None:
    """The tip is good, its file's name is what could steer a shell, a terminal, a path or a decoder."""
    odd = spot.chance.choice(
        [
            *(
                b"-rf ",
                b"\xff\xfe\xc3(",
                b"\x1b[31m\x07",
                b"a\nb\r",
                "\u202e\u200b".encode(),
                b"$(reboot)`x`",
                b"%s%n",
                b"'\";|&",
            ),
            *(b"[@click=app.quit]", b"\x80\x9b", " 　 ".encode(), b"~", b"\\..\\..\\", b"CON", b"*?"),
        ]
    )
    spot.tmp.write_bytes(spot.words())
    spot.arrive(odd + spot.token.encode() + spot.chance.choice([b"", odd.replace(b"\n", b"")]) + b".json")


@kind(End.TAKEN)
def longest_name(spot: Spot) -> None:
    spot.tmp.write_bytes(spot.words())
    fill = spot.chance.choice([b"y", "字".encode(), b"\xff"])
    spot.arrive(spot.token.encode() + fill * ((255 - len(spot.token) - 6) // len(fill)) + b".jsonl")


@kind(End.REFUSED)
def broken_with_the_longest_name(spot: Spot) -> None:
    spot.tmp.write_bytes(b"{")
    spot.arrive(spot.token + "y" * (255 - len(spot.token) - 5) + ".json")


@kind(End.REFUSED)
def named_like_a_reason(spot: Spot) -> None:
    spot.tmp.write_bytes(b"{")
    spot.arrive(spot.token + spot.chance.choice([".why.json", ".json.why.json", ".why.json.why.json", ".json~2.json"]))


@kind(End.REFUSED, weight=40)
def unknown_ending(spot: Spot) -> None:
    endings = [".txt", "", ".json.exe", ".json~", ".eml", ".zip", ".JSON ", ".json\n", ".", ".json.gz", "." + "y" * 200]
    spot.send(spot.words(), spot.chance.choice(endings))


@kind(End.TAKEN)
def another_time(spot: Spot) -> None:
    spot.tmp.write_bytes(spot.words())
    when = spot.chance.choice([0, 1, -(10**9), 2**31, 2**33, time.time() + 86_400])
    os.utime(spot.tmp, (when, when))
    spot.arrive(f"{spot.token}.json")


@kind(End.TAKEN)
def without_rights(spot: Spot) -> None:
    """Its owner is the intake's own account, which may give itself the right."""
    spot.tmp.write_bytes(spot.words())
    spot.tmp.chmod(spot.chance.choice([0o000, 0o222, 0o4777]))
    spot.arrive(f"{spot.token}.json")


@kind(End.TAKEN)
def written_in_place(spot: Spot) -> None:
    """In new/ itself, in two parts; the second comes while the intake may look."""
    words, file = spot.words(), spot.intake / "new" / f"{spot.token}.json"
    with file.open("wb", buffering=0) as opened:
        opened.write(words[:20])
        opened.write(words[20:])


@kind(End.REFUSED)
def left_half_written(spot: Spot) -> None:
    (spot.intake / "new" / f"{spot.token}.json").write_bytes(spot.words()[:-5])


@kind(End.REFUSED, weight=2)
def written_beyond_the_limit(spot: Spot) -> None:
    with (spot.intake / "new" / f"{spot.token}.json").open("wb", buffering=0) as opened:
        for _part in range(40):
            opened.write(b" " * (64 << 10))


@kind(End.REFUSED)
def link_made_where_a_file_was(spot: Spot) -> None:
    spot.tmp.symlink_to(spot.beside / "secret.json")
    os.rename(spot.tmp, spot.intake / "new" / f"{spot.token}.jsonl")
