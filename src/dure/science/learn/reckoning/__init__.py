"""What a task reckons from a table before it is learnt from: values to come, seasons, lives. Plain arrays and tables."""
