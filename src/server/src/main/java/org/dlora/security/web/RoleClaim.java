package org.dlora.security.web;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.dlora.security.users.Role;
import org.jspecify.annotations.Nullable;

/**
 * Claim of an identity provider that gives users their roles.
 *
 * @param name of the claim; dots lead into objects, as in {@code realm_access.roles}
 * @param roles roles by values of the claim; none for values that are called as the roles
 */
public record RoleClaim(String name, Map<String, Role> roles) {
    public RoleClaim {
        roles = Map.copyOf(roles);
    }

    /** Returns the highest role that the claims give; empty if they give none. */
    Optional<Role> role(Map<String, ?> claims) {
        return values(claims)
                .flatMap(value ->
                        (roles.isEmpty() ? Role.of(value) : Optional.ofNullable(roles.get(value)))
                                .stream())
                .max(Comparator.naturalOrder());
    }

    private Stream<String> values(Map<String, ?> claims) {
        Object found = claims.get(name);
        if (found == null) {
            found = inside(claims, Arrays.asList(name.split("\\.")));
        }
        return switch (found) {
            case String one -> Stream.of(one);
            case Collection<?> many ->
                    many.stream().filter(String.class::isInstance).map(String.class::cast);
            case null, default -> Stream.empty();
        };
    }

    private static @Nullable Object inside(Object claims, List<String> path) {
        Object here = claims;
        for (var part : path) {
            if (!(here instanceof Map<?, ?> members)) {
                return null;
            }
            here = members.get(part);
        }
        return here;
    }
}
