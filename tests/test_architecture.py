"""Imports go one way, and some knowledge lives in one place only. See docs/architecture.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "static" / "js"

ABOVE_MODELS = ("fastapi", "starlette", "uvicorn", "plotly", "jinja2", "typer", "rich")
ABOVE_MODELS += ("headlight.app", "app", "models")  # the last two: a short name loads it twice
FACE = ("headlight.edit", "headlight.model", "headlight.run")

# From the ground up. The folders of a floor do not know each other; a folder's own modules may.
FLOORS = (
    ("models/core",),
    ("models/text", "models/capture"),
    ("models/measures",),
    ("models/small",),
    ("models/small/data",),
    ("models/small/evaluation",),
    (
        *("models/small/training", "models/lessons"),
        *("models/experiments", "models/experiments/claims"),
    ),
    ("models/lessons/recipes",),
    ("models/zoo",),
    ("app/schemas", "app/service"),
    ("app/http",),
    ("app/features/learn",),
    ("app/features",),
    ("app/cli",),
)
SCRIPT_FLOORS = ("language", "figures", "core", "parts", "pages")


def python_imports(path: Path) -> set[str]:
    """Every module that a file imports, at its top or inside a function, by full name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively; full names say where a thing lives"
            module = node.module or ""
            found.add(module)
            found.update(f"{module}.{alias.name}" for alias in node.names)
    return found


def modules(package: str) -> list[Path]:
    paths = sorted((ROOT / package).rglob("*.py"))
    assert paths, f"{package}/ is empty: this test looks in the wrong place"
    return paths


def scripts(folder: str = "") -> list[Path]:
    paths = sorted((SCRIPTS / folder).rglob("*.js"))
    assert paths, f"static/js/{folder} is empty: this test looks in the wrong place"
    return paths


def code_of(path: Path) -> str:
    """A script without its comments."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"(?m)(^|\s)//.*$", "", text)


def script_imports(path: Path) -> Iterator[Path]:
    """The modules of ours that a script imports, statically or not, as paths below static/js."""
    pattern = r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']"""
    for target in re.findall(pattern, code_of(path)):
        if "/vendor/" not in target:
            yield (path.parent / target).resolve().relative_to(SCRIPTS)


def those_with(pattern: str, paths: list[Path]) -> set[str]:
    return {path.name for path in paths if re.search(pattern, code_of(path))}


def imported_of(path: Path, names: tuple[str, ...]) -> list[str]:
    """Which of the names, or modules below them, a file imports."""
    imports = python_imports(path)
    return [own for own in names if any(f"{name}.".startswith(f"{own}.") for name in imports)]


def test_models_know_neither_http_nor_pictures_nor_the_app() -> None:
    for path in modules("models"):
        assert not imported_of(path, ABOVE_MODELS), path


def test_the_librarys_face_rests_on_models_alone_and_nothing_on_it() -> None:
    """Its figures stand below it: the API sends the same ones."""
    for path in modules("headlight"):
        drawn = {"plotly"} if path.name in ("figures.py", "run.py") else set()
        assert set(imported_of(path, ABOVE_MODELS)) <= drawn, path
    for path in (*modules("app"), *modules("models")):
        assert not imported_of(path, FACE), path


def folder_of(name: str) -> str | None:
    """The folder that holds a module of that name, or a name in it; None at the top of app/."""
    parts = name.split(".")[1:]
    while parts and not ROOT.joinpath(*parts).is_dir():
        parts.pop()
    return "/".join(parts) if len(parts) > 1 else None


def test_every_folder_has_its_floor() -> None:
    paths = [*modules("models"), *modules("app")]
    folders = {path.parent.relative_to(ROOT).as_posix() for path in paths}
    assert folders - {"models", "app"} == {folder for floor in FLOORS for folder in floor}
    assert [path.name for path in (ROOT / "models").glob("*.py")] == ["__init__.py"]


