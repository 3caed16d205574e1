"""The fold, the notices and the seals."""
