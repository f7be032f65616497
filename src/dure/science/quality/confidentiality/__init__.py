"""Measures of confidentiality; see `Characteristic.CONFIDENTIALITY`."""
