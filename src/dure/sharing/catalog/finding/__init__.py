"""Search in Korean and English over what the catalogue has, with facets."""
