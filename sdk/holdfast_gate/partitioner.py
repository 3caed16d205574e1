"""In which partition a prisoner's notices are: Kafka's default partitioner.

Source: Apache Kafka, `org.apache.kafka.common.utils.Utils.murmur2` and `BuiltInPartitioner.partitionForKey`.
"""

from __future__ import annotations

_SEED = 0x9747B28C
_MIX = 0x5BD1E995
_MASK = 0xFFFFFFFF


def murmur2(key: bytes) -> int:
    """MurmurHash2 of `key`, as an unsigned number of 32 bits."""
    whole = len(key) & ~3
    state = _SEED ^ len(key)
    for start in range(0, whole, 4):
        word = int.from_bytes(key[start : start + 4], "little") * _MIX & _MASK
        state = state * _MIX & _MASK ^ (word ^ word >> 24) * _MIX & _MASK
    if rest := key[whole:]:
        state = (state ^ int.from_bytes(rest, "little")) * _MIX & _MASK
    state = (state ^ state >> 13) * _MIX & _MASK
    return state ^ state >> 15


def partition_of(key: bytes, partitions: int) -> int:
    """The partition, of so many, that Kafka's default partitioner chooses for `key`."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions
