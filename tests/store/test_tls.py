"""What the database URL says of TLS reaches the server's library unchanged, on a real server that has TLS switched
off; no engine shows the values of a statement."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import DBAPIError

from console.errors import StoreDown
from console.store import Store
from console.store.engine import (
    parse_url,
    postgres_engine,
    postgres_writing_engine,
    sqlite_reading_engine,
    sqlite_writing_engine,
)
from tests import pg


@pytest.fixture
async def by_network(postgres_store_url: str) -> AsyncIterator[str]:
    """The same store behind a port of this machine: libpq asks for TLS on the network only, never on a socket file."""
    url = make_url(postgres_store_url)
    (socket,) = Path(str(url.query["host"])).glob(".s.PGSQL.*[0-9]")
    passing: set[asyncio.Task[None]] = set()

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(65_536):
                writer.write(chunk)
                await writer.drain()
        except ConnectionError:
            pass  # either end may go first
        finally:
            writer.close()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(socket)
        for one in (copy(reader, back), copy(there, writer)):
            passing.add(asyncio.create_task(one))

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield pg.words(url.set(host="127.0.0.1", port=port, query={}))
    server.close()
    for task in passing:
        task.cancel()
    await asyncio.gather(*passing, return_exceptions=True)
    await server.wait_closed()


@pytest.mark.parametrize("mode", ["require", "verify-full"])
async def test_a_url_that_asks_for_tls_is_not_served_without(by_network: str, mode: str) -> None:
    with pytest.raises(StoreDown, match="does not speak TLS"):
        await Store.open(f"{by_network}?sslmode={mode}&sslrootcert=/nowhere/root.crt")


async def test_a_url_that_forgoes_tls_is_served(by_network: str) -> None:
    store = await Store.open(f"{by_network}?sslmode=disable")
    try:
        assert await store.read(lambda conn: conn.scalar(text("SELECT 1"))) == 1
    finally:
        await store.close()


def test_all_of_it_reaches_the_library_unchanged() -> None:
    said = {"sslmode": "verify-full", "sslrootcert": "/a/root.crt", "sslcert": "/a/desk.crt", "sslkey": "/a/desk.key"}
    words = "&".join(f"{name}={value}" for name, value in said.items())
    url = parse_url(f"postgresql://desk_jnl@db.example/taskroom?{words}")
    for engine in (postgres_engine(url).sync_engine, postgres_writing_engine(url)):
        _, named = engine.dialect.create_connect_args(engine.url)
        assert {name: named.get(name) for name in said} == said


async def test_no_engine_shows_the_values_of_a_statement(postgres_store_url: str, tmp_path: Path) -> None:
    url = parse_url(postgres_store_url)
    engines: list[Engine] = [
        sqlite_writing_engine(tmp_path / "a.db"),
        sqlite_reading_engine(tmp_path / "a.db"),
        postgres_writing_engine(url),
    ]
    for engine in (*engines, postgres_engine(url).sync_engine):
        assert engine.hide_parameters
    for engine in engines:
        with engine.connect() as connection, pytest.raises(DBAPIError) as told:
            connection.execute(text("SELECT nothing FROM nowhere WHERE name = :name"), {"name": "Mrs Wang"})
        assert "Mrs Wang" not in str(told.value)
        engine.dispose()
