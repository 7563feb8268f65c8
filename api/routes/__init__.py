"""Routes: one file a noun. They open the transaction, call `repo`, and answer; they never query."""
