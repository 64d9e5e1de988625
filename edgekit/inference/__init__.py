"""Running models: sessions, where they are placed, latency, predictions."""
