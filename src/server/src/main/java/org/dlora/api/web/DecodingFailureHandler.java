package org.dlora.api.web;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AttributeKey;
import io.netty.util.ReferenceCountUtil;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.util.DisconnectedClientHelper;

/**
 * Netty handler that answers input that is not valid HTTP in OpenAI's error shape, then closes the
 * connection. It stands between the decoder and Reactor Netty. Reactor Netty alone would log each
 * such request whole as a warning and answer it without a body. One instance serves one connection,
 * on its event loop.
 */
public final class DecodingFailureHandler extends ChannelDuplexHandler {
    private static final Logger log = LoggerFactory.getLogger(DecodingFailureHandler.class);
    private static final AttributeKey<ApiException> ANSWER =
            AttributeKey.valueOf(DecodingFailureHandler.class, "answer");

    /** Number of requests that have begun and lack their whole answer. */
    private int open;

    /** True while the last of them has not come in whole. */
    private boolean receiving;

    /** True once the answer to the first of them has begun. */
    private boolean begun;

    /** Last answer of the connection, set once its input cannot be read. */
    private @Nullable ApiException failure;

    /** Number of answers to earlier requests that have to be written before it. */
    private int before;

    private boolean answered;

    /** Returns the refusal that the client got instead of an answer to its request, if any. */
    static Optional<ApiException> answer(Channel channel) {
        return Optional.ofNullable(channel.attr(ANSWER).get());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        var cause = message instanceof HttpObject part ? failed(part) : null;
        if (failure != null) {
            ReferenceCountUtil.release(message);
        } else if (cause != null) {
            boolean isHead = message instanceof HttpRequest;
            ReferenceCountUtil.release(message);
            fail(context, cause, isHead);
        } else {
            if (message instanceof HttpRequest) {
                open++;
                receiving = true;
            }
            if (message instanceof LastHttpContent) {
                receiving = false;
            }
            context.fireChannelRead(message);
        }
    }

    private static @Nullable Throwable failed(HttpObject part) {
        if (part.decoderResult().isFailure()) {
            return part.decoderResult().cause();
        }
        return part instanceof HttpRequest request && request.protocolVersion().majorVersion() != 1
                ? new IllegalArgumentException("its version is " + request.protocolVersion().text())
                : null;
    }

    private void fail(ChannelHandlerContext context, Throwable cause, boolean isHead) {
        receiving = false;
        if (cause instanceof PrematureChannelClosureException) {
            logGone(context);
            return;
        }
        log.debug("{}: {}", client(context), DecodingFailure.line(cause.toString()));
        failure = DecodingFailure.refusal(cause);
        before = isHead ? open : open - 1;
        if (before < 0) {
            var _ = context.close();
        } else if (before == 0 && !begun) {
            answer(context, failure);
        }
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (answered) {
            ReferenceCountUtil.release(message);
            promise.trySuccess();
            return;
        }
        if (message instanceof HttpResponse response) {
            if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
                var _ = context.write(message, promise);
                return;
            }
            begun = true;
        }
        boolean isLast = message instanceof LastHttpContent;
        if (message instanceof FullHttpResponse full && isUnexplained(full)) {
            ReferenceCountUtil.release(message);
            writeLast(context, DecodingFailure.wrongTarget(), promise);
        } else if (isLast && failure != null && before == 0) {
            var _ = context.write(message, closing(promise));
        } else {
            var _ = context.write(message, promise);
        }
        if (isLast) {
            ended(context);
        }
    }

    private void ended(ChannelHandlerContext context) {
        begun = false;
        open--;
        if (failure != null && before > 0 && --before == 0) {
            answer(context, failure);
        }
    }

    /** Returns whether it is Spring's answer to a target that is no URI; all others have a body. */
    private static boolean isUnexplained(FullHttpResponse response) {
        return response.status().equals(HttpResponseStatus.BAD_REQUEST)
                && !response.content().isReadable();
    }

    private void answer(ChannelHandlerContext context, ApiException refusal) {
        answered = true;
        context.channel().attr(ANSWER).set(refusal);
        writeLast(context, refusal, context.newPromise());
        context.flush();
    }

    private static void writeLast(
            ChannelHandlerContext context, ApiException refusal, ChannelPromise promise) {
        var _ = context.write(DecodingFailure.response(refusal), closing(promise));
    }

    private static ChannelPromise closing(ChannelPromise promise) {
        return promise.unvoid().addListener(ChannelFutureListener.CLOSE);
    }

    /**
     * Treats a reset as a client that goes away. Reactor Netty (1.3.8) would tell the request of it
     * twice, and log the second time as an error.
     */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (DisconnectedClientHelper.isClientDisconnectedException(cause)) {
            var _ = context.close();
        } else {
            context.fireExceptionCaught(cause);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (receiving) {
            logGone(context);
        }
        context.fireChannelInactive();
    }

    private static void logGone(ChannelHandlerContext context) {
        log.debug("{} has gone away while it sent a request", client(context));
    }

    private static String client(ChannelHandlerContext context) {
        return String.valueOf(context.channel().remoteAddress());
    }
}
