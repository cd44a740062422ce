package org.dlora.security.users;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.dlora.background.LastingWork;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Thread that reads the users beside serving: once at the start, and again where other servers may
 * change them. Users in effect stay so while the database is away.
 */
public final class UserRefresh implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(UserRefresh.class);
    private static final Duration AGAIN = Duration.ofSeconds(5);

    private final UserService users;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("users").daemon().factory());
    private boolean failed;

    public UserRefresh(UserService users) {
        this.users = users;
    }

    /** Reads the users; tries again until it succeeds, then runs {@code then}. */
    public void read(Runnable then) {
        thread.execute(() -> {
            if (refresh()) {
                then.run();
            } else {
                var _ = thread.schedule(() -> read(then), AGAIN.toSeconds(), TimeUnit.SECONDS);
            }
        });
    }

    /** Reads the users again and again. */
    public void every(Duration period) {
        var _ =
                thread.scheduleWithFixedDelay(
                        LastingWork.repeated("users", this::refresh),
                        period.toNanos(),
                        period.toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    private boolean refresh() {
        try {
            users.refresh();
            failed = false;
            return true;
        } catch (RuntimeException | Error e) {
            if (!failed) {
                log.warn("Users could not be read, those in effect stay so: {}", e.getMessage());
            }
            failed = true;
            return false;
        }
    }

    @Override
    public void close() {
        var _ = thread.shutdownNow();
    }
}
