"""LLM Interview Playground: the core. Imports no page library."""
