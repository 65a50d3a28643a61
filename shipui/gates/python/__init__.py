"""Python by its syntax tree: values are followed through functions (values, sources, expressions, statements) into sinks/."""
