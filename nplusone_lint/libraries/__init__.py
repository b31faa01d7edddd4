"""What third-party libraries do: one file each, typed tables with a few named hooks."""
