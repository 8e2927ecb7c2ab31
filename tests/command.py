"""The command `headlight` as tests call it: in this process, or in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from click.testing import Result
from typer.testing import CliRunner

from headlight.app.cli.main import cli

ROOT = Path(__file__).parents[1]
CATS = "The cat sat on the mat"


def headlight(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), env={"COLUMNS": "80"})


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The same in a process of its own, where stderr is what a person sees."""
    return subprocess.run(
        [sys.executable, "-m", "headlight.app.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def said(result: Result, error: str) -> None:
    """The command failed as a command should: exit code 2, one line, nothing on stdout."""
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert error in result.stderr
