"""What lies on disk: tuned models, artifacts, bundles, frozen graphs."""
