"""The parts of the REST face, one file each; ``studio.rest`` puts them together."""
