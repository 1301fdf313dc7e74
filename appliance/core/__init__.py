"""What every feature stands on: bus, clock, tasks, errors, health, logs, numbers. Standard library only."""
