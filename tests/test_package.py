"""What is installed: one package, whole, that no folder of a user's can get in the way of."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FOLDERS = PROJECT["tool"]["setuptools"]["package-dir"]  # of a checkout, by package
NOT_INSTALLED = {"__pycache__", "README.md"}


def python(interpreter: Path | str, code: str, folder: Path, **environment: str) -> str:
    """What the code prints, in a process of its own that begins in that folder."""
    done = subprocess.run(
        [interpreter, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that the checkout stays clean."""
    source = tmp_path_factory.mktemp("source")
    for folder in FOLDERS.values():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, source / folder, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    built = tmp_path_factory.mktemp("wheel")
    code = f"from setuptools import build_meta; print(build_meta.build_wheel({str(built)!r}))"
    return built / python(sys.executable, code, source).splitlines()[-1]


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site-packages of an environment that has the wheel and nothing else."""
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, symlinks=True)
    interpreter = environment / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", f"--python={interpreter}"]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", wheel], check=True)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(python(interpreter, code, environment))


@pytest.fixture(scope="module")
def interpreter(installed: Path) -> Path:
    """That environment's, which finds what Headlight needs where these tests find it.

    A line of a .pth adds a folder, and reads no .pth there: the checkout is not seen.
    """
    (installed / "needed.pth").write_text(sysconfig.get_path("purelib"))
    return installed.parents[2] / "bin" / "python"


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    """A user's folder, with modules whose names are those of our folders."""
    for name in ("models", "static", "templates"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise AssertionError('the user\\'s own')")
    (tmp_path / "app.py").write_text("raise AssertionError('the user\\'s own')")
    return tmp_path


def test_the_wheel_holds_every_file_of_its_folders(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    for package, folder in FOLDERS.items():
        paths = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
        assert paths, f"{folder}/ is empty: this test looks in the wrong place"
        for path in paths:
            if NOT_INSTALLED & set(path.parts):
                continue
            inside = path.relative_to(ROOT / folder).as_posix()
            assert f"{package.replace('.', '/')}/{inside}" in held


def test_site_packages_hold_headlight_and_nothing_else(installed: Path) -> None:
    names = {path.name for path in installed.iterdir() if path.suffix != ".dist-info"}
    assert names - {"needed.pth", "__pycache__"} == {"headlight"}


def test_it_runs_beside_folders_of_the_same_names(interpreter: Path, notebooks: Path) -> None:
    code = (
        "import headlight; print(headlight.__file__);"
        "print(headlight.load('small').run('The cat sat.').pattern(0, 0).shape)"
    )
    where, shape = python(interpreter, code, notebooks).splitlines()
    assert where.startswith(str(interpreter.parents[1]))
    assert shape == "torch.Size([6, 6])"


def test_it_serves_the_page_and_what_the_page_links(interpreter: Path, notebooks: Path) -> None:
    code = (
        "import re; from fastapi.testclient import TestClient; from headlight.app.main import app\n"
        "client = TestClient(app); page = client.get('/').text\n"
        "paths = set(re.findall(r'/static/[\\w./-]+', page))\n"
        "print(len(paths), {client.get(path).status_code for path in paths})"
    )
    count, statuses = python(interpreter, code, notebooks).split(maxsplit=1)
    assert int(count) > 3
    assert statuses == "{200}"


def test_the_command_prints_its_version(interpreter: Path, notebooks: Path) -> None:
    code = (
        "import sys; from headlight.app.cli.main import main;"
        "sys.argv = ['headlight', '--version']; main()"
    )
    assert python(interpreter, code, notebooks) == f"headlight {PROJECT['project']['version']}"


def test_no_module_is_loaded_twice_by_the_short_address() -> None:
    code = f"""if True:
        import importlib, json, sys
        app = importlib.import_module("app.main").app
        loaded = {{id(module): module for module in list(sys.modules.values())}}
        files = [getattr(module, "__file__", None) or "" for module in loaded.values()]
        ours = [file for file in files if file.startswith({str(ROOT / "app")!r})]
        print(json.dumps([type(app).__name__, len(ours), len(set(ours))]))
    """
    kind, modules, files = json.loads(python(sys.executable, code, ROOT))
    assert kind == "FastAPI"
    assert modules == files > 20


def test_importing_it_changes_nothing_for_others(tmp_path: Path) -> None:
    """Neither logging nor progress bars nor torch's threads; all of the face is read."""
    code = (
        "import logging, torch, transformers\n"
        "from transformers.utils import logging as theirs\n"
        "def state():\n"
        "    return (logging.root.level, logging.root.handlers[:], theirs.get_verbosity(),\n"
        "            theirs.is_progress_bar_enabled(), logging.lastResort.level,\n"
        "            torch.get_num_threads(), torch.is_grad_enabled(), torch.get_default_dtype())\n"
        "before = state(); import headlight\n"
        "for name in headlight.__all__: getattr(headlight, name)\n"
        "model = headlight.load('small'); model.run('The cat sat.')\n"
        "assert state() == before, (before, state())"
    )
    python(sys.executable, code, tmp_path)


def test_its_face_is_read_without_torch(tmp_path: Path) -> None:
    """`headlight --help` and an editor's completion wait for nothing."""
    code = "import headlight, sys; print(dir(headlight), 'torch' in sys.modules)"
    names = ["Model", "Run", "edit", "errors", "load"]
    assert python(sys.executable, code, tmp_path) == f"{names} False"
