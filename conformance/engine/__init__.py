"""Running a scenario: the simulator, the client and the clock they share, and what is left to judge by."""
