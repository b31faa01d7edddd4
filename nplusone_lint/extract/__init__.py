"""One file alone, with `ast` only: the syntax tree becomes `ModuleFacts`."""
