package org.dlora.app.wiring;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.stream.Stream;
import org.dlora.app.settings.DloraProperties;
import org.dlora.engine.opening.StartException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * Check at the start that keeps a server without keys off addresses that other hosts reach. {@code
 * dlora.allow-open-network} permits them. It also refuses numbers that are no ports, and HTTP/2.
 */
@Component
final class NetworkGuard {
    private static final int DISABLED = -1;
    private static final int MAX_PORT = 65535;
    private static final String ADDRESS = "server.address";
    private static final String NO_KEY = "there is no API key";

    NetworkGuard(
            Environment environment, DloraProperties properties, ObjectProvider<KeyPresence> keys) {
        checkPort("server.port", environment, 0);
        checkPort("management.server.port", environment, DISABLED);
        if (environment.getProperty("server.http2.enabled", Boolean.class, false)) {
            throw new StartException(
                    "server.http2.enabled is true, but the bounds of connections are those of HTTP/1.1. Set it to false, and let a proxy in front speak HTTP/2.");
        }
        if (!properties.allowOpenNetwork() && isOpen(environment)) {
            checkKeys(environment, keys);
        }
    }

    /** Returns whether other hosts reach the server. */
    static boolean isOpen(Environment environment) {
        return addresses(environment).anyMatch(name -> !isLoopback(name, environment));
    }

    private static Stream<String> addresses(Environment environment) {
        int management = environment.getProperty("management.server.port", Integer.class, DISABLED);
        return management == DISABLED
                ? Stream.of(ADDRESS)
                : Stream.of(ADDRESS, "management.server.address");
    }

    private static void checkKeys(Environment environment, ObjectProvider<KeyPresence> keys) {
        var problem =
                keys.stream().findFirst().map(KeyPresence::problem).orElse(Optional.of(NO_KEY));
        if (problem.isPresent()) {
            var name =
                    addresses(environment)
                            .filter(one -> !isLoopback(one, environment))
                            .findFirst()
                            .orElse(ADDRESS);
            var address = environment.getProperty(name, "");
            throw new StartException(
                    "%s is %s: whoever reaches it could use the model, and %s. Set it to 127.0.0.1, make a key (java -jar dlora.jar keys create --name=admin --scope=admin, or dlora.security.admin-key), or set dlora.allow-open-network=true where the network is trusted."
                            .formatted(
                                    name,
                                    address.isBlank() ? "not set, so all addresses" : address,
                                    problem.get()));
        }
    }

    private static void checkPort(String name, Environment environment, int lowest) {
        int port = environment.getProperty(name, Integer.class, 0);
        if (port < lowest || port > MAX_PORT) {
            throw new StartException(
                    "%s is %d; expected a port from 1 to %d, or 0 for any free one."
                            .formatted(name, port, MAX_PORT));
        }
    }

    private static boolean isLoopback(String name, Environment environment) {
        var address = environment.getProperty(name, "");
        if (address.isBlank()) {
            return false;
        }
        try {
            for (var resolved : InetAddress.getAllByName(address)) {
                if (!resolved.isLoopbackAddress()) {
                    return false;
                }
            }
            return true;
        } catch (UnknownHostException e) {
            throw new StartException(
                    name + " is " + address + ", which is no address and no name of a host.");
        }
    }
}
