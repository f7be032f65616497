"""Find what is not normal, learnt from normal rows only. Output is a score; larger is stranger."""
