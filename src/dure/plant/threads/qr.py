"""A QR code of an address, for a phone on the floor (ISO/IEC 18004:2015, byte mode, error correction level M)."""

from functools import reduce
from itertools import product

# Version: data codewords, error correction codewords a block, blocks of the first and of the second size
# (ISO/IEC 18004:2015, table 9, level M).
BLOCKS = {
    1: (16, 10, 1, 0), 2: (28, 16, 1, 0), 3: (44, 26, 1, 0), 4: (64, 18, 2, 0), 5: (86, 24, 2, 0),
    6: (108, 16, 4, 0), 7: (124, 18, 4, 0), 8: (154, 22, 2, 2), 9: (182, 22, 3, 2), 10: (216, 26, 4, 1),
}  # fmt: skip
# Centres of the alignment patterns (annex E).
ALIGNED = {2: (6, 18), 3: (6, 22), 4: (6, 26), 5: (6, 30), 6: (6, 34), 7: (6, 22, 38), 8: (6, 24, 42), 9: (6, 26, 46), 10: (6, 28, 50)}  # fmt: skip
MOST_BYTES = 213
QUIET = 4
"""Empty modules around it (clause 6.3.8)."""
Modules = list[list[int]]


def qr(text: str) -> Modules:
    """The modules of a QR code, 1 for dark, without its quiet zone.

    Raises
    ------
    ValueError
        If the text has more than 213 bytes of UTF-8.

    Examples
    --------
    >>> len(qr("http://plant.local:8000/")), len(qr("x" * 213))
    (25, 57)
    """
    content = text.encode()
    fits = (one for one, (size, *_) in BLOCKS.items() if len(content) + (3 if one > 9 else 2) <= size)
    version = next(fits, 0)
    if not version:
        raise ValueError(f"{len(content)} bytes are more than {MOST_BYTES}")
    bits = _interleaved(_codewords(content, version), version)
    drawn = [_drawn(version, bits, mask) for mask in range(8)]
    return min(drawn, key=_penalty)


def svg(text: str) -> str:
    """The QR code as one SVG path on white, whatever the page's look: a camera needs the contrast."""
    modules = qr(text)
    size = len(modules) + 2 * QUIET
    dark = "".join(
        f"M{x + QUIET} {y + QUIET}h1v1h-1z"
        for y, row in enumerate(modules)
        for x, one in enumerate(row)
        if one
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<rect width="{size}" height="{size}" fill="#fff"/><path d="{dark}" fill="#000"/></svg>'
    )


# The galois field of 256 elements over x^8 + x^4 + x^3 + x^2 + 1 (clause 7.5.2) -------------------------------------------
def _powers() -> tuple[list[int], list[int]]:
    exp, log, value = [0] * 512, [0] * 256, 1
    for at in range(255):
        exp[at] = exp[at + 255] = value
        log[value] = at
        value = value << 1 ^ (0x11D if value & 0x80 else 0)
    return exp, log


_EXP, _LOG = _powers()


def _times(a: int, b: int) -> int:
    return _EXP[_LOG[a] + _LOG[b]] if a and b else 0


def _generator(degree: int) -> list[int]:
    """Coefficients of the product of (x − 2^i), the highest first."""
    found = [1]
    for power in range(degree):
        found = [a ^ _times(b, _EXP[power]) for a, b in zip([*found, 0], [0, *found], strict=True)]
    return found


def _remainder(block: list[int], degree: int) -> list[int]:
    generator, rest = _generator(degree), [*block, *[0] * degree]
    for at in range(len(block)):
        factor = rest[at]
        for place, one in enumerate(generator):
            rest[at + place] ^= _times(one, factor)
    return rest[len(block) :]


# Codewords (clause 7.4) ---------------------------------------------------------------------------------------------------
def _codewords(content: bytes, version: int) -> list[int]:
    size = BLOCKS[version][0]
    bits = f"0100{len(content):0{16 if version > 9 else 8}b}" + "".join(f"{one:08b}" for one in content)
    bits += "0" * min(4, size * 8 - len(bits))
    bits += "0" * (-len(bits) % 8)
    words = [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]
    return (words + [0xEC, 0x11] * size)[:size]


def _interleaved(words: list[int], version: int) -> str:
    size, checks, first, second = BLOCKS[version]
    short = size // (first + second)
    lengths = [short] * first + [short + 1] * second
    blocks, at = [], 0
    for length in lengths:
        blocks.append(words[at : at + length])
        at += length
    corrections = [_remainder(block, checks) for block in blocks]
    data = [block[place] for place in range(short + 1) for block in blocks if place < len(block)]
    return "".join(
        f"{one:08b}" for one in [*data, *(block[place] for place in range(checks) for block in corrections)]
    )


