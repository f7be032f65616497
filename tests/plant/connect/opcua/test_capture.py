"""A recorded session of 2009 (Achilles Satellite against the OPC Foundation's stack test server), read by our channel.

The capture holds two links without security. On each: Hello, OpenSecureChannel, GetEndpoints (11 endpoints),
CreateSession and ActivateSession, all answered Good; then a Call whose bytes are spoiled on purpose, after which
the server ends the link with an Error. There is no subscription in it, so no signal can come of it.
"""

import asyncio
import struct
from collections import defaultdict

import pytest
from asyncua import ua
from asyncua.ua.ua_binary import struct_from_binary

from dure.plant.connect.opcua import wire

FILE = "ics-pcap/opc-ua-ap-method-wireshark-freeze.pcap"
ANSWERS = {431: ua.GetEndpointsResponse, 464: ua.CreateSessionResponse, 470: ua.ActivateSessionResponse}


def links(path):
    """Bytes of each direction by (source, port, port), as scapy takes them out of TCP."""
    scapy = pytest.importorskip("scapy.all")
    streams = defaultdict(dict)
    for packet in scapy.rdpcap(str(path)):
        if scapy.TCP in packet and bytes(packet[scapy.TCP].payload):
            segment = packet[scapy.TCP]
            streams[packet[scapy.IP].src, segment.sport, segment.dport].setdefault(
                segment.seq, bytes(segment.payload)
            )
    return {key: b"".join(parts[seq] for seq in sorted(parts)) for key, parts in streams.items()}


def chunks(stream):
    place = 0
    while place < len(stream):
        (size,) = struct.unpack_from("<I", stream, place + 4)
        yield stream[place : place + size]
        place += size


class Ended:
    def __init__(self):
        self.closed = False

    def close(self):
        self.closed = True


async def answers(stream):
    """What our channel makes of a server's bytes: the answers by request, and what ended the link."""
    socket, transport = wire.Socket(), Ended()
    socket.connection_made(transport)
    connection = socket._connection
    connection._limits.max_message_size, connection._limits.max_chunk_count = 2**20, 64
    got, ended = {}, None
    for chunk in chunks(stream):
        if chunk[:3] == b"OPN":
            (connection.security_token.ChannelId,) = struct.unpack_from("<I", chunk, 8)
            (connection.security_token.TokenId,) = struct.unpack("<I", chunk[-28:-24])[:1]
        elif chunk[:3] in (b"MSG", b"ERR"):
            request = struct.unpack_from("<I", chunk, 20)[0] if chunk[:3] == b"MSG" else 0
            if request:
                connection.security_token.TokenId = struct.unpack_from("<I", chunk, 12)[0]
            waiting = socket._callbackmap[request] = asyncio.get_running_loop().create_future()
            for cut in range(0, len(chunk), 1000):
                socket.data_received(chunk[cut : cut + 1000])
            if request:
                got[request] = bytes(waiting.result())
            else:
                ended = waiting.exception() if waiting.done() else None
    return got, ended, transport.closed


def test_a_recorded_session_is_taken_apart_into_its_answers_and_its_end(recorded):
    streams = {key: stream for key, stream in links(recorded / FILE).items() if key[1] == 12001}
    assert len(streams) == 2
    ends = set()
    for stream in streams.values():
        got, ended, closed = asyncio.run(answers(stream))
        read = {}
        for body in got.values():
            assert wire.after_header(body)
            kind = struct.unpack_from("<H", body, 2)[0]
            read[kind] = struct_from_binary(ANSWERS[kind], ua.utils.Buffer(body))
        assert set(read) == set(ANSWERS)
        endpoints = read[431].Endpoints
        assert {int(one.SecurityMode) for one in endpoints} == {1, 2, 3}
        assert all("StackTestServer" in one.EndpointUrl for one in endpoints)
        assert read[464].Parameters.ServerEndpoints
        assert closed
        ends.add(type(ended).__name__)
    assert ends == {"BadInternalError", "BadDecodingError"}
