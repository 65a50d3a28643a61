"""The install that `shipui demo` makes: a small application in production, and builds that do well and badly there."""
