"""Tests of commands, on the broker in memory."""
