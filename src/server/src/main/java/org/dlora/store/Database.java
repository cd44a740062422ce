package org.dlora.store;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.dlora.background.LastingWork;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import reactor.core.scheduler.Schedulers;

/**
 * The database, in a Spring context of its own. A thread opens it beside serving, and tries again
 * until it is there. A file that another server uses is replaced by memory. A file that H2 has
 * closed, as its folder is full, is opened again. Thread-safe.
 *
 * <p>The context is no child of the main one, whose listeners would take its events for theirs. It
 * has the same settings.
 */
public final class Database implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Database.class);
    private static final String URL = "spring.datasource.url";
    private static final String DRIVER = "spring.datasource.hikari.data-source-properties.";

    /** Longest time in which PostgreSQL answers, whatever it does. */
    static final Duration LONGEST_ANSWER = Duration.ofMinutes(5);

    private static final String ATTACHED = "configurationProperties";

    private final DatabaseSettings settings;
    private final ConfigurableEnvironment environment;
    private final CompletableFuture<Void> opened = new CompletableFuture<>();
    private final AtomicBoolean started = new AtomicBoolean();
    private final CountDownLatch closing = new CountDownLatch(1);

    /** Open until the first attempt to open the database has ended. */
    private final CountDownLatch tried = new CountDownLatch(1);

    private final Thread opener =
            Thread.ofPlatform().name("database").daemon().unstarted(this::open);
    private volatile @Nullable AnnotationConfigApplicationContext context;
    private volatile String problem = "it is still being opened";
    private volatile @Nullable DatabaseLocation openLocation;
    private volatile boolean inMemory;
    private volatile @Nullable String id;
    private volatile boolean shared;

    /**
     * @param environment has {@code spring.datasource.*} and further settings of Spring Boot
     */
    public Database(DatabaseSettings settings, ConfigurableEnvironment environment) {
        this.settings = settings;
        this.environment = environment;
    }

    /** Begins to open the database, unless that has begun; does not wait. */
    public void start() {
        if (!started.getAndSet(true)) {
            opener.start();
        }
    }

    /** Returns a future that completes when the database is open; it fails at {@link #close}. */
    public CompletableFuture<Void> opened() {
        return opened.copy();
    }

    /**
     * Waits until the database is open, for a limited time; does not wait if an attempt to open it
     * has failed.
     */
    public void awaitOpened(Duration patience) {
        requireWaiting();
        try {
            var _ = tried.await(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static void requireWaiting() {
        if (Schedulers.isInNonBlockingThread()) {
            throw new IllegalStateException(
                    "The database was called on thread %s, which must not wait"
                            .formatted(Thread.currentThread().getName()));
        }
    }

    /** Returns whether nothing is kept beyond the process. */
    public boolean isInMemory() {
        return inMemory;
    }

    /** Returns the id of an open database that outlasts the process: one line, without secrets. */
    Optional<String> id() {
        return Optional.ofNullable(id);
    }

    /** Returns whether other servers may write to it. */
    public boolean isShared() {
        return shared;
    }

    /**
     * Returns the result of {@code work} with a service of the context. The caller waits for the
     * database.
     *
     * @param service class of one bean below package {@code store}
     * @throws StoreUnavailableException if the database is not open, or is away
     * @throws IllegalStateException on a thread that must not wait, such as an event loop
     */
    public <S, T> T with(Class<S> service, Function<? super S, ? extends T> work) {
        requireWaiting();
        var open = context;
        if (open == null) {
            throw unavailable(problem, null);
        }
        try {
            return work.apply(open.getBean(service));
        } catch (RuntimeException e) {
            if (SqlProblem.isClosedFile(e)) {
                lose(open);
            }
            if (SqlProblem.isAway(e) || !open.equals(context)) {
                throw unavailable(SqlProblem.message(e), e);
            }
            throw e;
        }
    }

    private static StoreUnavailableException unavailable(
            String why, @Nullable RuntimeException cause) {
        var message = "The database cannot be reached: " + why;
        return cause == null
                ? new StoreUnavailableException(message)
                : new StoreUnavailableException(message, cause);
    }

    private void open() {
        // Hibernate's library for byte code: its way of Java 26, without sun.misc.Unsafe, which
        // warns.
        var _ = System.getProperties().putIfAbsent("net.bytebuddy.safe", "true");
        var location = location();
        log.info("The database at {} is being opened; serving does not wait", location.label());
        for (int attempts = 1; closing.getCount() > 0; attempts++) {
            try {
                location = fallback(location);
                publish(context(location), location);
                return;
            } catch (RuntimeException | Error e) {
                if (location instanceof DatabaseLocation.HomeFile && SqlProblem.isLocked(e)) {
                    log.warn(
                            "{} is in use by another server: catalogue and history of this one are kept in memory",
                            location.label());
                    location = new DatabaseLocation.Memory();
                    continue;
                }
                complain(location, attempts, e);
                tried.countDown();
                rest(attempts);
            }
        }
    }

    /** Has a file that H2 has closed opened again, beside serving. */
    private void lose(AnnotationConfigApplicationContext lost) {
        synchronized (opened) {
            var location = openLocation;
            var file = location == null ? null : location.openFile().orElse(null);
            if (location == null || file == null || !lost.equals(context)) {
                return;
            }
            LastingWork.thread("database", () -> reopen(lost, location, file)).start();
            context = null;
            problem = "its file was closed, and is being opened again";
        }
    }

    private void reopen(
            AnnotationConfigApplicationContext lost, DatabaseLocation location, DatabaseFile file) {
        lost.close();
        boolean isFull = false;
        for (int attempts = 1; closing.getCount() > 0; attempts++) {
            try {
                file.requireRoom();
                var created = context(location);
                if (isFull) {
                    log.info("Folder {} has room again", file.folder());
                }
                publish(created, location);
                return;
            } catch (IOException e) {
                problem =
                        "folder %s has no room for %d MiB (%s)"
                                .formatted(
                                        file.folder(),
                                        DatabaseFile.ROOM >> 20,
                                        SqlProblem.message(e));
                if (!isFull) {
                    log.error("Catalogue and history cannot be written: {}", problem);
                }
                isFull = true;
            } catch (RuntimeException | Error e) {
                complain(location, attempts, e);
            }
            rest(attempts);
        }
    }

    private DatabaseLocation location() {
        if (settings.inMemory()) {
            return new DatabaseLocation.Memory();
        }
        var url = environment.getProperty(URL, "");
        return url.isBlank()
                ? new DatabaseLocation.HomeFile(settings.home().resolve("dlora"))
                : new DatabaseLocation.Named(url);
    }

    /** Returns memory in place of a file in a folder that cannot be created. */
    private static DatabaseLocation fallback(DatabaseLocation location) {
        if (location instanceof DatabaseLocation.HomeFile home) {
            try {
                home.createFolder();
            } catch (IOException e) {
                log.warn(
                        "dlora.home cannot be created ({}): catalogue and history are kept in memory",
                        e.toString());
                return new DatabaseLocation.Memory();
            }
        }
        return location;
    }

    private void complain(DatabaseLocation location, int attempts, Throwable cause) {
        problem = SqlProblem.message(cause);
        if (attempts == 1) {
            log.warn(
                    "The database at {} cannot be opened, serving goes on without: {}",
                    location.label(),
                    problem);
        } else {
            log.debug("The database at {} cannot be opened", location.label(), cause);
        }
    }

    private void rest(int attempts) {
        try {
            var _ = closing.await(settings.pause(attempts).toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
            // Nobody interrupts it; close() ends the wait.
        }
    }

    private AnnotationConfigApplicationContext context(DatabaseLocation location) {
        var created = new AnnotationConfigApplicationContext();
        try {
            created.setEnvironment(environment(location));
            created.register(DatabaseConfiguration.class);
            // A bean that fails within refresh() has Spring log it over several lines.
            created.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor());
            created.refresh();
            for (var name : created.getBeanDefinitionNames()) {
                var _ = created.getBean(name);
            }
            return created;
        } catch (RuntimeException | Error e) {
            created.close();
            throw e;
        }
    }

    private StandardEnvironment environment(DatabaseLocation location) {
        var child = new StandardEnvironment();
        var sources = child.getPropertySources();
        sources.stream().map(source -> source.getName()).toList().forEach(sources::remove);
        sources.addFirst(new MapPropertySource("location", location.settings()));
        environment.getPropertySources().stream()
                .filter(source -> !source.getName().equals(ATTACHED))
                .forEach(sources::addLast);
        sources.addLast(new MapPropertySource("databaseDefaults", defaults(location)));
        ConfigurationPropertySources.attach(child);
        return child;
    }

    private static Map<String, Object> defaults(DatabaseLocation location) {
        var defaults = new HashMap<String, Object>();
        defaults.put("spring.datasource.hikari.pool-name", "database");
        defaults.put("spring.datasource.hikari.maximum-pool-size", 4);
        defaults.put("spring.datasource.hikari.minimum-idle", 1);
        // Nobody waits longer for a database that is away.
        defaults.put("spring.datasource.hikari.connection-timeout", 5000);
        defaults.put("spring.jpa.hibernate.ddl-auto", "none");
        defaults.put("spring.jpa.properties.hibernate.jdbc.batch_size", 200);
        defaults.put("spring.jpa.properties.hibernate.order_inserts", true);
        defaults.put("spring.jpa.properties.hibernate.order_updates", true);
        defaults.put("spring.jpa.properties.hibernate.jdbc.time_zone", "UTC");
        if (location instanceof DatabaseLocation.Named named && named.isShared()) {
            // A server that hangs, or a network that drops packets, holds no thread for ever.
            defaults.put(DRIVER + "socketTimeout", String.valueOf(LONGEST_ANSWER.toSeconds()));
            defaults.put(DRIVER + "tcpKeepAlive", "true");
        }
        return defaults;
    }

    private void publish(AnnotationConfigApplicationContext created, DatabaseLocation location) {
        synchronized (opened) {
            if (closing.getCount() == 0) {
                created.close();
                return;
            }
            openLocation = location;
            inMemory = location instanceof DatabaseLocation.Memory;
            id = location.id().orElse(null);
            shared = location instanceof DatabaseLocation.Named named && named.isShared();
            context = created;
        }
        tried.countDown();
        log.info("Catalogue and history are kept in {}", location.label());
        opened.complete(null);
    }

    /** Closes the database; one that is being opened is closed once it is. */
    @Override
    public void close() {
        AnnotationConfigApplicationContext open;
        synchronized (opened) {
            closing.countDown();
            tried.countDown();
            open = context;
            problem = "the server is shutting down";
            context = null;
        }
        opened.completeExceptionally(new StoreUnavailableException("The server is shutting down"));
        if (open != null) {
            open.close();
        }
    }
}
