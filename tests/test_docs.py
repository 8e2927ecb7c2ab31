"""README says only what is so: its examples run, and what it names is there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.server import serving
from headlight.app.cli.main import cli
from headlight.app.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")

# Speaks for curl on a machine that has none, in the few options that README uses.
CURL = """#!{python}
import sys, urllib.request
from argparse import ArgumentParser
parser = ArgumentParser()
parser.add_argument("-s", action="store_true")
parser.add_argument("-H", action="append", default=[])
parser.add_argument("-d")
parser.add_argument("url")
given = parser.parse_args()
headers = dict(line.split(": ", 1) for line in given.H)
asked = urllib.request.Request(given.url, given.d and given.d.encode(), headers)
sys.stdout.buffer.write(urllib.request.urlopen(asked).read())
"""


def shell_blocks() -> list[str]:
    return re.findall(r"```sh\n(.*?)```", README, re.DOTALL)


def commands(program: str) -> list[str]:
    """Every line of README's shell blocks that runs that program."""
    lines = "".join(shell_blocks()).replace("\\\n", " ").splitlines()
    return [line for line in lines if re.search(rf"(^|[\s/]){program}\s", line)]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a real server, started by the command that README gives."""
    with serving() as address:
        yield address


def test_the_curl_example_finds_the_head_that_links_its_to_law(server: str, tmp_path: Path) -> None:
    (example,) = (block for block in shell_blocks() if block.startswith("curl"))
    path = os.environ["PATH"]
    if shutil.which("curl") is None:
        stand_in = tmp_path / "curl"
        stand_in.write_text(CURL.format(python=sys.executable), encoding="utf-8")
        stand_in.chmod(0o755)
        path = f"{tmp_path}{os.pathsep}{path}"
    ran = subprocess.run(
        ["sh", "-c", example.replace("http://127.0.0.1:8000", server)],
        env={**os.environ, "PATH": path},
        capture_output=True,
        check=True,
    )
    best = json.loads(ran.stdout)["heads"][0]
    assert (best["kind"], best["layer"], best["head"]) == ("encoder", 3, 1)
    assert best["weight"] == pytest.approx(0.80, abs=0.005)
    assert "The first of `heads` is layer 3, head 1, with a weight of 0.80." in README


def test_the_page_and_the_reference_that_readme_names_are_served(server: str) -> None:
    for path in ("/", *re.findall(r"<http://127\.0\.0\.1:8000(/\S*)>", README)):
        with urllib.request.urlopen(f"{server}{path}", timeout=120) as answer:
            assert answer.status == 200
            assert answer.headers.get_content_type() == "text/html"


def test_every_endpoint_that_readme_names_is_in_the_api(server: str) -> None:
    with urllib.request.urlopen(f"{server}/api/v1/openapi.json", timeout=120) as answer:
        paths = json.load(answer)["paths"]
    named = set(re.findall(r"/api/v1/[\w/-]+", README))
    assert named
    assert named <= set(paths)


def test_every_make_command_is_a_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?m)^([a-z-]+):", makefile))
    named = set(re.findall(r"\bmake ([a-z-]+)", README))
    assert {"serve", "test", "bench"} <= named
    assert named <= targets


@pytest.mark.parametrize("line", [c for c in commands("headlight") if " serve" not in c])
def test_every_command_line_example_runs(line: str) -> None:
    ran = subprocess.run(
        ["sh", "-c", line.replace(".venv/bin/headlight", f"{sys.executable} -m headlight.app.cli")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout


@pytest.mark.parametrize("line", [c for c in commands("headlight") if " serve" in c])
def test_every_option_of_a_serve_example_exists(line: str) -> None:
    shown = CliRunner().invoke(cli, ["serve", "--help"], env={"COLUMNS": "200"}).stdout
    for option in re.findall(r"--[a-z-]+", line):
        assert option in shown


def test_every_setting_named_exists() -> None:
    known = {f"HEADLIGHT_{name.upper()}" for name in Settings.model_fields}
    known.add("HEADLIGHT_CHROMIUM")  # the browser tests' own
    assert set(re.findall(r"HEADLIGHT_[A-Z]\w*", README)) <= known


def test_the_limits_named_are_the_defaults() -> None:
    settings = Settings.model_construct()
    limits = README.partition("## Limits")[2].partition("\n## ")[0]
    assert f"at most {settings.body_limit // 1_000_000} MB" in limits
    assert f"{settings.json_numbers // 1_000_000} million numbers" in limits
    assert f"(`.npz`: {settings.npz_numbers // 1_000_000} million)" in limits
    assert f"kept in {settings.cache_bytes // 1_000_000} MB of memory" in limits


def test_every_file_that_readme_links_or_names_is_there() -> None:
    linked = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    named = re.findall(r"`((?:app|docs|\.ci)/[\w./-]+)`", README)
    assert linked
    for path in linked + named:
        assert (ROOT / path).exists(), f"README names {path}"


def test_the_top_level_holds_what_the_layout_says_and_nothing_else() -> None:
    allowed = {"app", "bench", "docs", "headlight", "models", "static", "templates", "tests"}
    allowed |= {"package.json", "package-lock.json", "tsconfig.json", "biome.json"}
    allowed |= {"CHANGELOG.md", "Dockerfile", "LICENSE", "Makefile", "pyproject.toml"}
    allowed |= {"README.md", "README.zh.md"}
    made = {"node_modules", "build", "dist", "out", "headlight.egg-info", "__pycache__"}
    top = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert top - made <= allowed


def test_the_chinese_readme_has_the_same_examples_and_addresses() -> None:
    chinese = (ROOT / "README.zh.md").read_text(encoding="utf-8")
    blocks = re.compile(r"```.*?```", re.DOTALL)
    assert blocks.findall(chinese) == blocks.findall(README)
    for name in set(re.findall(r"/api/v1/[\w/-]+|`/\w+`|HEADLIGHT_[A-Z_]*", README)):
        assert name in chinese, name
    assert chinese.count("\n## ") == README.count("\n## ")
