"""The schema registry: both encodings, the waiting, and the whole path."""
