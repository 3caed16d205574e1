"""Tests of pages: what they tell people to type is typed."""
