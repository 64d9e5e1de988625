"""A recipe from its modules to its report."""
