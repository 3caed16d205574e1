"""Plays the upstream systems and the gates, with the truth written down beside what it publishes; and runs a real Kafka to play on."""
