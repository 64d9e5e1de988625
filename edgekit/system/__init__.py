"""Files, digests, caches, processes, progress: what edgekit asks of the machine it runs on."""
