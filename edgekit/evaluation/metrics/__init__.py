"""Metrics, one file per metric; what each offers is said in ``edgekit.adapters.metric``."""
