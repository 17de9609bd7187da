"""The rules of the house no linter knows: ceilings, names, folders, what a wheel carries, what an import drags in."""

import ast
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES, CLASS_LINES, FUNCTION_LINES = 400, 250, 40
FOLDERS = {"console", "styles", "fixtures", "tests"}
TOP = FOLDERS | {"pyproject.toml", "README.md", "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE"}
BANNED = {
    *("manager", "handler", "service", "helper", "util", "utils", "processor", "controller"),
    *("data", "info", "base", "common", "dao", "mixin"),
}
ALLOWED = {
    "DataFolder": "the operating systems' own word for the folder",
    "default_data_dir": "the same folder",
    "data_version": "SQLite's name of the pragma",
    "bind_processor": "SQLAlchemy's name of the method that a type of ours has",
}
MACHINE = re.compile(r"/hom[e]/[a-z]|/User[s]/[A-Za-z]|/roo[t]/|/wor[k]/(main|shared)|/opt/pyp[i]")
REGISTRY = re.compile(r"pyp[i]\.org|pythonhoste[d]\.org|--(extra-|default-)?inde[x]-url|--default-inde[x]")
"""Each pattern has a letter in brackets, so that it does not find itself."""

Named = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def _at(path: Path, node: Named) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"


def _named(tree: ast.Module) -> Iterator[Named]:
    return (node for node in ast.walk(tree) if isinstance(node, Named))


def _kept_files() -> list[Path]:
    """What is in the repository or about to be; in an unpacked sdist, which has no repository, what the house holds."""
    if (ROOT / ".git").exists():
        git = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(git, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]
    return [path for top in TOP for path in (ROOT / top, *(ROOT / top).rglob("*")) if path.is_file()]


