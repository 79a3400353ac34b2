"""Mechanical mutants: the reference client with one small change to its source, made by no author of any check."""

from __future__ import annotations

import ast
import copy
import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from .. import reference
from .operators import changes

FOLDER: Final = Path(reference.__file__).parent
_USERS: Final[Mapping[str, Sequence[str]]] = {
    "client": ("reapi", "threedai", "tokaify"),
    "dialect": ("reapi", "threedai", "tokaify"),
    "direct": ("tokaify", "onemin"),
    "expiry": ("reapi", "onemin"),
    "polled": ("reapi", "gmicloud"),
    "references": ("threedai", "tokaify"),
    "transport": ("reapi", "tokaify", "onemin"),
}
"""Providers that stand for all where a module is common to several."""
ALIAS: Final = f"{reference.__package__}_mutated"


@dataclass(frozen=True, slots=True)
class Change:
    """One change: in which module and function (`where`), at which line, from what to what.

    `id` stays the same as long as the function and the changed expression do, wherever they move.
    """

    module: str
    where: str
    line: int
    before: str
    after: str
    ordinal: int

    @property
    def id(self) -> str:
        """A name for lists of survivors."""
        content = f"{self.module}:{self.where}:{self.before}:{self.after}:{self.ordinal}"
        return blake2b(content.encode(), digest_size=4).hexdigest()

    def __str__(self) -> str:
        return f"{self.module}.py:{self.line} {self.where}: {self.before} → {self.after}"


def all_changes() -> list[Change]:
    """Every change there is to the reference, module by module."""
    return [change for module in _sources() for change, _ in _changes_of(module)]


def mutated(change: Change) -> Any:
    """The `factory_of` and `CLASSES` of a reference package with this change, as a module of its own."""
    tree = next(tree() for each, tree in _changes_of(change.module) if each == change)
    return _package({change.module: tree})


def providers_touched(change: Change, providers: Sequence[str]) -> list[str]:
    """The providers whose clients are judged for a change: the one whose module it is, or some that stand for all."""
    wanted = _USERS.get(change.module, [change.module] if change.module in providers else list(providers))
    return [name for name in providers if name in wanted]


@cache
def _sources() -> dict[str, str]:
    return {path.stem: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.py"))}


def _changes_of(module: str) -> Iterator[tuple[Change, Callable[[], ast.Module]]]:
    tree = ast.parse(_sources()[module])
    seen: dict[tuple[str, str, str], int] = {}
    for place, where in _places(tree):
        for number, (before, after, _) in enumerate(changes(place)):
            key = (where, before, after)
            seen[key] = seen.get(key, 0) + 1
            change = Change(module, where, place.lineno, before, after, seen[key])
            yield change, _tree_maker(tree, place, number)


def _tree_maker(tree: ast.Module, place: Any, number: int) -> Callable[[], ast.Module]:
    def make() -> ast.Module:
        place.marked = True
        changed = copy.deepcopy(tree)
        del place.marked
        target = next(node for node in ast.walk(changed) if hasattr(node, "marked"))
        _, _, apply = list(changes(target))[number]
        apply(changed)
        return ast.fix_missing_locations(changed)

    return make


def _places(tree: ast.Module) -> Iterator[tuple[Any, str]]:
    """Every node that may be changed, with the name of what it is in."""

    def visit(node: ast.AST, where: str) -> Iterator[tuple[Any, str]]:
        for child in ast.iter_child_nodes(node):
            if _is_prose(child):
                continue
            named = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            inner = f"{where}.{child.name}".lstrip(".") if named else where  # type: ignore[attr-defined]
            if hasattr(child, "lineno") and not _is_annotation(node, child):
                yield child, inner or "module"
            if not _is_annotation(node, child):
                yield from visit(child, inner)

    yield from visit(tree, "")


def _is_prose(node: ast.AST) -> bool:
    """Whether a node is words for people: a docstring or the text of an error."""
    value = node.value if isinstance(node, ast.Expr | ast.Constant) else None
    text = value.value if isinstance(value, ast.Constant) else value
    return isinstance(node, ast.JoinedStr) or (isinstance(text, str) and " " in text)


def _is_annotation(parent: ast.AST, child: ast.AST) -> bool:
    return child in (getattr(parent, "annotation", None), getattr(parent, "returns", None))


def _package(replaced: dict[str, ast.Module]) -> ModuleType:
    """A copy of the reference package under another name, with some modules replaced."""
    for name in [name for name in sys.modules if name == ALIAS or name.startswith(f"{ALIAS}.")]:
        del sys.modules[name]
    finder = _Finder(replaced)
    sys.meta_path.insert(0, finder)
    try:
        return importlib.import_module(ALIAS)
    finally:
        sys.meta_path.remove(finder)


class _Finder:
    """Finds and loads the modules of the copy."""

    def __init__(self, replaced: dict[str, ast.Module]) -> None:
        self._replaced = replaced

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != ALIAS and not name.startswith(f"{ALIAS}."):
            return None
        spec = spec_from_loader(name, self, is_package=name == ALIAS)  # type: ignore[arg-type]
        if spec is not None and name == ALIAS:
            spec.submodule_search_locations = []
        return spec

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        stem = "__init__" if module.__name__ == ALIAS else module.__name__.rpartition(".")[2]
        code: Any = self._replaced.get(stem) or _sources()[stem]
        exec(compile(code, f"{stem}.py", "exec"), vars(module))
