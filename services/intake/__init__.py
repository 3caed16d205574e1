"""Bytes become claims here and nowhere else."""
