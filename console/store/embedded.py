"""`Embedded`: one desk's store in a file of SQLite, one writer and a few readers. `Store` opens it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, TypeVar, cast

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from console.store.bells import SqliteBell
from console.store.engine import sqlite_writing_engine
from console.store.first_look import mark_damaged
from console.store.gate import Gate
from console.store.outages import damage, is_damage
from console.store.readers import Readers
from console.store.revisions import ready_sqlite
from console.store.same_file import SameFile
from console.store.tenancy import move_in
from console.store.writer import Writer

T = TypeVar("T")
Item = TypeVar("Item")


class Embedded:
    """Reads and writes one SQLite file; raises the driver's errors as they are."""

    dialect: Final[Literal["sqlite"]] = "sqlite"

    def __init__(self, file: Path) -> None:
        self._file = file
        self._tenancy = move_in(file)
        self._is_damaged = False
        self.bell = SqliteBell(file)
        same = SameFile(file)
        self._readers = Readers(file, same.check)
        self._writer = Writer(sqlite_writing_engine(file), Gate(file), same.check)

    @classmethod
    async def open(cls, file: Path, *, create: bool, versions: Path) -> Embedded:
        """Create or migrate the file first. Raises StoreRefused and StoreDown."""
        await asyncio.to_thread(ready_sqlite, file, create=create, versions=versions)
        return cls(file)

    def start(self, committed: Callable[[], None]) -> None:
        self._writer.start(committed)

    async def read(self, fn: Callable[[Connection], T]) -> T:
        with self._watched():
            return await self._readers.read(fn)

    async def write(self, fn: Callable[[Connection], T]) -> T:
        with self._watched():
            return await self._writer.run(fn)

    async def write_together(self, fn: Callable[[Connection, list[Item]], list[T]], item: Item) -> T:
        with self._watched():
            return cast(T, await self._writer.run_together(cast(Any, fn), item))

    async def end_writing(self) -> None:
        await self._writer.close()

    async def end_reading(self) -> None:
        await self._readers.close()
        os.close(self._tenancy)

    @property
    def checked_out(self) -> int:
        return self._readers.at_work

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Once a page was found broken nothing is read or written any more, not even what still could be: half a store
        looks like a whole one. Who opens it next looks it through first."""
        if self._is_damaged:
            raise damage()
        try:
            yield
        except DBAPIError as error:
            if is_damage(error) and not self._is_damaged:
                self._is_damaged = True
                mark_damaged(self._file)
            raise
