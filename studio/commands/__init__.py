"""The verbs of the command line, one file each; ``studio.cli`` puts them together."""
