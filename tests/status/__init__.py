"""Tests of the status service without a broker."""
