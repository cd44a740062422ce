package org.dlora.catalogue.source;

import org.dlora.catalogue.source.fetch.PublicSource;

/**
 * Request to register an adapter whose files come from a client, another host or a folder here.
 *
 * @param source {@code hf:}, {@code https:} or {@code s3:} and more, {@code upload}, or a path
 *     below a root
 * @param inPlace whether the adapter may replace one of that name; a version replaces nothing
 * @param isActivated whether requests for the name get the adapter; else it becomes a version of a
 *     served adapter
 */
public record AcquisitionRequest(String name, String source, boolean inPlace, boolean isActivated) {
    static final String UPLOAD = "upload";

    public AcquisitionRequest {
        inPlace &= isActivated;
    }

    /** Returns the request as everybody may see it. */
    public AcquisitionRequest withoutSecrets() {
        return new AcquisitionRequest(name, PublicSource.of(source), inPlace, isActivated);
    }
}
