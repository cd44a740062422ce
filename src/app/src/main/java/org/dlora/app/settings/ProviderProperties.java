package org.dlora.app.settings;

import java.util.List;
import java.util.stream.Collectors;
import org.dlora.security.users.Role;
import org.dlora.security.web.RoleClaim;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Roles of those who sign in at an identity provider.
 *
 * @param roleClaim claim that gives the roles; dots lead into objects
 * @param roles roles by values of the claim; none for values that are called as the roles
 */
public record ProviderProperties(
        @DefaultValue("roles") String roleClaim, @DefaultValue List<RoleValue> roles) {

    /** A value of the claim, and the role that it gives. */
    record RoleValue(String value, Role role) {}

    public RoleClaim claim() {
        return new RoleClaim(
                roleClaim,
                roles.stream()
                        .collect(
                                Collectors.toMap(
                                        RoleValue::value,
                                        RoleValue::role,
                                        (first, second) ->
                                                first.includes(second) ? first : second)));
    }
}
