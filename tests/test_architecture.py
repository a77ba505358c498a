"""The house rules, kept by a test: which way imports run, where each library lives, what no name may be called.

Why: such rules are broken one harmless line at a time. Every failure names the file and line, and what the rule is for.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ROOMS = (
    ("assets", "texts"),
    ("problems",),
    ("columns", "markup", "registry", "settings", "traps"),
    ("source",),
    ("expressions",),
    ("fields",),
    ("charts", "prints"),
    ("definitions",),
    ("storage",),
    ("jobs",),
    ("runtime",),
    ("engine",),
    ("web",),
    ("cli", "reference"),
    ("__main__",),
)
"""The rooms of the house from the cellar to the roof; a room imports itself and those below it, never a neighbour."""

HOMES = {
    "argon2": ("runtime/passwords.py",),
    "PIL": ("storage/thumbs.py",),
    "docx": ("prints/docx.py",),
    "openpyxl": ("prints/xlsx.py",),
    "fsspec": ("storage/far.py",),
    "croniter": ("definitions/schedule.py",),
    "barcode": ("fields/base_code.py",),
    "jinja2": ("web/render.py",),
    "jsonschema": ("web/",),
    "nh3": ("fields/richtext.py",),
    "procrastinate": ("jobs/postgres.py",),
    "psycopg": ("storage/channel.py", "storage/postgres.py", "jobs/postgres.py"),
    "pydantic": ("fields/", "charts/", "definitions/", "reference.py"),
    "segno": ("fields/base_code.py",),
    "sqlalchemy": ("columns.py", "expressions/", "fields/", "storage/", "jobs/", "runtime/", "engine.py"),
    "sqlmodel": ("storage/tables.py",),
    "starlette": ("web/",),
    "transitions": ("runtime/machine.py",),
    "uvicorn": ("web/serving.py",),
    "watchfiles": ("web/serving.py",),
    "yaml": ("source.py", "traps.py"),
}
"""Library -> where it may be imported: a file, or the beginning of a path. What isn't named may be used anywhere."""

WORDS = frozenset(
    {
        *("document", "documents", "doctype", "entry", "entries", "instance", "instances", "node", "nodes"),
        *("component", "components", "entity", "entities", "handler", "handlers", "manager"),
        *("util", "utils", "helper", "helpers", "common"),
    }
)
"""Words that no name in the engine is made of: each has a better one (form, record, definition, …)."""

WORDS_OF_OTHERS = {
    "node": ("source.py", "definitions/schema.py", "assets.py"),
    "document": ("web/api", "web/openapi", "problems/yaml.py"),
    "documents": ("web/api", "problems/yaml.py"),
    "instance": ("web/api",),
    "components": ("web/openapi",),
}
"""Word -> where somebody else's word is meant: YAML's and JSON's, the program Node, OpenAPI and RFC 9457. Modules that
walk an expression's tree call its parts nodes as well."""

FAMILIES = ("fields", "charts")
LINES_OF_A_MODULE, LINES_OF_A_FUNCTION = 400, 80


@dataclass(frozen=True)
class Module:
    """One Python file of the engine: its path below `engine/` (`../server.py` for the start file) and its tree."""

    path: str
    lines: int
    tree: ast.Module

    @property
    def room(self) -> str:
        """The first part of its path: `fields`, `cli`, …"""
        return Path(self.path).parts[0].removesuffix(".py")


@cache
def modules() -> tuple[Module, ...]:
    """All modules of the engine."""
    found = []
    for file in sorted((ROOT / "engine").rglob("*.py")):
        source = file.read_text(encoding="utf-8")
        path = file.relative_to(ROOT / "engine").as_posix()
        found.append(Module(path, source.count("\n"), ast.parse(source)))
    return tuple(found)


