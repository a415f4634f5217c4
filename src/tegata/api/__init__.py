"""HTTP: bytes in, one call of a service, bytes out. Protocol and door for peers, management for the operator."""
