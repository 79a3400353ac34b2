"""The small changes that a mechanical mutant makes: conditions, constants, keys, calls, exception handling."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any, Final

Apply = Callable[[ast.Module], None]
Named = tuple[str, str, Apply]  # before, after, and how to do it to the tree that the node is in

_COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_ARITHMETIC: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
}  # fmt: skip
_LONGEST = 60


def changes(node: Any) -> Iterator[Named]:
    """Every change of this node; each is applied to the tree in which the node stands."""
    for kind, make in _MAKERS:
        if isinstance(node, kind):
            yield from make(node)


def _compare(node: ast.Compare) -> Iterator[Named]:
    for number, operator in enumerate(node.ops):
        other = _COMPARISONS.get(type(operator))
        if other is not None:
            yield _named(node, _with(node, ops=[*node.ops[:number], other(), *node.ops[number + 1 :]]))


def _bool(node: ast.BoolOp) -> Iterator[Named]:
    yield _named(node, _with(node, op=ast.And() if isinstance(node.op, ast.Or) else ast.Or()))


def _not(node: ast.UnaryOp) -> Iterator[Named]:
    if isinstance(node.op, ast.Not):
        yield _named(node, node.operand)


def _binary(node: ast.BinOp) -> Iterator[Named]:
    other = _ARITHMETIC.get(type(node.op))
    if other is not None:
        yield _named(node, _with(node, op=other()))


def _constant(node: ast.Constant) -> Iterator[Named]:
    value = node.value
    if value is True or value is False:
        yield _named(node, ast.Constant(not value))
    elif isinstance(value, int | float):
        yield _named(node, ast.Constant(value + 1))
    elif isinstance(value, str) and value:
        yield _named(node, ast.Constant(f"{value}x"))


def _if(node: ast.If | ast.IfExp) -> Iterator[Named]:
    for value in (True, False):
        yield _named(node.test, ast.Constant(value))


def _return(node: ast.Return) -> Iterator[Named]:
    if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield _named(node, ast.Return(ast.Constant(None)))


def _statement(node: ast.Expr) -> Iterator[Named]:
    if not isinstance(node.value, ast.Constant):  # a docstring
        yield _named(node, ast.Pass())


def _assignment(node: ast.Assign | ast.AugAssign) -> Iterator[Named]:
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    if isinstance(target, ast.Attribute | ast.Subscript):
        yield _named(node, ast.Pass())


def _handler(node: ast.ExceptHandler) -> Iterator[Named]:
    caught = ast.unparse(node.type) if node.type else "everything"
    if not (len(node.body) == 1 and isinstance(node.body[0], ast.Raise) and node.body[0].exc is None):
        yield f"except {caught}", "raise it again", _setter(node, body=[ast.Raise()])


def _raise(node: ast.Raise) -> Iterator[Named]:
    yield _named(node, ast.Pass())


def _keyword(node: ast.Call) -> Iterator[Named]:
    for number, keyword in enumerate(node.keywords):
        if keyword.arg is not None:
            rest = [*node.keywords[:number], *node.keywords[number + 1 :]]
            before, _, apply = _named(node, _with(node, keywords=rest))
            yield before, f"without {keyword.arg}=", apply


_MAKERS: Final[tuple[tuple[Any, Callable[[Any], Iterator[Named]]], ...]] = (
    (ast.Compare, _compare),
    (ast.BoolOp, _bool),
    (ast.UnaryOp, _not),
    (ast.BinOp, _binary),
    (ast.Constant, _constant),
    ((ast.If, ast.IfExp), _if),
    (ast.Return, _return),
    (ast.Expr, _statement),
    ((ast.Assign, ast.AugAssign), _assignment),
    (ast.ExceptHandler, _handler),
    (ast.Raise, _raise),
    (ast.Call, _keyword),
)


def _with(node: Any, **fields: Any) -> Any:
    return type(node)(**{**dict(ast.iter_fields(node)), **fields})


def _named(node: ast.AST, new: Any) -> Named:
    return _shown(node), _shown(new), _replacer(node, new)


def _shown(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _replacer(old: ast.AST, new: Any) -> Apply:
    def apply(tree: ast.Module) -> None:
        for parent in ast.walk(tree):
            for name, value in ast.iter_fields(parent):
                if value is old:
                    setattr(parent, name, new)
                elif isinstance(value, list) and any(each is old for each in value):
                    setattr(parent, name, [new if each is old else each for each in value])

    return apply


def _setter(node: Any, **fields: Any) -> Apply:
    def apply(tree: ast.Module) -> None:
        for name, value in fields.items():
            setattr(node, name, value)

    return apply
