"""Do the tests notice a change of the arithmetic? `python -m benchmarks.mutants [--sample N] [--file NAME] [--jobs N]`.

A mutant is one small change of `vae_core`: another operator, constant or comparison, a call left out, arguments
swapped. It is killed if a test fails. `mutations.py` makes them, `running.py` runs the tests that reach the changed
line, and `equivalent.json` lists mutants that behave like the original, each with the reason.
"""
