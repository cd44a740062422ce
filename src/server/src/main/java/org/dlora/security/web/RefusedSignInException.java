package org.dlora.security.web;

import org.dlora.security.users.SignInRefusedException;
import org.springframework.security.core.AuthenticationException;

/** A refused sign-in as Spring Security passes it on. */
final class RefusedSignInException extends AuthenticationException {
    private static final long serialVersionUID = 1;

    private final SignInRefusedException refusal;

    RefusedSignInException(SignInRefusedException refusal) {
        super(refusal.words(), refusal);
        this.refusal = refusal;
    }

    SignInRefusedException refusal() {
        return refusal;
    }
}
