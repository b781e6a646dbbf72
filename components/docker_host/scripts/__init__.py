"""Programs that run inside the containers of a Docker host; nothing here is imported by the program."""
