"""Who is who in the whole program: names across modules, class hierarchies, ORM models."""
