"""JavaScript and TypeScript: read as a syntax tree, names resolved, values followed within a function."""
