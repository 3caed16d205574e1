"""Tests of the AsyncAPI document, with the schema that it is checked against."""
