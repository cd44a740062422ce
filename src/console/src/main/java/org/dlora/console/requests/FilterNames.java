package org.dlora.console.requests;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.dlora.api.web.RequestCaller;
import org.dlora.operate.Administration;
import org.dlora.security.KeyService;
import org.dlora.security.Team;
import org.dlora.security.users.Role;
import org.dlora.security.web.ConsolePaths;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;

/** Names that the fields of the list's filter offer, as far as the user may see them. */
@Component
final class FilterNames {
    /** Names of a field. */
    private static final int MOST = 1000;

    private final Administration administration;
    private final KeyService keys;

    FilterNames(Administration administration, KeyService keys) {
        this.administration = administration;
        this.keys = keys;
    }

    /**
     * A name that a field offers.
     *
     * @param words for people; empty where the name says it
     */
    record Offered(String name, String words) {}

    /** Returns {@code adapters}, {@code models}, {@code keys} and {@code teams}. */
    Map<String, List<Offered>> of(ServerWebExchange exchange) {
        var adapters =
                administration.visible(RequestCaller.access(exchange.getRequest())).stream()
                        .map(adapter -> adapter.name())
                        .toList();
        boolean isAdmin = ConsolePaths.user(exchange).role().includes(Role.ADMIN);
        return Map.of(
                "adapters",
                named(adapters.stream()),
                "models",
                named(
                        Stream.concat(
                                Stream.of(administration.models().servedName()),
                                adapters.stream())),
                "keys",
                isAdmin ? keys() : List.of(),
                "teams",
                isAdmin ? named(keys.teams().stream().map(Team::name)) : List.of());
    }

    private List<Offered> keys() {
        return keys.keys().stream()
                .limit(MOST)
                .map(key -> new Offered(key.id(), key.name()))
                .toList();
    }

    private static List<Offered> named(Stream<String> names) {
        return names.limit(MOST).map(name -> new Offered(name, "")).toList();
    }
}
