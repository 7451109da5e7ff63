package com.mimiry.identity.sshsig;

/** A key or signature that is not well-formed or of a kind that is not accepted; the message is a clause for a person. */
public final class SshFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SshFormatException(String message) {
        super(message);
    }
}
