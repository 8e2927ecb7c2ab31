"""The command `headlight`: serve the page, list the models, print one head.

What goes wrong is said on stderr in one line, with exit code 2, as for a wrong option.
Torch takes seconds to import, so each command imports what it needs when it runs.
"""

from __future__ import annotations

import errno
import io
import json
import logging
import os
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer
from pydantic import ValidationError
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer.core import TyperGroup

from headlight.app.cli import lesson, small
from headlight.app.settings import Settings
from headlight.app.version import installed_version

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headlight.models.zoo.registry import Registry

GAP = 2  # characters between two columns of a table
LogLevel = Literal["critical", "error", "warning", "info", "debug"]
Names = Annotated[
    list[str] | None,
    typer.Option("--model", help="A folder or hub id to offer beside the others; repeat for more."),
]

# Longer than clients and proxies keep a connection that is not used (5 to 60 seconds): who sends on
# one while the server closes it gets no answer.
KEEP_ALIVE_S = 65
LIBRARYS_OWN = "Value error, "  # what pydantic puts before the words of whoever refused


class PlainGroup(TyperGroup):
    """Commands whose wrong options are told in our words alone."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix(LIBRARYS_OWN)
            raise


cli = typer.Typer(
    cls=PlainGroup,
    help="See what each attention head of a real transformer does with a sentence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


small.train.command("lesson")(lesson.train_lesson)
cli.add_typer(small.train, name="train")
cli.add_typer(small.evaluate, name="evaluate")


def main() -> None:
    """The entry point of the console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # an ascii terminal is told in escapes
            stream.reconfigure(errors="backslashreplace")
    cli(prog_name="headlight")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"headlight {installed_version()}")
        raise typer.Exit


@cli.callback()
def headlight(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """What stands before every command."""


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0: any that is free.")] = None,
    model: Names = None,
    workers: Annotated[
        int, typer.Option(min=1, help="Server processes, each with its models.")
    ] = 1,
    log_level: Annotated[LogLevel | None, typer.Option(help="What the log leaves out.")] = None,
) -> None:
    """Serve the page and the API. HEADLIGHT_* in the environment sets what is not given."""
    import uvicorn

    settings = _settings(model or ())
    host = settings.host if host is None else host
    port = settings.port if port is None else port
    _check_free(host, port)  # before torch is there, which takes seconds
    # A wrong name fails here, in words, not in a worker process.
    _warn_of_refused(_registry(settings))
    os.environ["HEADLIGHT_MODELS"] = ",".join(settings.models)
    with _counting_together(workers):
        uvicorn.run(
            "headlight.app.main:app",
            host=host,
            port=port,
            workers=workers,
            log_level=log_level or settings.log_level,
            server_header=False,
            # Who a client says that it is counts only where the operator trusts who passes it on.
            proxy_headers="FORWARDED_ALLOW_IPS" in os.environ,
            timeout_graceful_shutdown=settings.stop_wait_s,
            timeout_keep_alive=KEEP_ALIVE_S,
        )


