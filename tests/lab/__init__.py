"""Stand-ins for devices: what runs on them is real, the hardware is not. `make lab` starts them all."""
