"""Voice menus: trees of steps that callers walk by keys, with all their versions."""
