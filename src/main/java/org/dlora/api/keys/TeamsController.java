package org.dlora.api.keys;

import java.util.List;
import org.dlora.api.openai.BodyReader;
import org.dlora.api.openai.Caller;
import org.dlora.api.openai.HttpSettings;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.security.ApiKey;
import org.dlora.security.KeyService;
import org.dlora.security.Team;
import org.dlora.security.limits.Limiter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Endpoints of teams. */
@RestController
final class TeamsController {
    private static final Logger log = LoggerFactory.getLogger(TeamsController.class);

    private final KeyService keys;
    private final Limiter limiter;
    private final BodyReader bodyReader;
    private final ClusterEvents events;
    private final HttpSettings settings;

    TeamsController(
            KeyService keys,
            Limiter limiter,
            BodyReader bodyReader,
            ClusterEvents events,
            HttpSettings settings) {
        this.keys = keys;
        this.limiter = limiter;
        this.bodyReader = bodyReader;
        this.events = events;
        this.settings = settings;
    }

    /** All teams by name. */
    record Teams(List<TeamBody> teams) {}

    @GetMapping("/admin/teams")
    Mono<Teams> list() {
        return Mono.just(new Teams(keys.teams().stream().map(this::body).toList()));
    }

    @GetMapping("/admin/teams/{name}")
    Mono<TeamBody> one(@PathVariable String name) {
        return Mono.just(body(find(name)));
    }

    @PostMapping(path = "/admin/teams", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<ResponseEntity<TeamBody>> create(
            @RequestBody(required = false) Mono<byte[]> body, ServerHttpRequest call) {
        return AccessCall.refusals(
                bodyReader.read(
                        body,
                        (json, _) -> {
                            var order = OrderReader.team(json, settings.clock().instant());
                            var team = keys.create(order);
                            report(call, "team.create", null, team);
                            return ResponseEntity.status(HttpStatus.CREATED).body(body(team));
                        }));
    }

    @PutMapping(path = "/admin/teams/{name}", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<TeamBody> change(
            @PathVariable String name,
            @RequestBody(required = false) Mono<byte[]> body,
            ServerHttpRequest call) {
        return AccessCall.refusals(
                bodyReader.read(
                        body,
                        (json, _) -> {
                            var change = OrderReader.teamChange(json);
                            var before = find(name);
                            var team = keys.changeTeam(name, change);
                            report(call, "team.update", before, team);
                            return body(team);
                        }));
    }

    /** Removes a team without keys in force. */
    @DeleteMapping("/admin/teams/{name}")
    Mono<ResponseEntity<Void>> delete(@PathVariable String name, ServerHttpRequest call) {
        return AccessCall.of(() -> {
            var before = find(name);
            keys.deleteTeam(name);
            report(call, "team.delete", before, null);
            return ResponseEntity.noContent().build();
        });
    }

    private void report(
            ServerHttpRequest call, String action, @Nullable Team before, @Nullable Team after) {
        var name = before != null ? before.name() : after != null ? after.name() : "";
        log.info("Team {}: {} by {}", name, action, Caller.of(call));
        events.done(
                Caller.of(call),
                action,
                name,
                before == null ? null : TeamBody.state(before),
                after == null ? null : TeamBody.state(after));
    }

    private TeamBody body(Team team) {
        var now = settings.clock().instant();
        return TeamBody.of(
                team,
                KeyUsageBody.of(limiter.usage(team.limited())),
                keys.keys().stream()
                        .filter(key -> team.name().equals(key.team()) && key.isLive(now))
                        .map(ApiKey::id)
                        .toList());
    }

    private Team find(String name) {
        return keys.team(name).orElseThrow(() -> AccessCall.unknown("team", "/admin/teams"));
    }
}
