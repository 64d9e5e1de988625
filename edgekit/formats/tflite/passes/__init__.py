"""Changes of a TFLite graph, one file each: a ``ModelT`` goes in and is changed in place; who reads it writes it."""
