package org.dlora.api.guard;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dlora.api.web.ApiException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.StringUtils;

/**
 * Hosts under which clients address this server: loopback, {@code server.address}, and those of
 * {@code dlora.http.allowed-hosts}. A web page can have a name of its own resolved to loopback (DNS
 * rebinding), but not one of these.
 *
 * @param areKnown whether the server knows its names; where it does not, each host is its own
 * @param names beside loopback, in lower case
 */
public record OwnHosts(boolean areKnown, Set<String> names) {

    /**
     * Returns the hosts of a server that only its own machine reaches.
     *
     * @param address address that the server listens on
     * @param allowed further names, from the settings
     */
    public static OwnHosts onLoopback(String address, List<String> allowed) {
        var own = address.contains(":") ? "[" + address + "]" : address;
        return of(Stream.concat(Stream.of(own), allowed.stream()));
    }

    /**
     * Returns the hosts of a server that others reach; it knows its names by the settings alone.
     */
    public static OwnHosts onOpenNetwork(List<String> allowed) {
        return allowed.isEmpty() ? new OwnHosts(false, Set.of()) : of(allowed.stream());
    }

    private static OwnHosts of(Stream<String> names) {
        return new OwnHosts(
                true,
                names.map(name -> name.toLowerCase(Locale.ROOT))
                        .collect(Collectors.toUnmodifiableSet()));
    }

    /** Returns whether {@code text} is a host as browsers send it, without a port. */
    public static boolean isHost(String text) {
        return Authority.parse(text).filter(host -> host.port() < 0).isPresent();
    }

    /**
     * Returns the host that a call is addressed to.
     *
     * @throws ApiException if there is none, more than one, or another server's
     */
    Authority require(ServerHttpRequest request) {
        var hosts = request.getHeaders().getOrDefault(HttpHeaders.HOST, List.of());
        if (hosts.size() != 1) {
            throw ApiException.of(
                    HttpStatus.BAD_REQUEST,
                    "A call needs one Host header, but has %d.".formatted(hosts.size()));
        }
        return Authority.parse(hosts.getFirst())
                .filter(host -> host.isLoopback() || names.contains(host.host()))
                .orElseThrow(() ->
                        ApiException.of(
                                HttpStatus.FORBIDDEN,
                                "A server without keys must be addressed as localhost, a loopback address or server.address, but the Host is '%s'. Name it in dlora.http.allowed-hosts if it is this server's."
                                        .formatted(StringUtils.truncate(hosts.getFirst()))));
    }
}
