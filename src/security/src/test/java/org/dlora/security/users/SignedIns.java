package org.dlora.security.users;

import java.time.Instant;

/** Users who are signed in, for tests of other packages. */
public final class SignedIns {
    /** An administrator. */
    public static final SignedIn ANN =
            new SignedIn(
                    "ann",
                    "user:ann",
                    Role.ADMIN,
                    SignedIn.Way.PASSWORD,
                    "stamp",
                    Instant.EPOCH,
                    "csrf");

    private SignedIns() {}
}
