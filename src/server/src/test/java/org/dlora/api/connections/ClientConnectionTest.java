package org.dlora.api.connections;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections without sockets, on a clock that the test turns. */
class ClientConnectionTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String POST = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n";

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Connections connections = new Connections(2, metrics);
    private final List<EmbeddedChannel> channels = new ArrayList<>();

    @AfterEach
    void free() {
        channels.forEach(EmbeddedChannel::finishAndReleaseAll);
        assertThat(connections.open()).isZero();
    }

    private EmbeddedChannel connect() {
        var settings =
                new ConnectionSettings(
                        2,
                        1000,
                        Duration.ofSeconds(300),
                        Duration.ofSeconds(15),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(60));
        var channel = new EmbeddedChannel();
        channel.freezeTime();
        var connection = new ClientConnection(settings, connections, channel);
        channel.pipeline().addLast(connection.bytes(), new HttpServerCodec(), connection);
        channels.add(channel);
        return channel;
    }

    private static void send(EmbeddedChannel channel, String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, UTF_8));
    }

    private static void answer(EmbeddedChannel channel) {
        channel.writeOutbound(
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK));
    }

    private static void pass(EmbeddedChannel channel, int seconds) {
        channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
    }

    /** The cause that the next handler gets, or null. */
    private static @Nullable Throwable failure(EmbeddedChannel channel) {
        @Nullable Throwable cause = null;
        for (@Nullable HttpObject part = channel.readInbound();
                part != null;
                part = channel.readInbound()) {
            cause = part.decoderResult().cause();
            ReferenceCountUtil.release(part);
        }
        return cause;
    }

    private double ended(EndCause cause) {
        return metrics.get("dlora.http.connections.ended")
                .tag("cause", cause.label())
                .counter()
                .count();
    }

    @Test
    void headersThatDoNotEndAreAFailedRequest() {
        var channel = connect();
        send(channel, "GET / HTTP/1.1\r\nHo");
        pass(channel, 14);
        assertThat(failure(channel)).isNull();
        send(channel, "st: x\r\nX: ");
        pass(channel, 1);
        assertThat(failure(channel))
                .isInstanceOf(SlowRequestException.class)
                .hasMessage("The headers of the request came too slowly");
        assertThat(ended(EndCause.SLOW_HEAD)).isEqualTo(1);
        pass(channel, 100);
        assertThat(failure(channel)).isNull();
        assertThat(ended(EndCause.SLOW_HEAD)).isEqualTo(1);
    }

    @Test
    void aBodyThatDoesNotEndIsAFailedRequest() {
        var channel = connect();
        send(channel, POST + "12345");
        pass(channel, 29);
        assertThat(failure(channel)).isNull();
        pass(channel, 1);
        assertThat(failure(channel)).hasMessage("The body of the request came too slowly");
        assertThat(ended(EndCause.SLOW_BODY)).isEqualTo(1);
    }

    @Test
    void unreadBytesAreNotSlow() {
        var channel = connect();
        send(channel, POST + "12345");
        channel.config().setAutoRead(false);
        pass(channel, 100);
        assertThat(failure(channel)).isNull();
        channel.config().setAutoRead(true);
        pass(channel, 29);
        assertThat(failure(channel)).isNull();
        pass(channel, 1);
        assertThat(failure(channel)).isInstanceOf(SlowRequestException.class);
    }

    @Test
    void aConnectionWithoutARequestIsClosed() {
        var channel = connect();
        send(channel, GET);
        answer(channel);
        pass(channel, 299);
        assertThat(channel.isOpen()).isTrue();
        pass(channel, 1);
        assertThat(channel.isOpen()).isFalse();
        assertThat(ended(EndCause.IDLE)).isEqualTo(1);
    }

    @Test
    void aRequestThatRunsStays() {
        var channel = connect();
        send(channel, GET);
        pass(channel, 10_000);
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void formsAreSmall() {
        var form =
                "POST /console/login HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ";
        var small = connect();
        send(small, form + "16384\r\n\r\n" + "a".repeat(16_384));
        assertThat(failure(small)).isNull();
        var large = connect();
        send(large, form + "100000\r\n\r\n" + "a".repeat(16_384));
        assertThat(failure(large)).isNull();
        send(large, "a");
        assertThat(failure(large))
                .isInstanceOf(LargeFormException.class)
                .hasMessage(
                        "The form is larger than the 16,384 bytes that this page takes. Send a shorter text");
        send(large, "a");
        assertThat(failure(large)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/console/playground", "/console/adapter/gate?name=sql"})
    void formsWithTextsAreLarger(String target) {
        var channel = connect();
        send(
                channel,
                "POST %s HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 2000000\r\n\r\n"
                        .formatted(target));
        send(channel, "a".repeat(1 << 20));
        assertThat(failure(channel)).isNull();
        send(channel, "a");
        assertThat(failure(channel))
                .isInstanceOf(LargeFormException.class)
                .hasMessageContaining("1,048,576 bytes");
    }

    @Test
    void lineEndsBehindARequestBeginNone() {
        var channel = connect();
        send(channel, GET);
        answer(channel);
        send(channel, "\r\n");
        pass(channel, 299);
        assertThat(failure(channel)).isNull();
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void aClientThatDoesNotReadIsResetAlsoWhereItsNextRequestCameTooSlowly() {
        var channel = connect();
        send(channel, GET);
        send(channel, "G");
        // The answer stays in the channel's buffer, as if the system accepted no more bytes.
        var answers = channel.unsafe().outboundBuffer();
        answers.addMessage(Unpooled.copiedBuffer("an answer", UTF_8), 9, channel.newPromise());
        answers.addFlush();
        pass(channel, 15);
        assertThat(ended(EndCause.SLOW_HEAD)).isEqualTo(1);
        assertThat(channel.isOpen()).isTrue();
        for (int second = 0; second < 61; second++) {
            pass(channel, 1);
        }
        assertThat(ended(EndCause.SLOW_READER)).isEqualTo(1);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void anInformationalAnswerDoesNotEndARequest() {
        var channel = connect();
        send(channel, GET);
        channel.writeOutbound(
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
        pass(channel, 10_000);
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void aNewConnectionTakesThePlaceOfTheOneWithoutARequestForLongest() {
        var first = connect();
        var second = connect();
        // The first one has asked since, so the second has been without a request for longest.
        send(first, GET);
        answer(first);
        var third = connect();
        assertThat(second.isOpen()).isFalse();
        assertThat(first.isOpen()).isTrue();
        assertThat(third.isOpen()).isTrue();
        assertThat(connections.open()).isEqualTo(2);
        assertThat(ended(EndCause.REPLACED)).isEqualTo(1);
    }

    @Test
    void halfAHeadHoldsNoPlace() {
        var first = connect();
        send(first, "GET / HT");
        connect();
        connect();
        assertThat(first.isOpen()).isFalse();
    }

    @Test
    void whereAllHaveRequestsANewConnectionIsRefused() {
        var first = connect();
        send(first, GET);
        var second = connect();
        send(second, GET);
        var third = connect();
        assertThat(failure(third))
                .isInstanceOf(TooManyConnectionsException.class)
                .hasMessageContaining("2 connections");
        assertThat(ended(EndCause.REFUSED)).isEqualTo(1);
        var _ = third.close();
        assertThat(connections.open()).isEqualTo(2);
        answer(first);
        var fourth = connect();
        assertThat(failure(fourth)).isNull();
        assertThat(first.isOpen()).isFalse();
        assertThat(second.isOpen()).isTrue();
    }
}
