package org.dlora.security.web;

import java.util.List;
import org.springframework.security.authentication.AbstractAuthenticationToken;

/** Content of a sign-in form, before it is checked. */
final class SignInAttempt<T> extends AbstractAuthenticationToken {
    private static final long serialVersionUID = 1;

    private final transient T form;

    SignInAttempt(T form) {
        super(List.of());
        this.form = form;
    }

    T form() {
        return form;
    }

    @Override
    public Object getCredentials() {
        return "";
    }

    @Override
    public Object getPrincipal() {
        return "";
    }
}
