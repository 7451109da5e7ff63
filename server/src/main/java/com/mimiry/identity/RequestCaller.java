package com.mimiry.identity;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import jakarta.enterprise.context.RequestScoped;
import org.jspecify.annotations.Nullable;

/** Holds who makes the request being served; {@link AccessRules} fills it. */
@RequestScoped
class RequestCaller implements Callers {
    private @Nullable Caller caller;

    void set(Caller found) {
        caller = found;
    }

    @Override
    public Caller current() {
        Caller found = caller;
        if (found == null) {
            throw unauthorized();
        }
        return found;
    }

    static ApiException unauthorized() {
        return new ApiException(
                ErrorCode.UNAUTHORIZED,
                "The bearer token is missing, expired or revoked; sign in again with your SSH key.");
    }
}
