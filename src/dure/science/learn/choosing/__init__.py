"""What is learnt, from which columns, by which candidate: from the table that was given to the fit that is kept."""
