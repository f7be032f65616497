"""Exchange: the Dataspace Protocol 2025-1 over HTTPS, both roles."""
