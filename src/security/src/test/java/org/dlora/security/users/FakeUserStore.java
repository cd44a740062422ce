package org.dlora.security.users;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
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
    public synchronized ConsoleUser write(Function<List<ConsoleUser>, ConsoleUser> change) {
        check();
        var user = change.apply(List.copyOf(users));
        users.removeIf(one -> one.name().equals(user.name()));
        users.add(user);
        return user;
    }

    @Override
    public synchronized void delete(String name, Consumer<List<ConsoleUser>> check) {
        check();
        check.accept(List.copyOf(users));
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
