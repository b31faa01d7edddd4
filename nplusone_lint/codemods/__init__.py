"""How code is rewritten: LibCST finds the nodes, what comes out are text edits."""
