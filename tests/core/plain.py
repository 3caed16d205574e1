"""The rules of docs/writing.md that a machine can check, and what breaks them in one sentence that people read."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: Of one sentence; what has more is two.
WORDS_MAX = 45
#: Words of ours, of lawyers and of clerks, that nobody at a gate should have to know; and pronouns that guess who somebody is.
BANNED = re.compile(
    r"\b(?:he|him|his|she|her|himself|seals?|sealed|replica|offset|partition|tombstone|topic|payload|digest|the hub|the hub's|claims?|"
    r"presuppose[sd]?|borne out|bear out|anew|aforesaid|hereby|pursuant|whilst|upon|utili[sz]e[sd]?|commence[sd]?|in respect of|"
    r"custody (?:has|have|says|said|holds|withdrew|recorded|ordered|records)|custody's|by custody|re-?share|share dropped)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"(?<!\w)'[^']*'(?!\w)")
_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_ENDS = re.compile(r"(?<=[.?]) (?=[A-Z0-9])")


def faults(text: str) -> Iterator[str]:
    """Each rule that `text` breaks. What stands in quotation marks or brackets is a code, or somebody else's word."""
    ours = _BRACKETED.sub("", _BRACKETED.sub("", _QUOTED.sub("", text)))
    if not text.endswith((".", "?")):
        yield "does not end in a full stop or a question mark"
    if re.search(r"[.?!:;,]\s*[.?!:;,]", text.replace("...", "")) or "  " in text:
        yield "has two marks, or two spaces, after each other"
    if not (text[:1].isupper() or text[:1].isdigit() or text[:1] == "'"):
        yield "does not begin with a capital"
    if "{" in text or "}" in text:
        yield "has a brace that nothing filled"
    if "_" in re.sub(r"\S*/\S*", "", ours):
        yield "has a code outside brackets"
    if re.search(r"\d{4}-\d{2}-\d{2}", ours):
        yield "has a date as machines write it"
    if found := BANNED.search(re.sub(r"\b[A-Z]{2,}\b", "", ours)):
        yield f"has the word {found[0]!r}"
    for sentence in _ENDS.split(text):
        if len(sentence.split()) > WORDS_MAX:
            yield f"has a sentence of {len(sentence.split())} words"
