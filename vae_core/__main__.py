import sys

from vae_core.cli import main

for stream in (sys.stdout, sys.stderr):
    stream.reconfigure(errors="replace")  # a sign that a Windows code page lacks becomes "?" instead of an error
sys.exit(main())
