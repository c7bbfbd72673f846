"""``python -m passcodectl``."""

from passcodectl.program import main

main()
