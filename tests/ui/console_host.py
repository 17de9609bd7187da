"""A real console under test, with a second store on the same data; tests drive it by keys and read its screen."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert
from textual.pilot import Pilot

from console import desk
from console.model.incoming import NewTip
from console.model.tip import Tip, TipLine
from console.settings import Settings
from console.store import Store
from console.store import tables as t
from console.ui.app import ConsoleApp
from console.vault import Vault
from tests.ui.reading import rows_on
from tests.ui.small_station import CHEN, TIPS, ZHOU, Clock, fill
from tests.until import until

SIZES = ((80, 24), (120, 40), (200, 60))


class NoLine(AssertionError):
    """The cursor is on no tip, as for a moment while another list is read."""


@dataclass
class Console:
    """A console under test, and a second store on the same data: what another officer's console has."""

    app: ConsoleApp
    pilot: Pilot[None]
    other: Store
    vault: Vault
    clock: Clock

    @property
    def rows(self) -> list[str]:
        return rows_on(self.app)

    @property
    def line(self) -> TipLine:
        """The tip under the cursor."""
        line = self.app.desk_screen.feed.cursor_line
        if line is None:
            raise NoLine
        return line

    def shows(self, words: str) -> bool:
        return any(words in row for row in self.rows)

    async def sees(self, words: str) -> None:
        """Wait until the words stand on the screen."""
        await self.until(lambda: self.shows(words), words)

    async def until(self, is_so: Callable[[], bool], what: str = "") -> None:
        """Wait until it is so; where it asks for the tip under the cursor and there is none, it is not yet."""

        def now() -> bool:
            try:
                return is_so()
            except NoLine:
                return False

        try:
            await until(now, patience_s=15)
        except TimeoutError:
            raise AssertionError(what + "\n" + "\n".join(self.rows)) from None

    async def press(self, *pressed: str) -> None:
        await self.pilot.press(*pressed)

    async def tip(self, n: int) -> Tip:
        """The tip of that number as it stands in the store."""
        return (await desk.tip_file_by_ref(self.other, CHEN, ref(n))).tip

    async def becomes(self, n: int, is_so: Callable[[Tip], bool]) -> Tip:
        async def now() -> bool:
            return is_so(await self.tip(n))

        await until(now, patience_s=15)
        return await self.tip(n)


def ref(n: int) -> str:
    return f"JNL-1121-{n:04}"


@asynccontextmanager
async def console(settings: Settings, size: tuple[int, int], tips: tuple[NewTip, ...] = TIPS) -> AsyncIterator[Console]:
    """The officer of the settings is signed in, and the cursor is on the newest tip."""
    async with unsigned_console(settings, size, tips) as one:
        await one.sees("● live")
        await one.until(lambda: one.app.desk_screen.feed.cursor_line is not None, "no tip")
        yield one


@asynccontextmanager
async def unsigned_console(
    settings: Settings,
    size: tuple[int, int],
    tips: tuple[NewTip, ...] = TIPS,
    *,
    ends_in: timedelta | None = None,
) -> AsyncIterator[Console]:
    """As it starts. `ends_in`: Zhou has a grant for the second station that ends so long after the tips came."""
    clock = Clock()
    await fill(settings, clock, tips)
    if ends_in is not None:
        await grant_zhou(settings, clock() + ends_in)
    app = ConsoleApp(settings, now=clock)
    async with AsyncExitStack() as stack:
        other = await Store.open(settings.database_url, now=clock)
        stack.push_async_callback(other.close)
        pilot = await stack.enter_async_context(app.run_test(size=size, notifications=True))
        vault = Vault.open(settings.vault_key_file, create=False)
        yield Console(app, pilot, other, vault, clock)


async def grant_zhou(settings: Settings, ends_at: datetime) -> None:
    """The second station, until then."""
    store = await Store.open(settings.database_url)
    try:
        row = {"officer_id": ZHOU.id, "station_id": 2, "ends_at": ends_at}
        await store.write(lambda conn: conn.execute(insert(t.officer_grant).values(**row)).close())
    finally:
        await store.close()
