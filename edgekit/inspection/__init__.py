"""What a module, a file or this machine is, before anything is made of it."""