@cache
def parts_of(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Every part of a module; many rules look at all of them."""
    return tuple(ast.walk(tree))


@cache
def imports(tree: ast.AST, *, types: bool = True) -> tuple[tuple[int, str], ...]:
    """Line and full name of everything imported; of `from engine.fields import base`, `engine.fields.base`.

    `types` False: without what only type checkers import (two modules may well name each other's types).
    """
    parts = parts_of(tree)
    for guard in [p for p in parts if isinstance(p, ast.If) and "TYPE_CHECKING" in ast.unparse(p.test)]:
        parts = parts if types else tuple(p for p in parts if p not in guard.body)
    found: list[tuple[int, str]] = []
    for part in parts:
        if isinstance(part, ast.Import):
            found += [(part.lineno, name.name) for name in part.names]
        elif isinstance(part, ast.ImportFrom):
            assert part.level == 0, "imports are absolute"
            found += [(part.lineno, f"{part.module}.{name.name}") for name in part.names]
    return tuple(found)


def told(wrong: list[str], rule: str) -> None:
    """Fail with every place where the rule is broken."""
    assert not wrong, f"{rule}\n  " + "\n  ".join(wrong)


def test_every_room_is_on_the_plan() -> None:
    planned = {name for floor in ROOMS for name in floor}
    told(sorted({m.room for m in modules()} - planned - {"__init__"}), "A new room needs its floor in ROOMS.")


def test_imports_run_downwards() -> None:
    floor = {name: number for number, names in enumerate(ROOMS) for name in names}
    wrong = []
    for module in modules():
        for line, name in imports(module.tree):
            parts = name.split(".")
            if parts[0] != "engine":
                continue
            target = parts[1]
            if module.room != target and floor[target] >= floor.get(module.room, -1):
                wrong.append(f"engine/{module.path}:{line} imports {name}")
    told(wrong, "A room may import itself and the rooms below it.")


def test_the_start_file_only_starts() -> None:
    tree = ast.parse((ROOT / "server.py").read_text(encoding="utf-8"))
    used = {name.split(".")[1] for _, name in imports(tree) if name.startswith("engine.")}
    assert used <= {"problems", "settings", "web"}


def test_there_are_no_cycles() -> None:
    names = {"engine." + m.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__"): m for m in modules()}
    uses: dict[str, set[str]] = {}
    for name, module in names.items():
        found = set()
        for _, target in imports(module.tree, types=False):
            whole = target if target in names else target.rpartition(".")[0]
            if whole in names and whole != name:
                found.add(whole)
        uses[name] = found
    done: set[str] = set()

    def walk(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, "imports in a circle: " + " → ".join((*way[way.index(name) :], name))
        if name not in done:
            for target in sorted(uses[name]):
                walk(target, (*way, name))
            done.add(name)

    for name in sorted(names):
        walk(name, ())


def test_imports_stand_at_the_top() -> None:
    wrong = []
    for module in modules():
        for function in parts_of(module.tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                wrong += [f"engine/{module.path}:{line} {name}" for line, name in imports(function)]
    told(wrong, "An import inside a function hides a cycle.")


@pytest.mark.parametrize("family", FAMILIES)
def test_files_of_a_family_know_only_its_bases(family: str) -> None:
    wrong = []
    for module in modules():
        if module.room != family or module.path.endswith("__init__.py"):
            continue
        for line, name in imports(module.tree):
            parts = name.split(".")
            if parts[:2] == ["engine", family] and not (len(parts) > 2 and parts[2].startswith("base")):
                wrong.append(f"engine/{module.path}:{line} imports {name}")
    told(wrong, f"One file of {family}/ is one type; what several share is in a base file.")


@pytest.mark.parametrize("family", FAMILIES)
def test_nobody_outside_knows_a_single_type(family: str) -> None:
    types = {Path(m.path).stem for m in modules() if m.room == family} - {"__init__"}
    concrete = {t for t in types if not t.startswith("base")}
    wrong = []
    for module in modules():
        if module.room == family:
            continue
        for line, name in imports(module.tree):
            parts = name.split(".")
            if parts[:2] == ["engine", family] and len(parts) > 2 and parts[2] in concrete:
                wrong.append(f"engine/{module.path}:{line} imports {name}")
    told(wrong, "What varies by type is a method of the type, so nobody needs to know one.")


def test_nobody_asks_for_the_name_of_a_type() -> None:
    """`field.name == "money"`, `chart.type in (…)` and their like, outside the families."""
    families = {
        str(ast.literal_eval(part.value))
        for module in modules()
        if module.room in FAMILIES
        for kind in module.tree.body
        if isinstance(kind, ast.ClassDef)
        for part in kind.body
        if isinstance(part, ast.Assign) and getattr(part.targets[0], "id", "") == "name"
    }
    assert {"money", "lines", "funnel"} <= families
    holders = re.compile(r"\b(field|chart|FIELDS|TYPES)\b.*\.(name|type)$|^(field|chart|widget)\.(name|type)$")
    wrong = []
    for module in modules():
        if module.room in FAMILIES:
            continue
        for part in parts_of(module.tree):
            if not isinstance(part, ast.Compare):
                continue
            sides = (part.left, *part.comparators)
            asked = [ast.unparse(s) for s in sides if isinstance(s, ast.Attribute)]
            words = {c.value for s in sides for c in ast.walk(s) if isinstance(c, ast.Constant)}
            if any(holders.search(text) for text in asked) and words & families:
                wrong.append(f"engine/{module.path}:{part.lineno} {ast.unparse(part)}")
    told(wrong, "Make it a method or an attribute of the type, with an empty default in its base.")


def test_libraries_stay_at_home() -> None:
    wrong = []
    for module in modules():
        for line, name in imports(module.tree):
            homes = HOMES.get(name.split(".")[0])
            if homes is not None and not module.path.startswith(homes):
                wrong.append(f"engine/{module.path}:{line} imports {name}")
    told(wrong, "Each library has its home, so that it can be replaced in one place.")


def test_modules_and_functions_stay_small() -> None:
    wrong = []
    for module in modules():
        if module.lines > LINES_OF_A_MODULE and not reasoned(module):
            wrong.append(f"engine/{module.path}: {module.lines} lines")
        for part in parts_of(module.tree):
            if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and part.end_lineno is not None:
                length = part.end_lineno - part.lineno + 1
                if length > LINES_OF_A_FUNCTION:
                    wrong.append(f"engine/{module.path}:{part.lineno} {part.name}: {length} lines")
    told(wrong, f"At most {LINES_OF_A_MODULE} lines a module and {LINES_OF_A_FUNCTION} a function.")


def reasoned(module: Module) -> bool:
    """Long modules are tables or one list of shapes, and say so in their docstring (`Long because …`)."""
    return "Long because" in (ast.get_docstring(module.tree) or "")


def test_everything_public_says_what_it_is_for() -> None:
    wrong = []
    for module in modules():
        if ast.get_docstring(module.tree) is None:
            wrong.append(f"engine/{module.path}: the module")
        for holder, part in definitions(module.tree):
            if not part.name.startswith("_") and not holder.startswith("_") and ast.get_docstring(part) is None:
                wrong.append(f"engine/{module.path}:{part.lineno} {holder}{'.' if holder else ''}{part.name}")
    told(wrong, "Public modules, classes and functions have a docstring.")


def definitions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
    """Classes and functions of a module, and the methods of its classes with the class's name before them."""
    for part in tree.body:
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield "", part
        if isinstance(part, ast.ClassDef):
            for inner in part.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield part.name, inner


def test_one_word_for_each_concept() -> None:
    wrong = []
    for module in modules():
        for line, name in named(module):
            parts = {w.lower() for w in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
            for word in sorted(parts & WORDS):
                trees = word in ("node", "nodes") and walks_trees(module)
                if not trees and not module.path.startswith(WORDS_OF_OTHERS.get(word, ("-",))):
                    wrong.append(f"engine/{module.path}:{line} {name}")
    told(sorted(set(wrong)), "Words that the house doesn't use; CONTRIBUTING.md has those that it does.")


def walks_trees(module: Module) -> bool:
    """Whether a module looks into the tree of an expression."""
    return module.room == "expressions" or any(
        name.startswith(("engine.expressions.tree.", "engine.expressions.walk.")) for _, name in imports(module.tree)
    )


def named(module: Module) -> Iterator[tuple[int, str]]:
    """Every name that the module gives: itself, its classes, functions, arguments and variables."""
    yield 1, Path(module.path).stem
    for part in parts_of(module.tree):
        if isinstance(part, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield part.lineno, part.name
        elif isinstance(part, ast.arg):
            yield part.lineno, part.arg
        elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.lineno, part.id


def test_nothing_is_left_half_done() -> None:
    """No reminders and no empty shells; a base that a family fills may refuse."""
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    wrong = []
    for file in tracked("*.py", "*.js", "*.mjs", "*.css", "*.html", "*.yaml", "*.md"):
        if file == Path(__file__):
            continue
        place = file.relative_to(ROOT).as_posix()
        abstract = re.match(
            r"engine/(fields|charts)/base\w*\.py$|engine/storage/step\.py$|engine/expressions/sqlite_functions\.py$",
            place,
        )
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if marks.search(line) or ("raise NotImplementedError" in line and not abstract):
                wrong.append(f"{place}:{number} {line.strip()[:80]}")
    told(wrong, "Nothing is left for later without saying so to the person who meets it.")


def test_no_registry_is_named() -> None:
    """Whoever installs uses the package index that their machine is set to."""
    hosts = re.compile("|".join(("py" + r"pi\.org", "npm" + r"js\.", "python" + r"hosted", r"://regis" + r"try\.")))
    wrong = []
    for file in tracked("*"):
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        wrong += [
            f"{file.relative_to(ROOT)}:{number} {line.strip()[:100]}"
            for number, line in enumerate(text.splitlines(), 1)
            if hosts.search(line)
        ]
    told(wrong, "Lock files, settings and docs name no registry.")


@cache
def tracked(*patterns: str) -> tuple[Path, ...]:
    """The files that git keeps; all files here when this is no checkout."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=False
    )
    names = [n for n in done.stdout.split("\0") if n]
    found = [ROOT / n for n in names] if done.returncode == 0 and names else walked(patterns)
    return tuple(f for f in found if f.is_file())


def walked(patterns: tuple[str, ...]) -> list[Path]:
    """All files here that fit a pattern, without what is made."""
    away = {".venv", "node_modules", "static", "data", "__pycache__", ".git"}
    return [f for p in patterns for f in sorted(ROOT.rglob(p)) if not away & set(f.relative_to(ROOT).parts)]


def test_only_what_is_declared_is_imported() -> None:
    """Every library that the engine imports is a dependency in pyproject.toml, and every such dependency is used."""
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = lines.partition("\ndependencies = [")[2].partition("\n]")[0]
    declared = {m.lower().replace("-", "_") for m in re.findall(r'^\s*"([\w-]+)(?:\[\w+\])?==', block, re.M)}
    names = {
        "argon2_cffi": "argon2",
        "pillow": "pil",
        "python_barcode": "barcode",
        "python_docx": "docx",
        "pyyaml": "yaml",
        "python_multipart": "python_multipart",
    }
    known = {names.get(d, d) for d in declared}
    used = {
        name.split(".")[0].lower()
        for module in modules()
        for _, name in imports(module.tree)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("engine")
    }
    assert used <= known, f"imported, not declared: {sorted(used - known)}"
    indirect = {"python_multipart", "rfc3339_validator", "tzdata"}  # read by starlette, jsonschema and zoneinfo
    assert known - used <= indirect, f"declared, never imported: {sorted(known - used - indirect)}"
