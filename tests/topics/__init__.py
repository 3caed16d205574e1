"""Tests of topic settings: what a cluster may not do to a veto."""
