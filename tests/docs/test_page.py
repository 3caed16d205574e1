"""Working through a page notices what a reader would: a command that fails, and output that is not as it is shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.docs.page import Shown, commands, files, run

PAGE = """
Write this:

```json a.json
{"one": 1}
```

```console
$ cat a.json
{"one": …}
$ echo two; echo three
three
```

```python
$ not a command
```
"""


def test_files_and_commands_are_found() -> None:
    """By what their blocks are called; other blocks are for reading."""
    assert files(PAGE) == {"a.json": '{"one": 1}\n'}
    assert [(shown.command, shown.lines) for shown in commands(PAGE)] == [("cat a.json", ('{"one": …}',)), ("echo two; echo three", ("three",))]


@pytest.mark.parametrize(
    ("command", "lines", "says"),
    [
        ("echo one; echo two", ("one", "two"), ""),
        ("echo one; echo two", ("t…",), ""),
        ("echo one; echo two", ("two", "one"), "shows no line"),
        ("echo one", ("on",), "shows no line"),
        ("exit 3", (), "ended with status 3"),
        ("timeout 0.1 sleep 5", (), ""),
        ("echo holdfast: 1 of 1 refused >&2; exit 1", ("holdfast: 1 of …",), ""),
        ("echo holdfast: 1 of 1 refused >&2", ("holdfast: 1 of …",), "ended with status 0"),
    ],
)
def test_what_is_not_as_shown_is_said(command: str, lines: tuple[str, ...], says: str, tmp_path: Path) -> None:
    """Lines whole and in order; trouble where trouble is shown, and only there."""
    wrong = run(Shown(command=command, lines=lines), directory=tmp_path, environment=os.environ)
    assert (says in wrong) if says else wrong == ""
