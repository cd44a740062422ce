package org.dlora.security.web;

import java.util.List;
import java.util.Optional;
import org.dlora.security.Access;
import org.dlora.security.users.SignedIn;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AbstractAuthenticationToken;

/**
 * A call with its headers {@code Authorization} or the user of its session, and what it may do once
 * that is known.
 */
final class KeyAuthentication extends AbstractAuthenticationToken {
    private static final long serialVersionUID = 1;

    private final transient List<String> headers;
    private final transient @Nullable SignedIn user;
    private final transient @Nullable Access access;

    private KeyAuthentication(
            List<String> headers, @Nullable SignedIn user, @Nullable Access access) {
        super(List.of());
        this.headers = headers;
        this.user = user;
        this.access = access;
        setAuthenticated(access != null);
    }

    static KeyAuthentication of(List<String> headers) {
        return new KeyAuthentication(headers, null, null);
    }

    /** Returns the call of a session. */
    static KeyAuthentication of(SignedIn user) {
        return new KeyAuthentication(List.of(), user, null);
    }

    KeyAuthentication with(Access found) {
        return new KeyAuthentication(List.of(), user, found);
    }

    /** Returns whose session the call is made in; empty for one with a key or without any. */
    Optional<SignedIn> user() {
        return Optional.ofNullable(user);
    }

    List<String> headers() {
        return headers;
    }

    Access access() {
        if (access == null) {
            throw new IllegalStateException("The call has not been authenticated");
        }
        return access;
    }

    /** Nothing secret is kept. */
    @Override
    public Object getCredentials() {
        return "";
    }

    @Override
    public Object getPrincipal() {
        return access == null ? "" : access.keyId().orElse("");
    }
}
