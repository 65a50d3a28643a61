"""Where a change is proposed to others: GitHub, or files on this machine."""
