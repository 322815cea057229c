"""Defines the interface that every topic implements: controls, panels, Text, Topic, Bench."""
