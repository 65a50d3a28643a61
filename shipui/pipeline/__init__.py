"""The eleven steps of a deployment, and the steps of a rollback that an operator asks for later."""
