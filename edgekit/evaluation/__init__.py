"""Is an artifact as good as its original: comparison, metrics, intervals, gates, verdicts."""
