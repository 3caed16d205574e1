"""What the law allows, for the rules that judge whether a result is plausible and on which day somebody is released.

Four tables kept as data beside this file, read and checked at import as the code tables are. They are generous where the law changed or is in doubt:
what they call too long, no court in England and Wales could impose.
"""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.codes.tables import Edition
from holdfast.limits import courts, offences, release_days
from holdfast.limits.courts import Custody, MagistratesLimit, SuspendableLimit, magistrates_limit, suspendable
from holdfast.limits.offences import OffenceLimit, Triable, longest_term, offence_limits
from holdfast.limits.release_days import Holiday, HolidaysUnknownError, Standing, bank_holidays, earliest_release_day, release_day

__all__ = [
    "EDITIONS",
    "Custody",
    "Holiday",
    "HolidaysUnknownError",
    "MagistratesLimit",
    "OffenceLimit",
    "Standing",
    "SuspendableLimit",
    "Triable",
    "bank_holidays",
    "earliest_release_day",
    "longest_term",
    "magistrates_limit",
    "offence_limits",
    "release_day",
    "suspendable",
]

#: Which edition of each table this version judges by.
EDITIONS: Mapping[str, Edition] = courts.EDITIONS | offences.EDITIONS | release_days.EDITIONS