# Modules (clauses 6.3, 7.7 to 7.10) ---------------------------------------------------------------------------------------
def _drawn(version: int, bits: str, mask: int) -> Modules:
    size = 17 + 4 * version
    modules: list[list[int | None]] = [[None] * size for _ in range(size)]
    _patterns(modules, version)
    _format(modules, mask)
    if version >= 7:
        _version(modules, version)
    _fill(modules, bits, mask)
    return [[int(one or 0) for one in row] for row in modules]


def _patterns(modules: list[list[int | None]], version: int) -> None:
    size = len(modules)
    for top, left in ((0, 0), (0, size - 7), (size - 7, 0)):
        for y, x in product(range(-1, 8), repeat=2):
            if 0 <= top + y < size and 0 <= left + x < size:
                ring = max(abs(y - 3), abs(x - 3))
                modules[top + y][left + x] = int(ring in (0, 1, 3))
    for y, x in product(ALIGNED.get(version, ()), repeat=2):
        if modules[y][x] is None:
            for dy, dx in product(range(-2, 3), repeat=2):
                modules[y + dy][x + dx] = int(max(abs(dy), abs(dx)) != 1)
    for at in range(8, size - 8):
        modules[6][at] = modules[at][6] = 1 - at % 2
    modules[size - 8][8] = 1


def _format(modules: list[list[int | None]], mask: int) -> None:
    """Level M and the mask, protected by BCH (15, 5) (annex C)."""
    size, given = len(modules), mask  # level M is 00
    rest = given << 10
    for at in range(4, -1, -1):
        if rest >> (at + 10) & 1:
            rest ^= 0x537 << at
    bits = (given << 10 | rest) ^ 0x5412
    first = [(8, x) for x in (0, 1, 2, 3, 4, 5, 7, 8)] + [(y, 8) for y in (7, 5, 4, 3, 2, 1, 0)]
    second = [(size - 1 - at, 8) for at in range(7)] + [(8, size - 8 + at) for at in range(8)]
    for at in range(15):
        for y, x in (first[at], second[at]):
            modules[y][x] = bits >> (14 - at) & 1


def _version(modules: list[list[int | None]], version: int) -> None:
    """The version, protected by BCH (18, 6) (annex D)."""
    size, rest = len(modules), version << 12
    for at in range(5, -1, -1):
        if rest >> (at + 12) & 1:
            rest ^= 0x1F25 << at
    bits = version << 12 | rest
    for at in range(18):
        y, x = at // 3, size - 11 + at % 3
        modules[y][x] = modules[x][y] = bits >> at & 1


def _fill(modules: list[list[int | None]], bits: str, mask: int) -> None:
    """Two columns at a time from the right, up and down in turn (clause 7.7.3), masked (table 10)."""
    size, at, up = len(modules), 0, True
    for right in [*range(size - 1, 6, -2), 5, 3, 1]:
        for step in range(size):
            y = size - 1 - step if up else step
            for x in (right, right - 1):
                if modules[y][x] is None:
                    bit = int(bits[at]) if at < len(bits) else 0
                    at += 1
                    modules[y][x] = bit ^ _masked(mask, y, x)
        up = not up


def _masked(mask: int, y: int, x: int) -> int:
    rules = (
        (y + x) % 2, y % 2, x % 3, (y + x) % 3, (y // 2 + x // 3) % 2,
        y * x % 2 + y * x % 3, (y * x % 2 + y * x % 3) % 2, ((y + x) % 2 + y * x % 3) % 2,
    )  # fmt: skip
    return int(rules[mask] == 0)


def _penalty(modules: Modules) -> int:
    """How hard a camera has it (clause 7.8.3.1, table 11)."""
    size = len(modules)
    lines = ["".join(map(str, row)) for row in modules]
    lines += ["".join(str(row[x]) for row in modules) for x in range(size)]
    runs = sum(
        len(run) - 2
        for line in lines
        for run in line.replace("01", "0 1").replace("10", "1 0").split()
        if len(run) >= 5
    )
    blocks = sum(
        modules[y][x] == modules[y][x + 1] == modules[y + 1][x] == modules[y + 1][x + 1]
        for y, x in product(range(size - 1), repeat=2)
    )
    finders = sum(line.count(one) for line in lines for one in ("10111010000", "00001011101"))
    dark = reduce(lambda total, row: total + sum(row), modules, 0) * 100 / size**2
    return runs + 3 * blocks + 40 * finders + 10 * int(abs(dark - 50) / 5)
