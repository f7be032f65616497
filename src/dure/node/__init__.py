"""The node: the only place where things meet. Settings, urls, processes, and the `dure` command."""
