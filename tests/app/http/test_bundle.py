"""What `npm run bundle` makes of the pages' modules, and when it is sent in their place."""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from pathlib import Path
from urllib.parse import urljoin

import pytest

from headlight.app.http.assets import Plotly, StaticTree
from tests.app.conftest import Serve
from tests.app.fakes import FakeModel, FakeRegistry

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout's pages, and their bundle."""
    root = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "static", root / "static", ignore=shutil.ignore_patterns("bundle"))
    (root / ".ci").mkdir()
    for name in (".ci/bundle.js", "package.json"):
        shutil.copy(ROOT / name, root / name)
    (root / "node_modules").symlink_to(ROOT / "node_modules")
    node = Path(sysconfig.get_path("scripts")) / "node"
    subprocess.run([node, ".ci/bundle.js"], cwd=root, check=True)
    return root / "static"


def test_every_page_is_sent_few_files_and_its_own_module_last(bundled: Path) -> None:
    tree, plain = StaticTree(bundled), StaticTree(bundled, bundle=False)
    assert (tree.bundled, plain.bundled) == (True, False)
    pages = [path.name for path in (bundled / "js" / "pages").iterdir()]
    assert len(pages) >= 5
    for page in pages:
        assert tree.modules(page)[-1] == f"bundle/{page}/main.js"
        assert len(tree.modules(page)) < len(plain.modules(page)) / 2, page
        assert plain.modules(page)[-1] == f"js/pages/{page}/main.js"
        assert set(tree.modules(page)) <= tree.files.keys()
    assert tree.modules("absent") == plain.modules("absent") == ()


def test_every_file_that_a_bundle_imports_first_is_named_by_the_page(bundled: Path) -> None:
    tree = StaticTree(bundled)
    for page in [path.name for path in (bundled / "js" / "pages").iterdir()]:
        known = set(tree.modules(page))
        for name in known:
            text = tree.files[name].body.decode()
            for target in re.findall(r"""(?:^|;)import(?:\{[^}]*\}from)?"(\.[^"]+)";""", text):
                assert urljoin(name, target) in known


def test_a_bundle_of_other_modules_is_not_sent(bundled: Path, tmp_path: Path) -> None:
    changed = Path(shutil.copytree(bundled, tmp_path / "static"))
    module = changed / "js" / "core" / "dom.js"
    module.write_text(module.read_text() + "\n// changed")
    tree = StaticTree(changed)
    assert not tree.bundled
    assert tree.modules("walk")[-1] == "js/pages/walk/main.js"
    module.unlink()
    tree.refresh()
    assert not tree.bundled


def test_a_server_without_a_bundle_says_so(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    for expected, settings in ((True, {}), (False, {"bundle": False}), (False, {"debug": True})):
        caplog.clear()
        client = serve(FakeRegistry(FakeModel("plain")), **settings)
        state = client.app.state.app_state  # type: ignore[attr-defined]
        said = any("one by one" in record.message for record in caplog.records)
        assert said is (expected and not state.static.bundled)


def test_a_bundle_has_the_charts_that_pages_draw_of_plotly_in_the_packages_own_version(
    bundled: Path,
) -> None:
    whole, part = Plotly(StaticTree(bundled, bundle=False)), Plotly(StaticTree(bundled))
    assert whole.name != part.name
    assert len(part.asset.body) < len(whole.asset.body) / 3
    versions = {
        re.search(rb"plotly\.js (?:\(cartesian[^)]*\) )?v([\d.]+)", each.asset.body[:300])
        for each in (whole, part)
    }
    found = {match[1] for match in versions if match}
    assert len(found) == 1
