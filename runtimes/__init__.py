"""Runtimes: Artifact to Session, one file per runtime."""
