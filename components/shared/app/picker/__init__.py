"""The model picker in the sidebar."""