def test_each_folder_rests_only_on_floors_below() -> None:
    floor_of = {folder: number for number, floor in enumerate(FLOORS) for folder in floor}
    for path in (*modules("models"), *modules("app")):
        own = path.parent.relative_to(ROOT).as_posix()
        for name in python_imports(path):
            other = (
                folder_of(name) if name.startswith(("headlight.models", "headlight.app")) else None
            )
            if own in floor_of and other not in (None, own):
                assert floor_of[own] > floor_of[other], f"{path} imports {name}"


def test_only_what_starts_a_server_imports_the_application() -> None:
    """The settings and the version are for every room of app/; what puts them together is not."""
    top = ("headlight.app.application", "headlight.app.main")
    for path in modules("app"):
        if path.parent.name != "app":
            assert not imported_of(path, top), path


def test_each_folder_of_scripts_rests_only_on_floors_below() -> None:
    """Figures are pure; a page knows no other page."""
    assert {path.name for path in SCRIPTS.iterdir()} == set(SCRIPT_FLOORS)
    for path in scripts():
        own = path.relative_to(SCRIPTS).parts
        for target in script_imports(path):
            same = own[: 1 + (own[0] == "pages")] == target.parts[: 1 + (own[0] == "pages")]
            below = SCRIPT_FLOORS.index(target.parts[0]) < SCRIPT_FLOORS.index(own[0])
            assert same or below, f"{'/'.join(own)} imports {target}"


def test_figures_touch_no_document() -> None:
    assert those_with(r"\b(document|window)\.", scripts("figures")) == set()


def test_scripts_import_files_that_exist() -> None:
    for path in scripts():
        for target in script_imports(path):
            assert (SCRIPTS / target).is_file(), f"{path.name} imports {target}"


def test_only_one_module_knows_whose_templates_these_are() -> None:
    assert those_with(r"/vendor/", scripts()) == {"template.js"}


def test_only_draw_speaks_to_plotly() -> None:
    assert those_with(r"\bPlotly\s*[.\[(]", scripts()) == {"draw.js"}


def test_only_api_fetches() -> None:
    assert those_with(r"\bfetch\(|\bXMLHttpRequest\b", scripts()) == {"api.js"}


def test_what_draws_asks_the_server_for_nothing() -> None:
    """A page asks in one place; views, parts and figures draw what is there."""
    asking = re.compile(r"\bqueries\.ask\(|\bapi\.\w+\(")
    paths = (path for path in scripts() if {"views", "parts", "figures"} & set(path.parts))
    assert [path.name for path in paths if asking.search(path.read_text())] == []


def test_only_the_store_knows_the_address() -> None:
    pattern = r"(?<![\w.$])(?:(?:window|globalThis)\.)?(?:location|history)\."
    assert those_with(pattern, scripts()) == {"store.js"}


def test_no_script_makes_code_from_strings() -> None:
    pattern = r"insertAdjacentHTML|document\.write|(?<![.\w])eval\(|new Function"
    assert those_with(pattern, scripts()) == set()


def test_only_the_registry_lists_models() -> None:
    """An example of an error may name one model; a list is more than one."""
    paths = [*modules("app"), *modules("models"), *scripts(), *(ROOT / "templates").iterdir()]
    names = ("google-bert/bert-base-u", "google-bert/bert-base-c", "openai-", "Helsinki-")
    listing = {
        path.relative_to(ROOT).as_posix()
        for path in paths
        if sum(name in path.read_text(encoding="utf-8") for name in names) > 1
    }
    assert listing == {"models/zoo/registry.py"}


def test_static_markup_is_the_only_markup_made_from_strings() -> None:
    """innerHTML may be given a constant only: what a person typed goes in as text."""
    for path in scripts():
        for value in re.findall(
            r"\.(?:innerHTML|outerHTML)\s*=\s*(.*?);\n", code_of(path), re.DOTALL
        ):
            constant = re.fullmatch(r"'[^']*'|\"[^\"]*\"|`[^`]*`", value.strip())
            assert constant, f"{path.name} makes markup from {value}"
            assert "${" not in value, f"{path.name} puts a value into markup: {value}"


@pytest.mark.parametrize("package", ["app", "headlight", "models", "tests", "bench"])
def test_no_file_outgrows_one_reading(package: str) -> None:
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in modules(package)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 450
    }
    assert long == {}
