package org.dlora.catalogue.source;

import java.util.List;
import org.dlora.catalogue.source.unpack.UnpackLimits;

/**
 * Sources that are allowed, and what an adapter may take.
 *
 * @param hub whether the Hugging Face hub is one
 * @param httpsHosts hosts that {@code https:} URLs may name, and be redirected to
 * @param s3Buckets buckets that {@code s3:} URLs may name
 */
public record SourceSettings(
        boolean hub, List<String> httpsHosts, List<String> s3Buckets, UnpackLimits limits) {
    public SourceSettings {
        httpsHosts = List.copyOf(httpsHosts);
        s3Buckets = List.copyOf(s3Buckets);
    }
}
