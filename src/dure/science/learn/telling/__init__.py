"""What is told of a model: the card, the report with its pictures, and a few lines on a terminal."""
