"""Reading manifests and lock files: what a project depends on, in which version, from where."""
