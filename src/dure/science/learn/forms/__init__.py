"""The forms that fitted models are kept in, in which alone they predict: graphs, trees, blends."""
