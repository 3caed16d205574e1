"""Enrichment: open doubts about thin notifications in, answers of systems of record out."""
