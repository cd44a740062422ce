package org.dlora.api.keys;

import java.util.List;
import org.dlora.api.openai.call.BodyReader;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.HttpSettings;
import org.dlora.api.web.Precondition;
import org.dlora.api.web.RequestCaller;
import org.dlora.operate.access.KeyCommands;
import org.dlora.security.ApiKey;
import org.dlora.security.KeyService;
import org.dlora.security.Team;
import org.dlora.security.limits.Limiter;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Endpoints of teams. */
@RestController
final class TeamsController {
    private final KeyService keys;
    private final KeyCommands commands;
    private final Limiter limiter;
    private final WorkPools pools;
    private final BodyReader bodyReader;
    private final HttpSettings settings;

    TeamsController(
            KeyService keys,
            KeyCommands commands,
            Limiter limiter,
            WorkPools pools,
            BodyReader bodyReader,
            HttpSettings settings) {
        this.keys = keys;
        this.commands = commands;
        this.limiter = limiter;
        this.pools = pools;
        this.bodyReader = bodyReader;
        this.settings = settings;
    }

    /**
     * Teams by name.
     *
     * @param next {@code after} of the next page, null if this is the last
     */
    record Teams(List<TeamBody> teams, @Nullable String next) {}

    @GetMapping("/admin/teams")
    Mono<Teams> list(@RequestParam MultiValueMap<String, String> query) {
        var page = ListPage.ofSorted(query, keys.teams(), Team::name);
        return Mono.just(new Teams(page.bodies(this::body), page.next()));
    }

    @GetMapping("/admin/teams/{name}")
    Mono<TeamBody> one(@PathVariable String name, ServerHttpResponse answer) {
        return Mono.just(tagged(commands.team(name), answer));
    }

    @PostMapping(path = "/admin/teams", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<ResponseEntity<TeamBody>> create(
            @RequestBody(required = false) Mono<byte[]> body, ServerHttpRequest call) {
        return bodyReader.read(
                body,
                (json, _) -> {
                    var order = OrderReader.team(json, settings.clock().instant());
                    var team = commands.create(order, RequestCaller.name(call));
                    return ResponseEntity.status(HttpStatus.CREATED).body(body(team));
                });
    }

    @PutMapping(path = "/admin/teams/{name}", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<TeamBody> change(
            @PathVariable String name,
            @RequestBody(required = false) Mono<byte[]> body,
            ServerHttpRequest call,
            ServerHttpResponse answer) {
        var condition = Precondition.of(call);
        return bodyReader.read(
                body,
                (json, _) -> {
                    var change = OrderReader.teamChange(json);
                    return tagged(
                            condition.call(
                                    AccessTags::of,
                                    () ->
                                            commands.changeTeam(
                                                    name, change, RequestCaller.name(call))),
                            answer);
                });
    }

    /** Removes a team without keys in force. */
    @DeleteMapping("/admin/teams/{name}")
    Mono<ResponseEntity<Void>> delete(@PathVariable String name, ServerHttpRequest call) {
        var condition = Precondition.of(call);
        return pools.catalogue()
                .run(() ->
                        condition.call(
                                AccessTags::of,
                                () -> {
                                    commands.deleteTeam(name, RequestCaller.name(call));
                                    return ResponseEntity.noContent().build();
                                }));
    }

    private TeamBody tagged(Team team, ServerHttpResponse answer) {
        AccessTags.of(team).ifPresent(tag -> tag.on(answer));
        return body(team);
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
}
