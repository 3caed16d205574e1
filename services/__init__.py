"""The effects: one package per service, each one screen of read, step, write and commit, over `runtime`."""
