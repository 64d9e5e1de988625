"""Transports: ways to reach a device, one file each."""
