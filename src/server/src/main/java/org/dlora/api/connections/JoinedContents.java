package org.dlora.api.connections;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import org.jspecify.annotations.Nullable;

/**
 * The contents that the HTTP decoder emits in one read, joined into one. Contents of a few bytes,
 * such as small chunks, would take far more memory than they hold.
 */
final class JoinedContents {
    private @Nullable HttpContent joined;

    /** Whether the buffer is a copy, which can grow. */
    private boolean isCopy;

    /** Takes over a content, which does not end its body. */
    void add(ChannelHandlerContext context, HttpContent next) {
        var first = joined;
        if (first == null) {
            joined = next;
            return;
        }
        if (!isCopy) {
            var copy = new DefaultHttpContent(context.alloc().buffer());
            move(first, copy);
            first = copy;
            joined = copy;
            isCopy = true;
        }
        move(next, first);
    }

    private static void move(HttpContent from, HttpContent to) {
        to.content().writeBytes(from.content());
        from.release();
    }

    /** Passes the content on, if there is one. */
    void pass(ChannelHandlerContext context) {
        var content = joined;
        if (content != null) {
            joined = null;
            isCopy = false;
            context.fireChannelRead(content);
        }
    }
}
