"""Everything dangerous, once, with a deadline: broker, clock, environment, supervision, health, logs."""
