"""How the range of an activation is chosen, one file a method; `edgekit.adapters.calibration` says what one offers."""
