package org.dlora.app;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * Check at the start that keeps the server off addresses that other hosts reach, because it has no
 * login. {@code dlora.allow-open-network} permits them. It also refuses numbers that are no ports.
 */
@Component
final class NetworkGuard {
    private static final int DISABLED = -1;
    private static final int MAX_PORT = 65535;

    NetworkGuard(Environment environment, DloraProperties properties) {
        checkPort("server.port", environment, 0);
        checkPort("management.server.port", environment, DISABLED);
        if (properties.allowOpenNetwork()) {
            return;
        }
        check("server.address", environment.getProperty("server.address"));
        if (environment.getProperty("management.server.port", Integer.class, DISABLED)
                != DISABLED) {
            check(
                    "management.server.address",
                    environment.getProperty("management.server.address"));
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

    private static void check(String name, @Nullable String address) {
        if (!isLoopback(name, address)) {
            throw new StartException(
                    name
                            + " is "
                            + (address == null || address.isBlank()
                                    ? "not set, so all addresses"
                                    : address)
                            + ": whoever reaches it could use the model. Set it to 127.0.0.1, or set"
                            + " dlora.allow-open-network=true where the network is trusted.");
        }
    }

    private static boolean isLoopback(String name, @Nullable String address) {
        if (address == null || address.isBlank()) {
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
