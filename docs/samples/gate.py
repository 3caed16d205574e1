"""A gate in forty lines: `python gate.py` reads a line `PRISONER EXIT` for everybody who wants to leave, and works the lock.

Nothing opens it but a `valid_for_s` above 0. Whatever goes wrong (no network, no news, no disk) is a REFER or a VETO already.
"""

import sys

from holdfast_gate import Exit, GateConfig, KafkaSettings
from holdfast_gate.kafka import KafkaFeed
from holdfast_gate.sync import SyncGate

FRESH_WITHIN_S = 10


def show(text):
    """Here the screen would be written."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def unlock(answer):
    """Here the lock would be released, for so many seconds and no longer."""
    show(f"OPEN {answer.prisoner_number} {answer.exit} for {answer.valid_for_s} s, journal entry {answer.sequence}")


def keep_shut(answer):
    """Why somebody stays, and what people can do about it."""
    show(f"SHUT {answer.prisoner_number} {answer.exit}: {answer.decision.value}, journal entry {answer.sequence}")
    for ground in answer.grounds:  # VETO: only the authority that spoke can end it
        show(f"  {ground.name}: {ground.sentence} Ask: {ground.ask}.")
    for reason in answer.refer:  # REFER: two officers look, and may settle it with gate.settle
        show(f"  {reason.code.value}: {reason.sentence}")


def main():
    settings = KafkaSettings.from_environment()
    with SyncGate(GateConfig.from_environment(), lambda: KafkaFeed(settings)) as gate:
        gate.synchronised(FRESH_WITHIN_S)  # and if it is not: whatever is no VETO is REFER
        for line in sys.stdin:
            number, _, exit_ = line.strip().partition(" ")
            if exit_ not in list(Exit):
                show(f"SHUT {line.strip()}: say who, and one of {', '.join(Exit)}")
                continue
            answer = gate.decide(number.upper(), Exit(exit_), timeout_s=5)
            unlock(answer) if answer.valid_for_s > 0 else keep_shut(answer)


main()
