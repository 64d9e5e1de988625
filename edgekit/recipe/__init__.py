"""What to build: recipes and variants."""
