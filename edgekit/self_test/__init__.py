"""Would parity notice? Faults seeded into artifacts, and faithful ones that must not ring."""
