"""The build's promises: a user needs Python and make only, an interrupted build breaks nothing, pages stay light."""

import gzip
import json
import re
import tomllib
from pathlib import Path

import pytest

from engine import assets

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "web_src"


def small_source(folder: Path) -> Path:
    source = folder / "web_src"
    source.mkdir()
    (source / "build.mjs").write_text("// builds", encoding="utf-8")
    return source


def pretend_node(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a shell script in node's place; it is called as `node npm-cli.js ci …`, then as `node build.mjs OUT`."""
    node = folder / "node"
    node.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    node.chmod(0o755)
    monkeypatch.setattr(assets, "_node", lambda: (node, folder / "npm-cli.js"))


BUILDS = 'if [ "$1" = build.mjs ]; then mkdir -p "$2"; echo \'{"app.js": "app-1.js"}\' > "$2/manifest.json"; fi'


def test_a_build_is_made_once_and_again_only_when_a_source_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, static = small_source(tmp_path), tmp_path / "static"
    pretend_node(tmp_path, monkeypatch, BUILDS)
    assert assets.build(source, static) is True
    assert assets.manifest(static) == {"app.js": "app-1.js"}
    assert assets.build(source, static) is False
    (source / "app.css").write_text("a {}", encoding="utf-8")
    assert not assets.is_fresh(source, static)
    assert assets.build(source, static) is True
    assert not list(tmp_path.glob(".static-*")), "nothing of the swap is left behind"


def test_what_npm_installs_is_not_a_source(tmp_path: Path) -> None:
    source = small_source(tmp_path)
    before = assets.digest(source)
    (source / "node_modules").mkdir()
    (source / "node_modules" / "x.js").write_text("1", encoding="utf-8")
    assert assets.digest(source) == before


def test_an_unreachable_registry_is_said_in_one_sentence_and_the_old_bundle_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source, static = small_source(tmp_path), tmp_path / "static"
    static.mkdir()
    (static / "manifest.json").write_text('{"app.js": "old.js"}', encoding="utf-8")
    pretend_node(tmp_path, monkeypatch, "echo 'npm error code ENOTFOUND'; exit 1")
    with pytest.raises(assets.BuildFailed, match="can't be reached") as failed:
        assets.build(source, static)
    assert "\n" not in str(failed.value)
    assert "ENOTFOUND" in capsys.readouterr().out
    assert assets.manifest(static) == {"app.js": "old.js"}


def test_a_bundle_that_does_not_compile_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = small_source(tmp_path)
    pretend_node(tmp_path, monkeypatch, 'if [ "$1" = build.mjs ]; then echo "app.js:1: unexpected"; exit 1; fi')
    with pytest.raises(assets.BuildFailed, match="esbuild could not bundle"):
        assets.build(source, tmp_path / "static")
    assert not (tmp_path / "static").exists()


def test_a_server_without_a_bundle_gets_an_empty_manifest(tmp_path: Path) -> None:
    assert assets.manifest(tmp_path) == {}


def test_a_checkout_serves_its_own_definitions() -> None:
    assert assets.home_pack() == ROOT / "definitions"


def test_versions_are_exact_and_constraints_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = list(project["project"]["dependencies"]) + list(project["build-system"]["requires"])
    for extra in project["project"]["optional-dependencies"].values():
        wanted += [one for one in extra if not one.startswith("formloom")]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {plain(line.split("==")[0]): line.split("==")[1] for line in lines if "==" in line and line[0] != "#"}
    for one in wanted:
        name, _, version = one.partition("==")
        assert version, f"{one} is not pinned"
        assert pinned[plain(name)] == version, f"constraints.txt has another {name}"


def plain(name: str) -> str:
    """A package's name as registries compare it, without its extras: `psycopg[binary]` -> `psycopg`."""
    return re.sub(r"[-_.]+", "-", re.sub(r"\[.*\]", "", name)).lower()


def test_the_lock_file_names_no_host_and_packages_are_exact() -> None:
    lock = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))
    for name, package in lock["packages"].items():
        assert "resolved" not in package, name
        assert not name or "integrity" in package, name
    asked = json.loads((WEB / "package.json").read_text(encoding="utf-8"))
    for version in {**asked["dependencies"], **asked["devDependencies"]}.values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)


def sprite_names() -> set[str]:
    lines = (WEB / "icons.txt").read_text(encoding="utf-8").splitlines()
    return {name for line in lines if not line.startswith("#") for name in line.split()} | {"fl-mark"}


def test_every_icon_that_the_home_pack_and_the_pages_name_is_in_the_sprite() -> None:
    named: dict[str, str] = {}
    for file in (ROOT / "definitions").rglob("*.yaml"):
        for name in re.findall(r"\bicon: *([a-z0-9-]+)", file.read_text(encoding="utf-8")):
            named[name] = file.name
    for file in (ROOT / "engine" / "web" / "templates").rglob("*.html"):
        for name in re.findall(r"icon\('([a-z0-9-]+)'|icons\.svg#([a-z0-9-]+)", file.read_text(encoding="utf-8")):
            named["".join(name)] = file.name
    missing = {name: where for name, where in named.items() if name not in sprite_names()}
    assert missing == {}


@pytest.mark.parametrize(
    ("name", "limit_kb"), [("app.css", 30), ("app.js", 30), ("form.js", 37), ("dashboard.js", 200), ("icons.svg", 12)]
)
def test_pages_stay_light(name: str, limit_kb: int) -> None:
    """Compressed, with every file that it loads at once; a form's and a dashboard's own part without the common one.
    A form's is 12 KB above the 25 that were planned: it computes by itself whatever the server computes."""
    files = loaded(assets.manifest()[name])
    if name in ("form.js", "dashboard.js"):
        files -= loaded(assets.manifest()["app.js"])
    if name == "dashboard.js":
        files |= {file.name for file in assets.STATIC.glob("charts-*.js")}
    size = sum(len(gzip.compress((assets.STATIC / file).read_bytes(), 9)) for file in files)
    assert size <= limit_kb * 1024


def test_what_comes_later_names_what_every_page_has() -> None:
    """Else the bundler cuts the common part into pieces, and every page fetches more of them."""
    scripts = WEB / "js"
    asked = {
        name
        for file in scripts.glob("*.js")
        for name in re.findall(r'import\("\./(\w+\.js)"\)', file.read_text("utf-8"))
    }
    parts = [*(scripts / name for name in asked), *(scripts / "controls").glob("*.js")]
    assert [
        part.name for part in parts if not re.search(r'^import "\.\.?/app\.js";', part.read_text("utf-8"), re.M)
    ] == []


def loaded(file: str, found: frozenset[str] = frozenset()) -> set[str]:
    """A script and what it imports, without what it fetches later."""
    names = {file}
    if file.endswith(".js"):
        text = (assets.STATIC / file).read_text(encoding="utf-8")
        for other in re.findall(r"""(?:from|import)\s*["']\./([^"']+)["']""", text):
            if other not in found:
                names |= loaded(other, found | names)
    return names
