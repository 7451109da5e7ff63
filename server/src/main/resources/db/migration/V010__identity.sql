-- People, the keys that they sign in with, organizations and who belongs to them, and who changed what.

CREATE TABLE app_user (
    id uuid PRIMARY KEY,
    email text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    username text NOT NULL CHECK (username ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
    enabled boolean NOT NULL DEFAULT true,
    operator boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX app_user_email ON app_user (lower(email));
CREATE UNIQUE INDEX app_user_username ON app_user (username);

CREATE TABLE ssh_key (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES app_user,
    title text NOT NULL,
    type text NOT NULL,
    line text NOT NULL,
    fingerprint text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX ssh_key_fingerprint ON ssh_key (fingerprint);
CREATE INDEX ssh_key_user ON ssh_key (user_id, created_at);

CREATE TABLE api_key (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES app_user,
    title text NOT NULL,
    prefix text NOT NULL,
    secret_hash bytea NOT NULL,
    scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz
);
CREATE UNIQUE INDEX api_key_secret_hash ON api_key (secret_hash);
CREATE INDEX api_key_user ON api_key (user_id, created_at);

-- The keys that tokens are signed with; the newest signs, all verify.
CREATE TABLE jwt_key (
    id uuid PRIMARY KEY,
    secret bytea NOT NULL CHECK (length(secret) = 32),
    created_at timestamptz NOT NULL
);

-- Nonces of sign-ins; a row is dropped when its timestamp could not be accepted any more.
CREATE TABLE sign_in_nonce (
    fingerprint text NOT NULL,
    nonce text NOT NULL,
    keep_until timestamptz NOT NULL,
    PRIMARY KEY (fingerprint, nonce)
);
CREATE INDEX sign_in_nonce_keep_until ON sign_in_nonce (keep_until);

CREATE TABLE organization (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
    slug text NOT NULL CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 63),
    -- The user whose personal organization it is; null = a shared one.
    personal_of uuid REFERENCES app_user,
    allow_member_invites boolean NOT NULL DEFAULT false,
    require_2fa boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    suspended_at timestamptz,
    suspended_reason text,
    deleted_at timestamptz
);
CREATE UNIQUE INDEX organization_slug ON organization (slug) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX organization_personal_of ON organization (personal_of);
CREATE INDEX organization_created_at ON organization (created_at, id);

CREATE TABLE organization_member (
    organization_id uuid NOT NULL REFERENCES organization,
    user_id uuid NOT NULL REFERENCES app_user,
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'billing', 'viewer')),
    joined_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, organization_id)
);
CREATE INDEX organization_member_organization ON organization_member (organization_id, joined_at);

CREATE TABLE organization_invitation (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization,
    email text NOT NULL,
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'billing', 'viewer')),
    state text NOT NULL CHECK (state IN ('pending', 'accepted', 'declined', 'replaced')),
    token_hash bytea NOT NULL,
    invited_by uuid NOT NULL REFERENCES app_user,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    answered_at timestamptz
);
CREATE UNIQUE INDEX organization_invitation_token ON organization_invitation (token_hash);
CREATE UNIQUE INDEX organization_invitation_pending ON organization_invitation (organization_id, lower(email))
    WHERE state = 'pending';
CREATE INDEX organization_invitation_organization ON organization_invitation (organization_id, created_at);

CREATE TABLE audit_entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    -- Who: a user's id, or null for the command line of the server's own machine.
    actor_id uuid,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    organization_id uuid,
    before jsonb,
    after jsonb
);
CREATE INDEX audit_entry_organization ON audit_entry (organization_id, id);

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END $$;
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
