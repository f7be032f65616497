"""Physics of the seven fields as plain functions: the light models behind twins, features and the demo.

A member is one file named for its field, on numpy alone: `from dure.science.process import battery`. Its
functions take scalars and arrays alike, state every unit, and name the paper they come from.
"""
