"""The frame of the app: page, model picker, links, sending, components and our own routes."""
