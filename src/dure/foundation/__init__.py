"""What every wing stands on: who, what was, and how it looks."""
