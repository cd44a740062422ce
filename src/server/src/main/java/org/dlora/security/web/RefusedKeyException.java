package org.dlora.security.web;

import org.dlora.security.AccessRefusedException;
import org.springframework.security.core.AuthenticationException;

/** A refusal as Spring Security passes it on. */
final class RefusedKeyException extends AuthenticationException {
    private static final long serialVersionUID = 1;

    private final AccessRefusedException refusal;

    RefusedKeyException(AccessRefusedException refusal) {
        super(refusal.words(), refusal);
        this.refusal = refusal;
    }

    AccessRefusedException refusal() {
        return refusal;
    }
}
