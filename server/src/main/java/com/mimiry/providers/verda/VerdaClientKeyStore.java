package com.mimiry.providers.verda;

import com.mimiry.platform.Transaction;
import java.util.Optional;

/** The single row with the key for our machines. */
final class VerdaClientKeyStore {
    /** @param privateKey encrypted */
    @SuppressWarnings("ArrayRecordComponent")
    record Sealed(String publicKey, byte[] privateKey) {}

    Optional<Sealed> find(Transaction tx) {
        return tx.handle()
                .createQuery("select public_key, sealed_private_key from verda_client_key")
                .map((rows, _) -> new Sealed(rows.getString("public_key"), rows.getBytes("sealed_private_key")))
                .findOne();
    }

    /** The first row stays; who comes second uses it. */
    Sealed findOrInsert(Transaction tx, Sealed candidate) {
        tx.handle()
                .createUpdate("""
                        insert into verda_client_key (public_key, sealed_private_key) values (:public, :sealed)
                        on conflict (only_one) do nothing
                        """)
                .bind("public", candidate.publicKey())
                .bind("sealed", candidate.privateKey())
                .execute();
        return find(tx).orElseThrow();
    }
}
