"""The socket, on both engines: a reply a line, in order, after commit; one bad line or sender harms no other."""

from __future__ import annotations

import asyncio
import json
import socket
import stat
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from console.errors import BadSettings
from console.intake.socket import LineCutter, SocketIntake, _bound
from tests.intake.conftest import LIMITS, Inbox, Intake, as_bytes

MALFORMED: list[tuple[Any, str, str]] = [
    ({"room": "JNL-12"}, "missing", "text"),
    ({"text": "words"}, "missing", "room"),
    ({"text": 5, "room": "JNL-12"}, "wrong-type", "text"),
    ({"text": "words", "room": "JNL-12", "urgency": "HIGH"}, "wrong-choice", "urgency"),
    ({"text": "words", "room": "JNL-12", "category": "weather"}, "wrong-choice", "category"),
    ({"text": "words", "room": "JNL-12", "reported_at": "yesterday"}, "bad-time", "reported_at"),
    ({"text": "words", "room": "JNL-12", "latitude": 91, "longitude": 1}, "out-of-range", "latitude"),
    ({"text": "words", "room": "JNL-12", "reporter": {"name": 7}}, "wrong-type", "reporter.name"),
    ({"text": "words", "room": "JNL-12", "phone": "1"}, "unknown-field", "phone"),
    (
        {"text": "words", "room": "JNL-12", "attachments": [{"name": "a"}, {"name": 1}]},
        "wrong-type",
        "attachments[1].name",
    ),
]


@pytest.fixture
async def listening(intake: Intake) -> AsyncIterator[Intake]:
    opened = SocketIntake(intake.inbox.folder.socket, intake.taker, LIMITS)
    await opened.open()
    answering = asyncio.create_task(opened.answer())
    yield intake
    await opened.close()
    answering.cancel()
    assert not intake.inbox.folder.socket.exists()


async def send(inbox: Inbox, content: bytes) -> list[dict[str, Any]]:
    """Send all, close the sending side, and return every reply."""
    reader, writer = await asyncio.open_unix_connection(inbox.folder.socket)
    writer.write(content)
    replies = asyncio.create_task(reader.read())
    await writer.drain()
    writer.write_eof()
    received = await replies
    writer.close()
    await writer.wait_closed()
    return [json.loads(line) for line in received.splitlines()]


def lines(things: Sequence[Any]) -> bytes:
    return b"".join(as_bytes(thing) + b"\n" for thing in things)


def tip(number: int, **more: Any) -> dict[str, Any]:
    return {"text": f"words {number}", "room": "JNL-12", "source": "test", "source_key": str(number), **more}


async def test_a_thousand_lines_with_ten_malformed(listening: Intake) -> None:
    things: list[Any] = [tip(number) for number in range(1000)]
    for number, (thing, _code, _field) in enumerate(MALFORMED):
        things[number * 97 + 5] = thing
    replies = await send(listening.inbox, lines(things))
    assert len(replies) == 1000
    bad = {number: reply for number, reply in enumerate(replies) if not reply["ok"]}
    assert [(reply["code"], reply["field"]) for reply in bad.values()] == [
        (code, field) for _t, code, field in MALFORMED
    ]
    assert list(bad) == [number * 97 + 5 for number in range(10)]
    assert all(reply["error"].endswith(".") for reply in bad.values())
    good = [reply for reply in replies if reply["ok"]]
    assert len({reply["ref"] for reply in good}) == 990
    assert {frozenset(reply) for reply in good} == {frozenset(("ok", "ref", "duplicate"))}
    assert await listening.count() == 990
    texts = await listening.texts()
    assert texts == [thing["text"] for thing, reply in zip(things, replies, strict=True) if reply["ok"]]


async def test_a_reply_comes_after_commit_and_says_duplicate(listening: Intake) -> None:
    (first,) = await send(listening.inbox, lines([tip(1)]))
    assert await listening.count() == 1
    again, same = await send(listening.inbox, lines([tip(1), tip(1)]))
    assert first == {"ok": True, "ref": first["ref"], "duplicate": False}
    assert again == same == {"ok": True, "ref": first["ref"], "duplicate": True}


async def test_unrouted_is_said(listening: Intake) -> None:
    (reply,) = await send(listening.inbox, lines([{**tip(1), "room": "NOWHERE"}]))
    assert (reply["ok"], reply["unrouted"]) == (True, True)


async def test_many_senders_at_once(listening: Intake) -> None:
    batches = [[tip(100 * sender + number) for number in range(20)] for sender in range(30)]
    replies = await asyncio.gather(*(send(listening.inbox, lines(batch)) for batch in batches))
    assert all(reply["ok"] for answers in replies for reply in answers)
    assert await listening.count() == 600


async def test_a_line_too_long_is_skipped_and_the_next_is_taken(listening: Intake) -> None:
    long = tip(1, place="x" * LIMITS.line_bytes)
    replies = await send(listening.inbox, lines([long, tip(2), tip(3, text="字" * 20_000)]))
    assert [reply.get("code") for reply in replies] == ["too-large", None, None]
    assert await listening.count() == 2


async def test_blank_lines_crlf_and_a_last_line_without_end(listening: Intake) -> None:
    content = b"\r\n\n" + as_bytes(tip(1)) + b"\r\n  \n" + as_bytes(tip(2))
    assert [reply["ok"] for reply in await send(listening.inbox, content)] == [True, True]


