"""What several datasets share: the file formats of what is published, and how it is cut."""
