"""What other apps may use: every name of `abcrun.__all__` is there, and whatever the
public signatures and attributes mention is public too."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from functools import cache

import pytest

import abcrun

PLAIN = (ast.FunctionDef, ast.AsyncFunctionDef)


def test_everything_public_is_there() -> None:
    for name in abcrun.__all__:
        assert getattr(abcrun, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        abcrun.nothing  # noqa: B018


def imported() -> dict[str, str]:
    """The module of each public name, as the type checker learns it."""
    (block,) = (
        node
        for node in tree_of("abcrun").body
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name)
    )
    return {
        alias.name: str(node.module)
        for node in ast.walk(block)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_the_type_checker_sees_what_is_there() -> None:
    found = imported()
    assert set(found) | {"__version__"} == set(abcrun.__all__)
    for name, module in found.items():
        assert getattr(importlib.import_module(module), name) is getattr(abcrun, name), name


# What signatures mention


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(importlib.import_module(module)))


def defining_classes(public: type) -> Iterator[type]:
    """The class, and those of abcrun that it inherits from: `abcrun.Tune` is
    `abcrun.notation.Tune` with four methods more."""
    return (one for one in public.__mro__ if one.__module__.partition(".")[0] == "abcrun")


def definition(module: str, name: str) -> ast.AST:
    """The statement that defines a class, a function or another name for a type."""
    for node in tree_of(module).body:
        if getattr(node, "name", None) == name:
            return node
        if isinstance(node, ast.Assign) and name in map(ast.unparse, node.targets):
            return node
    raise AssertionError(f"{module} does not define {name}")


def annotations(node: ast.AST) -> Iterator[ast.expr]:
    """The annotations of a public function, or of a class's public methods, properties
    and fields; of another name for a type, that type."""
    if isinstance(node, ast.Assign):
        yield node.value
    elif isinstance(node, PLAIN):
        arguments = node.args
        for argument in (
            *arguments.posonlyargs,
            *arguments.args,
            *arguments.kwonlyargs,
            arguments.vararg,
            arguments.kwarg,
        ):
            if argument is not None and argument.annotation is not None:
                yield argument.annotation
        if node.returns is not None:
            yield node.returns
    elif isinstance(node, ast.ClassDef):
        for member in node.body:
            if isinstance(member, PLAIN) and is_public(member.name):
                yield from annotations(member)
            elif (
                isinstance(member, ast.AnnAssign)
                and isinstance(member.target, ast.Name)
                and is_public(member.target.id)
            ):
                yield member.annotation


def is_public(name: str) -> bool:
    return not name.startswith("_") or name.endswith("__")


def names_in(annotation: ast.expr) -> Iterator[str]:
    """The names in an annotation, in quotes or not."""
    for node in ast.walk(annotation):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                yield from names_in(ast.parse(node.value, mode="eval").body)
            except SyntaxError:
                continue  # the text of a Literal


def own_names(module: str) -> set[str]:
    """What a module defines at its top level, and what it imports from abcrun."""
    found = set()
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("abcrun"):
            found |= {alias.asname or alias.name for alias in node.names}
    for node in tree_of(module).body:
        if isinstance(node, (*PLAIN, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


@pytest.mark.parametrize("name", [name for name in abcrun.__all__ if name != "__version__"])
def test_no_public_signature_mentions_a_private_type(name: str) -> None:
    public = getattr(abcrun, name)
    if inspect.isclass(public):
        defined = [(one.__module__, one.__name__) for one in defining_classes(public)]
    elif inspect.isfunction(public):
        defined = [(public.__module__, name)]
    else:
        defined = [(imported()[name], name)]
    for module, defined_name in defined:
        mentioned = {
            mention
            for annotation in annotations(definition(module, defined_name))
            for mention in names_in(annotation)
        }
        private = (mentioned & own_names(module)) - set(abcrun.__all__)
        assert not private, f"{module}.{defined_name}"
