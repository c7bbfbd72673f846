"""Runtime layer: configuration, wiring (the one composition root), web and logs."""
