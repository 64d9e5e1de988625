"""Tasks: what an answer is for, one file per task; what each offers is said in ``edgekit.adapters.task``."""
