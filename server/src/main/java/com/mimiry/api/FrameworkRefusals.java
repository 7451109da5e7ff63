package com.mimiry.api;

import java.util.Map;

/** The framework's refusals in our words. */
final class FrameworkRefusals {
    private FrameworkRefusals() {}

    static ApiException of(int status) {
        return switch (status) {
            case 401 -> new ApiException(ErrorCode.UNAUTHORIZED, "Sign in first: send a bearer token.");
            case 403 -> new ApiException(ErrorCode.FORBIDDEN, "You may not do this.");
            case 404 ->
                new ApiException(
                        ErrorCode.NOT_FOUND, "There is nothing at this address; see /openapi for what there is.");
            case 405 ->
                new ApiException(
                        ErrorCode.METHOD_NOT_ALLOWED,
                        "This address does not take that method; see /openapi for what it takes.");
            case 406 ->
                new ApiException(
                        ErrorCode.NOT_ACCEPTABLE,
                        "The answer cannot be given in the type of the Accept header; ask for application/json.");
            case 408 ->
                new ApiException(ErrorCode.REQUEST_TIMEOUT, "The request did not arrive in time; send it again.");
            case 413 -> new ApiException(ErrorCode.PAYLOAD_TOO_LARGE, "The request's body is too large; send less.");
            case 414 ->
                new ApiException(ErrorCode.URI_TOO_LONG, "The request's address is too long; send less in the query.");
            case 415 -> new ApiException(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Send the body as application/json.");
            case 422 -> new ApiException(ErrorCode.INVALID_FIELD, "A value of the request is not valid.");
            case 431 ->
                new ApiException(ErrorCode.HEADERS_TOO_LARGE, "The request's headers are too large; send less.");
            default ->
                new ApiException(
                        ErrorCode.BAD_REQUEST, "The request could not be understood.", Map.of("status", status));
        };
    }
}
