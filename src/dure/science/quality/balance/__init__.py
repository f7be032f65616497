"""Measures of balance; see `Characteristic.BALANCE`."""
