"""`headlight train lesson`: make the models of a lesson again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def train_lesson(
    name: Annotated[
        str, typer.Argument(help="Of a lesson that has models; a name that it lacks lists them.")
    ],
    out: Annotated[Path, typer.Option(help="Where the weights and the card go.")] = Path("lesson"),
    corpus: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="The folder of corpora, for taggers; the README says where each comes from.",
        ),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Trainings of each model; the first is kept.")
    ] = None,
) -> None:
    """Train all models of a lesson, measure them, save weights and card. The same seeds give the
    same figures again."""
    import torch

    from headlight.models.core.errors import HeadlightError
    from headlight.models.lessons.recipes.lessons import make

    torch.set_num_threads(1)  # products this small are slower on several
    try:
        for model, seconds in make(name, out, seeds, corpus):
            typer.echo(f"{model}: {seconds:.1f} s of processor time so far", err=True)
    except (ValueError, HeadlightError) as error:
        typer.echo(f"headlight: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(f"The models and their card are in {out}.")
