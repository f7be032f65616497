"""Sharing: data between firms, and with people: found, contracted, delivered, certified."""
