"""`headlight train small` and `headlight evaluate small`: make our own model again, measure it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

train = typer.Typer(help="Train a model of our own.", no_args_is_help=True)
evaluate = typer.Typer(help="Measure a model of our own.", no_args_is_help=True)

Corpus = Annotated[
    Path,
    typer.Option(
        "--corpus",
        exists=True,
        file_okay=False,
        help="The folder of corpora; the README says where each comes from.",
    ),
]


@train.command("small")
def train_small(
    corpus: Corpus,
    out: Annotated[
        Path, typer.Option(help="Where the model goes; training goes on from what is there.")
    ] = Path("small"),
    steps: Annotated[int | None, typer.Option(min=1, help="Steps of about 1,900 tokens.")] = None,
    seed: Annotated[int | None, typer.Option(help="Decides everything that is random.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Torch's threads.")] = None,
    other: Annotated[
        list[Path] | None,
        typer.Option(help="A folder trained with another seed, for the card; repeat for more."),
    ] = None,
) -> None:
    """Train on the corpora, save the model and its card. Kill it and run it again: it goes on."""
    import torch

    from headlight.models.core.errors import HeadlightError
    from headlight.models.small.training.pipeline import make
    from headlight.models.small.training.trainer import Settings
    from headlight.models.zoo.registry import build_registry

    if threads is not None:
        torch.set_num_threads(threads)
    chosen = {name: n for name, n in (("steps", steps), ("seed", seed)) if n is not None}
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    try:
        with Progress(*columns, console=console) as bar:
            shown = bar.add_task("reading the corpora", total=None)
            bert = build_registry().load("bert")
            for progress in make(corpus, out, Settings(**chosen), bert, others=other or ()):
                losses = "  ".join(f"{task} {loss:.3f}" for task, loss in progress.losses.items())
                pace = f"{progress.tokens_per_second:,.0f} tokens/s"
                left = f"{progress.seconds_left / 60:.0f} min left"
                console.print(f"step {progress.step:>6}  {losses}  {pace}  {left}", highlight=False)
                bar.update(
                    shown,
                    description="training",
                    completed=progress.step,
                    total=progress.steps,
                )
    except (HeadlightError, ValueError) as error:
        typer.echo(f"headlight: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(f"The model and its card are in {out}.")


@evaluate.command("small")
def evaluate_small(
    corpus: Corpus,
    folder: Annotated[
        Path | None, typer.Option("--model", help="A trained folder; the shipped one if not given.")
    ] = None,
) -> None:
    """Print the card's table: every figure beside its baselines, measured again."""
    from headlight.models.core.errors import HeadlightError
    from headlight.models.small.training.pipeline import measured
    from headlight.models.zoo.registry import SMALL_WEIGHTS, build_registry

    try:
        typer.echo(measured(corpus, folder or SMALL_WEIGHTS, build_registry().load("bert")))
    except (HeadlightError, ValueError) as error:
        typer.echo(f"headlight: {error}", err=True)
        raise typer.Exit(2) from None
