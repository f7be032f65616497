"""Seconds that `import dure` and `dure --help` take, beside a bare interpreter, in turn."""

import statistics
import subprocess
import sys
import time

COMMANDS = {
    "python": "pass",
    "import dure": "import dure, dure.vocabulary",
    "dure --help": "import dure.node.command as c; c.run(['--help'])",
}
REPEATS = 7


def main() -> None:
    """Print the median of each and what it adds to the bare interpreter."""
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(REPEATS):
        for name, code in COMMANDS.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
            seconds[name].append(time.perf_counter() - start)
    bare = statistics.median(seconds["python"])
    for name, taken in seconds.items():
        print(
            f"{name:12} {statistics.median(taken):.3f} s, {statistics.median(taken) - bare:+.3f} s over a bare interpreter"
        )


if __name__ == "__main__":
    main()
