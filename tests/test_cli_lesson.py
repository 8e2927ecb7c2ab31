"""`headlight train lesson`."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from headlight.app.cli.main import cli


def test_the_models_of_a_lesson_are_made_again_into_a_folder(tmp_path: Path) -> None:
    made = CliRunner().invoke(
        cli, ["train", "lesson", "graphs", "--seeds", "1", "--out", str(tmp_path)]
    )
    assert made.exit_code == 0, made.output
    assert "The models and their card are in" in made.output
    card = json.loads((tmp_path / "graphs.json").read_text(encoding="utf-8"))
    assert card["lesson"] == "graphs"


def test_a_lesson_without_models_is_told_in_one_line(tmp_path: Path) -> None:
    refused = CliRunner().invoke(cli, ["train", "lesson", "softmax", "--out", str(tmp_path)])
    assert refused.exit_code == 2
    assert refused.output.strip() == (
        "headlight: no lesson 'softmax' has models; choose from graphs, images, taggers, twins"
    )
