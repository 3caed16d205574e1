"""Release checks: whether what people have signed is what the release policy asks for. Pure; no clock: ages are judged by the time of the seal.

A check is missing until as many people as it asks for, in a role that may, have signed it lately enough. A person counts once, however the name is
written; and where a check wants other people than another check, some choice among all who signed must satisfy both. So more signatures never make
less of a release.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

from holdfast_gate.wording import time_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from holdfast_gate.model import NoticeCheck

#: More than any release needs; what a gate compares must have an end.
CHECKS_MAX = 64
TEXT_MAX = 200
#: How far the clock on which a check was signed may be ahead of the seal: the freshness of the seal, and two clocks that differ.
AHEAD_MAX = timedelta(minutes=5)
_HOUR_S, _DAY_S = 3_600, 86_400
_SPAN = re.compile(r"\d+ (?:day|hour|minute|second)s?(?: \d+ (?:hour|minute)s?)*")
#: Unicode's categories of characters that leave no mark, or hardly one: control, format, and accents that are no part of a letter.
_UNSEEN = frozenset({"Cc", "Cf", "Mn"})
#: Per check who has signed it as it wants to be signed: each person once, under the name first given.
Signed: TypeAlias = "Mapping[NoticeCheck, Mapping[str, str]]"


class CheckError(ValueError):
    """A check cannot have been signed like this; the message says what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDone:
    """Somebody has signed a release check. Raises CheckError for one without a name, a role or a time with its offset."""

    check: str
    by: str
    role: str
    at: datetime

    def __post_init__(self) -> None:
        """See that it says who, as what, and when."""
        for name in ("check", "by", "role"):
            text: str = getattr(self, name)
            if not text.strip() or len(text) > TEXT_MAX:
                message = f"a release check needs {name!r}, of {TEXT_MAX} characters at most: {text[:TEXT_MAX]!r}"
                raise CheckError(message)
        if self.at.utcoffset() is None:
            message = f"the time of {self.check} has no offset from UTC: {self.at}"
            raise CheckError(message)


def lacking(required: Sequence[NoticeCheck], done: Sequence[CheckDone], time: datetime) -> Iterator[str]:
    """Why `done` is not all that is `required` at `time`, in one sentence for each check; nothing when it is."""
    if len(done) > CHECKS_MAX:
        yield f"{len(done)} release checks were given, and {CHECKS_MAX} is the most: give only the checks for this release."
        return
    signed = {check: _signatories(check, done, time) for check in required}
    yield from (_sentence(check, done, time, signed[check]) for check in required if len(signed[check]) < check.people)
    yield from _by_the_same([check for check in required if len(signed[check]) >= check.people], signed)


def _signatories(check: NoticeCheck, done: Sequence[CheckDone], time: datetime) -> Mapping[str, str]:
    """The people who have signed `check` as it wants to be signed."""
    people: dict[str, str] = {}
    for each in done:
        if each.check == check.code and each.role in check.roles and _age_s(each, time) <= check.max_age_s and not _ahead(each, time):
            people.setdefault(signatory(each.by), each.by)
    return people


def signatory(name: str) -> str:
    """Who signed, for telling people apart: case, spacing, the form of letters and characters that nobody sees do not make another person."""
    letters = unicodedata.normalize("NFKC", name)
    seen = (each for each in letters if each.isspace() or unicodedata.category(each) not in _UNSEEN)
    return " ".join("".join(seen).casefold().split())


def _age_s(done: CheckDone, time: datetime) -> float:
    return (time - done.at).total_seconds()


def _ahead(done: CheckDone, time: datetime) -> bool:
    return done.at - time > AHEAD_MAX


# --- who may not sign both -------------------------------------------------------------------------------------------------------


def _by_the_same(checks: Sequence[NoticeCheck], signed: Signed) -> Iterator[str]:
    """Why people cannot be chosen for each of `checks` so that nobody signs two that want different people; nothing when they can be."""
    # Where there is least choice it is made first: what cannot be is then found at once, and not after every choice of the others.
    if _can_choose(sorted(checks, key=lambda check: len(signed[check]) - check.people), (), signed):
        return
    pairs = [(one, other) for one, other in combinations(checks, 2) if _differ(one, other) and not _can_choose((one, other), (), signed)]
    for one, other in pairs:
        names = " and ".join(dict.fromkeys((*signed[one].values(), *signed[other].values())))
        yield f"Different people must sign {one.code} and {other.code}, and both are signed by {names}: somebody else must sign one of them."
    if not pairs:
        codes = ", ".join(check.code for check in checks if any(_differ(check, other) for other in checks))
        yield f"Too few people have signed {codes}: each of these checks needs people who have not signed the others."


def _can_choose(checks: Sequence[NoticeCheck], chosen: Sequence[tuple[NoticeCheck, frozenset[str]]], signed: Signed) -> bool:
    if not checks:
        return True
    check, rest = checks[0], checks[1:]
    taken = {person for other, people in chosen if _differ(check, other) for person in people}
    free = [person for person in signed[check] if person not in taken]
    return any(_can_choose(rest, (*chosen, (check, frozenset(people))), signed) for people in combinations(free, check.people))


def _differ(one: NoticeCheck, other: NoticeCheck) -> bool:
    """Whether the two want different people, whichever of them says so."""
    return one.code in other.other_than or other.code in one.other_than


# --- saying so -------------------------------------------------------------------------------------------------------------------


def _sentence(check: NoticeCheck, done: Sequence[CheckDone], time: datetime, people: Mapping[str, str]) -> str:
    """What is wrong with what was signed for `check`; `people` are those whose signature is good."""
    signed = [each for each in done if each.check == check.code]
    in_role = [each for each in signed if each.role in check.roles]
    ahead = [each for each in in_role if _ahead(each, time)]
    if not signed:
        why = "nobody has signed it."
    elif people:
        why = f"{check.people} different people must sign it, and only {' and '.join(people.values())} signed it."
    elif not in_role:
        why = f"{signed[0].by} signed it in the role of {_words(signed[0].role)}, which is not one that may."
    elif len(ahead) == len(in_role):
        why = f"{ahead[0].by} signed it for {time_words(ahead[0].at.astimezone(timezone.utc))}, which is still to come by the time of Holdfast."
    else:
        newest = min((each for each in in_role if each not in ahead), key=lambda each: _age_s(each, time))
        why = f"{newest.by} signed it {_span(_age_s(newest, time))} ago, and it must be no older than {_span(check.max_age_s)}."
    asked = f"What must be done: {check.sentence} Who can sign it: {' or '.join(map(_words, check.roles))}."
    return f"A release check is missing ({check.code}): {why} {asked}"


def _words(role: str) -> str:
    return role.replace("_", " ").lower()


def _span(seconds: float) -> str:
    days, rest = divmod(int(seconds), _DAY_S)
    hours, rest = divmod(rest, _HOUR_S)
    numbers = ((days, "day"), (hours, "hour"), (rest // 60, "minute"))
    parts = [_counted(number, unit) for number, unit in numbers if number]
    return " ".join(parts) or _counted(int(seconds), "second")


def ageless(sentence: str) -> str:
    """A sentence of `lacking` without the spans in it, which grow while nothing else changes."""
    return _SPAN.sub("so long", sentence)


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