async def test_a_sender_that_leaves_without_reading_harms_nobody(listening: Intake) -> None:
    _reader, writer = await asyncio.open_unix_connection(listening.inbox.folder.socket)
    writer.write(lines([tip(number) for number in range(50)]))
    await writer.drain()
    writer.transport.abort()
    assert [reply["ok"] for reply in await send(listening.inbox, lines([tip(99)]))] == [True]
    assert "words 99" in await listening.texts()


async def test_the_socket_is_private_and_only_a_dead_one_is_replaced(listening: Intake) -> None:
    path = listening.inbox.folder.socket
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    second = SocketIntake(path, listening.taker, LIMITS)
    with pytest.raises(BadSettings, match="Another program answers"):
        await second.open()
    assert [reply["ok"] for reply in await send(listening.inbox, lines([tip(1)]))] == [True]


async def test_the_socket_has_its_name_once_it_is_listened_at(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender that finds it is not refused."""
    place = intake.inbox.folder.socket
    found: list[bool] = []
    listen = socket.socket.listen

    def noted(self: socket.socket, *given: int) -> None:
        found.append(place.exists())
        listen(self, *given)

    monkeypatch.setattr(socket.socket, "listen", noted)
    opened = SocketIntake(place, intake.taker, LIMITS)
    await opened.open()
    assert not found[0]
    assert [one.name for one in place.parent.iterdir() if one.name.startswith("intake.") and one.is_socket()] == [
        place.name
    ]
    await opened.close()


async def test_two_desks_whose_sockets_share_a_folder_do_not_get_each_others(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paths too long for an address lie together in the temporary folder. One is made while the other is."""
    places = [intake.inbox.folder.socket.with_name(f"{name}.sock") for name in ("one", "two")]
    first = SocketIntake(places[0], intake.taker, LIMITS)
    listen = socket.socket.listen
    others: list[socket.socket] = []

    def both(self: socket.socket, *given: int) -> None:
        listen(self, *given)
        if not others:
            others.append(self)  # so that the other's own listening makes no third
            others[0] = _bound(places[1])

    monkeypatch.setattr(socket.socket, "listen", both)
    await first.open()
    for place in places:
        with socket.socket(socket.AF_UNIX) as sender:
            sender.connect(str(place))
            assert sender.getpeername() == str(place.with_suffix(".new"))
    others[0].close()
    await first.close()


async def test_what_lies_in_the_drafts_place_is_told_and_stays(intake: Intake) -> None:
    path = intake.inbox.folder.socket
    draft = path.with_suffix(".new")
    draft.write_text("mine")
    with pytest.raises(BadSettings, match=r"intake\.new is in the way"):
        await SocketIntake(path, intake.taker, LIMITS).open()
    assert draft.read_text() == "mine"
    draft.unlink()
    left = await asyncio.start_unix_server(lambda _r, _w: None, draft)
    left.close()
    await left.wait_closed()
    opened = SocketIntake(path, intake.taker, LIMITS)
    await opened.open()
    assert not draft.exists()
    await opened.close()


async def test_a_stale_socket_is_replaced_and_a_file_is_not(intake: Intake) -> None:
    path = intake.inbox.folder.socket
    stale = await asyncio.start_unix_server(lambda _r, _w: None, path)
    stale.close()
    await stale.wait_closed()
    assert path.exists()
    opened = SocketIntake(path, intake.taker, LIMITS)
    await opened.open()
    await opened.close()
    assert not path.exists()
    path.write_text("mine")
    with pytest.raises(BadSettings, match="in the way"):
        await SocketIntake(path, intake.taker, LIMITS).open()
    assert path.read_text() == "mine"


async def test_what_was_read_is_answered_before_the_end(intake: Intake) -> None:
    opened = SocketIntake(intake.inbox.folder.socket, intake.taker, LIMITS)
    await opened.open()
    reader, writer = await asyncio.open_unix_connection(intake.inbox.folder.socket)
    writer.write(lines([tip(number) for number in range(100)]) + b'{"text":"half')
    answering = asyncio.create_task(opened.answer())
    first = await reader.readline()
    await opened.close()
    rest = await reader.read()
    answering.cancel()
    writer.close()
    replies = [json.loads(line) for line in (first + rest).splitlines()]
    assert all(reply["ok"] for reply in replies)
    assert await intake.count() == len(replies) == 100


async def test_the_store_down_is_said_and_nothing_is_kept_back(listening: Intake) -> None:
    await listening.desk.store.close()
    (reply,) = await send(listening.inbox, lines([tip(1)]))
    assert (reply["ok"], reply["code"]) == (False, "store-down")
    assert listening.pulse.beat().state == "store-down"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_lines_are_cut_alike_however_they_arrive(size: int) -> None:
    content = b"one\n\ntwo\r\n" + b"x" * 11 + b"\n" + b"y" * 10 + b"\nlast"
    cutter = LineCutter(10)
    found = [line for at in range(0, len(content), size) for line in cutter.feed(content[at : at + size])]
    assert [*found, cutter.rest()] == [b"one", b"", b"two", None, b"y" * 10, b"last"]
    assert cutter.rest() == b""
