"""Words: the tag library, prompts as texts in the forms that models take, and language models."""
