"""Takes tips from the folder and the socket to the desk, in a process of its own; the command line starts it."""
