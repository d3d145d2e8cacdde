"""Verdict -> words (`text`, `listing`) and numbers for programs (`json`). Nothing here prints or decides."""
