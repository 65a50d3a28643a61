"""Shell scripts, Dockerfiles, workflows and pages: what stands beside the program and can do as much harm."""