@cli.command()
def models(
    model: Names = None,
    output: Annotated[
        Literal["table", "json"], typer.Option("--format", help="How to print it.")
    ] = "table",
) -> None:
    """List the models that can be asked for."""
    registry = _registry(_settings(model or ()))
    rows = [
        {
            "name": entry.name,
            "title": entry.title,
            "description": entry.description,
            "kind": entry.kind,
            "source": entry.source,
            "licence": entry.licence,
            "here": entry.origin.locate() is not None,
            "reason": registry.status(entry.name).reason,
            "remedy": registry.status(entry.name).remedy,
        }
        for entry in registry.entries
    ]
    if output == "json":
        typer.echo(json.dumps({"default": registry.default, "models": rows}, ensure_ascii=False))
        return
    _warn_of_refused(registry)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("name", no_wrap=True)
    for heading in ("what it is", "kind", "weights", "licence"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        cells = (row["name"], row["title"], row["kind"], _where(row), row["licence"])
        table.add_row(*(escape(str(cell or "?")) for cell in cells))
    Console().print(table)


@cli.command()
def attention(
    text: Annotated[str, typer.Argument(help="What the model reads.")],
    layer: Annotated[int, typer.Option(help="Counted from 0.")],
    head: Annotated[int, typer.Option(help="Counted from 0.")],
    model: Annotated[
        str | None,
        typer.Option(help="A name that `headlight models` lists, a folder, or owner/name."),
    ] = None,
    kind: Annotated[
        Literal["encoder", "decoder", "cross"] | None,
        typer.Option(help="The model's first kind if not given."),
    ] = None,
    pair: Annotated[
        str | None, typer.Option(help="A second text; for translation models the target.")
    ] = None,
    level: Annotated[Literal["token", "word"], typer.Option(help="What a row is.")] = "token",
    output: Annotated[
        Literal["table", "json", "csv"], typer.Option("--format", help="How to print it.")
    ] = "table",
) -> None:
    """Print the pattern of one head: a row for each query, which says where it looks."""
    from headlight.app.features.attention import attention_bytes
    from headlight.app.features.selection import AttentionRequest, arrays, select
    from headlight.app.http.encode import CSV, JSON
    from headlight.models.zoo.transformers import silence_transformers

    silence_transformers()
    settings = _settings(())
    registry, name = _registry_with(settings, model)
    with _errors_in_words():
        trace = registry.load(name).run(text, pair)
        selection = select(trace, kind, [layer], [head], ["pattern"], level)
        if output != "table":
            asked = AttentionRequest(
                text=text, text_pair=pair, kind=kind, layers=[layer], heads=[head], level=level
            )
            media_type = CSV if output == "csv" else JSON
            sys.stdout.buffer.write(attention_bytes(trace, asked, media_type, settings))
            return
    pattern = arrays(selection, selection.sites[0], (head,))["pattern"]
    assert pattern is not None
    sides = (selection.query, selection.key)
    queries, keys = (list(side.axis(level).labels) for side in sides)
    console = Console()
    console.print(
        f"{trace.model}, {selection.kind}, layer {layer}, head {head}: each row is one query and "
        "sums to 1; its largest value is bold",
        markup=False,
        highlight=False,
    )
    for table in _pattern_tables(pattern[0], queries, keys, console.width):
        console.print(table)


@contextmanager
def _counting_together(workers: int) -> Iterator[None]:
    """Several processes count in one folder, so that /metrics of any of them tells of all."""
    from headlight.app.service.metrics import MULTIPROC_DIR

    if workers == 1 or os.environ.get(MULTIPROC_DIR):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="headlight-metrics-") as folder:
        os.environ[MULTIPROC_DIR] = folder
        try:
            yield
        finally:
            del os.environ[MULTIPROC_DIR]


def _check_free(host: str, port: int) -> None:
    """Nobody listens there yet: found out before a model is loaded, and told in one line.

    Binds every address of `host` as the server will, and lets go of it.
    """
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as error:
        _fail(f"{host!r} is no address of a machine ({error.strerror}); give another --host")
    bound, refused = 0, ""
    for family, kind, protocol, _, address in found:
        try:
            with socket.socket(family, kind, protocol) as probe:
                if os.name == "posix":  # elsewhere it would let two servers share a port
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind(address)
                bound += 1
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                _fail(
                    f"{shown} is taken by another program; stop that one, or choose another port "
                    "with --port (0: any that is free)"
                )
            refused = os.strerror(error.errno or 0)
    if not bound:
        _fail(f"cannot listen on {shown} ({refused}); give another --host or --port")


def _warn_of_refused(registry: Registry) -> None:
    """A line for each folder whose files cannot be served: where it is, why, and what to do."""
    from headlight.models.zoo.sources import LocalFolder

    for entry in registry.entries:
        status = registry.status(entry.name)
        if status.state == "unavailable" and isinstance(entry.origin, LocalFolder):
            told = f"{entry.origin.path}: {status.reason}. {status.remedy}"
            typer.echo(f"warning: {told}", err=True)


def _where(row: dict[str, Any]) -> str:
    """Where the weights of a model are."""
    if row["reason"] is not None:
        return "unusable"
    if row["here"]:
        return "here"
    return "hub" if row["source"] == "hub" else "missing"


