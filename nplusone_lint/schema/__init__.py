"""What rules ask of the tables behind the models: which indexes they have, how often they are asked."""
