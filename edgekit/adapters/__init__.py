"""The ports: what a converter, a runtime, a delegate offers, one protocol a file, and the registry that finds them."""
