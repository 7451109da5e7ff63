package com.mimiry.platform;

import org.jdbi.v3.core.Handle;

/**
 * An open database transaction. Services pass it along so that several features commit as one; only stores look inside.
 *
 * @param handle the connection, owned by {@link Database}; never kept beyond the transaction
 */
public record Transaction(Handle handle) {}
