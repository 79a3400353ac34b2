"""The stateful simulator of the five providers. `Simulator` starts it; `Control` steers it."""
