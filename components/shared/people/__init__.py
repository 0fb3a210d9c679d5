"""Who is here: owners by a cookie of their browser, the teacher by a password, and whose a thing is."""
