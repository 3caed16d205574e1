"""Which mutants a file has, and by what each is known."""

from __future__ import annotations

from textwrap import dedent

from hypothesis import given
from hypothesis import strategies as st

from bench.mutants.mutation import MODULE, Mutant, mutants_of


def mutants(source: str) -> list[Mutant]:
    """Those of a file with this text."""
    return list(mutants_of("a.py", dedent(source)))


def changes(source: str) -> set[tuple[str, str, str]]:
    """Scope, before and after of each."""
    return {(each.scope, each.before, each.after) for each in mutants(source)}


def test_functions_methods_and_properties() -> None:
    """Whatever decorates a function, its body is mutated, and the outermost function is its scope."""
    found = changes("""
        class A:
            @property
            def late(self) -> bool:
                return any(x > 1 for x in self)

        def f(x):
            def g():
                return x + 1
            return g
        """)
    assert ("A.late", "return any(x > 1 for x in self)", "return any(x >= 1 for x in self)") in found
    assert ("f", "return x + 1", "return x - 1") in found


def test_tables_outside_functions() -> None:
    """The law stands in tables: each entry of one is mutated."""
    found = changes('BARS = {"RECALL": frozenset({"release"}), "REMAND": frozenset({"release", "removal"})}')
    after = {after for scope, _, after in found if scope == MODULE}
    assert 'BARS = {"RECALL": frozenset({"release"}), "REMAND": frozenset({"release", "XXremovalXX"})}' in after
    assert "BARS = None" in after


def test_what_says_nothing_is_left_alone() -> None:
    """Annotations, decorators, imports, type aliases, docstrings and what is never reached are not mutated."""
    assert not changes('''
        """A docstring."""
        from typing import TYPE_CHECKING, assert_never
        __all__ = ["A", "f"]
        if TYPE_CHECKING:
            X = 1
        Version = tuple[int, ...]
        Kind = int | None
        Signed: TypeAlias = "dict[str, str]"

        @dataclass(frozen=True)
        class A:
            """Another."""
            x: Literal["a", 1]

        def f(x: Literal[1]) -> Literal[2]:
            assert_never(x)
        ''')


def test_the_last_case_of_a_closed_union_stays() -> None:
    """Each case of a match can be dropped but the one that is never reached."""
    found = changes("""
        def f(x):
            match x:
                case A():
                    return g
                case B():
                    return h
                case _:
                    assert_never(x)
        """)
    assert {(before, after) for _, before, after in found} == {("case A():\nreturn g", ""), ("case B():\nreturn h", "")}


def test_a_string_is_changed_once() -> None:
    """A test that sees one change of a string sees another, so one is enough."""
    assert [each.after for each in mutants('def f():\n    return "yes"\n')] == ['return "XXyesXX"']


def test_only_bodies_are_alive() -> None:
    """A default, a class's field and a table are evaluated when the file is imported; a body's code can be put into a function that is alive."""
    found = {each.before: each.in_body for each in mutants("T = 1\n\nclass A:\n    x = 2\n\ndef f(y=3):\n    return y + 4\n")}
    assert found == {"T = 1": False, "x = 2": False, "def f(y=3):": False, "return y + 4": True}


def test_a_key_does_not_move_with_its_line() -> None:
    """What is written above a function does not change what its mutants are known by; the same change of a second line like it has another key."""
    text = "def f(x):\n    g(x + 1)\n    g(x + 1)\n"
    moved = "# a word\n\n" + text
    assert [each.key for each in mutants(text)] == [each.key for each in mutants(moved)]
    assert [each.line + 2 for each in mutants(text)] == [each.line for each in mutants(moved)]
    assert len({each.key for each in mutants(text)}) == len(mutants(text))


@given(
    st.lists(
        st.sampled_from(["x = 1 + y", "if x and y:\n    z = 'a'", "while not x:\n    break", "f(x, y=(2,\n  3))", "x = 1 if y else 2"]), max_size=6
    )
)
def test_every_mutant_differs_only_in_its_lines(parts: list[str]) -> None:
    """A mutant is Python, is not its source, and is the source but for the lines that it names."""
    source = "\n".join(parts)
    for each in mutants_of("a.py", source):
        compile(each.source, "a.py", "exec")
        old, new = source.splitlines(), each.source.splitlines()
        assert new != old
        assert new[: each.line - 1] == old[: each.line - 1]
        rest = len(old) - each.last_line
        assert rest == 0 or new[-rest:] == old[-rest:]
