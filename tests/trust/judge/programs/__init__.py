"""Programs that others wrote, and we, judge the same documents: those that we make and those that they make."""
