"""What rules ask of the tables behind the models: which indexes they have, and which columns are looked up how often."""
