package org.dlora.security.web;

import java.util.List;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AbstractAuthenticationToken;

/** A call with its headers {@code Authorization}, and what it may do once that is known. */
final class KeyAuthentication extends AbstractAuthenticationToken {
    private static final long serialVersionUID = 1;

    private final transient List<String> headers;
    private final transient @Nullable Access access;

    private KeyAuthentication(List<String> headers, @Nullable Access access) {
        super(List.of());
        this.headers = headers;
        this.access = access;
        setAuthenticated(access != null);
    }

    static KeyAuthentication of(List<String> headers) {
        return new KeyAuthentication(headers, null);
    }

    static KeyAuthentication of(Access access) {
        return new KeyAuthentication(List.of(), access);
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
