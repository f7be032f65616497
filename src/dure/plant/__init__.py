"""The factory: from the machine up to AI on the line."""
