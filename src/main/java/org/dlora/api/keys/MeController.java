package org.dlora.api.keys;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.dlora.security.Access;
import org.dlora.security.AdapterPatterns;
import org.dlora.security.Scope;
import org.dlora.security.Team;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Endpoint that tells a caller what it may do. Its limits and usage will stand here too. */
@RestController
final class MeController {

    /**
     * What a caller may do.
     *
     * @param key id of its key, null where none is needed
     * @param scopes of the key; {@code admin} has the others in it
     * @param adapters patterns of the key; an adapter must match one of these
     * @param team null if the key has none
     */
    record Me(
            @Nullable String key,
            @Nullable String name,
            List<String> scopes,
            List<String> adapters,
            @Nullable Instant expires,
            @Nullable MyTeam team) {}

    /**
     * The caller's team.
     *
     * @param adapters patterns of the team; an adapter must match one of these or of {@code owns}
     * @param owns patterns of the names that keys with scope {@code adapters} may load and change
     */
    record MyTeam(String name, List<String> adapters, List<String> owns) {
        static MyTeam of(Team team) {
            return new MyTeam(team.name(), team.adapters().patterns(), team.owns().patterns());
        }
    }

    @GetMapping("/v1/me")
    Mono<Me> me(ServerHttpRequest call) {
        var access = Access.of(call.getAttributes().get(Access.NAME));
        var key = access.key();
        var team = access.team();
        return Mono.just(
                new Me(
                        key == null ? null : key.id(),
                        key == null ? null : key.name(),
                        Arrays.stream(Scope.values())
                                .filter(access::has)
                                .map(Scope::label)
                                .toList(),
                        (key == null ? AdapterPatterns.ALL : key.adapters()).patterns(),
                        key == null ? null : key.expires(),
                        team == null ? null : MyTeam.of(team)));
    }
}
