package com.mimiry.identity;

/** The caller of the request being served. */
public interface Callers {
    /**
     * @throws com.mimiry.api.ApiException 401 where the request has no valid bearer
     */
    Caller current();
}
