"""The mutants of one file: its source with one small change each.

The changes are mutmut's operators. Where they apply is ours: mutmut leaves out decorated functions, properties and everything outside functions, and
the tables of this project's law stand outside functions.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

import libcst as cst
from libcst.metadata import MetadataWrapper, WhitespaceInclusivePositionProvider
from mutmut.mutation.mutators import mutation_operators, operator_string

#: The scope of what stands outside every class and function.
MODULE = "<module>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One changed source.

    `before` and `after` are the lines that differ, without their indentation; `line` is the first of them, `last_line` the last, counted from 1 in
    the source that was not changed. `scope` is the outermost function or method, a class, or `<module>`. `in_body`: it is within that function's
    body, so that the function's code is all that differs once it is compiled. `source` is the whole changed file.
    """

    path: str
    scope: str
    line: int
    last_line: int
    before: str
    after: str
    in_body: bool
    source: str
    occurrence: int = 0

    @property
    def key(self) -> str:
        """What it is known by as long as the lines around it in its scope stay the same, wherever they move."""
        words = (self.path, self.scope, self.before, self.after, str(self.occurrence))
        return hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A node, the names around it, and whether it stands in the body of a function."""

    node: cst.CSTNode
    names: tuple[str, ...] = ()
    in_function: bool = False
    in_body: bool = False


def mutants_of(path: str, source: str) -> Iterator[Mutant]:
    """Every mutant of the file at `path`, from top to bottom; two that read the same are one."""
    text = _Text(source)
    seen = {source}
    occurrences: Counter[tuple[str, str, str]] = Counter()
    for place in _places(_Place(node=text.module)):
        for changed in _changes(place.node):
            mutated = text.with_change(place.node, changed)
            if mutated in seen or not _is_python(mutated):
                continue
            seen.add(mutated)
            mutant = _mutant(path, place, source, mutated)
            alike = (mutant.scope, mutant.before, mutant.after)
            yield replace(mutant, occurrence=occurrences[alike])
            occurrences[alike] += 1


def _mutant(path: str, place: _Place, source: str, mutated: str) -> Mutant:
    old, new = source.splitlines(), mutated.splitlines()
    first, same_after = _alike(old, new), _alike(old[::-1], new[::-1])
    same_after = min(same_after, len(old) - first, len(new) - first)
    return Mutant(
        path=path,
        scope=".".join(place.names) or MODULE,
        line=first + 1,
        last_line=max(first + 1, len(old) - same_after),
        before=_flat(old[first : len(old) - same_after]),
        after=_flat(new[first : len(new) - same_after]),
        in_body=place.in_body,
        source=mutated,
    )


def _alike(one: list[str], other: list[str]) -> int:
    """How many lines the two begin with in common."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _flat(lines: list[str]) -> str:
    return "\n".join(line.strip() for line in lines if line.strip())


def _is_python(source: str) -> bool:
    try:
        compile(source, "mutant", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


class _Text:
    """A source and where its nodes stand in it."""

    def __init__(self, source: str) -> None:
        """Parse `source`."""
        wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
        self.module = wrapper.module
        self._source = source
        self._ranges = wrapper.resolve(WhitespaceInclusivePositionProvider)
        self._line_starts = [0]
        for line in source.splitlines(keepends=True):
            self._line_starts.append(self._line_starts[-1] + len(line))

    def with_change(self, node: cst.CSTNode, changed: cst.CSTNode) -> str:
        """The source with `changed` in the place of `node`."""
        span = self._ranges.get(node)
        if span is not None:
            start = self._line_starts[span.start.line - 1] + span.start.column
            end = self._line_starts[span.end.line - 1] + span.end.column
            if self._source[start:end] == self.module.code_for_node(node):
                return self._source[:start] + self.module.code_for_node(changed) + self._source[end:]
        # A statement's own text lacks the indentation of its block: the slow way is right for those.
        return cast("cst.Module", self.module.deep_replace(node, changed)).code


# --- where -------------------------------------------------------------------------------------------------------------------


def _places(place: _Place) -> Iterator[_Place]:
    """The place itself and all within it, in the order of the text, but those where a change says nothing."""
    node = place.node
    if _says_nothing(node):
        return
    yield place
    for child in node.children:
        inner = replace(place, node=child)
        if isinstance(node, cst.FunctionDef) and not place.in_function:
            body = child is node.body
            inner = replace(inner, names=(*place.names, node.name.value), in_function=True, in_body=body)
        elif isinstance(node, cst.ClassDef) and not place.in_function:
            inner = replace(inner, names=(*place.names, node.name.value))
        yield from _places(inner)


def _says_nothing(node: cst.CSTNode) -> bool:
    """Annotations, imports and type aliases are the type checker's to judge; decorators say how, not what; `assert_never` is never reached."""
    match node:
        case cst.Annotation() | cst.Decorator() | cst.Import() | cst.ImportFrom():
            return True
        case cst.Call(func=cst.Name(value="assert_never" | "TypeVar")):
            return True
        case cst.AnnAssign(annotation=cst.Annotation(annotation=cst.Name(value="TypeAlias"))):
            return True
        case cst.If(test=cst.Name(value="TYPE_CHECKING")):
            return True
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value="__all__"))]):
            return True  # the linter holds it to what there is
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=cst.Subscript() | cst.BinaryOperation()):
            return not name.isupper() and name.lstrip("_")[:1].isupper()
        case _:
            return False


# --- what --------------------------------------------------------------------------------------------------------------------


def _changes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for kind, operator in mutation_operators:
        if not isinstance(node, kind):
            continue
        for n, changed in enumerate(operator(node)):
            if operator is operator_string and n > 0:
                break  # a test that sees the first change of a string would see another case of its letters too
            if not _drops_the_unreachable(node, changed):
                yield changed


def _drops_the_unreachable(node: cst.CSTNode, changed: cst.CSTNode) -> bool:
    if not isinstance(node, cst.Match) or not isinstance(changed, cst.Match):
        return False
    kept = {id(case) for case in changed.cases}
    dropped = [case for case in node.cases if id(case) not in kept]
    return any(isinstance(call, cst.Call) and _says_nothing(call) for case in dropped for call in _within(case))


def _within(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        yield from _within(child)
