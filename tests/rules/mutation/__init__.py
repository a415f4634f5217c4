"""Would anybody notice? Every small change of a pack's law, and whether the pack's tests find it out."""
