CREATE TABLE ssh_host_keys (
    kind text PRIMARY KEY CHECK (kind IN ('ssh-ed25519', 'ecdsa-sha2-nistp256')),
    sealed_private_key bytea NOT NULL,
    created_at timestamptz NOT NULL
);
COMMENT ON TABLE ssh_host_keys IS 'What the SSH front door shows to its clients; one set for all replicas. Private keys are encrypted.';
