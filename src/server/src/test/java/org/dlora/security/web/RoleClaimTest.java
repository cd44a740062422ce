package org.dlora.security.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.dlora.security.users.Role;
import org.junit.jupiter.api.Test;

class RoleClaimTest {
    @Test
    void theHighestRoleOfTheClaimHolds() {
        var claim = new RoleClaim("groups", Map.of("sre", Role.OPERATOR, "all", Role.VIEWER));
        assertThat(claim.role(Map.of("groups", List.of("all", "sre")))).hasValue(Role.OPERATOR);
        assertThat(claim.role(Map.of("groups", "all"))).hasValue(Role.VIEWER);
        assertThat(claim.role(Map.of("groups", List.of("admin", 7)))).isEmpty();
        assertThat(claim.role(Map.of("groups", 7))).isEmpty();
        assertThat(claim.role(Map.of())).isEmpty();
    }

    @Test
    void dotsLeadIntoObjects() {
        var claim = new RoleClaim("realm_access.roles", Map.of());
        assertThat(claim.role(Map.of("realm_access", Map.of("roles", List.of("admin")))))
                .hasValue(Role.ADMIN);
        assertThat(claim.role(Map.of("realm_access.roles", "viewer"))).hasValue(Role.VIEWER);
        assertThat(claim.role(Map.of("realm_access", "admin"))).isEmpty();
    }
}