def _pattern_tables(
    pattern: NDArray[Any], queries: Sequence[str], keys: Sequence[str], width: int
) -> Iterator[Table]:
    """The pattern in tables as wide as the terminal: its columns, some at a time."""
    import numpy as np

    largest = np.nanmax(pattern, axis=1)
    widest = min(max(5, *map(cell_len, queries)), width // 3)
    first = max(3, len(str(len(queries) - 1)))
    room = width - first - GAP - widest - GAP
    for columns in _columns_that_fit(keys, room):
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
        table.add_column("pos", justify="right", style="dim", no_wrap=True)
        table.add_column("query", no_wrap=True, min_width=widest, max_width=widest)
        for column in columns:
            heading = f"{column}\n{escape(keys[column])}"
            table.add_column(heading, justify="right", no_wrap=True, min_width=4)
        for position, row in enumerate(pattern):
            cells = (_cell(row[column], largest[position]) for column in columns)
            table.add_row(str(position), escape(queries[position]), *cells)
        yield table


def _columns_that_fit(keys: Sequence[str], room: int) -> Iterator[list[int]]:
    """Column numbers in groups that fit in `room` characters, each at least one."""
    group: list[int] = []
    left = room
    for column, text in enumerate(keys):
        needed = max(4, cell_len(text), len(str(column))) + GAP
        if group and needed > left:
            yield group
            group, left = [], room
        group.append(column)
        left -= needed
    yield group


def _cell(value: float, largest: float) -> str:
    """Two decimals; bold if the row's largest, a dot where masked."""
    if value != value:
        return "[dim]·[/dim]"
    text = f"{value:.2f}"
    return f"[bold]{text}[/bold]" if value == largest else text


def _settings(models: Sequence[str]) -> Settings:
    """The environment's settings, with more models."""
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        reason = first["msg"].removeprefix(LIBRARYS_OWN)
        _fail(f"HEADLIGHT_{str(first['loc'][0]).upper()}: {reason}")
    comma = next((name for name in models if "," in name), None)
    if comma is not None:
        _fail(f"{comma!r} holds a comma, which separates models; give each its own --model")
    return settings.model_copy(update={"models": (*settings.models, *models)})


def _registry(settings: Settings) -> Registry:
    """The models there are. A folder that the operator names has to be there; what is wrong with
    its files is said by /models, and the others serve on."""
    from headlight.models.core.errors import UnknownModel
    from headlight.models.zoo.registry import DEFAULT, build_registry, operator_entry
    from headlight.models.zoo.sources import LocalFolder

    try:
        registry = build_registry(
            settings.models, settings.default_model or DEFAULT, linear=settings.linear
        )
        for given in settings.models:
            origin = operator_entry(given).origin
            if isinstance(origin, LocalFolder) and not origin.path.is_dir():
                _fail(
                    f"there is no folder {given!r}; --model and HEADLIGHT_MODELS take a folder "
                    "that save_pretrained wrote, or a hub id (owner/name)"
                )
    except UnknownModel as error:
        _fail(error.message)
    except ValueError as error:
        _fail(str(error))
    return registry


def _registry_with(settings: Settings, model: str | None) -> tuple[Registry, str]:
    """The models there are, with that one, and the name it has there; None: the default."""
    registry = _registry(settings)
    if model is None:
        return registry, registry.default
    is_named = any(entry.name == model for entry in registry.entries)
    if is_named or not ("/" in model or Path(model).is_dir()):
        return registry, model
    from headlight.models.zoo.registry import operator_entry

    more = settings.model_copy(update={"models": (*settings.models, model)})
    return _registry(more), operator_entry(model).name


@contextmanager
def _errors_in_words() -> Iterator[None]:
    """Domain errors become one line on stderr and exit code 2."""
    from headlight.app.http.errors import ApiError
    from headlight.models.core.errors import HeadlightError

    # What the hub's client raised goes to a server's log; here the error itself says enough.
    logging.getLogger("headlight.models.zoo.sources").setLevel(logging.ERROR)
    try:
        yield
    except (HeadlightError, ApiError) as error:
        _fail(error.message)


def _fail(message: str) -> NoReturn:
    typer.echo(f"error: {message}", err=True)
    raise typer.Exit(2)


if __name__ == "__main__":
    main()
