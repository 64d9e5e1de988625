"""How weights become integers, one file a method; `edgekit.adapters.rounding` says what a file offers."""
