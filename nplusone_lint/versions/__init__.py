"""Which versions of the libraries a project uses, as its own files tell: lock files, requirements, project metadata."""
