"""A report of the gates for a terminal, a pull request, a script and a SARIF viewer. The same report gives the same bytes."""
