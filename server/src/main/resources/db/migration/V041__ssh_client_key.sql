-- Who we are on machines that we reach by SSH: one key for the whole deployment, the private half encrypted.
create table ssh_client_key (
    only_one boolean primary key default true check (only_one),
    public_key text not null,
    sealed_private_key bytea not null,
    created_at timestamptz not null
);
