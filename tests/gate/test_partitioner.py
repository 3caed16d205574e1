"""A prisoner's partition is the one that every Kafka client computes."""

from __future__ import annotations

import pytest
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.partitioner import murmur2 as theirs
from hypothesis import given
from hypothesis import strategies as st

from holdfast_gate.partitioner import murmur2, partition_of


@given(st.binary(max_size=40))
def test_as_aiokafka(key: bytes) -> None:
    """The same hash as aiokafka's, for any bytes."""
    assert murmur2(key) == theirs(key) & 0xFFFFFFFF


@pytest.mark.parametrize(
    ("key", "signed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_as_kafka(key: bytes, signed: int) -> None:
    """The vectors of Kafka's own UtilsTest."""
    assert murmur2(key) == signed & 0xFFFFFFFF


@given(st.binary(max_size=20), st.integers(1, 100))
def test_the_same_partition(key: bytes, partitions: int) -> None:
    """The same partition as aiokafka's default, of any number of them."""
    numbers = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, numbers, numbers)
