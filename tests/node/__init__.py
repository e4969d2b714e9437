"""The operator in its image on a real node; `make test-node` runs it.

Everything runs in a network namespace of its own, and each boot of the node in namespaces for
mounts and processes, so that the kernel cleans up whatever way a run ends. No NetworkPolicy is
enforced there, nothing serves DNS, and there is neither SELinux nor an SCC.
"""
