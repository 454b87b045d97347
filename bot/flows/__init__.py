"""One file per thing that happens. The order of effects is decided here and nowhere else."""
