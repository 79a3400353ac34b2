"""The verdict on a client in every form that people and tools take. Each report reads the plain data and nothing else.

jsonfile    the whole of it, which `replay` reads again
junit       for CI
sarif       for code scanning
html        one page for the maintainers of the client
badge       one line for a README
terminal    for the person who waits
save        writes the files
"""
