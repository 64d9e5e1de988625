"""Media: one file each, found by its name; `edgekit.contract.medium` says what each offers."""
