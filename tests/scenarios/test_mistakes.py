"""The scenario format: what is said of a file that breaks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.scenario_file import load, parse
from simulator.scenario_yaml import ScenarioError
from tests.scenarios.test_format import EXPECT, steps


def problems(text: str, directory: Path = Path()) -> list[str]:
    """What is wrong with these steps: lines counted from the first step, and no file."""
    with pytest.raises(ScenarioError) as caught:
        steps(text, directory)
    found = [problem.split(":", 2) for problem in caught.value.problems]
    assert all(file == "s.yaml" for file, _, _ in found)
    return [f"{int(line) - 3}:{what}" for _, line, what in found]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- publsh: court-results", "1: there is no step 'publsh' (hint: did you mean publish?)"),
        (
            "- {advance: 1s, silence: court}",
            "1: a step does one thing, and this one has advance, silence (hint: one `-` for each)",
        ),
        ("- advance", "1: a step must be a mapping"),
        ("- advance: 90", "1: advance must be a duration, not '90' (hint: 30s, 10m, 2h or 3d)"),
        ("- advance: 0s", "1: advance must be a duration, not '0s' (hint: 30s, 10m, 2h or 3d)"),
        ("- advance: 9999999999d", "1: advance must be a duration, not '9999999999d' (hint: 30s, 10m, 2h or 3d)"),
        ("- advance: [1s]", "1: advance must be a string"),
        (
            "- silence: prison",
            "1: a source 'prison' is not known (hint: one of court, custody, immigration, resolutions)",
        ),
        ("- restart: Status", "1: restart 'Status' is not known (hint: did you mean status?)"),
        ("- {publish: courts, payload: {}}", "1: the topic 'courts' is not known (hint: did you mean court-results?)"),
        ("- {publish: resolutions}", "1: publish needs exactly one of payload, file and bytes"),
        ("- {publish: resolutions, payload: {}, bytes: ''}", "1: publish needs exactly one of payload, file and bytes"),
        ("- {publish: resolutions, payload: {}, topic: x}", "1: publish has no key 'topic'"),
        (
            "- {publish: resolutions, payload: {}, header: {}}",
            "1: publish has no key 'header' (hint: did you mean headers?)",
        ),
        ("- {publish: resolutions, payload: {}, headers: [a]}", "1: headers must be a mapping"),
        ("- {publish: resolutions, payload: {}, headers: {a: [b]}}", "1: header 'a' must be a string"),
        ("- {publish: resolutions, payload: {}, key: null}", "1: key must be a string"),
        (
            "- {publish: resolutions, payload: {}, dialect: contrat}",
            "1: dialect 'contrat' is not known (hint: did you mean contract?)",
        ),
        ("- {publish: resolutions, bytes: '***'}", "1: bytes must be base64"),
        (f"{EXPECT}, checks: [{{check: X, rule: Y}}]}}", "1: a check has no key 'rule' (hint: did you mean role?)"),
        (f"{EXPECT}, checks: [{{by: Ann}}]}}", "1: a check needs 'check'"),
        (f"{EXPECT}, checks: [{{check: X, at: noon}}]}}", "1: at must be an instant with its offset (hint: 2025-10-24T08:00:00Z)"),
        (f"{EXPECT}, checks: X}}", "1: checks must be a list"),
        ("- {publish: resolutions, bytes: AAAA, set: {a: 1}}", "1: set needs JSON, and bytes holds none"),
        (
            "- {publish: resolutions, payload: {hearing: {id: 1}}, set: {haering.id: 2}}",
            "1: there is nothing at haering (hint: did you mean hearing?)",
        ),
        (
            "- {publish: resolutions, payload: {r: [1]}, set: {r.2: 2}}",
            "1: there is nothing at r.2 (hint: a list of 1 is there; give an index from 0 to 1)",
        ),
        (
            "- {publish: resolutions, payload: {r: [1]}, set: {r.x.y: 2}}",
            "1: there is nothing at r.x (hint: a list of 1 is there; give an index from 0 to 0)",
        ),
        (
            "- {publish: resolutions, payload: {r: 1}, set: {r.x: 2}}",
            "1: there is nothing at r.x (hint: what is above it is neither a mapping nor a list)",
        ),
        (
            "- {publish: resolutions, file: gone.json}",
            "1: file 'gone.json' cannot be read: No such file or directory",
        ),
        ("- {publish: resolutions, payload: {a: 1, a: 2}}", "1: 'a' is given twice"),
        (
            "- {publish: resolutions, payload: {a: !!binary AAAA}}",
            "1: tags such as 'tag:yaml.org,2002:binary' are not read here",
        ),
        (
            "- {publish: resolutions, payload: {<<: {a: 1}}}",
            "1: merge keys are not read here (hint: write the fields out, or alias a whole value)",
        ),
        ("- {publish: resolutions, payload: &p {a: *p}}", "1: nested deeper than 64 levels"),
        ("- enrich: {payload: {}}", "1: enrich needs 'about'"),
        ("- enrich: {about: alerts/A1234BC}", "1: enrich needs exactly one of payload, file and bytes"),
        ("- enrich: {about: alert/A1234BC, status: 404}", "1: about 'alert/A1234BC' is nothing that is asked (hint: did you mean alerts?)"),
        ("- enrich: {about: alerts/1, status: 404}", "1: about 'alerts/1' has no key (hint: such as alerts/A1234BC)"),
        ("- enrich: {about: court-document/, status: 404}", "1: about 'court-document/' has no key (hint: such as court-document/6f1c0002)"),
        ("- enrich: {about: alerts/A1234BC, status: 500, payload: {}}", "1: status '500' is not known (hint: did you mean 200?)"),
        ("- enrich: {about: alerts/A1234BC, status: 404, payload: {}}", "1: status 404 has no body"),
        ("- resolve: {prisoner_number: A1234BC}", "1: resolve needs 'kind'"),
        ("- resolve: {kind: LINKS}", "1: kind 'LINKS' is not known (hint: did you mean LINK or UNLINK?)"),
        (EXPECT + ", gate: g1}", "1: expect has no key 'gate'"),
        (EXPECT + ", reasons: SENTENCE}", "1: reasons must be a list"),
        (EXPECT + ", reasons: [SENTANCE]}", "1: reason 'SENTANCE' is not known (hint: did you mean SENTENCE?)"),
        (EXPECT + ", reasons: [sentence]}", "1: reason 'sentence' is not known (hint: did you mean SENTENCE?)"),
        (EXPECT + ", within: soon}", "1: within must be a duration, not 'soon' (hint: 30s, 10m, 2h or 3d)"),
        (
            "- expect: {prisoner: 1234, exit: release, decision: VETO}",
            "1: '1234' is not a prisoner number (hint: such as A1234BC)",
        ),
        ("- expect: {prisoner: A1234BC, exit: gate, decision: VETO}", "1: exit 'gate' is not known"),
        (
            "- expect: {prisoner: A1234BC, exit: release, decision: veto}",
            "1: decision 'veto' is not known (hint: did you mean VETO?)",
        ),
        (
            "- expect: {prisoner: A1234BC, exit: release, decision: []}",
            "1: decision needs a decision (hint: ALLOW, REFER, VETO or a list of these)",
        ),
        ("- expect: {prisoner: A1234BC}", "1: expect needs 'exit'"),
        ("- expect_incident: {prisoner: A1234BC}", "1: expect_incident needs 'kind'"),
        ("- expect_incident: {kind: ESCAPED}", "1: incident kind 'ESCAPED' is not known"),
        ("- expect_no_incident: {prisoner: A1234BC, reason: x}", "1: expect_no_incident has no key 'reason'"),
        ("- expect_dead_letter: {reason: TRUNCATED}", "1: expect_dead_letter needs 'topic'"),
    ],
)
def test_mistakes(text: str, problem: str) -> None:
    """A mistake is reported at its line, with what may have been meant."""
    assert any(found.startswith(problem) for found in problems(text)), problems(text)


def test_every_mistake_at_once() -> None:
    """All mistakes of a file are reported together, each at its own line."""
    found = problems("""
        - advance: soon
        - publish: court-results
          payload: {type: X}
          colour: red
        - expect:
            prisoner: A1234BC
            exit: release
            decision: PERHAPS
            reasons:
            - SENTENCE
            - NONSENSE
    """)
    assert [problem.split(":")[0] for problem in found] == ["2", "5", "9", "12"]


def test_every_mistake_at_the_top() -> None:
    """What is missing at the top is reported together with what is wrong further down."""
    with pytest.raises(ScenarioError) as caught:
        parse("titel: t\nclock: 2025-10-24\nsteps:\n- advance: x\n", file="s.yaml", directory=Path())
    assert [problem.split(" (")[0] for problem in caught.value.problems] == [
        "s.yaml:1: a scenario has no key 'titel'",
        "s.yaml:1: a scenario needs 'title'",
        "s.yaml:2: clock must be an instant with its offset",
        "s.yaml:4: advance must be a duration, not 'x'",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "s.yaml:1: the file is empty"),
        ("- a\n- b\n", "s.yaml:1: a scenario must be a mapping"),
        ("title: t\nclock: 2025-10-24T08:00:00Z\nsteps: []\n", "s.yaml:3: a scenario needs steps"),
        ("title: t\nclock: [\n", "s.yaml:3: not YAML"),
        ("title: t\n---\ntitle: u\n", "s.yaml:2: not YAML"),
        ("title: \x07\n", "s.yaml:1: not YAML"),
    ],
)
def test_not_a_scenario(text: str, problem: str) -> None:
    """What is no scenario at all is said to be none, at a line."""
    with pytest.raises(ScenarioError) as caught:
        parse(text, file="s.yaml", directory=Path())
    assert any(found.startswith(problem) for found in caught.value.problems), caught.value.problems


def test_unreadable_file(tmp_path: Path) -> None:
    """A file that is not there, or not text, is reported like any other mistake."""
    (tmp_path / "noise.yaml").write_bytes(b"\xff\xfe\x00")
    for name in ("gone.yaml", "noise.yaml"):
        with pytest.raises(ScenarioError, match=f"{name}:1: cannot be read"):
            load(tmp_path / name)
