"""What the address says: links, the browser's history, visits, and points sent to another page."""
