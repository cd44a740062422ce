package org.dlora.api.connections;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
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
 * that the bytes are known to belong to a body or not. A read is split before each line that begins
 * so, except within a body of known length. The contents of one read are merged.
 */
final class FoldedHeaders {
    private static final String REASON =
            "a line of the headers begins with a space or a tab. Send each header on one line";

    private final JoinedContents contents = new JoinedContents();
    private boolean isBody;

    /** Bytes that the body still has; 0 if its length is not known. */
    private long bodyBytes;

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
                } else if (message instanceof ByteBuf bytes) {
                    try {
                        pass(before, bytes);
                    } finally {
                        bytes.release();
                    }
                } else {
                    before.fireChannelRead(message);
                }
            }
        };
    }

    private void pass(ChannelHandlerContext before, ByteBuf bytes) {
        int from = bytes.readerIndex();
        int end = bytes.writerIndex();
        for (int at = blank(bytes, from); at >= 0; at = blank(bytes, from)) {
            passUntil(before, bytes, at);
            if (!isBody) {
                refuse();
                return;
            }
            from = at + Math.clamp(bodyBytes, 1, end - at);
            beginsLine = endsLine(bytes, from);
        }
        if (bytes.isReadable()) {
            beginsLine = endsLine(bytes, end);
            passUntil(before, bytes, end);
        }
        if (behind != null) {
            contents.pass(behind);
        }
    }

    /** Returns the first byte that has a line begin with a space or a tab; -1 if there is none. */
    private int blank(ByteBuf bytes, int from) {
        return bytes.forEachByte(
                from,
                bytes.writerIndex() - from,
                new ByteProcessor() {
                    private boolean begins = beginsLine;

                    @Override
                    public boolean process(byte value) {
                        boolean isOther = !(begins && isBlank(value));
                        begins = value == '\n';
                        return isOther;
                    }
                });
    }

    private static boolean isBlank(byte value) {
        return value == ' ' || value == '\t';
    }

    private static boolean endsLine(ByteBuf bytes, int end) {
        return bytes.getByte(end - 1) == '\n';
    }

    private static void passUntil(ChannelHandlerContext before, ByteBuf bytes, int end) {
        int length = end - bytes.readerIndex();
        if (length > 0) {
            before.fireChannelRead(bytes.readRetainedSlice(length));
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
            public void channelInactive(ChannelHandlerContext context) {
                // The decoder may emit a last content at the end of its connection.
                contents.pass(context);
                context.fireChannelInactive();
            }

            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                if (message instanceof HttpRequest request) {
                    isBody = true;
                    bodyBytes = length(request);
                }
                if (message instanceof HttpContent content) {
                    if (!(content instanceof LastHttpContent)) {
                        bodyBytes = Math.max(0, bodyBytes - content.content().readableBytes());
                        contents.add(context, content);
                        return;
                    }
                    isBody = false;
                    bodyBytes = 0;
                    contents.pass(context);
                }
                context.fireChannelRead(message);
            }
        };
    }

    private static long length(HttpRequest request) {
        return request.decoderResult().isFailure() || HttpUtil.isTransferEncodingChunked(request)
                ? 0
                : HttpUtil.getContentLength(request, 0L);
    }
}
