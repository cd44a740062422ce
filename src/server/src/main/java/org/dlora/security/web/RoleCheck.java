package org.dlora.security.web;

import org.dlora.security.AccessRefusedException;
import org.dlora.security.users.SignedIn;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.authorization.AuthorizationResult;
import org.springframework.web.server.ServerWebExchange;

/** Check of a user's role against the table. */
final class RoleCheck {
    private RoleCheck() {}

    /**
     * Returns that a call is allowed.
     *
     * @throws AccessRefusedException if it is not
     */
    static AuthorizationResult check(
            SignedIn user, AccessTable.Rule rule, ServerWebExchange exchange) {
        var needed = rule.role(exchange.getRequest().getMethod());
        if (!user.role().includes(needed)) {
            throw AccessRefusedException.forbidden(
                    "The user %s has the role %s, but this call needs %s."
                            .formatted(user.name(), user.role().label(), needed.label()));
        }
        return new AuthorizationDecision(true);
    }
}
