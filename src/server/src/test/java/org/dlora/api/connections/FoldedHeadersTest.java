package org.dlora.api.connections;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests in one piece, and byte by byte. */
class FoldedHeadersTest {
    private static final String REFUSED =
            "a line of the headers begins with a space or a tab. Send each header on one line";

    private EmbeddedChannel channel = new EmbeddedChannel();

    @BeforeEach
    void open() {
        channel = new EmbeddedChannel();
        var folded = new FoldedHeaders();
        channel.pipeline().addLast(folded.bytes(), new HttpServerCodec(), folded.messages());
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    /** Sends a text, and returns targets, bodies and failures in their order. */
    private List<String> read(String text, int piece) {
        for (int i = 0; i < text.length(); i += piece) {
            var part = text.substring(i, Math.min(text.length(), i + piece));
            channel.writeInbound(Unpooled.copiedBuffer(part, UTF_8));
        }
        var found = new ArrayList<String>();
        var body = new StringBuilder();
        for (@Nullable HttpObject one = channel.readInbound();
                one != null;
                one = channel.readInbound()) {
            if (one.decoderResult().isFailure()) {
                found.add(String.valueOf(one.decoderResult().cause().getMessage()));
            } else if (one instanceof HttpRequest request) {
                found.add(request.uri());
            } else if (one instanceof HttpContent content) {
                body.append(content.content().toString(UTF_8));
            }
            ReferenceCountUtil.release(one);
        }
        found.add(body.toString());
        return found;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /a HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n",
                "GET /a HTTP/1.1\r\nHost: x\r\nX: a\r\n\tb\r\n\r\n",
                "GET /a HTTP/1.1\r\n X: a\r\n\r\n",
                "GET /a HTTP/1.1\r\nX: a\r\n \r\n\r\n",
                " GET /a HTTP/1.1\r\nX: a\r\n\r\n"
            })
    void foldedHeadersAreRefused(String text) {
        for (int piece : new int[] {text.length(), 1}) {
            assertThat(read(text, piece)).as("pieces of %d", piece).containsExactly(REFUSED, "");
            close();
            open();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1000})
    void bodiesHaveAnyLinesAndRequestsBehindThemAreLookedAt(int piece) {
        var length = "POST /a HTTP/1.1\r\nContent-Length: 8\r\n\r\n {\n  a\n}";
        var chunked =
                "POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n\n\n x\r\n0\r\n\r\n";
        var folded = "GET /c HTTP/1.1\r\nX: a\r\n b\r\n\r\n";
        assertThat(read(length + chunked + folded + length, piece))
                .containsExactly("/a", "/b", REFUSED, " {\n  a\n}\n\n x");
    }

    /** Contents of two bytes would take far more memory than they hold. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 65536\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n10000\r\n"
            })
    void blankLinesOfABodyAreFewContents(String header) {
        var blank = "\n ".repeat(8192);
        assertThat(contents("POST /a HTTP/1.1\r\n" + header)).isEmpty();
        for (int i = 0; i < 3; i++) {
            assertThat(contents(blank)).containsExactly(blank);
        }
        var last = contents(blank + (header.startsWith("T") ? "\r\n0\r\n\r\n" : ""));
        assertThat(last).hasSizeLessThanOrEqualTo(2);
        assertThat(String.join("", last)).isEqualTo(blank);
        assertThat(read("GET /b HTTP/1.1\r\nX: a\r\n b\r\n\r\n", 1000))
                .containsExactly(REFUSED, "");
    }

    /** Sends one read, and returns its contents. */
    private List<String> contents(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, UTF_8));
        var found = new ArrayList<String>();
        for (@Nullable HttpObject one = channel.readInbound();
                one != null;
                one = channel.readInbound()) {
            if (one instanceof HttpContent content) {
                found.add(content.content().toString(UTF_8));
            }
            ReferenceCountUtil.release(one);
        }
        return found;
    }
}
