"""Six kinds of officer try every verb and every method of a repository on their own, a granted and a foreign station,
on both engines. Each cell is stated; what is found without one fails the test.

A new verb or method gets its row here: `VERBS`, `METHODS`, or with the reason why no officer acts `VERBS_WITHOUT`,
`METHODS_WITHOUT`.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from functools import partial
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import pytest

import console.desk
import console.store
from console.errors import NotAllowed, NotFound, OutOfGrant
from console.model.officer import Officer
from console.store import Store
from console.store.officers import officer_now
from console.store.unit import Unit
from console.vault import Vault
from tests.desk.grant_cells import FOR_ANYBODY, Pattern
from tests.desk.grant_rows import METHODS, ONLY_ADMIN, VERBS
from tests.desk.grant_without import METHODS_WITHOUT, VERBS_WITHOUT
from tests.desk.grants import CODES, KINDS, City, built, tells_of


@pytest.fixture
async def city(store: Store, vault: Vault) -> City:
    return await built(store, vault)


def modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in iter_modules(package.__path__):
        if not found.ispkg:
            yield import_module(f"{package.__name__}.{found.name}")


def functions(package: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Public functions of the package that ask a store or a connection, and methods of its classes made over one."""
    for module in modules(package):
        short = module.__name__.rpartition(".")[2]
        for name, found in vars(module).items():
            if name.startswith("_") or getattr(found, "__module__", "") != module.__name__:
                continue
            if inspect.isclass(found) and {"conn", "officer"} & getattr(found.__init__, "__annotations__", {}).keys():
                for method, function in vars(found).items():
                    if inspect.isfunction(function) and not method.startswith("_"):
                        yield f"{short}.{name}.{method}", function
            elif inspect.isfunction(found):
                first = next(iter(inspect.signature(found).parameters.values()), None)
                if first is not None and first.annotation in ("Store", "Connection", "Tips"):
                    yield f"{short}.{name}", found


def test_no_cell_is_unstated() -> None:
    """Every verb and method has a row, or a reason why no officer acts; no row is of something that is gone."""
    stated = (
        (console.desk, VERBS.keys() | ONLY_ADMIN.keys(), VERBS_WITHOUT),
        (console.store, METHODS.keys(), METHODS_WITHOUT),
    )
    for package, rows, without in stated:
        found = dict(functions(package))
        missing = [one for one in found if one not in rows and without.keys().isdisjoint((one, one.partition(".")[0]))]
        assert missing == [], f"state who may: {missing}"
        assert sorted(rows - found.keys()) == [], "a row of something that is gone"
    for row in (*VERBS.values(), *METHODS.values()):
        assert set(row.cells) == set(KINDS)
        assert all(len(cells) == len(CODES) for cells in row.cells.values())


SHARES = 4
"""Of all verbs, each a test of its own: all together take as long as a test may, on a busy machine."""


@pytest.mark.parametrize("share", range(SHARES))
async def test_every_verb(city: City, share: int) -> None:
    wrong = []
    for name, row in [*VERBS.items()][share::SHARES]:
        for kind in KINDS:
            for station_id, wanted in zip(CODES, row.cells[kind], strict=True):
                came = await _came_of_verb(city, row, kind, station_id)
                if came != wanted:
                    wrong.append(f"{name}: {kind} at {CODES[station_id]}: {came} instead of {wanted}")
    assert wrong == []


async def _came_of_verb(city: City, row: Pattern, kind: str, station_id: int) -> str:
    """The letter of what happened, an attempt written down or not included."""
    city.now += timedelta(hours=2)  # what is remembered of earlier cells no longer counts
    officer, before = city.officer(kind), await city.refusals()
    about = (row.prepare, station_id)
    tip = city.untouched.pop(about, None) or await row.prepare(city, officer, station_id)
    came = await _letter(row.call(city, officer, station_id, tip), station_id)
    is_written_down = await city.refusals() > before
    if tip is not None and came != "Y":
        now = (await console.desk.tip_file(city.store, city.operator, station_id, tip.id)).tip
        assert now.version == tip.version, f"{kind} changed a tip of {CODES[station_id]}"
        if row.prepare in FOR_ANYBODY:
            city.untouched[about] = tip
    if came in ("N", "E"):
        return {"N": "N", "E": "L"}[came] if is_written_down else {"N": "silent", "E": "E"}[came]
    return "written down" if is_written_down else came


async def _letter(call: Any, station_id: int) -> str:
    try:
        answer = [one async for one in call] if isinstance(call, AsyncIterator) else await call
    except NotFound as refused:
        return "N" if isinstance(refused, OutOfGrant) else "not found"
    except NotAllowed as refused:
        return "X" if "disabled" in refused.message else "R"
    return "Y" if tells_of(answer, station_id) else "E"


@pytest.mark.parametrize("name", ONLY_ADMIN)
async def test_only_an_admin_sets_up(city: City, name: str) -> None:
    for kind in KINDS:
        city.now += timedelta(hours=2)
        came = await _letter(ONLY_ADMIN[name](city, city.officer(kind)), 1)
        assert came == {"admin": "Y", "disabled": "X"}.get(kind, "R"), f"{name}: {kind}"


def _now(city: City, kind: str, conn: Unit) -> Officer | None:
    return officer_now(conn, city.officer(kind).id, city.now)


async def test_every_method_of_a_repository(city: City) -> None:
    """Without the desk before it: an officer as looked up now. One who is disabled is not handed out at all."""
    wrong = []
    for name, row in METHODS.items():
        for kind in KINDS:
            city.now += timedelta(hours=2)
            officer = await city.store.read(partial(_now, city, kind))
            assert (officer is None) is (kind == "disabled")
            for station_id, wanted in zip(CODES, row.cells[kind], strict=True):
                if officer is None:
                    came = "X"
                else:
                    tip = await row.prepare(city, officer, station_id)
                    ask = row.call(city, officer, station_id, tip)
                    came = await _letter(city.store.write(ask), station_id)
                if came != wanted:
                    wrong.append(f"{name}: {kind} at {CODES[station_id]}: {came} instead of {wanted}")
    assert wrong == []
