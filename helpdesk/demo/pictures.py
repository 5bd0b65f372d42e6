"""A photograph, as good as rectangles allow: the side of a laptop with its charging port."""

import struct
import zlib

WIDTH, HEIGHT = 480, 300
Colour = tuple[int, int, int]
# Left, top, right, bottom and colour of each part, painted one over the other.
PARTS: tuple[tuple[int, int, int, int, Colour], ...] = (
    (0, 0, 480, 300, (196, 174, 148)),  # the table
    (0, 210, 480, 300, (172, 148, 120)),
    (0, 92, 480, 208, (122, 128, 136)),  # the laptop's side
    (0, 92, 480, 100, (160, 166, 174)),
    (0, 146, 480, 149, (84, 90, 98)),
    (150, 162, 232, 190, (52, 56, 62)),  # the port
    (158, 168, 224, 184, (24, 26, 30)),
    (170, 173, 212, 178, (150, 132, 74)),
    (258, 172, 268, 182, (70, 74, 80)),  # the light that stays off
    (300, 164, 380, 188, (52, 56, 62)),
)


def port() -> bytes:
    """The picture as PNG (ISO/IEC 15948): eight bits for each of red, green and blue."""
    rows = [bytearray(bytes(PARTS[0][4]) * WIDTH) for _row in range(HEIGHT)]
    for left, top, right, bottom, colour in PARTS:
        for row in rows[top:bottom]:
            row[left * 3 : right * 3] = bytes(colour) * (right - left)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)
