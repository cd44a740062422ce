package org.dlora.app.wiring;

import org.springframework.core.env.Environment;

/** Address at which a browser on this machine finds the server. */
final class ServerUrl {
    private ServerUrl() {}

    static String of(Environment environment) {
        var scheme =
                environment.getProperty("server.ssl.enabled", Boolean.class, true)
                                && hasCertificate(environment)
                        ? "https"
                        : "http";
        return scheme
                + "://"
                + host(environment)
                + ":"
                + environment.getProperty("local.server.port", "8080");
    }

    private static boolean hasCertificate(Environment environment) {
        return environment.containsProperty("server.ssl.bundle")
                || environment.containsProperty("server.ssl.key-store")
                || environment.containsProperty("server.ssl.certificate");
    }

    private static String host(Environment environment) {
        var address = environment.getProperty("server.address", "");
        boolean any = address.isBlank() || address.equals("0.0.0.0") || address.equals("::");
        return any ? "localhost" : address.contains(":") ? "[" + address + "]" : address;
    }
}
