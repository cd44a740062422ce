package org.dlora.engine.merging;

import java.util.Optional;

/**
 * Memory for the copies of one replica's {@link LiveWeights}. It is granted before copies are
 * allocated, and given back when they have been freed. The replica's thread calls it.
 */
public interface CopyMemory {
    /** Returns memory of which all is granted up to {@code limit} bytes. */
    static CopyMemory upTo(long limit) {
        return new CopyMemory() {
            @Override
            public long limit() {
                return limit;
            }

            @Override
            public long attainable() {
                return limit;
            }

            @Override
            public Optional<String> raise(String adapter, long bytes) {
                return Optional.empty();
            }

            @Override
            public void refused(String adapter, long bytes) {}

            @Override
            public void lower(long bytes) {}
        };
    }

    /** Returns the bytes that are never exceeded. */
    long limit();

    /** Returns the bytes that would be granted now, those that have been granted among them. */
    long attainable();

    /**
     * Asks for more memory. A refusal has no effect.
     *
     * @param adapter whose merge needs it
     * @param bytes of all copies together
     * @return why it is refused; empty if it is granted
     */
    Optional<String> raise(String adapter, long bytes);

    /**
     * Notes that a merge could not begin, so that room is made for it.
     *
     * @param adapter whose merge was refused
     * @param bytes of all copies together, at least
     */
    void refused(String adapter, long bytes);

    /**
     * Notes how much of the granted memory is needed from now on. The rest has been freed.
     *
     * @param bytes of all copies together, those of a merge in progress that do not exist yet among
     *     them
     */
    void lower(long bytes);
}