def _python(*lines: str) -> str:
    """What a fresh interpreter prints for these lines."""
    command = [sys.executable, "-W", "error", "-c", "\n".join(lines)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_ceilings() -> None:
    over: list[str] = []
    for path in _modules("console", "tests"):
        if (lines := path.read_text("utf-8").count("\n")) > FILE_LINES:
            over.append(f"{path.relative_to(ROOT)} has {lines} lines, {FILE_LINES} is the ceiling")
        for node in _named(_tree(path)):
            ceiling = CLASS_LINES if isinstance(node, ast.ClassDef) else FUNCTION_LINES
            if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > ceiling:
                over.append(f"{_at(path, node)} has {lines} lines, {ceiling} is the ceiling")
    assert over == []


def _banned_words(name: str) -> set[str]:
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return {word.lower() for word in words} & BANNED if name not in ALLOWED else set()


def test_no_name_says_nothing() -> None:
    """In console/ classes, functions and modules; in tests/ the names of tests are sentences and may use any word."""
    found = [str(path.relative_to(ROOT)) for path in _modules("console", "tests") if _banned_words(path.stem)]
    for path in _modules("console", "tests"):
        found += [
            _at(path, node)
            for node in _named(_tree(path))
            if _banned_words(node.name) and not node.name.startswith("test_")
        ]
    assert found == []


@pytest.mark.parametrize("name", ["TipManager", "TipDataHandler", "load_info", "_util", "BaseTip", "HTTPService"])
def test_a_name_that_says_nothing_is_found(name: str) -> None:
    assert _banned_words(name)


@pytest.mark.parametrize("name", ["Database", "information", "process", "utility_poles", "handled_at", "commonly"])
def test_a_longer_word_is_left_alone(name: str) -> None:
    assert not _banned_words(name)


def test_every_module_says_what_lives_in_it() -> None:
    silent = [path for path in _modules("console", "tests") if not ast.get_docstring(_tree(path))]
    assert [str(path.relative_to(ROOT)) for path in silent] == []


def test_no_style_sheet_inside_python() -> None:
    """Sheets are files in styles/: neither DEFAULT_CSS nor CSS is set in console/."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in _modules("console")
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Name) and node.id in {"DEFAULT_CSS", "CSS"} and isinstance(node.ctx, ast.Store)
    ]
    assert found == []


def test_nothing_else_at_the_top() -> None:
    top = {path.relative_to(ROOT).parts[0] for path in _kept_files()}
    assert {name for name in top if not name.startswith(".")} == TOP


def test_no_file_names_a_machine_or_a_registry() -> None:
    found: list[str] = []
    for path in _kept_files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # a picture or a tip in another encoding
        found += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in MACHINE.finditer(text)]
        found += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in REGISTRY.finditer(text)]
    assert found == []


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel, built without a network by the hatchling that is installed."""
    folder = tmp_path_factory.mktemp("built")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def _files(folder: str) -> set[str]:
    """The kept files of one folder of the house, relative to the root."""
    return {str(path.relative_to(ROOT)) for path in _kept_files() if path.relative_to(ROOT).parts[0] == folder}


def test_wheel_carries_code_sheets_and_fixtures(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        carried = {name for name in wheel.namelist() if name.startswith("console/")}
    wanted = _files("console") | {f"console/{name}" for name in _files("styles") | _files("fixtures")}
    assert carried == wanted
    assert "console/styles/app.tcss" in carried


def test_sdist_carries_the_house(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        carried = {name.partition("/")[2] for name in sdist.getnames()}
    wanted = {
        str(path.relative_to(ROOT)) for path in _kept_files() if not path.relative_to(ROOT).parts[0].startswith(".")
    }
    assert wanted <= carried


def test_an_unpacked_wheel_finds_its_own_sheets(built: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(tmp_path)  # noqa: S202 - we have just built it
    printed = _python(
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})",
        "from console import paths",
        "print(paths.STYLES_DIR, paths.FIXTURES_DIR, sep='\\n')",
    )
    assert printed.split("\n")[:2] == [str(tmp_path / "console" / name) for name in ("styles", "fixtures")]


def _imported(*lines: str, among: tuple[str, ...]) -> list[str]:
    asked = f"print('|', *(name for name in {among!r} if name in sys.modules))"
    return _python("import sys", *lines, asked).rpartition("|")[2].split()


def test_desk_and_intake_run_without_a_screen() -> None:
    """Every module of both, in one interpreter that never hears of Textual."""
    every = (
        "import importlib, pkgutil, console.desk, console.intake",
        "for package in (console.desk, console.intake):",
        "    for found in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):",
        "        if not found.name.endswith('__main__'): importlib.import_module(found.name)",
    )
    assert _imported(*every, among=("textual", "rich", "PIL", "console.desk", "console.intake")) == [
        "console.desk",
        "console.intake",
    ]


def test_version_needs_neither_screen_nor_store() -> None:
    version = (
        "sys.argv = ['taskroom', '--version']",
        "from console.cli import main",
        "try: main()",
        "except SystemExit as left: assert not left.code, left.code",
    )
    assert _imported(*version, among=("textual", "sqlalchemy", "console.cli")) == ["console.cli"]


def test_the_console_starts_without_what_only_others_need() -> None:
    """What checks tips, reads the command line and migrates: each costs a start time and the console memory."""
    start = (
        "import console.cli.opening, console.settings, console.intake.start, console.ui.app",
        "import console.store.store, console.desk, console.desk.signing, console.vault.passwords",
    )
    heavy = ("pydantic", "pydantic_core", "typer", "alembic", "watchfiles", "PIL", "phonenumbers", "sqlalchemy.orm")
    assert _imported(*start, among=(*heavy, "console.ui.app")) == ["console.ui.app"]


def test_the_package_itself_imports_nothing() -> None:
    assert not [
        node for node in ast.walk(_tree(ROOT / "console/__init__.py")) if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def test_no_widget_hands_an_event_to_its_parent() -> None:
    """Textual calls the `on_…` of every class itself: one that calls its parent's runs it twice."""
    twice = re.compile(r"super\(\)\.on_[a-z_]+\(")
    allowed = {"console/ui/app.py": "on_event"}
    found = [
        f"{path.relative_to(ROOT)}: {one}"
        for path in _modules("console/ui", "tests/ui")
        for one in twice.findall(path.read_text("utf-8"))
        if allowed.get(str(path.relative_to(ROOT)), "?") not in one
    ]
    assert found == []


def test_readme_says_how_to_test() -> None:
    """What .ci/run runs: one fenced block after the marker, ending in this project's one test command."""
    readme = (ROOT / "README.md").read_text("utf-8")
    blocks = re.findall(r"^<!-- test-command -->\s*^```\w*\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1
    assert blocks[0].rstrip().endswith("-m tests")
