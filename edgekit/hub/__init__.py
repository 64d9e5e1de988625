"""From a handle to a module: resolved, downloaded, pinned by its digest, its risks known."""
