collect_ignore = ["lab"]  # a plugin, which processes of its own import
