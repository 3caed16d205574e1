"""Release policies: which checks a release needs, and which policy is in force when.

The policies are data beside this file, read and checked at import. One comes into force because two people adopt it, in a record of `resolutions`
that reaches every partition of `facts`; so the policy in force at T is a function of the facts read until T, as everything else is. Adopting one
for a time gone by changes no notice of that time: it is in force from the moment at which it was told. `docs/adr/0012-release-policies.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from holdfast.claims import Claim, PolicyAdoption
from holdfast.policies.file import ALWAYS, Policy, PolicyFileError, shipped
from holdfast.records import AdoptedPolicy

__all__ = [
    "ALWAYS",
    "NO_CHECKS",
    "POLICIES",
    "Policy",
    "PolicyFileError",
    "Span",
    "UnknownPolicyError",
    "adopt",
    "adopted_by",
    "in_force",
    "policy",
    "span_at",
    "spans",
]

#: Every policy that is written, by version.
POLICIES: tuple[Policy, ...] = shipped()
#: Policy 0, in force from the beginning of time: it asks for nothing.
NO_CHECKS: Policy = POLICIES[0]

Adopted = tuple[AdoptedPolicy, ...]


class UnknownPolicyError(ValueError):
    """A policy was adopted that this version of the hub does not have: going on would ask for the wrong checks."""

    def __init__(self, version: int) -> None:
        super().__init__(f"release policy {version} is not among 0 to {len(POLICIES) - 1}: run the version of the hub that has it")


class NoAdoptionError(TypeError):
    """A claim stands where an adoption must: a defect of ours, since identity writes nothing else there."""

    def __init__(self, claim: Claim) -> None:
        super().__init__(f"{claim.source} adopts no policy: it is a {type(claim.body).__name__}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A policy, the instant since which it is in force, and the act that adopted it: None where it came with the hub."""

    since: datetime
    policy: Policy
    adopted: AdoptedPolicy | None


def policy(version: int) -> Policy:
    """The policy of that version. Raises UnknownPolicyError."""
    if not 0 <= version < len(POLICIES):
        raise UnknownPolicyError(version)
    return POLICIES[version]


def adopt(adopted: Adopted, new: AdoptedPolicy) -> Adopted:
    """`adopted` once `new` was told too: a set, in a fixed order. Of one act told twice the first telling is kept."""
    same = [each for each in adopted if _act(each) == _act(new)]
    if any(each.told_at <= new.told_at for each in same):
        return adopted
    return tuple(sorted((*(each for each in adopted if each not in same), new), key=lambda each: (each.told_at, *_rank(each))))


def adopted_by(claim: Claim, *, told_at: datetime) -> AdoptedPolicy:
    """What the claim of an act says, read when T was `told_at`. Raises NoAdoptionError for the claim of anything else."""
    if not isinstance(claim.body, PolicyAdoption):
        raise NoAdoptionError(claim)
    return AdoptedPolicy(
        policy_version=claim.body.policy_version,
        effective_from=claim.body.effective_from,
        recorded_at=claim.recorded_at,
        told_at=told_at,
        by=claim.by,
        reason=claim.body.reason,
        source=claim.source,
    )


def in_force(adopted: Iterable[AdoptedPolicy], at: datetime) -> Policy:
    """The policy in force at `at`, by what had been told by then. Raises UnknownPolicyError."""
    return span_at(adopted, at).policy


def spans(adopted: Sequence[AdoptedPolicy]) -> tuple[Span, ...]:
    """Which policy is in force since when, from the beginning of time. Raises UnknownPolicyError."""
    instants = {each.effective_from for each in POLICIES if each.effective_from is not None} | {_begins(each) for each in adopted}
    found: list[Span] = []
    for at in sorted(instants):
        span = span_at(adopted, at)
        if not found or found[-1].policy != span.policy:
            found.append(Span(since=at, policy=span.policy, adopted=span.adopted))
    return tuple(found)


def span_at(adopted: Iterable[AdoptedPolicy], at: datetime) -> Span:
    """Which policy is in force at `at`, since when and by which act. Raises UnknownPolicyError.

    Of all that has begun the one with the latest date counts; of two for one date what was recorded last; of a tie the higher version.
    """
    written = [each for each in POLICIES if each.effective_from is not None and each.effective_from <= at]
    latest = max(written, key=lambda each: (each.effective_from or ALWAYS, each.version))
    since = latest.effective_from or ALWAYS
    begun = [each for each in adopted if _begins(each) <= at and each.effective_from >= since]
    if not begun:
        return Span(since=since, policy=latest, adopted=None)
    act = max(begun, key=_rank)
    return Span(since=_begins(act), policy=policy(act.policy_version), adopted=act)


def _begins(adopted: AdoptedPolicy) -> datetime:
    return max(adopted.effective_from, adopted.told_at)


def _rank(adopted: AdoptedPolicy) -> tuple[datetime, datetime, int]:
    return adopted.effective_from, adopted.recorded_at, adopted.policy_version


def _act(adopted: AdoptedPolicy) -> tuple[int, datetime, datetime]:
    return adopted.policy_version, adopted.effective_from, adopted.recorded_at
