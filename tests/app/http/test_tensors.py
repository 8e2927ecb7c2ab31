"""Answers that are mostly tensors: where each stands in JSON, and what an .npz holds."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from headlight.app.http.tensors import Tensor, TensorAnswer

# Two layers of three heads, a matrix of 2 x 5 each.
OF_HEADS = np.arange(60, dtype=np.float32).reshape(2, 3, 2, 5)
OF_LAYERS = np.arange(4, dtype=np.float32).reshape(2, 2)
ALONE = np.array([0.5, np.nan], dtype=np.float32)


def answer(**tensors: Tensor) -> TensorAnswer:
    heads = [{"layer": layer, "head": head} for layer in (0, 1) for head in (0, 1, 2)]
    fields = {"text": "a", "heads": heads, "layers": [{"layer": 0}, {"layer": 1}]}
    return TensorAnswer(fields, {"kind": np.array("encoder")}, tensors)


def arrays(made: TensorAnswer) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    return dict(np.load(io.BytesIO(made.npz())))


def test_rows_stand_in_the_objects_of_their_list_and_what_has_none_stands_alone() -> None:
    made = answer(
        u=Tensor(("layer", "head", "row", "col"), list(OF_HEADS)),
        w=Tensor(("layer", "row"), OF_LAYERS),
        b=Tensor(("row",), ALONE),
    )
    body = json.loads(made.json())
    assert body["text"] == "a"
    assert body["heads"][4] == {"layer": 1, "head": 1, "u": OF_HEADS[1, 1].tolist()}
    assert body["layers"][1] == {"layer": 1, "w": [2.0, 3.0]}
    assert body["b"] == [0.5, None]


def test_an_npz_holds_each_as_one_array_beside_its_labels() -> None:
    made = answer(
        u=Tensor(("layer", "head", "row", "col"), list(OF_HEADS)), b=Tensor(("row",), ALONE)
    )
    found = arrays(made)
    assert set(found) == {"kind", "u", "b"}
    np.testing.assert_array_equal(found["u"], OF_HEADS)
    np.testing.assert_array_equal(found["b"], ALONE)


def test_what_no_layer_has_is_null_and_left_out() -> None:
    made = answer(u=Tensor(("layer", "head", "row"), [[None] * 3, [None] * 3]))
    assert [head["u"] for head in json.loads(made.json())["heads"]] == [None] * 6
    assert set(arrays(made)) == {"kind"}


def test_what_some_layers_lack_is_no_array() -> None:
    made = answer(u=Tensor(("layer", "head", "row"), [np.ones((3, 2)), [None] * 3]))
    with pytest.raises(AssertionError, match="some layers have no u"):
        made.npz()


def test_rows_that_are_not_as_many_as_the_objects_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        answer(w=Tensor(("layer", "row"), OF_LAYERS[:1])).json()
