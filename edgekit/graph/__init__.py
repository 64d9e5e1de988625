"""From a SavedModel to one frozen graph, cut where the portable front end ends."""
