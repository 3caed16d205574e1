"""The enrichment service: what is asked, what is published, and what is never published."""
