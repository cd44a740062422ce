package org.dlora.api.connections;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ByteProcessor;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * Refusal of folded headers (RFC 9112, section 5.2), which the HTTP decoder would join: outside of
 * a body no line begins with a space or a tab. One instance serves one connection, on its event
 * loop.
 *
 * <p>{@link #bytes} stands directly before the decoder and {@link #messages} directly behind it, so
 * that the bytes are known to belong to a body or not. A buffer in which no line begins so is
 * passed on whole, others line by line.
 */
final class FoldedHeaders {
    private static final String REASON =
            "a line of the headers begins with a space or a tab. Send each header on one line";

    private boolean isBody;
    private boolean isRefused;

    /** Whether the next byte begins a line. */
    private boolean beginsLine = true;

    private @Nullable ChannelHandlerContext behind;

    /** Returns the handler that sees the bytes. */
    ChannelInboundHandlerAdapter bytes() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext before, Object message) {
                if (isRefused) {
                    ReferenceCountUtil.release(message);
                } else if (message instanceof ByteBuf bytes && mayBeFolded(bytes)) {
                    try {
                        passLines(before, bytes);
                    } finally {
                        bytes.release();
                    }
                } else {
                    if (message instanceof ByteBuf bytes && bytes.isReadable()) {
                        beginsLine = bytes.getByte(bytes.writerIndex() - 1) == '\n';
                    }
                    before.fireChannelRead(message);
                }
            }
        };
    }

    private boolean mayBeFolded(ByteBuf bytes) {
        return bytes.forEachByte(
                        new ByteProcessor() {
                            private boolean begins = beginsLine;

                            @Override
                            public boolean process(byte value) {
                                boolean isOther = !(begins && isBlank(value));
                                begins = value == '\n';
                                return isOther;
                            }
                        })
                >= 0;
    }

    private static boolean isBlank(byte value) {
        return value == ' ' || value == '\t';
    }

    private void passLines(ChannelHandlerContext before, ByteBuf bytes) {
        while (bytes.isReadable()) {
            if (beginsLine && !isBody && isBlank(bytes.getByte(bytes.readerIndex()))) {
                refuse();
                return;
            }
            int length = bytes.bytesBefore((byte) '\n') + 1;
            beginsLine = length > 0;
            before.fireChannelRead(
                    bytes.readRetainedSlice(beginsLine ? length : bytes.readableBytes()));
        }
    }

    /** Passes on a request that cannot be read, for the next handler to answer. */
    private void refuse() {
        isRefused = true;
        var head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
        head.setDecoderResult(DecoderResult.failure(new IllegalArgumentException(REASON)));
        if (behind != null) {
            behind.fireChannelRead(head);
        }
    }

    /** Returns the handler that sees the requests. */
    ChannelInboundHandlerAdapter messages() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void handlerAdded(ChannelHandlerContext context) {
                behind = context;
            }

            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                if (message instanceof HttpRequest) {
                    isBody = true;
                }
                if (message instanceof LastHttpContent) {
                    isBody = false;
                }
                context.fireChannelRead(message);
            }
        };
    }
}
