"""An S7 server: Davide Nardella's snap7 in C++ (folder snap7c) or the one of python-snap7 3; see tests/peers/programs.py.

Options: `path` of the package, `areas` {"DB1": hex, "MK": hex, "PE": hex, "PA": hex}. A line `DB1` on the standard
input is answered by that area's content.
"""

import ctypes
import json
import sys


def tell(words):
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main(options):
    if options.get("path"):
        sys.path.insert(0, options["path"])
    from snap7.server import Server
    from snap7.type import SrvArea

    server = Server(log=False)
    held = {}
    for name, content in options["areas"].items():
        raw = bytes.fromhex(content)
        native = (ctypes.c_char * len(raw)).from_buffer_copy(raw)
        held[name] = native if options.get("path") else bytearray(raw)
        area = SrvArea.DB if name.startswith("DB") else SrvArea[name]
        server.register_area(area, int(name[2:] or 0) if name.startswith("DB") else 0, held[name])
    server.start_to("127.0.0.1", options["port"])
    tell("ready")
    for line in sys.stdin:
        tell(bytes(held[line.strip()]).hex())


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
