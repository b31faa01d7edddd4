"""What runs of functions were seen to do besides making round trips: plain data, which rules read."""
