"""The report of a crash in a worker names what went wrong there, without its words."""

from pathlib import Path

import pytest
from textual.worker import WorkerFailed

from console.ui.app import ConsoleApp
from tests.ui.small_station import Clock, settings_in
from tests.until import until

SECRET = "13800138000"


async def _fail() -> None:
    raise LookupError(f"no such number {SECRET}")


async def test_a_worker_that_fails_is_reported_with_its_cause(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    app = ConsoleApp(settings, now=Clock())

    async def run_into_it() -> None:
        async with app.run_test(size=(80, 24)):
            app.run_worker(_fail())
            await until(lambda: not app.is_running)

    with pytest.raises(WorkerFailed):
        await run_into_it()
    (report,) = settings.folder.log.glob("crash-*.txt")
    words = report.read_text()
    assert "builtins.LookupError" in words
    assert "test_crash_cause.py" in words
    assert "in _fail" in words
    assert SECRET not in words
    assert "no such number" not in words
