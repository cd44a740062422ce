package org.dlora.security.users;

import java.time.Instant;
import java.util.List;
import org.dlora.security.AccessUnavailableException;

/**
 * What keeps the users. Each call blocks and is one transaction; it throws {@link
 * AccessUnavailableException} if the database is away. Thread-safe.
 */
public interface UserStore {

    /** Returns all users. */
    List<ConsoleUser> read();

    /** Writes a new or changed user; times and counts of sign-ins stay as they are kept. */
    void write(ConsoleUser user);

    void delete(String name);

    /** Notes a sign-in, which ends the count of wrong passwords. */
    void signedIn(String name, Instant at);

    /** Counts a wrong password. */
    void failed(String name);
}
