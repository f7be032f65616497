"""Tell classes apart: good or scrap, which fault. `y` is the place of the class; output is a probability for each."""
