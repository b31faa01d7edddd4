"""What happens when the program runs: values, effects and summaries, function by function."""
