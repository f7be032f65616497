"""What a browser and Excel ask for."""
