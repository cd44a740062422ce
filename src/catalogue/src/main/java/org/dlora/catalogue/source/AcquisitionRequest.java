package org.dlora.catalogue.source;

/**
 * Request to acquire an adapter from a source.
 *
 * @param source {@code hf:}, {@code https:} or {@code s3:} and more, or a path below a root
 * @param inPlace whether the adapter may replace one of that name
 * @param isActivated whether requests for the name get the adapter; else it becomes a version of a
 *     served adapter
 */
public record AcquisitionRequest(
        String name, String source, boolean inPlace, boolean isActivated) {}
