"""A changed source instead of a file's own: in the functions that are alive, or when it is imported."""

from __future__ import annotations

import gc
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, FunctionType, ModuleType

Functions = Mapping[tuple[str, str], Sequence[FunctionType]]


class NotAliveError(Exception):
    """The change cannot be put into functions that are alive: the file must be imported anew."""


def outer(qualname: str) -> str:
    """The outermost function of a qualified name."""
    return qualname.split(".<locals>", 1)[0]


def functions_of(files: frozenset[str]) -> Functions:
    """Every function alive whose code is from one of `files` (absolute), by file and qualified name."""
    found: dict[tuple[str, str], list[FunctionType]] = defaultdict(list)
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename in files:
            found[each.__code__.co_filename, each.__code__.co_qualname].append(each)
    return found


def swap(functions: Functions, *, file: str, scope: str, source: str) -> None:
    """Give `scope`, and every live function made within it, the code it has in `source`.

    Raises NotAliveError where that would not be the same as importing `source`.
    """
    new: dict[str, list[CodeType]] = defaultdict(list)
    for code in _codes(compile(source, file, "exec", dont_inherit=True)):
        if outer(code.co_qualname) == scope:
            new[code.co_qualname].append(code)
    if (file, scope) not in functions:
        raise NotAliveError(scope)
    for (of_file, qualname), alive in functions.items():
        if of_file != file or outer(qualname) != scope:
            continue
        if len(new[qualname]) != 1 or len({function.__code__ for function in alive}) != 1:
            raise NotAliveError(qualname)
        for function in alive:
            try:
                function.__code__ = new[qualname][0]
            except ValueError as error:  # it closes over other names than before
                raise NotAliveError(qualname) from error


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


class _Loader(SourceFileLoader):
    def __init__(self, fullname: str, path: str, source: str) -> None:
        super().__init__(fullname, path)
        self._mutated = source

    def get_code(self, fullname: str) -> CodeType:
        """The changed source, compiled; nothing is cached beside the file."""
        return compile(self._mutated, self.get_filename(fullname), "exec", dont_inherit=True)


class _Finder(MetaPathFinder):
    def __init__(self, file: str, source: str) -> None:
        self._file, self._source = file, source

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module's own spec with the changed source, where it is of the changed file."""
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin != self._file:
            return None
        spec.loader = _Loader(fullname, self._file, self._source)
        return spec


def import_instead(file: str, source: str) -> None:
    """Whoever imports `file` (absolute) from now on gets `source`."""
    sys.meta_path.insert(0, _Finder(file, source))
