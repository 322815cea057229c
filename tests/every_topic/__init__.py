"""What every topic must keep, with no edit here when a topic is added."""
