"""Every command of the screens, said once. command.py says what one is; a file for each screen has its own, promotions.py and everywhere.py
what several share."""
