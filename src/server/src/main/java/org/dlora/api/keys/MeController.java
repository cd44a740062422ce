package org.dlora.api.keys;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.dlora.api.web.RequestCaller;
import org.dlora.security.AdapterPatterns;
import org.dlora.security.Scope;
import org.dlora.security.Team;
import org.dlora.security.limits.Limited;
import org.dlora.security.limits.Limiter;
import org.dlora.security.limits.Limits;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Endpoint that tells a caller what it may do. */
@RestController
final class MeController {

    /**
     * Rights of a caller.
     *
     * @param key id of its key, null where none is needed
     * @param scopes of the key; {@code admin} has the others in it
     * @param adapters patterns of the key; an adapter must match one of these
     * @param limits the most that the key may take; those of its team hold too
     * @param usage usage of the key; null without a key that is counted
     * @param team null if the key has none
     */
    record Me(
            @Nullable String key,
            @Nullable String name,
            List<String> scopes,
            List<String> adapters,
            @Nullable Instant expires,
            Limits limits,
            @Nullable KeyUsageBody usage,
            @Nullable MyTeam team) {}

    /**
     * The caller's team.
     *
     * @param adapters patterns of the team; an adapter must match one of these or of {@code owns}
     * @param owns patterns of the names that keys with scope {@code adapters} may load and change
     * @param limits the most that the team's keys may take together
     * @param usage usage of all the team's keys
     * @param share relative service of the team while others are backlogged too
     */
    record MyTeam(
            String name,
            List<String> adapters,
            List<String> owns,
            Limits limits,
            KeyUsageBody usage,
            double share) {
        static MyTeam of(Team team, KeyUsageBody usage) {
            return new MyTeam(
                    team.name(),
                    team.adapters().patterns(),
                    team.owns().patterns(),
                    team.limits(),
                    usage,
                    team.share());
        }
    }

    private final Limiter limiter;

    MeController(Limiter limiter) {
        this.limiter = limiter;
    }

    @GetMapping("/v1/me")
    Mono<Me> me(ServerHttpRequest call) {
        var access = RequestCaller.access(call);
        var key = access.key();
        var team = access.team();
        var limited = access.limited();
        return Mono.just(
                new Me(
                        key == null ? null : key.id(),
                        key == null ? null : key.settings().name(),
                        Arrays.stream(Scope.values())
                                .filter(access::has)
                                .map(Scope::label)
                                .toList(),
                        (key == null ? AdapterPatterns.ALL : key.settings().adapters()).patterns(),
                        key == null ? null : key.settings().expires(),
                        key == null ? Limits.NONE : key.settings().limits(),
                        limited.isEmpty() ? null : usage(limited.getFirst()),
                        team == null ? null : MyTeam.of(team, usage(team.limited()))));
    }

    private KeyUsageBody usage(Limited owner) {
        return KeyUsageBody.of(limiter.usage(owner));
    }
}
