package org.dlora.store;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.hibernate.resource.jdbc.spi.StatementInspector;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

/** Databases of tests. The entities are checked against the tables. */
public final class TestDatabase {
    private static final Duration PAUSE = Duration.ofMillis(10);

    private TestDatabase() {}

    /** Returns the H2 file in {@code home}, once it is open. */
    public static Database h2(Path home) {
        return opened(new DatabaseSettings(home, false, PAUSE), Map.of());
    }

    /** Returns a database on the server that the tests share, once it is open. */
    public static Database postgres(String url, Path home) {
        return opened(
                new DatabaseSettings(home, false, PAUSE), Map.of("spring.datasource.url", url));
    }

    /** Returns the H2 file in {@code home}, once it is open; {@code inspector} sees its SQL. */
    public static Database h2(Path home, Class<? extends StatementInspector> inspector) {
        return opened(new DatabaseSettings(home, false, PAUSE), inspection(inspector));
    }

    /** Returns a database on the shared server, once it is open; {@code inspector} sees its SQL. */
    public static Database postgres(
            String url, Path home, Class<? extends StatementInspector> inspector) {
        var properties = new HashMap<>(inspection(inspector));
        properties.put("spring.datasource.url", url);
        return opened(new DatabaseSettings(home, false, PAUSE), properties);
    }

    private static Map<String, Object> inspection(Class<? extends StatementInspector> inspector) {
        return Map.of(
                "spring.jpa.properties.hibernate.session_factory.statement_inspector",
                inspector.getName());
    }

    /** Returns the H2 file in {@code home}, which the caller begins to open. */
    public static Database unopened(Path home) {
        return database(new DatabaseSettings(home, false, PAUSE), Map.of());
    }

    /** Returns a database that is being opened. */
    static Database started(DatabaseSettings settings, Map<String, Object> properties) {
        var database = database(settings, properties);
        database.start();
        return database;
    }

    private static Database database(DatabaseSettings settings, Map<String, Object> properties) {
        var environment = new StandardEnvironment();
        var all = new HashMap<>(properties);
        all.put("spring.jpa.hibernate.ddl-auto", "validate");
        // A test may have an older migration run once more.
        all.put("spring.flyway.out-of-order", true);
        environment.getPropertySources().addFirst(new MapPropertySource("test", all));
        return new Database(settings, environment);
    }

    private static Database opened(DatabaseSettings settings, Map<String, Object> properties) {
        var database = started(settings, properties);
        await(database);
        return database;
    }

    /** Waits until the database is open. */
    static void await(Database database) {
        database.opened().orTimeout(2, TimeUnit.MINUTES).join();
    }

    static DatabaseSettings settings(Path home, boolean inMemory) {
        return new DatabaseSettings(home, inMemory, PAUSE);
    }
}
