"""Answers and the replica's state for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast_gate.contacts import Contacts
from holdfast_gate.model import Decision, Mode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from holdfast_gate.answer import Answer
    from holdfast_gate.model import NoticeGround
    from holdfast_gate.position import PartitionPosition

_COLOUR = {Decision.ALLOW: "\x1b[1;30;42m", Decision.REFER: "\x1b[1;30;43m", Decision.VETO: "\x1b[1;37;41m"}
_SHADOW_COLOUR = "\x1b[1;37;45m"
_PLAIN = "\x1b[0m"
_ENDS = {
    "COURT": "only a court can end it",
    "CUSTODY": "only the prison can end it",
    "IMMIGRATION": "only Home Office immigration can end it",
    "HUB": "the record that answers it ends it, or the Holdfast control room",
}
_MEANING = {
    Decision.ALLOW: "nothing known forbids it",
    Decision.REFER: "do not let them go: people must look into it",
    Decision.VETO: "do not let them go",
}


def answer_text(answer: Answer, *, colour: bool, contacts: Contacts | None = None) -> str:
    """The answer, large and plain, then why, and whom to ring about it."""
    return "\n".join(_answer_lines(answer, contacts or Contacts(), colour=colour)) + "\n"


def _answer_lines(answer: Answer, contacts: Contacts, *, colour: bool) -> Iterator[str]:
    shadow = answer.mode is Mode.SHADOW
    word = f"  SHADOW: would be {answer.decision.value}  " if shadow else f"  {answer.decision.value}  "
    yield ""
    yield f"{_SHADOW_COLOUR if shadow else _COLOUR[answer.decision]}{word}{_PLAIN}" if colour else word
    yield ""
    if shadow:
        yield "  SHADOW MODE: this gate only watches. Nobody may be let out or kept because of what it says here."
    meaning = "two officers have settled what it was referred for" if answer.settlement is not None else _MEANING[answer.decision]
    yield f"  {answer.prisoner_number}, {answer.exit.replace('_', ' ')}: {'it would say, ' if shadow else ''}{meaning}."
    if answer.valid_for_s:
        yield f"  Good for {answer.valid_for_s} seconds; after that, ask again."
    if (settled := answer.settlement) is not None:
        officers = " and ".join(f"{each.name} ({each.role.replace('_', ' ').lower()})" for each in settled.officers)
        yield f"  Settled by {officers}, {settled.reason_code}: may leave within that time. Journal entry {settled.sequence} is what they settled."
    for ground in answer.grounds:
        yield ""
        yield f"  {ground.name}  {ground.sentence}"
        yield f"    Ask: {contacts.ring(ground.ask)}"
        yield f"    {_ends(ground)} ({ground.subject})"
        yield f"    from {ground.source}"
    for reason in answer.refer:
        yield ""
        yield f"  {reason.code.value}  {reason.sentence}"
    for check in answer.checks:
        yield ""
        yield f"  signed: {check.check}, {check.by}, {check.role.replace('_', ' ').lower()}, {check.at:%Y-%m-%d %H:%M %Z}"
    yield ""
    yield f"  {_standing(answer)}"


def _ends(ground: NoticeGround) -> str:
    """Who can end it. A hold placed by hand stands in an authority's name, and no record of that authority's ends it."""
    if ground.ground == "PLACED_BY_HAND":
        return "only two named people can end it"
    return _ENDS.get(ground.authority, f"only {ground.authority} can end it")


def _standing(answer: Answer) -> str:
    notice = "no notice" if answer.notice_version is None else "notice {}, rules {}".format(*answer.notice_version)
    seal = "no seal" if answer.seal_number is None else f"seal {answer.seal_number}"
    journal = "not in the journal" if answer.sequence is None else f"journal entry {answer.sequence}"
    return f"({notice}; {seal}; release policy {answer.policy_version}; {journal})"


def partitions_text(partitions: Sequence[PartitionPosition], prisoners: Sequence[int]) -> str:
    """One line per partition of a replica."""
    lines = ["partition  position  prisoners  seal  sealed at"]
    for each, count in zip(partitions, prisoners, strict=True):
        sealed = "never" if each.sealed_at is None else f"{each.sealed_at:%Y-%m-%d %H:%M:%S} UTC"
        number = "none" if each.seal_number is None else str(each.seal_number)
        lines.append(f"{each.partition:>9}  {each.position:>8}  {count:>9}  {number:>4}  {sealed}")
    return "\n".join(lines) + "\n"
