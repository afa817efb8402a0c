"""The programs here are run as text, with bugs in them; nothing is collected as a module."""

collect_ignore_glob = ["in_*/*", "checking.py", "verdicts.py"]
