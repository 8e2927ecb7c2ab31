"""Edited runs of every family that the attention function serves, and of our own models."""

from __future__ import annotations

from itertools import product

import pytest
import torch

from headlight.models.core.edit_list import interventions_of
from headlight.models.core.edits import ActivationPatch, MeanAblation, SetPattern, Temperature
from headlight.models.core.trace import Trace
from tests.models.edited import (
    ALL,
    FAMILIES,
    HEAD,
    KEY,
    OTHER_TEXT,
    QUERY,
    TEXT,
    Subject,
    close,
    edit_at,
    of_family,
    of_loaded,
    small,
)

SMALL = {
    f"small {score} {normaliser} {window}": {
        "score": score, "normaliser": normaliser, "window": window
    }
    for score, normaliser, window in product(
        ("scaled_dot", "dot", "additive"), ("softmax", "relu"), (None, 3)
    )
}  # fmt: skip


@pytest.fixture(scope="module", params=[*FAMILIES, *SMALL])
def subject(request: pytest.FixtureRequest) -> Subject:
    name: str = request.param
    if name in SMALL:
        return of_loaded(small(**SMALL[name]), TEXT, OTHER_TEXT)
    return of_family(FAMILIES[name])


def test_what_a_run_shows_is_what_it_did_whatever_was_edited(subject: Subject) -> None:
    for run in subject.runs:
        assert bool(run.hidden.isfinite().all()), run.name
        for site in run.sites:
            assert (site.intervention is not None) is (site is run.site)
            own = torch.ones(site.z.shape[:2], dtype=torch.bool)
            if site.intervention is not None:
                own = ~site.intervention.elsewhere(site.z)
                assert bool(own.all()) is (run.name != "patch")
            mixed = site.pattern(ALL) @ site.values(ALL)
            close(mixed[own], site.z[own], run.name)
            if site.projection is not None and site.output is not None:
                total = site.contribution(ALL).sum(0)
                bias = site.projection.bias
                close(total if bias is None else total + bias, site.output, run.name)


def test_every_edit_changes_what_the_model_goes_on_with(subject: Subject) -> None:
    for run in subject.runs:
        if run.name in ("softmax", "unscaled") or run.plain.normaliser == "relu":
            continue  # some do so by themselves; and what ReLU has put out stays out
        assert not torch.equal(run.site.z[HEAD], run.plain.z[HEAD]), run.name


def test_everything_before_the_edited_block_is_bit_for_bit_the_plain_run(subject: Subject) -> None:
    for run in subject.runs:
        edited = subject.sites.index(run.plain)
        for at, (mine, plain) in enumerate(zip(run.sites, subject.sites, strict=True)):
            same = [torch.equal(*pair) for pair in ((mine.q, plain.q), (mine.k, plain.k))]
            assert at > edited or (all(same) and torch.equal(mine.v, plain.v)), run.name
            assert at >= edited or torch.equal(mine.z, plain.z), run.name


def test_other_heads_of_the_edited_block_do_what_they_did(subject: Subject) -> None:
    for run in subject.runs:
        for head in set(range(run.plain.n_heads)) - {HEAD}:
            close(run.site.z[head], run.plain.z[head], run.name)
            close(run.site.pattern([head]), run.plain.pattern([head]), run.name)


def test_editing_nothing_changes_exactly_nothing(subject: Subject) -> None:
    sites, hidden = subject.run([])
    assert torch.equal(hidden, subject.hidden)
    assert all(torch.equal(a.z, b.z) for a, b in zip(sites, subject.sites, strict=True))


def test_a_head_patched_with_its_own_z_changes_nothing_to_speak_of(subject: Subject) -> None:
    itself = Trace("itself", "", None, subject.sites)
    for site in subject.edited_sites:
        _, hidden = subject.run([edit_at(site, ActivationPatch(itself))])
        assert float((hidden - subject.hidden).abs().max()) <= 1e-6


def test_many_edited_runs_made_as_one_batch_are_the_runs_one_by_one(subject: Subject) -> None:
    rows = [interventions_of([run.edit], subject.sites) for run in subject.runs]
    found = subject.run_batch([{}, *rows])
    close(found[0], subject.hidden, "plain")
    for row, run in zip(found[1:], subject.runs, strict=True):
        close(row, run.hidden, run.name)


def test_edits_of_several_blocks_and_heads_make_one_run(subject: Subject) -> None:
    edits = [
        edit_at(site, change, heads=(0, 2))
        for site in subject.sites
        for change in (Temperature(0.5), SetPattern(0.0, renormalise=True))
    ]
    edits += [edit_at(site, MeanAblation()) for site in subject.sites]
    sites, hidden = subject.run(edits)
    for site in sites:
        close(site.pattern(ALL) @ site.values(ALL), site.z, "several")
        assert site.pattern([0])[0, QUERY, KEY] == 0
    close(subject.run_batch([interventions_of(edits, subject.sites)])[0], hidden, "several")
