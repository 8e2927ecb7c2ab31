"""What the page must show: the API's own answers, fetched beside the browser, and numbers
read back from the screen."""

from __future__ import annotations

import re
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

LAW = (
    "The Law will never be perfect, but its application should be just - "
    "this is what we are missing, in my opinion."
)
SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
NUMBER = re.compile(r"^([−-]?\d+(?:\.(\d+))?)(?: × 10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+))?$")


class Oracle:
    """The HTTP API, asked without a browser."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self._client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def refusal(self, path: str, **body: Any) -> str:
        """The message of an answer that is an error."""
        answer = self._client.post(path, json=body)
        assert answer.status_code >= 400, answer.text
        message: str = answer.json()["error"]["message"]
        return message

    def model(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self._client.get(f"/models/{name}").json()
        return found

    def tokens(self, text: str, **rest: Any) -> list[str]:
        return [token["text"] for token in self.post("/tokens", text=text, **rest)["tokens"]]

    def array(self, name: str, layer: int, head: int, text: str = LAW, **rest: Any) -> NDArray[Any]:
        """One array of one head, [query_pos, ...]; NaN where a cell is masked."""
        body = {"text": text, "layers": [layer], "heads": [head], "include": [name], **rest}
        (found,) = self.post("/attention", **body)["heads"]
        return np.array(found[name], dtype=float)

    def cell(self, layer: int, head: int, query_pos: int, key_pos: int, **rest: Any) -> Any:
        where = {"layer": layer, "head": head, "query_pos": query_pos, "key_pos": key_pos}
        return self.post("/cell", **{"text": LAW, "kind": "encoder", **where, **rest})

    def search(self, query: Any, key: Any, **rest: Any) -> dict[str, Any]:
        return self.post("/heads/search", **{"text": LAW, "query": query, "key": key, **rest})


def read_number(text: str) -> tuple[float, float]:
    """A number as the screen writes it, and half a unit of its last digit."""
    found = NUMBER.match(text.strip())
    assert found, f"{text!r} is not a number"
    mantissa, decimals, exponent = found.groups()
    power = 10.0 ** int((exponent or "0").translate(SUPERSCRIPT))
    return float(mantissa.replace("−", "-")) * power, 0.5 * 10.0 ** -len(decimals or "") * power


def shows(text: str, value: float, digits: int = 4) -> bool:
    """Whether `text` is `value`, rounded, with at least that many significant digits."""
    number, half = read_number(text)
    enough = number == 0 or half <= 0.5 * 10.0 ** (np.floor(np.log10(abs(number))) - digits + 1.5)
    return bool(enough and abs(number - value) <= half * 1.001 + 1e-12)


def share(text: str) -> tuple[float, float]:
    """The first percentage in a sentence, as a share of one, and half its last digit."""
    found = re.search(r"(\d+(?:\.(\d+))?) %", text)
    assert found, f"no percentage in {text!r}"
    return float(found[1]) / 100, 0.005 * 10.0 ** -len(found[2] or "")
