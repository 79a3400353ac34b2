"""Virtual time: one clock for the simulator, the client under test and every way to ask for the time.

`VirtualTime` is the clock, `VirtualLoop` an event loop that runs on it, `virtualised` puts a loop that is
running already on it, and `worker_threads` brings in blocking code.
"""
