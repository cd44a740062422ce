package org.dlora.device;

/** Uses of memory that a {@link MemoryLedger} keeps apart. */
public enum MemoryUse {
    HEAP("the Java heap"),
    JVM("the JVM itself"),
    WEIGHTS("the model's weights"),
    BUFFERS("the buffers of steps"),
    KV_CACHE("KV caches"),
    MERGED_WEIGHTS("merged weights"),
    ADAPTERS("adapters"),
    REPLICAS("memories of single replicas"),
    FENCED("replicas that have failed");

    private final String words;

    MemoryUse(String words) {
        this.words = words;
    }

    /** Returns its name in a sentence. */
    public String words() {
        return words;
    }
}
