"""The tests of what judges the tests."""
