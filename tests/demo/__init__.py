"""`make demo`: the main job from end to end on this machine, told as it happens, then checked."""
