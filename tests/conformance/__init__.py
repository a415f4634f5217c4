"""The node before judges that others wrote: the official kit (`make tck`), and the same cases without a JVM."""
