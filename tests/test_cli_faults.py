"""What goes wrong on the command line is told in one plain line."""

from __future__ import annotations

import shutil
from pathlib import Path

from headlight.models.zoo.registry import SMALL_WEIGHTS
from tests.command import CATS, headlight, run, said


def test_a_loop_of_links_is_no_folder(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for command in (
        ("serve", "--model", str(loop)),
        ("models", "--model", str(loop)),
        ("attention", CATS, "--layer=0", "--head=0", "--model", str(loop)),
    ):
        said(headlight(*command), f"there is no folder '{loop}'")


def test_weights_that_are_cut_short_are_told_in_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "short"
    shutil.copytree(SMALL_WEIGHTS, folder)
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[:1000])
    result = headlight("attention", CATS, "--layer=0", "--head=0", "--model", str(folder))
    said(result, "model.safetensors of short is cut short")
    assert len(result.stderr.splitlines()) == 1


def test_a_terminal_of_ascii_gets_escapes() -> None:
    command = ("attention", "苹果很好吃", "--layer=0", "--head=0", "--model=small")
    result = run(*command, PYTHONIOENCODING="ascii")
    assert (result.returncode, result.stderr) == (0, "")
    assert "\\u82f9" in result.stdout
    wrong = ("attention", "苹", "--layer=9", "--head=0", "--model=苹果")
    failed = run(*wrong, PYTHONIOENCODING="ascii")
    assert failed.returncode == 2
    assert failed.stderr.startswith("error: there is no model ")
    assert failed.stderr.count("\n") == 1
