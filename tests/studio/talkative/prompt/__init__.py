"""A talker and a quiet one."""
