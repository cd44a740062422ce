package org.dlora.security.web;

import java.util.List;
import org.dlora.security.users.SignedIn;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AbstractAuthenticationToken;

/** Signed-in user, as Spring Security sees them. */
final class UserAuthentication extends AbstractAuthenticationToken {
    private static final long serialVersionUID = 1;

    private final transient SignedIn user;
    private final @Nullable String device;

    /**
     * @param device cookie that the browser is to get, null for none
     */
    UserAuthentication(SignedIn user, @Nullable String device) {
        super(List.of());
        this.user = user;
        this.device = device;
        setAuthenticated(true);
    }

    SignedIn user() {
        return user;
    }

    @Nullable String device() {
        return device;
    }

    /** Nothing secret is kept. */
    @Override
    public Object getCredentials() {
        return "";
    }

    @Override
    public Object getPrincipal() {
        return user.name();
    }
}
