"""One process that runs all the others on one machine: in order, again when they die, with their logs in one place."""
