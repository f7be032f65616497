"""`python -m dure` is the `dure` command."""

from dure.node.command import main

main()
