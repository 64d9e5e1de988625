"""Converters: TunedModel and Variant to Artifact, one file per format."""
