package org.dlora.cluster.manifest;

/** Whether the content that a manifest names is there as a version of its adapter. */
public sealed interface Resolution {

    /**
     * It is served.
     *
     * @param number of the version
     */
    record Ready(int number) implements Resolution {}

    /**
     * It is being fetched.
     *
     * @param why in words, with the id of the job
     */
    record Pending(String why) implements Resolution {}

    /** It cannot be served, for a reason; that is tried again later. */
    record Failed(String why) implements Resolution {}
}
