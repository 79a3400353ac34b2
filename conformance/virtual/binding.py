"""Putting stand-ins wherever a module, a class, an object or a default argument holds the original.

`from time import sleep` copies the name; `def poll(sleep=time.sleep)` and `self.sleep = time.sleep` copy the
function. Replacing `time.sleep` alone reaches none of them, but the garbage collector knows them all.
"""

import gc
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import CellType, FunctionType, ModuleType
from typing import Any

_PACKAGE = __name__.rpartition(".")[0]


class Binding:
    """Puts stand-ins in the place of original functions while its block lasts; blocks may nest.

    `factories` are replaced in modules only and under their own name, since some parts of the interpreter use them,
    too; `details` are names in single modules. This package keeps the originals, and so do the containers in `kept`.
    """

    def __init__(
        self,
        functions: Mapping[Any, Any],
        factories: Mapping[str, tuple[Any, Any]],
        details: Sequence[tuple[ModuleType, str, Any]],
        *,
        kept: tuple[Any, ...] = (),
    ) -> None:
        self._originals = list(functions)
        self._stand_ins = {id(original): stand_in for original, stand_in in functions.items()}
        self._factories = factories
        self._details = details
        self._kept = (self._originals, functions, *kept)
        self._depth = 0
        self._undo: list[Callable[[], None]] = []

    def __enter__(self) -> None:
        self._depth += 1
        if self._depth == 1:
            self._bind()

    def __exit__(self, *exc: object) -> None:
        self._depth -= 1
        if not self._depth:
            while self._undo:
                self._undo.pop()()

    def _bind(self) -> None:
        modules = {name: vars(module) for name, module in list(sys.modules.items()) if isinstance(module, ModuleType)}
        own = [namespace for name, namespace in modules.items() if name.startswith(_PACKAGE)]
        kept = {id(container) for container in (*own, *self._kept)}
        for holder in gc.get_referrers(*self._originals):
            if id(holder) not in kept:
                self._bind_in(holder)
        for namespace in modules.values():
            if id(namespace) not in kept:
                self._bind_factories(namespace)
        for module, name, stand_in in self._details:
            self._undo.append(partial(setattr, module, name, getattr(module, name)))
            setattr(module, name, stand_in)

    def _bind_factories(self, namespace: dict[str, Any]) -> None:
        for name, (original, stand_in) in self._factories.items():
            if namespace.get(name) is original:
                namespace[name] = stand_in
                self._undo.append(partial(namespace.__setitem__, name, original))

    def _bind_in(self, holder: Any) -> None:
        if isinstance(holder, dict):
            kind = _class_of(holder)
            if kind is None:
                self._bind_items(holder)
            else:
                self._bind_attributes(kind)
        elif isinstance(holder, CellType):
            self._replace(holder.cell_contents, partial(setattr, holder, "cell_contents"))
        elif isinstance(holder, tuple):
            for function in gc.get_referrers(holder):
                if isinstance(function, FunctionType) and function.__defaults__ is holder:
                    self._bind_defaults(function)
        elif type(holder).__dictoffset__:
            self._bind_items(vars(holder))

    def _bind_items(self, holder: dict[Any, Any]) -> None:
        for key, value in list(holder.items()):
            self._replace(value, partial(holder.__setitem__, key))

    def _bind_attributes(self, kind: type) -> None:
        for name, value in list(vars(kind).items()):
            stand_in = self._stand_ins.get(id(value))
            if stand_in is not None:
                # The originals are no methods, but a function in a class is one.
                setattr(kind, name, staticmethod(stand_in))
                self._undo.append(partial(setattr, kind, name, value))

    def _bind_defaults(self, function: FunctionType) -> None:
        defaults = function.__defaults__ or ()
        function.__defaults__ = tuple(self._stand_ins.get(id(value), value) for value in defaults)
        self._undo.append(partial(setattr, function, "__defaults__", defaults))

    def _replace(self, value: Any, put: Callable[[Any], None]) -> None:
        stand_in = self._stand_ins.get(id(value))
        if stand_in is not None:
            put(stand_in)
            self._undo.append(partial(put, value))


def _class_of(namespace: dict[Any, Any]) -> type | None:
    """The class whose own namespace this is, if it is one's."""
    if "__module__" not in namespace:
        return None
    classes = (kind for kind in gc.get_referrers(namespace) if isinstance(kind, type))
    return next((kind for kind in classes if any(one is namespace for one in gc.get_referents(vars(kind)))), None)
