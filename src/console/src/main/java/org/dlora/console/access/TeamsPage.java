package org.dlora.console.access;

import static org.dlora.console.page.PageForms.words;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.HttpSettings;
import org.dlora.api.web.RequestCaller;
import org.dlora.console.page.FormFields;
import org.dlora.console.page.PageForms;
import org.dlora.console.page.PageForms.Done;
import org.dlora.console.page.PageRenderer;
import org.dlora.operate.access.KeyCommands;
import org.dlora.security.KeyService;
import org.dlora.security.Team;
import org.dlora.security.limits.Limiter;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Pages and forms of teams. */
@Controller
final class TeamsPage {
    private final PageRenderer pages;
    private final KeyService keys;
    private final KeyCommands commands;
    private final Limiter limiter;
    private final HttpSettings settings;
    private final WorkPools pools;

    TeamsPage(
            PageRenderer pages,
            KeyService keys,
            KeyCommands commands,
            Limiter limiter,
            HttpSettings settings,
            WorkPools pools) {
        this.pools = pools;
        this.pages = pages;
        this.keys = keys;
        this.commands = commands;
        this.limiter = limiter;
        this.settings = settings;
    }

    @GetMapping(AccessPaths.TEAMS)
    Mono<ResponseEntity<String>> list(
            @RequestParam(name = "from", defaultValue = "0") int from, ServerWebExchange exchange) {
        var teams = keys.teams().stream().map(this::item).toList();
        return pages.page(exchange, "access-teams", Map.of("list", ListPart.of(teams, from)));
    }

    @GetMapping(AccessPaths.TEAM)
    Mono<ResponseEntity<String>> one(
            @RequestParam("name") String name, ServerWebExchange exchange) {
        var team = commands.team(name);
        var item = item(team);
        return pages.page(
                exchange,
                "access-team",
                Map.of("item", item, "users", users(item), "entry", TeamEntry.of(team)));
    }

    /** Returns a team's keys, that which used most this month first. */
    private List<KeyItem> users(TeamItem team) {
        var now = settings.clock().instant();
        return team.keys().stream()
                .map(key -> KeyItem.of(key, limiter.usage(key.limited()), now))
                .sorted(
                        Comparator.comparingLong((KeyItem one) -> one.usage().month().tokens())
                                .reversed())
                .toList();
    }

    @GetMapping(AccessPaths.NEW_TEAM)
    Mono<ResponseEntity<String>> fresh(ServerWebExchange exchange) {
        return pages.page(exchange, "access-new-team", Map.of("entry", TeamEntry.NEW));
    }

    /** A refused form comes back as it was filled in. */
    @PostMapping(AccessPaths.NEW_TEAM)
    Mono<ResponseEntity<String>> make(ServerWebExchange exchange) {
        return exchange.getFormData()
                .map(FormFields::new)
                .flatMap(fields -> {
                    var entry = TeamEntry.of(fields);
                    return pools.catalogue()
                            .run(() ->
                                    commands.create(
                                            entry.team(settings.clock().instant()),
                                            RequestCaller.name(exchange.getRequest())))
                            .flatMap(team ->
                                    PageForms.change(
                                            exchange,
                                            AccessPaths.TEAMS,
                                            _ ->
                                                    new Done(
                                                            AccessPaths.team(team.name()),
                                                            "The team is made.")))
                            .onErrorResume(e -> {
                                var problem = words(e);
                                return problem == null
                                        ? Mono.error(e)
                                        : refused(exchange, entry, problem);
                            });
                });
    }

    private Mono<ResponseEntity<String>> refused(
            ServerWebExchange exchange, TeamEntry entry, String problem) {
        var values = new HashMap<String, Object>();
        values.put("entry", entry);
        values.put("problem", problem);
        return pages.page(exchange, HttpStatus.BAD_REQUEST, "access-new-team", values);
    }

    @PostMapping(AccessPaths.TEAM)
    Mono<ResponseEntity<String>> change(ServerWebExchange exchange) {
        return PageForms.changeNamed(
                exchange,
                "name",
                AccessPaths::team,
                (fields, name) -> {
                    var entry = TeamEntry.of(fields);
                    var _ =
                            commands.changeTeam(
                                    name,
                                    before -> entry.team(before.created()),
                                    RequestCaller.name(exchange.getRequest()));
                    return "The team is changed.";
                });
    }

    /** Says what the removal of a team means. */
    @GetMapping(AccessPaths.DELETE_TEAM)
    Mono<ResponseEntity<String>> delete(
            @RequestParam("name") String name, ServerWebExchange exchange) {
        return pages.page(
                exchange, "access-delete-team", Map.of("item", item(commands.team(name))));
    }

    @PostMapping(AccessPaths.DELETE_TEAM)
    Mono<ResponseEntity<String>> deleted(ServerWebExchange exchange) {
        return PageForms.change(
                exchange,
                AccessPaths.TEAMS,
                fields -> {
                    var name = fields.text("name");
                    commands.deleteTeam(name, RequestCaller.name(exchange.getRequest()));
                    return new Done(AccessPaths.TEAMS, "The team %s is removed.".formatted(name));
                });
    }

    private TeamItem item(Team team) {
        var now = settings.clock().instant();
        return TeamItem.of(
                team,
                keys.keys().stream()
                        .filter(key -> team.name().equals(key.team()) && key.isLive(now))
                        .toList(),
                limiter.usage(team.limited()));
    }
}
