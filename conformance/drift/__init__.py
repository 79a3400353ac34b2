"""Does a server that claims to be one of the providers still keep to that provider's document?

record     what is asked of a server (probes, orders) and what is judged of its answers (checks), as data
sheets     one module per provider with its probes, orders and checks; `common` has what all of them share
caller     HTTP, with keys, limits and a memory of every exchange
prober     asks: free probes first, then at most so many orders, each followed to its images
evidence   what came of it; judges read nothing else
report     the verdicts as the same report that clients get
"""
