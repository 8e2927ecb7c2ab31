"""The set-up: pinned versions, and a browser that is found, installed or asked for in words."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.browser import chromium
from tests.browser.chromium import NoChromium

ROOT = Path(__file__).parents[1]


def plain(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def settings() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pins() -> dict[str, str]:
    lines = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return settings()["project"]


def test_every_dependency_is_pinned(pins: dict[str, str], project: dict[str, Any]) -> None:
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {plain(re.split(r"[<>=\[ ]", requirement)[0]) for requirement in wanted}
    assert names <= {plain(name) for name in pins}


def test_pins_are_versions_that_any_index_has(pins: dict[str, str]) -> None:
    """No local version (2.13.0+cpu), no path and no address."""
    assert all(re.fullmatch(r"\d[\w.]*", version) for version in pins.values())
    assert pins["torch"] == "2.13.0"


def test_the_image_is_set_up_from_the_same_pins() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "--constraint .ci/constraints.txt" in dockerfile
    assert "HF_HUB_OFFLINE=1" in dockerfile
    assert re.search(r"(?m)^USER (?!root)", dockerfile)


def test_the_image_gets_every_package_that_is_installed() -> None:
    folders = settings()["tool"]["setuptools"]["package-dir"].values()
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {f"!{folder}/" for folder in folders} <= set(let_in)


class TestChromium:
    @pytest.fixture
    def bare(self, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
        """A machine without a browser, where every command fails: the commands it ran."""
        ran: list[list[str]] = []

        def fail(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
            ran.append(command)
            return subprocess.CompletedProcess(command, 1)

        monkeypatch.delenv("HEADLIGHT_CHROMIUM", raising=False)
        monkeypatch.setattr(chromium.shutil, "which", lambda name: None)
        monkeypatch.setattr(chromium, "_playwrights_own", lambda: None)
        monkeypatch.setattr(chromium.subprocess, "run", fail)
        return ran

    def on_debian(self, monkeypatch: pytest.MonkeyPatch, user: int, browser: list[str]) -> None:
        """apt-get is there, and so is a browser once `browser` is not empty."""

        def which(name: str) -> str | None:
            if name == "chromium" and browser:
                return browser[0]
            return "/usr/bin/apt-get" if name == "apt-get" else None

        monkeypatch.setattr(chromium.shutil, "which", which)
        monkeypatch.setattr(chromium.os, "geteuid", lambda: user)

    def test_the_one_that_is_named_is_taken(
        self, bare: list[list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        mine = tmp_path / "my-chromium"
        mine.touch(mode=0o755)
        monkeypatch.setenv("HEADLIGHT_CHROMIUM", str(mine))
        assert chromium.chromium() == mine
        assert bare == []

    def test_a_named_one_that_cannot_run_is_refused_and_no_other_is_taken(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HEADLIGHT_CHROMIUM", "/nowhere/chromium")
        with pytest.raises(NoChromium, match="'/nowhere/chromium', which is no program"):
            chromium.chromium()

    def test_where_none_is_to_be_had_it_says_what_was_tried_and_what_to_do(
        self, bare: list[list[str]]
    ) -> None:
        with pytest.raises(NoChromium) as failed:
            chromium.chromium()
        assert "apt-get: not a Debian system" in str(failed.value)
        assert "playwright install chromium: exit code 1" in str(failed.value)
        assert "HEADLIGHT_CHROMIUM" in str(failed.value)
        assert [command[1:] for command in bare] == [["-m", "playwright", "install", "chromium"]]

    def test_root_on_debian_installs_it_with_apt(
        self, bare: list[list[str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        installed: list[str] = []

        def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
            bare.append(command)
            if "install" in command:
                installed.append("/usr/bin/chromium")
            return subprocess.CompletedProcess(command, 0)

        monkeypatch.setattr(chromium.subprocess, "run", run)
        self.on_debian(monkeypatch, user=0, browser=installed)
        assert chromium.chromium() == Path("/usr/bin/chromium")
        assert [command[:2] for command in bare] == [["apt-get", "update"], ["apt-get", "install"]]

    def test_others_on_debian_leave_apt_alone(
        self, bare: list[list[str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.on_debian(monkeypatch, user=1017, browser=[])
        with pytest.raises(NoChromium, match="apt-get: needs root"):
            chromium.chromium()
        assert all(command[0] != "apt-get" for command in bare)
