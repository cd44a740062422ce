package org.dlora.api.connections;

import io.netty.channel.Channel;
import java.time.Duration;

/** Progress of a client that reads its answers, from one check to the next. */
final class WriteProgress {
    private final Channel channel;
    private long lastTaken;
    private int first;
    private long flushed;

    WriteProgress(Channel channel, long now) {
        this.channel = channel;
        lastTaken = now;
    }

    /** Returns whether bytes wait for the client, and it has taken none for {@code bound}. */
    boolean hasStopped(Duration bound, long now) {
        var buffer = channel.unsafe().outboundBuffer();
        var head = buffer == null ? null : buffer.current();
        if (buffer == null || head == null) {
            first = 0;
            lastTaken = now;
            return false;
        }
        int current = System.identityHashCode(head);
        if (current != first || flushed != buffer.currentProgress()) {
            first = current;
            flushed = buffer.currentProgress();
            lastTaken = now;
        }
        return !bound.isZero() && now - lastTaken >= bound.toNanos();
    }
}
