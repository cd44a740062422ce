package org.dlora.operate.history;

import java.util.Optional;
import org.dlora.catalogue.history.EndedRequest;
import org.dlora.catalogue.served.VersionChoice;
import org.dlora.replica.request.PrefixOwner;
import org.jspecify.annotations.Nullable;

/** A call that an ended request was a part of, as its replay repeats the call. */
public interface RepeatedCall {
    /**
     * Returns the token ids of the request's prompt; empty if the call is not sent again.
     *
     * @param choice the version that answered it; null for the base model
     */
    Optional<int[]> prompt(EndedRequest row, @Nullable VersionChoice choice);

    /** Returns the owner of the caller's cached prefixes. */
    PrefixOwner prefixOwner();

    /** Returns the fingerprint of this server's arithmetic. */
    String systemFingerprint();
}
