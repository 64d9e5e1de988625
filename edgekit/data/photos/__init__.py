"""What photos need: files, settings, resizing, faults, ways to feed and to augment them."""
