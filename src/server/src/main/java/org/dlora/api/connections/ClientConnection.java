package org.dlora.api.connections;

import static io.netty.util.ByteProcessor.FIND_NON_CRLF;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Netty handler that ends a connection whose client is too slow: in sending a request, in taking
 * its answer, or in asking for anything. It stands behind the HTTP codec; {@link #bytes} stands
 * before that. One instance serves one connection, on its event loop.
 *
 * <p>A request that comes too slowly goes on as one that the decoder could not read, with a {@link
 * SlowRequestException} as its cause, so that the next handler answers it.
 */
final class ClientConnection extends ChannelDuplexHandler {
    private static final long NO_FORM = -1;

    private final ConnectionSettings settings;
    private final Connections connections;
    private final Channel channel;
    private final RequestPace pace;
    private final WriteProgress answers;
    private @Nullable Future<?> looks;

    /** Bytes so far of the form that comes in, or {@link #NO_FORM}. */
    private long form = NO_FORM;

    /** Most bytes of that form. */
    private int mostOfForm = FormBound.FIELDS;

    /** Whether it was given a place, or refused one. */
    private boolean opened;

    /** Whether it was given up, so that it only has to be closed. */
    private boolean ending;

    /** Whether the decoder could not read a request, so that nobody knows where it ends. */
    private boolean unreadable;

    /** Whether it has to be closed at once. */
    private volatile boolean over;

    ClientConnection(ConnectionSettings settings, Connections connections, Channel channel) {
        this.settings = settings;
        this.connections = connections;
        this.channel = channel;
        pace = new RequestPace(settings, now());
        answers = new WriteProgress(channel, now());
    }

    private long now() {
        return channel.eventLoop().ticker().nanoTime();
    }

    /** Returns the handler that sees bytes before they are decoded. */
    ChannelInboundHandlerAdapter bytes() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext before, Object message) {
                if (!isEmptyLine(message)) {
                    pace.bytes(now());
                }
                before.fireChannelRead(message);
            }
        };
    }

    /** Returns the handler that closes the connection; the first of all. */
    LingeringClose close() {
        return new LingeringClose(
                () -> !over && (unreadable || pace.isReceiving()),
                () -> {
                    ending = true;
                    // Its place is for others.
                    connections.rest(this);
                });
    }

    /** Returns whether it has line ends alone, which may follow a request and begin none. */
    private static boolean isEmptyLine(Object message) {
        return message instanceof ByteBuf bytes && bytes.forEachByte(FIND_NON_CRLF) < 0;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        if (channel.isActive()) {
            open(context);
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        context.fireChannelActive();
        open(context);
    }

    private void open(ChannelHandlerContext context) {
        if (opened) {
            return;
        }
        opened = true;
        if (!connections.admit(this)) {
            // Where there are too many, none stays open for its client's sake.
            over = true;
            var refusal = new TooManyConnectionsException(connections.most());
            giveUp(context, EndCause.REFUSED, head(refusal));
            return;
        }
        long every = settings.look().toNanos();
        looks =
                context.executor()
                        .scheduleAtFixedRate(() -> look(context), every, every, NANOSECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (ending) {
            ReferenceCountUtil.release(message);
            return;
        }
        unreadable |= message instanceof HttpObject part && part.decoderResult().isFailure();
        if (message instanceof HttpRequest request) {
            connections.begin(this);
            var kind = BodyKind.of(request.headers()::get);
            pace.head(kind, now());
            form = kind == BodyKind.FORM ? 0 : NO_FORM;
            mostOfForm = FormBound.of(request.uri());
        }
        if (message instanceof HttpContent content) {
            pace.body(content.content().readableBytes(), now());
            if (isLargeForm(content)) {
                ReferenceCountUtil.release(message);
                ending = true;
                pass(context, end(new LargeFormException(mostOfForm)));
                return;
            }
        }
        if (message instanceof LastHttpContent) {
            pace.whole(now());
        }
        context.fireChannelRead(message);
        rest();
    }

    private boolean isLargeForm(HttpContent content) {
        if (form == NO_FORM) {
            return false;
        }
        form += content.content().readableBytes();
        return form > mostOfForm;
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        boolean isEnd = message instanceof LastHttpContent && !isInformational(message);
        var _ = context.write(message, promise);
        if (isEnd) {
            pace.answered(now());
            rest();
        }
    }

    private static boolean isInformational(Object message) {
        return message instanceof HttpResponse response
                && response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
    }

    private void rest() {
        if (pace.isIdle()) {
            connections.rest(this);
        }
    }

    private void look(ChannelHandlerContext context) {
        long now = now();
        if (answers.hasStopped(settings.write(), now)) {
            reset(EndCause.SLOW_READER);
            return;
        }
        if (ending) {
            // Its last answer stands behind others that the client still takes.
            return;
        }
        if (!channel.config().isAutoRead()) {
            pace.held(now);
        }
        switch (pace.verdict(now)) {
            case null -> {}
            case SLOW_HEAD -> giveUp(context, EndCause.SLOW_HEAD, head(slow("headers")));
            case SLOW_BODY -> giveUp(context, EndCause.SLOW_BODY, end(slow("body")));
            case EndCause cause -> end(cause);
        }
    }

    private static SlowRequestException slow(String part) {
        return new SlowRequestException("The %s of the request came too slowly".formatted(part));
    }

    private void giveUp(ChannelHandlerContext context, EndCause cause, HttpObject failed) {
        connections.count(cause);
        ending = true;
        pass(context, failed);
    }

    private static void pass(ChannelHandlerContext context, HttpObject failed) {
        context.fireChannelRead(failed);
        context.fireChannelReadComplete();
    }

    private static HttpObject head(Throwable cause) {
        var head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
        head.setDecoderResult(DecoderResult.failure(cause));
        return head;
    }

    private static HttpObject end(Throwable cause) {
        var end = new DefaultLastHttpContent();
        end.setDecoderResult(DecoderResult.failure(cause));
        return end;
    }

    /** Closes the connection, from any thread. */
    void end(EndCause cause) {
        over = true;
        connections.count(cause);
        var _ = channel.close();
    }

    /** Closes the connection without a try to send what waits for the client. */
    private void reset(EndCause cause) {
        ending = true;
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
        end(cause);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (looks != null) {
            looks.cancel(false);
        }
        connections.leave(this);
        context.fireChannelInactive();
    }
}
