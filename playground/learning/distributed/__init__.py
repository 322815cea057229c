"""A small character model trained by several real processes, apart from the server, with limits on time and memory."""
