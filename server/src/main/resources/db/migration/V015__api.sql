-- What a create with an Idempotency-Key made, so that the same request again gives the same thing.
CREATE TABLE idempotency_key (
    user_id uuid NOT NULL,
    path text NOT NULL,
    key text NOT NULL,
    body_hash text NOT NULL,
    resource_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, path, key)
);
CREATE INDEX idempotency_key_created_at ON idempotency_key (created_at);
