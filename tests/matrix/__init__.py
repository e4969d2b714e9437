"""What is tried beside the versions that are developed with: see docs/support.md."""
