"""Measure everything and write docs/benchmarks.md: `make bench`, or `python -m bench`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from bench.lessons import lessons
from bench.load import beside_bare, mixed
from bench.page import pages
from bench.report import machine
from bench.runs import captured_runs, control, edited_runs, gradients, own_runs
from bench.server import ROOT, serving
from bench.subjects import subjects
from bench.wire import crowds, overviews

PAGE = """# Speed

Written by `make bench`, never by hand. Medians of work done in turns (A B A B), in one session
on one machine: {machine}
Another machine gives other times; the ratios are what to compare. Everywhere, bare forward and
server alike, threads that wait sleep instead of spinning (OMP_WAIT_POLICY=passive).

The models are the bundled one and BERT-base with random weights: speed does not depend on
weights. "Bare forward" is the same model in transformers at its fastest (sdpa), which captures
nothing and sends nothing.

## A captured run

q, k, v and z of every head kept. "Text to trace" cuts the text into tokens and words as well.

{runs}

## An edited run

The bundled model, both times from the text to a trace. An edited run is meant to take at most 1.2
times the plain one.

{edited}

The control: random heads switched off, 3 at a time, in 20 draws made as one batch. A text of 27
tokens is meant to take at most 1 s.

{control}

Gradient x pattern of every link of every head, meant to take at most 3 times the plain run:

{gradients}

## The small model on one thread

From the text to a trace with the inside of each block and what the model says: its words' tags,
parents and antecedents. "Bare forward" is its own pass over the same tokens, nothing read off it.
A sentence of 27 tokens is meant to take at most 5 ms.

{own}

## POST /overview

From the request to the last byte, compressed as for a browser, over an open connection to a
server in a process of its own; every text is new, so nothing comes from the cache.
Random weights make flatter patterns than trained ones, which compress to fewer bytes.

{overviews}

## Lessons

What a control of a lesson asks for, from the request to the last byte; each time it is set
elsewhere, so that nothing comes from a cache. Every control is meant to be answered within 100 ms.

{lessons}

## The page

Chromium, 1400 x 1000, no graphics card, without the pages of its own that it loads for the
address bar of every new window. Times end when the frame is drawn. "Bare canvas" is a page that
does nothing but paint the same bytes, one grey pixel each, on one canvas. The overview runs from
the last byte of the answer until it is drawn, and until the frame that shows it, which is meant to
take at most twice the bare canvas; "head opened" from the click, its request included; hovers from
the pointer's move to the highlight, with the slowest of all.

{pages}

Memory with every picture drawn, one head opened and hovered:

{memory}

## Clients at once

Each asks the bundled model for the overview of a new text as soon as it has the last one.

{crowds}

Eight clients beside the bare forward of the same model in a loop, which has both cores to itself in
its turns; medians of turns. The server is meant to give at least as many answers as there are
forwards: it runs two texts at once, one core each.

{beside}

## All kinds of requests, 64 clients, 5 minutes

Each sends the next as soon as it has the last answer: mostly short new texts, some of 128 and 512
tokens, mostly what a page asks for, and experiments between. A client is meant to wait at most 5 s.
"Longest" is the wait of the one client who waited longest. The clients share the machine.

{mixed}

{memory_served}
"""


def main() -> None:
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        mini, base = subjects(Path(scratch))
        sections = {
            "runs": captured_runs([mini, base]),
            "edited": edited_runs(mini),
            "control": control(mini),
            "gradients": gradients(mini),
            "own": own_runs(),
        }
        with serving(base.folder) as address:
            sections["overviews"] = overviews(address, [mini, base])
            sections["lessons"] = lessons(address)
            sections["crowds"] = crowds(address, mini)
            sections["beside"] = beside_bare(address, mini)
            sections["mixed"], sections["memory_served"] = mixed(address, mini)
            sections["pages"], sections["memory"], browser = pages(address, [mini, base])
    written = PAGE.format(machine=machine(browser, load), **sections)
    (ROOT / "docs" / "benchmarks.md").write_text(written, encoding="utf-8")
    print(written)


if __name__ == "__main__":
    main()
