"""What lies on the disk and for how long: whose it is (`inventory`), what goes when it is too much (`room`), and what
killed processes have left behind (`sweep`)."""
