"""Virtual time: one clock for the simulator, the client under test and every way to ask for the time.

`run` runs a coroutine function in virtual time, `virtualised` puts a running loop on it. Either brings every thread
and every asyncio loop that is started meanwhile.
"""
