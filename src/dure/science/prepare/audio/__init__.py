"""Steps on sound and vibration: what a machine is heard to do, as numbers of one row a sound."""
