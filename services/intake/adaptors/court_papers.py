"""Papers of the courts: what was made from a hearing, or of it, by others than the court's own results. See docs/adr/0010-papers.md."""

from __future__ import annotations

from services.intake.adaptors.court_documents import CourtDocuments
from services.intake.adaptors.hearing_copy import HearingCopy
from services.intake.adaptors.libra import Libra
from services.intake.adaptors.port import Adaptor
from services.intake.adaptors.register import PrisonCourtRegister

#: In the order in which they are asked; before the dialects whose envelope is less telling.
ADAPTORS: tuple[Adaptor, ...] = (HearingCopy(), Libra(), PrisonCourtRegister(), CourtDocuments())
