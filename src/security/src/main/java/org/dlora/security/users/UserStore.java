package org.dlora.security.users;

import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.dlora.security.AccessUnavailableException;

/**
 * Store of the users. Each call blocks and is one transaction; it throws {@link
 * AccessUnavailableException} if the database is away. Thread-safe.
 */
public interface UserStore {

    /** Returns all users. */
    List<ConsoleUser> read();

    /**
     * Writes a new or changed user; times and counts of sign-ins stay as they are kept. No other
     * server changes the users meanwhile.
     *
     * @param change returns the user to write, given all users; what it throws ends the change. It
     *     is called again if another server was first
     */
    ConsoleUser write(Function<List<ConsoleUser>, ConsoleUser> change);

    /**
     * Removes a user. No other server changes the users meanwhile.
     *
     * @param check takes all users; what it throws ends the change. It is called again if another
     *     server was first
     */
    void delete(String name, Consumer<List<ConsoleUser>> check);

    /** Notes a sign-in, which ends the count of wrong passwords. */
    void signedIn(String name, Instant at);

    /** Counts a wrong password. */
    void failed(String name);
}
