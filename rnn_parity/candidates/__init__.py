"""Built-in candidates, one adapter a file, loaded by name and imported by nobody."""
