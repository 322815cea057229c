"""The contract that every topic is written to: controls, panels, Text, Topic, Bench."""
