"""README's pictures and key table, made from the running program.

Seeds a station, opens the console on it with its intake, presses a few keys and keeps what stands on the screen as SVG.
"""

from __future__ import annotations

import asyncio
import tempfile
from functools import partial
from pathlib import Path

from console.demo.plan import STATION
from console.demo.seeding import Seeding
from console.intake.heartbeat import Heartbeat, IntakeState, read_heartbeat
from console.intake.start import keep_intake_running
from console.settings import Settings, load_settings
from console.store import Store
from console.ui.app import ConsoleApp
from console.ui.key_table import key_table_markdown
from console.vault import Vault
from tests.passwords import CHEAP_HASH, signs_in

KEYS_BEGIN, KEYS_END = "<!-- keys -->", "<!-- /keys -->"
FOLDER = Path(__file__).parent

SCENES = {
    "desk-160x44": ((160, 44), ["down", "down", "3", "right", "down", "right", "1"]),
    "desk-80x24": ((80, 24), ["down"]),
    "search-120x32": ((120, 32), ["slash", *"陌生"]),
}
"""Name → size in cells and the keys that lead there."""


async def seed(settings: Settings) -> None:
    settings.folder.make()
    store = await Store.open(settings.database_url)
    vault = Vault.open(settings.vault_key_file, create=True)
    await Seeding(store, vault, STATION, 1, lambda *_: None, password=CHEAP_HASH).run()
    await store.close()


def is_at_work(beat: Heartbeat | None) -> bool:
    return beat is not None and beat.state is not IntakeState.STARTING


async def picture(settings: Settings, name: str) -> Path:
    size, keys = SCENES[name]
    heartbeat = partial(read_heartbeat, settings.folder.heartbeat)
    app = ConsoleApp(settings, keep_intake=partial(keep_intake_running, settings), heartbeat=heartbeat)
    async with app.run_test(size=size) as pilot:
        while app.desk_screen.feed.cursor_line is None or not is_at_work(heartbeat()):
            await pilot.pause(0.05)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.4)
        await pilot.pause(2)
        file = FOLDER / f"{name}.svg"
        file.write_text(app.export_screenshot(title="Taskroom"), encoding="utf-8")
        app.exit()
    return file


def write_key_table(readme: Path) -> None:
    """Put the table of `ui/keys.py` between README's two markers."""
    head, rest = readme.read_text("utf-8").split(KEYS_BEGIN)
    tail = rest.split(KEYS_END)[1]
    readme.write_text(f"{head}{KEYS_BEGIN}\n{key_table_markdown().strip()}\n{KEYS_END}{tail}", encoding="utf-8")


async def main() -> None:
    write_key_table(FOLDER.parent.parent / "README.md")
    with tempfile.TemporaryDirectory() as folder:
        signs_in(Path(folder), "JNL-001")
        settings = load_settings(data=Path(folder))
        await seed(settings)
        for name in SCENES:
            print(await picture(settings, name))


if __name__ == "__main__":
    asyncio.run(main())
