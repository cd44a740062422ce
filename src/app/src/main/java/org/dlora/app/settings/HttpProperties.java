package org.dlora.app.settings;

import static java.time.temporal.ChronoUnit.SECONDS;

import com.sun.management.UnixOperatingSystemMXBean;
import jakarta.validation.constraints.Min;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import org.dlora.api.connections.ConnectionSettings;
import org.dlora.api.guard.CrossOrigins;
import org.dlora.api.guard.OwnHosts;
import org.dlora.api.pools.PoolsSettings;
import org.dlora.api.web.RootPath;
import org.dlora.engine.opening.StartException;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;
import org.springframework.util.unit.DataSize;

/**
 * The HTTP interface. A time of zero is no bound.
 *
 * @param ping time after which a quiet stream gets a comment
 * @param maxConnections open connections; fewer where the process may not open so many files
 * @param maxBodies bytes of the bodies of calls that wait together; 0 = a quarter of the heap
 * @param idleTimeout longest time of a connection without a request
 * @param headTimeout longest time from the first byte of a request to the end of its headers
 * @param bodyTimeout longest time without a byte of a body
 * @param writeTimeout longest time in which a client takes no byte of its answer
 * @param allowedOrigins origins whose pages may call the endpoints of inference
 * @param allowedHosts further hosts under which a server without keys is addressed
 * @param rootPath prefix of paths under which the server answers too; empty if there is none
 * @param pools threads and queues for the work of calls
 */
public record HttpProperties(
        @DefaultValue("15s") @DurationUnit(SECONDS) @DurationMin(millis = 100) Duration ping,
        @DefaultValue("8192") @Min(1) int maxConnections,
        @DefaultValue("0") DataSize maxBodies,
        @DefaultValue("5m") @DurationUnit(SECONDS) @DurationMin(millis = 0) Duration idleTimeout,
        @DefaultValue("15s") @DurationUnit(SECONDS) @DurationMin(millis = 0) Duration headTimeout,
        @DefaultValue("30s") @DurationUnit(SECONDS) @DurationMin(millis = 0) Duration bodyTimeout,
        @DefaultValue("60s") @DurationUnit(SECONDS) @DurationMin(millis = 0) Duration writeTimeout,
        @DefaultValue List<String> allowedOrigins,
        @DefaultValue List<String> allowedHosts,
        @DefaultValue("") String rootPath,
        PoolsSettings pools) {
    private static final int HEAP_SHARE = 4;

    /** Files that a process needs beside connections: its own, adapters, the database. */
    private static final long OTHER_FILES = 512;

    public HttpProperties {
        for (var origin : allowedOrigins) {
            if (!CrossOrigins.isOrigin(origin)) {
                throw new StartException(
                        "dlora.http.allowed-origins has '%s': expected an origin such as https://chat.example.com, without a path, or *."
                                .formatted(origin));
            }
        }
        for (var host : allowedHosts) {
            if (!OwnHosts.isHost(host)) {
                throw new StartException(
                        "dlora.http.allowed-hosts has '%s': expected a host such as llm.example.com, without a scheme and a port."
                                .formatted(host));
            }
        }
        if (!RootPath.isPrefix(rootPath)) {
            throw new StartException(
                    "dlora.http.root-path is '%s': expected a path such as /llm, without a slash at its end."
                            .formatted(rootPath));
        }
        // The binder gives null where no setting names one.
        pools = pools == null ? PoolsSettings.USUAL : pools;
        pools.problem()
                .ifPresent(problem -> {
                    throw new StartException("dlora.http.pools." + problem);
                });
        if (maxBodies.isNegative()) {
            throw new StartException(
                    "dlora.http.max-bodies is %s: expected a size such as 256MB, or 0 for a quarter of the heap."
                            .formatted(maxBodies));
        }
    }

    /** Returns the bounds of connections, on a process that may open {@code files} files. */
    public ConnectionSettings connections(long files) {
        return new ConnectionSettings(
                (int) Math.max(1, Math.min(maxConnections, files - OTHER_FILES)),
                maxBodies.toBytes() == 0
                        ? Runtime.getRuntime().maxMemory() / HEAP_SHARE
                        : maxBodies.toBytes(),
                idleTimeout,
                headTimeout,
                bodyTimeout,
                writeTimeout);
    }

    /** Returns how many files this process may have open. */
    public static long openFiles() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean os
                ? os.getMaxFileDescriptorCount()
                : Long.MAX_VALUE;
    }
}
