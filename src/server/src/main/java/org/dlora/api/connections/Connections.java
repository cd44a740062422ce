package org.dlora.api.connections;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The open connections. Where all places are taken, the connection that has been without a request
 * for longest gives its place to a new one, so that whoever holds connections open without asking
 * for anything shuts nobody out.
 */
final class Connections {
    private final int most;
    private final MeterRegistry metrics;
    private final Set<ClientConnection> places = new HashSet<>();

    /** Idle connections of {@link #places}, the longest idle one first. */
    private final LinkedHashSet<ClientConnection> idle = new LinkedHashSet<>();

    Connections(int most, MeterRegistry metrics) {
        this.most = most;
        this.metrics = metrics;
        for (var cause : EndCause.values()) {
            ended(cause);
        }
        Gauge.builder("dlora.http.connections", this, Connections::open).register(metrics);
    }

    int most() {
        return most;
    }

    synchronized int open() {
        return places.size();
    }

    /** Gives a new connection a place. Returns false if all are taken by requests. */
    boolean admit(ClientConnection connection) {
        ClientConnection replaced;
        synchronized (this) {
            replaced = replaced();
            if (replaced == null && places.size() >= most) {
                return false;
            }
            places.add(connection);
            idle.add(connection);
        }
        if (replaced != null) {
            replaced.end(EndCause.REPLACED);
        }
        return true;
    }

    private @Nullable ClientConnection replaced() {
        if (places.size() < most || idle.isEmpty()) {
            return null;
        }
        var first = idle.removeFirst();
        places.remove(first);
        return first;
    }

    /** Notes that a connection has a request. */
    synchronized void begin(ClientConnection connection) {
        idle.remove(connection);
    }

    /** Notes that a connection has no request any more. */
    synchronized void rest(ClientConnection connection) {
        if (places.contains(connection)) {
            idle.add(connection);
        }
    }

    /** Takes back the place of a connection that has ended. */
    synchronized void leave(ClientConnection connection) {
        places.remove(connection);
        idle.remove(connection);
    }

    void count(EndCause cause) {
        ended(cause).increment();
    }

    private Counter ended(EndCause cause) {
        return metrics.counter("dlora.http.connections.ended", "cause", cause.label());
    }
}
