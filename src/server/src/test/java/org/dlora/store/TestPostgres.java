package org.dlora.store;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server that all tests of this process share. Tests are skipped where it cannot
 * start. As root it runs as another user, which needs Linux' user namespaces.
 */
public final class TestPostgres {
    private static final AtomicInteger databases = new AtomicInteger();
    private static @Nullable EmbeddedPostgres server;
    private static @Nullable String problem;

    private TestPostgres() {}

    /** Returns the URL of a new database, with user and password. */
    public static String newDatabase() {
        var running = server();
        var name = "test" + databases.incrementAndGet();
        try (var connection = running.getPostgresDatabase().getConnection();
                var statement = connection.createStatement()) {
            statement.execute("create database " + name);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return running.getJdbcUrl("postgres", name);
    }

    /** Returns a server of the caller's own on {@code port}, 0 for a free one. */
    static EmbeddedPostgres start(int port) throws IOException {
        return EmbeddedPostgres.builder()
                .setPort(port)
                .setPGStartupWait(Duration.ofMinutes(2))
                .start();
    }

    private static synchronized EmbeddedPostgres server() {
        if (server == null && problem == null) {
            try {
                var started = start(0);
                server = started;
                Runtime.getRuntime().addShutdownHook(new Thread(() -> close(started)));
            } catch (IOException | IllegalStateException | UncheckedIOException e) {
                problem = e.toString();
            }
        }
        assumeThat(problem).as("PostgreSQL cannot be started here").isNull();
        return requireNonNull(server);
    }

    private static void close(EmbeddedPostgres started) {
        try {
            started.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
