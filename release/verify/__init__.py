"""`verify-release`, one of the released files: Python 3.9, the standard library, gpg and rpm."""
