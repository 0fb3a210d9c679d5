"""What the pages are made of: a folder a feature, and in `shared/` what several of them use."""
