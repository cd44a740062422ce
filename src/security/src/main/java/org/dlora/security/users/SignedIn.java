package org.dlora.security.users;

import java.time.Instant;
import org.dlora.security.EndSignal;
import org.dlora.security.Ending;

/** Signed-in user in one session. */
public final class SignedIn {
    /** Name of the call's attribute that has it. */
    public static final String NAME = SignedIn.class.getName();

    /** Way of the sign-in. */
    public enum Way {
        /** Sign-in by a password. */
        PASSWORD,
        /** Sign-in by the link of the start, while no user has a password. */
        LINK,
        /** Sign-in at an identity provider. */
        OIDC
    }

    private final String name;
    private final String actor;
    private final Role role;
    private final Way way;
    private final String stamp;
    private final Instant since;
    private final String csrfToken;
    private final EndSignal signedOut = new EndSignal();
    private volatile Ending expired = Ending.NEVER;

    /**
     * @param actor name that no one else has, whichever way they sign in
     * @param stamp of the user, by which the session ends with a change of the user
     * @param csrfToken which changes by this session have to send
     */
    SignedIn(
            String name,
            String actor,
            Role role,
            Way way,
            String stamp,
            Instant since,
            String csrfToken) {
        this.name = name;
        this.actor = actor;
        this.role = role;
        this.way = way;
        this.stamp = stamp;
        this.since = since;
        this.csrfToken = csrfToken;
    }

    public String name() {
        return name;
    }

    public Role role() {
        return role;
    }

    public Way way() {
        return way;
    }

    public Instant since() {
        return since;
    }

    String stamp() {
        return stamp;
    }

    public String csrfToken() {
        return csrfToken;
    }

    /** Returns the name for the log, the history and the audit. */
    public String actor() {
        return actor;
    }

    /** Ends the calls of the session that still run. */
    void end() {
        signedOut.end();
    }

    /** Notes the end that the session has by itself, as it is old or unused for too long. */
    public void expiresWith(Ending end) {
        expired = end;
    }

    /** Returns the end of the session, unless the user changes before. */
    Ending ended() {
        return Ending.first(signedOut, expired);
    }

    /** Nothing secret is shown. */
    @Override
    public String toString() {
        return "SignedIn[" + name + "]";
    }
}
