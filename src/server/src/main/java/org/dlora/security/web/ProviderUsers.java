package org.dlora.security.web;

import org.dlora.security.users.SignInRefusedException;
import org.dlora.security.users.SignIns;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.oauth2.client.authentication.OAuth2AuthenticationToken;
import org.springframework.security.web.server.context.ServerSecurityContextRepository;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Sessions of those whom an identity provider has signed in, with the role of a claim. */
final class ProviderUsers implements ServerSecurityContextRepository {
    private static final int LONGEST = 100;

    private final SessionUsers users;
    private final SignIns signIns;
    private final RoleClaim claim;

    ProviderUsers(SessionUsers users, SignIns signIns, RoleClaim claim) {
        this.users = users;
        this.signIns = signIns;
        this.claim = claim;
    }

    @Override
    public Mono<Void> save(ServerWebExchange exchange, @Nullable SecurityContext context) {
        if (context == null
                || !(context.getAuthentication() instanceof OAuth2AuthenticationToken token)
                || token.getPrincipal() == null) {
            return users.save(exchange, context);
        }
        var role = claim.role(token.getPrincipal().getAttributes());
        var provider = token.getAuthorizedClientRegistrationId();
        var name = plain(token.getName());
        var address = SignInFilters.address(exchange);
        if (role.isEmpty()) {
            signIns.refusedByRole(provider, name, claim.name(), address);
            return Mono.error(new RefusedSignInException(SignInRefusedException.role()));
        }
        var user = signIns.byProvider(provider, name, role.get(), address);
        return users.save(exchange, new SecurityContextImpl(new UserAuthentication(user, null)));
    }

    /** Keeps what the provider says from breaking lines of the log. */
    private static String plain(String name) {
        var line = name.replaceAll("\\p{Cntrl}|\\p{Zl}|\\p{Zp}", "?");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST);
    }

    @Override
    public Mono<SecurityContext> load(ServerWebExchange exchange) {
        return users.load(exchange);
    }
}
