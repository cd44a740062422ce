package org.dlora.security.users;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.dlora.security.AccessUnavailableException;

/** Store in memory that a test can take away. */
public final class FakeUserStore implements UserStore {
    private final List<ConsoleUser> users = new ArrayList<>();
    private boolean away;

    synchronized void away(boolean isAway) {
        away = isAway;
    }

    @Override
    public synchronized List<ConsoleUser> read() {
        check();
        return List.copyOf(users);
    }

    @Override
    public synchronized void write(ConsoleUser user) {
        check();
        users.removeIf(one -> one.name().equals(user.name()));
        users.add(user);
    }

    @Override
    public synchronized void delete(String name) {
        check();
        users.removeIf(one -> one.name().equals(name));
    }

    @Override
    public synchronized void signedIn(String name, Instant at) {
        check();
        users.replaceAll(user -> user.name().equals(name) ? user.signedIn(at) : user);
    }

    @Override
    public synchronized void failed(String name) {
        check();
        users.replaceAll(user -> user.name().equals(name) ? user.failed() : user);
    }

    private void check() {
        if (away) {
            throw new AccessUnavailableException("The database is away", null);
        }
    }
}
