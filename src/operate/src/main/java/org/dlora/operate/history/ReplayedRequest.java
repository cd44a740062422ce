package org.dlora.operate.history;

import org.dlora.catalogue.history.RequestRecord;
import org.dlora.catalogue.replay.ReplayReport;
import org.dlora.catalogue.served.VersionChoice;
import org.jspecify.annotations.Nullable;

/**
 * A request that was run anew.
 *
 * @param row the request
 * @param choice the version that answered it; null for the base model
 * @param systemFingerprint of this server
 * @param report comparison of the answers
 */
public record ReplayedRequest(
        RequestRecord row,
        @Nullable VersionChoice choice,
        String systemFingerprint,
        ReplayReport report) {}
