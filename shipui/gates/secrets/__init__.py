"""Secrets in any text: shapes of tokens, private keys, passwords in addresses and assignments; and the mask that keeps them out of sight."""
