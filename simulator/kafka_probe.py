"""Ask a broker which cluster it belongs to: the smallest question that only a working broker answers.

One Metadata request, version 4, for no topics (https://kafka.apache.org/protocol#The_Messages_Metadata), written by
hand so that whoever waits for a broker needs no client.
"""

from __future__ import annotations

import asyncio
import struct

METADATA, METADATA_VERSION = 3, 4
ANSWER_WITHIN_S = 2.0
_NO_TOPICS_CREATE_NONE = struct.pack(">i?", 0, False)  # noqa: FBT003  # a wire format has no keywords


async def cluster_id(host: str, port: int) -> str | None:
    """The id of the cluster that the broker at this address serves; None when no broker answers, or not in full."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return _cluster_id(await _ask(host, port))
    except (OSError, TimeoutError, asyncio.IncompleteReadError, struct.error, UnicodeDecodeError):
        return None


async def _ask(host: str, port: int) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        client = b"probe"
        header = struct.pack(">hhih", METADATA, METADATA_VERSION, 0, len(client)) + client
        request = header + _NO_TOPICS_CREATE_NONE
        writer.write(struct.pack(">i", len(request)) + request)
        (size,) = struct.unpack(">i", await reader.readexactly(4))
        return await reader.readexactly(size)
    finally:
        writer.close()


def _cluster_id(answer: bytes) -> str | None:
    offset = 4 + 4  # correlation id, throttle time
    (brokers,) = struct.unpack_from(">i", answer, offset)
    offset += 4
    for _ in range(brokers):
        offset += 4  # node id
        _, offset = _string(answer, offset)  # host
        offset += 4  # port
        _, offset = _string(answer, offset)  # rack
    name, _ = _string(answer, offset)
    return name if brokers else None


def _string(answer: bytes, offset: int) -> tuple[str | None, int]:
    (length,) = struct.unpack_from(">h", answer, offset)
    start = offset + 2
    return (None, start) if length < 0 else (answer[start : start + length].decode(), start + length)
