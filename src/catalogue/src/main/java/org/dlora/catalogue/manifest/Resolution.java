package org.dlora.catalogue.manifest;

/** State of the content that a manifest names, as a version of its adapter. */
public sealed interface Resolution {

    /**
     * The content is served.
     *
     * @param number of the version
     */
    record Ready(int number) implements Resolution {}

    /**
     * The content is being fetched.
     *
     * @param why in words, with the id of the job
     */
    record Pending(String why) implements Resolution {}

    /** The content cannot be served, for a reason; a later check tries again. */
    record Failed(String why) implements Resolution {}
}
