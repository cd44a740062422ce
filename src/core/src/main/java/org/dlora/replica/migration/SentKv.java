package org.dlora.replica.migration;

/**
 * The KV that a migration has sent.
 *
 * @param blocks of the source
 * @param bytes of these blocks
 * @param pauseSeconds seconds of the copies out of the source and into the target while the
 *     sequence paused: those of its last blocks
 */
public record SentKv(int blocks, long bytes, double pauseSeconds) {
    public static final SentKv NONE = new SentKv(0, 0, 0);

    SentKv plus(int more, long moreBytes) {
        return new SentKv(blocks + more, bytes + moreBytes, pauseSeconds);
    }

    SentKv paused(double seconds) {
        return new SentKv(blocks, bytes, pauseSeconds + seconds);
    }
}
