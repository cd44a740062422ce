package org.dlora.api.connections;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Netty handler that lets a client finish sending before its connection is closed. A socket that is
 * closed with unread bytes is reset, and the reset takes the answer away that the client has not
 * read yet (RFC 9112, 9.6). So the server ends its own side first, and drops what comes until the
 * client ends the other side, for {@link #LONGEST} and {@value #MOST} bytes at most.
 *
 * <p>It stands before all other handlers but TLS. One instance serves one connection, on its event
 * loop.
 */
final class LingeringClose extends ChannelDuplexHandler {
    static final Duration LONGEST = Duration.ofSeconds(5);
    static final long MOST = 64 << 20;

    private final BooleanSupplier isSending;
    private final Runnable begun;
    private @Nullable ChannelPromise closed;
    private @Nullable Future<?> end;
    private long dropped;

    /**
     * @param isSending whether the client may still send when the connection is to be closed; once
     *     it may not, the connection is closed at once
     * @param begun is called before what comes is dropped
     */
    LingeringClose(BooleanSupplier isSending, Runnable begun) {
        this.isSending = isSending;
        this.begun = begun;
    }

    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
        var channel = context.channel();
        if (!channel.isActive() || !isSending.getAsBoolean()) {
            var _ = context.close(promise);
            return;
        }
        if (closed != null) {
            // Reactor Netty may close a connection twice.
            var _ = closed.addListener(_ -> promise.trySuccess());
            return;
        }
        begun.run();
        closed = promise.unvoid();
        end = context.executor().schedule(() -> end(context), LONGEST.toNanos(), NANOSECONDS);
        endOwnSide(channel);
        channel.config().setAutoRead(true);
    }

    private static void endOwnSide(Channel channel) {
        var tls = channel.pipeline().get(SslHandler.class);
        if (tls != null) {
            var _ = tls.closeOutbound();
        } else if (channel instanceof DuplexChannel socket) {
            var _ = socket.shutdownOutput();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (closed == null) {
            context.fireChannelRead(message);
            return;
        }
        if (message instanceof ByteBuf bytes) {
            dropped += bytes.readableBytes();
        }
        ReferenceCountUtil.release(message);
        if (dropped > MOST) {
            end(context);
        }
    }

    private void end(ChannelHandlerContext context) {
        var _ = context.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (end != null) {
            end.cancel(false);
        }
        if (closed != null) {
            closed.trySuccess();
        }
        context.fireChannelInactive();
    }
}
