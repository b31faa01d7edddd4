"""What is harmful: one file per rule."""
